import warnings
from contextlib import suppress
from unittest import mock

import pytest
import torch
from architectures import untrained
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from convergent_widgets.compute.nets import Net
from convergent_widgets.compute.probe import Enough
from convergent_widgets.compute.receptive_field import receptive_fields
from convergent_widgets.zoo.architecture import ZooNet


class Shaped(nn.Module):
    """A module that computes `function(x)`, with parts that it may use."""

    def __init__(self, function, *parts):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(parts)

    def forward(self, x):
        return self.function(x, *self.parts)


def average(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """A max pool in which everything counts; padding in front of it keeps what `max_pool2d` pads with."""
    weight = torch.ones(x.shape[1], 1, *nn.modules.utils._pair(kernel_size), dtype=x.dtype)
    rest = [*nn.modules.utils._pair(kernel_size)][::-1] if ceil_mode else [0, 0]
    x = F.pad(x, (0, rest[0], 0, rest[1]))
    return F.conv2d(x, weight, None, stride or kernel_size, padding, dilation, groups=x.shape[1])


def seen(module, name, positions, size, channels=3):
    """Boxes of the input that count for positions: by the gradient, with positive weights and images (so that ReLUs let
    everything through), and with max pools that average."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.constant_(part.weight, 1 / part.weight[0].numel())
    module = module.double().eval()
    image = torch.ones(1, channels, *size, dtype=torch.float64, requires_grad=True)
    kept = []

    def keep(_module, _inputs, output):
        kept.append(output.clone())
        raise Enough

    handle = module.get_submodule(name).register_forward_hook(keep)
    with (
        mock.patch.object(F, "max_pool2d", average),
        mock.patch.object(F, "layer_norm", lambda x, *_: x),
        suppress(Enough),
    ):
        module(image)
    handle.remove()
    for row, column in positions:
        (gradient,) = torch.autograd.grad(kept[0][0, :, row, column].sum(), image, retain_graph=True)
        found = gradient[0].abs().sum(0)
        rows, columns = found.sum(1).nonzero().flatten(), found.sum(0).nonzero().flatten()
        if len(rows):
            yield rows[0].item(), columns[0].item(), rows[-1].item() + 1, columns[-1].item() + 1
        else:  # padding only
            yield None


def agrees_with_gradients(module, name, size, channels=3, net=None):
    """In the middle the box is exactly what the gradient reaches; at the corners, where the intermediate maps end, the
    gradient reaches nothing outside it."""
    field = receptive_fields(net or module, [name], torch.rand(1, channels, *size))[name]
    rows, columns = field.grid
    assert field.size is not None
    middle, *corners = [(rows // 2, columns // 2), (0, 0), (rows - 1, columns - 1)]
    reached, *at_corners = seen(module, name, [middle, *corners], size, channels)
    top, left, bottom, right = field.box(middle, *size)
    assert reached == (top, left, bottom, right)
    for position, found in zip(corners, at_corners, strict=True):
        top, left, bottom, right = field.box(position, *size)
        assert found is None or (top <= found[0] and left <= found[1] and found[2] <= bottom and found[3] <= right)
    return field


# --- windows ---


def conv(inputs=3, outputs=4, kernel=3, **options):
    return nn.Conv2d(inputs, outputs, kernel, **options)


def residual(x, first, second, shortcut):
    return F.relu(second(F.relu(first(x), inplace=True)) + shortcut(x), inplace=True)


def inception(x, narrow, tall, wide, after):
    branches = [narrow(x), wide(tall(x)), after(F.avg_pool2d(x, 3, stride=1, padding=1))]
    return torch.cat(branches, 1)


def dense(x, first, second):
    features = [x]
    features.append(first(torch.cat(features, 1)))
    features.append(second(torch.cat(features, 1)))
    return torch.cat(features, 1)


def shuffled(x, depthwise):
    left, right = x.chunk(2, dim=1)
    x = torch.cat((left, depthwise(right)), dim=1)
    n, channels, height, width = x.shape
    x = x.view(n, 2, channels // 2, height, width).transpose(1, 2).contiguous()
    return x.view(n, channels, height, width)


def focus(x):
    return torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)


def last_norm(x, norm, linear):
    x = norm(x.permute(0, 2, 3, 1))
    return x + linear(x) * 0.5


WINDOWS = {
    "strides": ([conv(kernel=7, stride=2, padding=3), nn.ReLU(), nn.MaxPool2d(3, 2, 1), conv(4)], (19, 4, -5)),
    "ceil": ([nn.MaxPool2d(3, 2, ceil_mode=True), conv(kernel=(1, 5)), nn.AvgPool2d(2, ceil_mode=True)], None),
    "dilated": ([conv(dilation=2, padding=2), nn.MaxPool2d(2, dilation=3), conv(4, dilation=(1, 4))], None),
    "same, odd and even": ([conv(kernel=(4, 3), padding="same"), conv(4, kernel=6, padding="same", dilation=2)], None),
    "valid": ([conv(kernel=4, padding="valid"), conv(4, stride=3)], (6, 3, 0)),
    "padded apart": ([nn.ZeroPad2d((3, 1, 2, 0)), conv(kernel=5), nn.ZeroPad2d(-2), nn.ConstantPad2d(1, 2.0)], None),
    "reflected": ([nn.ReflectionPad2d(1), conv(), conv(4, padding=1, padding_mode="replicate")], (5, 1, -2)),
    "residual": (
        [conv(), Shaped(residual, conv(4, padding=1, stride=2), conv(4, padding=1), conv(4, 4, 1, stride=2))],
        None,
    ),
    "inception": (
        [
            Shaped(
                inception,
                conv(3, 2, 1),
                conv(3, 2, (7, 1), padding=(3, 0)),
                conv(2, 2, (1, 5), padding=(0, 2)),
                conv(padding=1),
            )
        ],
        None,
    ),
    "dense": (
        [nn.BatchNorm2d(3), Shaped(dense, conv(3, 2, padding=1), conv(5, 2, padding=1)), nn.AvgPool2d(2)],
        (6, 2, -2),
    ),
    "shuffled": (
        [conv(3, 8, stride=2), Shaped(shuffled, conv(4, 4, padding=1, groups=4)), nn.ChannelShuffle(4), conv(8)],
        None,
    ),
    "focus": ([Shaped(focus), conv(12)], (6, 2, 0)),
    "cut": ([Shaped(lambda x: x[:, 1:, 3:-1, 2::3]), conv(2), Shaped(lambda x: x[:, 0][:, None])], None),
    "unshuffled": ([nn.PixelUnshuffle(2), conv(12)], (6, 2, 0)),
    "adaptive": ([conv(padding=1), nn.AdaptiveAvgPool2d((10, 6)), conv(4, 4, 1), nn.AdaptiveMaxPool2d((10, 6))], None),
    "permuted": (
        [conv(stride=2), Shaped(last_norm, nn.LayerNorm(4), nn.Linear(4, 4)), Shaped(lambda x: x.permute(0, 3, 1, 2))],
        None,
    ),
    "attention to channels": (
        [conv(), Shaped(lambda x: x * torch.sigmoid(x.mean(1, keepdim=True))), nn.Softmax(1)],
        (3, 1, 0),
    ),
    "stacked": (
        [conv(), Shaped(lambda x: torch.stack([x, -x], 1).amax(1)), Shaped(lambda x: x.unbind(1)[0][:, None])],
        None,
    ),
    "flattened and back": (
        [conv(), Shaped(lambda x: x.unsqueeze(2).squeeze(2).reshape(2, 2, *x.shape[-2:])[:1])],
        (3, 1, 0),
    ),
    "normalised": (
        [conv(), nn.BatchNorm2d(4), nn.LocalResponseNorm(2), nn.PReLU(), nn.Dropout2d(), nn.Hardtanh(0, 9)],
        (3, 1, 0),
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding=.same.")
@pytest.mark.parametrize("case", WINDOWS)
def test_windows_are_what_the_gradient_reaches(case):
    parts, expected = WINDOWS[case]
    size = (40, 36)
    net = nn.Sequential(*parts)
    name = str(len(net) - 1)
    if case in {"attention to channels", "normalised", "stacked", "flattened and back"}:  # not linear: arithmetic only
        field = receptive_fields(net, [name], torch.rand(1, 3, *size))[name]
    else:
        field = agrees_with_gradients(net, name, size)
    if expected:
        assert ((field.size[0],) * 2, (field.step[0],) * 2, (field.start[0],) * 2) == (
            field.size,
            field.step,
            field.start,
        )
        assert (field.size[0], field.step[0], field.start[0]) == expected


SLIDING = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 3), st.integers(1, 2), st.booleans())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(SLIDING, SLIDING), min_size=1, max_size=3))
def test_any_chain_of_convolutions_and_pools(chain):
    parts = []
    for down, across in chain:
        kernel, stride, padding, dilation = zip(down[:4], across[:4], strict=True)
        if down[4]:
            padding = tuple(min(pad, extent // 2) for pad, extent in zip(padding, kernel, strict=True))
            parts.append(nn.MaxPool2d(kernel, stride, padding))
        else:
            parts.append(conv(2, 2, kernel, stride=stride, padding=padding, dilation=dilation))
    net = nn.Sequential(*parts)
    size = (200, 190)
    agrees_with_gradients(net, str(len(net) - 1), size, channels=2)


def test_the_published_fields_of_alexnet():
    names = ["features.1", "features.4", "features.7", "features.9", "features.11"]
    fields = receptive_fields(untrained("alexnet"), names, torch.rand(3, 224, 224))
    assert [field.size for field in fields.values()] == [(size, size) for size in (11, 51, 99, 131, 163)]
    assert list(fields) == names


TORCHVISION = [
    ("vgg11", "features.9", 64),
    ("resnet18", "layer1.1", 96),
    ("resnet18", "layer2.0", 96),
    ("densenet121", "features.denseblock1", 96),
    ("inception_v3", "Mixed_5c", 128),
    ("mobilenet_v2", "features.4", 96),
    ("shufflenet_v2_x0_5", "stage2.2", 96),
    ("convnext_tiny", "features.1.1", 96),
]


@pytest.mark.parametrize(("name", "layer", "size"), TORCHVISION)
def test_windows_of_torchvision_nets(name, layer, size):
    net = untrained(name)
    agrees_with_gradients(net.module, layer, (size, size), net=net)


def test_the_zoo():
    fields = receptive_fields(ZooNet(), ["conv1", "conv2", "conv3", "conv4", "fc1"], torch.rand(1, 28, 28))
    assert [field.size for field in fields.values()] == [(5, 5), (10, 10), (20, 20), (28, 28), None]
    assert fields["conv4"].box((3, 3), 28, 28) == (0, 0, 28, 28)
    assert fields["conv4"].box((0, 6), 28, 28) == (-12, 12, 16, 40)
    assert fields["fc1"].cell((0, 0), 28, 28) is None
    assert fields["fc1"].box((0, 0), 28, 28) == (0, 0, 28, 28)


# --- the whole image ---


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.from_numpy(x.numpy() * 2)

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


def excited(x, narrow):
    return x * torch.sigmoid(narrow(F.adaptive_avg_pool2d(x, 1)))


def written(x):
    y = torch.zeros_like(x)
    y[:, :, 3:] = x[:, :, :-3]
    return y


def part_written(x):
    left, _ = x.chunk(2, 1)
    left += left.mean((2, 3), keepdim=True)
    return x


MIXED = {
    "squeeze and excitation": [Shaped(excited, conv(4, 4, 1))],
    "interpolated": [nn.Upsample(scale_factor=2)],
    "rolled": [Shaped(lambda x: x.roll(1, 2))],
    "flipped": [Shaped(lambda x: x.flip(3))],
    "circular": [conv(4, padding=1, padding_mode="circular")],
    "transposed convolution": [nn.ConvTranspose2d(4, 4, 3)],
    "instance norm": [nn.InstanceNorm2d(4)],
    "group norm": [nn.GroupNorm(2, 4)],
    "norm over space": [nn.LayerNorm((4, 18, 22))],
    "linear along a row": [nn.Linear(22, 22)],
    "mean over a row": [Shaped(lambda x: x - x.mean(3, keepdim=True))],
    "softmax over a row": [nn.Softmax(3)],
    "products of positions": [Shaped(lambda x: (x @ x.transpose(2, 3)) @ x)],
    "swapped axes": [Shaped(lambda x: x.transpose(2, 3))],
    "adaptive, uneven": [nn.AdaptiveAvgPool2d((7, 5))],
    "one position for all": [nn.AdaptiveMaxPool2d(1)],
    "added to another step": [Shaped(lambda x: x[:, :, :9, :11] + x[:, :, ::2, ::2])],
    "joined along a row": [Shaped(lambda x: torch.cat([x, x], 3))],
    "picked": [Shaped(lambda x: x[:, :, torch.randperm(18)])],
    "written into": [Shaped(written)],
    "a part written into": [Shaped(part_written)],
    "unknown function": [Shaped(lambda x: torch.cumsum(x, 2))],
    "outside of torch": [Shaped(Doubled.apply)],
}


@pytest.mark.parametrize("case", MIXED)
def test_what_mixes_positions_sees_the_whole_image(case):
    net = nn.Sequential(conv(), *MIXED[case])
    fields = receptive_fields(net, ["0", "1"], torch.rand(1, 3, 20, 24))
    assert fields["0"].size == (3, 3)
    assert fields["1"].whole


def test_scripted_parts_see_the_whole_image():
    def pooled(x: torch.Tensor) -> torch.Tensor:
        return torch.max_pool2d(x, 3, 1)

    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        net = nn.Sequential(conv(), Shaped(torch.jit.script(pooled)), nn.ReLU())
    fields = receptive_fields(net, ["0", "1", "2"], torch.rand(1, 3, 20, 24))
    assert [field.whole for field in fields.values()] == [False, True, True]


def test_windows_that_hold_the_image_at_every_position_are_the_whole():
    net = nn.Sequential(conv(kernel=17, padding=8))
    assert receptive_fields(net, ["0"], torch.rand(1, 3, 9, 9))["0"].whole
    assert not receptive_fields(net, ["0"], torch.rand(1, 3, 9, 10))["0"].whole
    pooled = nn.Sequential(nn.AvgPool2d(8))
    assert receptive_fields(pooled, ["0"], torch.rand(1, 3, 8, 8))["0"].whole


def test_a_window_as_large_as_the_image_is_no_more_than_a_window():
    field = receptive_fields(nn.Sequential(conv(kernel=9, padding=4)), ["0"], torch.rand(1, 3, 9, 9))["0"]
    assert field.size == (9, 9)
    assert field.box((0, 0), 9, 9) == (-4, -4, 5, 5)
    assert field.cell((0, 0), 9, 9) is None


# --- tokens, and channels that come last ---


def test_tokens_have_the_cells_of_their_patches():
    names = ["conv_proj", "encoder.layers.encoder_layer_0", "heads"]
    fields = receptive_fields(untrained("vit_b_16"), names, torch.rand(3, 224, 224))
    projected, tokens, heads = fields.values()
    assert (projected.size, projected.step) == ((16, 16), (16, 16))
    assert tokens.grid == (197, 1)
    assert tokens.whole
    assert tokens.cell((0, 0), 224, 224) is None
    assert tokens.cell((16, 0), 224, 224) == (16, 16, 32, 32)
    assert heads.whole
    assert heads.grid == (1, 1)


def test_tokens_of_an_image_that_is_not_square():
    tokens = Shaped(lambda x: x.flatten(2).transpose(1, 2))
    net = nn.Sequential(conv(stride=4, kernel=4), tokens, Shaped(lambda x: x[:, ::4]), Shaped(lambda x: x[:, :7]))
    fields = receptive_fields(net, ["1", "2", "3"], torch.rand(1, 3, 16, 32))
    assert fields["1"].tokens == (4, 8)
    assert fields["1"].cell((9, 0), 16, 32) == (4, 4, 8, 8)
    assert fields["2"].tokens == (2, 4)  # merged two by two
    assert fields["3"].cell((1, 0), 16, 32) is None


def test_swin_sees_everything_but_for_its_patches():
    net = untrained("swin_t")
    fields = receptive_fields(net, ["features.0", "features.1.0", "features.3.1"], torch.rand(3, 64, 64))
    assert (fields["features.0"].size, fields["features.0"].step) == ((4, 4), (4, 4))
    assert fields["features.1.0"].whole
    assert fields["features.1.0"].grid == (16, 16)
    assert fields["features.3.1"].cell((7, 0), 64, 64) == (56, 0, 64, 8)


def test_mobilenet_sees_everything_after_its_first_excitation():
    fields = receptive_fields(untrained("mobilenet_v3_small"), ["features.0", "features.1"], torch.rand(3, 64, 64))
    assert fields["features.0"].size == (3, 3)
    assert fields["features.1"].whole
    assert fields["features.1"].cell((0, 1), 64, 64) == (0, 4, 4, 8)


# --- the rest ---


def test_attention_with_its_fast_path():
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    net = nn.Sequential(conv(stride=2), Shaped(lambda x: x.flatten(2).transpose(1, 2)), layer, layer.linear1)
    fields = receptive_fields(net, ["0", "2", "3#1"], torch.rand(1, 3, 20, 24))
    assert fields["2"].whole
    assert fields["2"].tokens == (9, 11)


def test_calls_of_a_repeated_module_have_their_own_fields():
    net = nn.Sequential(conv(3, 3), conv(3, 3))
    net.add_module("again", net[0])
    fields = receptive_fields(net, ["0#0", "0#1", "again#1"], torch.rand(2, 3, 20, 24))
    assert [field.size for field in fields.values()] == [(3, 3), (7, 7), (7, 7)]


def test_the_net_stays_as_it_was():
    net = untrained("resnet18").module.train()
    net.layer1.eval()
    modes = [part.training for part in net.modules()]
    receptive_fields(net, ["layer1.0"], torch.rand(3, 64, 64))
    assert [part.training for part in net.modules()] == modes
    assert not any(part._forward_hooks for part in net.modules())
    failing = nn.Sequential(conv(), nn.Linear(5, 5))
    with pytest.raises(RuntimeError):
        receptive_fields(failing, ["1"], torch.rand(3, 20, 20))
    assert not any(part._forward_hooks for part in failing.modules())
    assert failing.training


def test_preprocessing_decides_the_size():
    net = Net(ZooNet(), preprocess=lambda image: F.interpolate(image[None], (28, 28))[0])
    fields = receptive_fields(net, ["conv1", "fc1"], torch.rand(1, 56, 56))
    assert fields["conv1"].box((27, 27), 28, 28)[2:] == (30, 30)
    assert fields["fc1"].whole


def test_a_layer_without_a_tensor_is_refused():
    net = nn.Sequential(conv(), Shaped(lambda x: (x, x)), Shaped(lambda pair: pair[0]))
    with pytest.raises(ValueError, match="'1' returned no tensor in the net's forward pass"):
        receptive_fields(net, ["0", "1"], torch.rand(1, 3, 8, 8))
    with pytest.raises(ValueError, match="no layer '9' in Sequential"):
        receptive_fields(net, ["9"], torch.rand(1, 3, 8, 8))
