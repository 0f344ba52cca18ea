import copy
from collections import OrderedDict

import pytest
import torch
from architectures import size_for, untrained
from torch import nn
from torch.nn import functional as F

from convergent_widgets.compute.activations import Recorder
from convergent_widgets.compute.forms import UnusableOutputError
from convergent_widgets.compute.nets import Net
from convergent_widgets.compute.probe import undisturbed
from convergent_widgets.zoo.architecture import ZooNet

CUDA = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"))


def hooks_of(module):
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    return sum(len(getattr(part, kind)) for part in module.modules() for kind in kinds)


def returning(function, **parts):
    """A module that computes `function(self, x)`."""

    class Made(nn.Module):
        def __init__(self):
            super().__init__()
            for name, part in parts.items():
                self.add_module(name, part)

        def forward(self, x):
            return function(self, x)

    return Made()


class Shaped(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


# --- what is recorded ---


def test_every_form_becomes_maps():
    tokens = Shaped(lambda x: x.flatten(2).transpose(1, 2))
    last = Shaped(lambda x: x.permute(0, 2, 3, 1))
    net = nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(3, 5, 3),
            tokens=tokens,
            back=Shaped(lambda x: x.transpose(1, 2).unflatten(2, (6, 8))),
            last=last,
            mean=Shaped(lambda x: x.mean((1, 2))),
        )
    )
    batch = torch.rand(4, 3, 8, 10)
    kept = Recorder(Net(net, channels_last=["last"]), ["conv", "tokens", "last", "mean"]).record(batch)
    conv = net.conv(batch)
    torch.testing.assert_close(kept["conv"], conv)
    torch.testing.assert_close(kept["tokens"], conv.flatten(2).unsqueeze(3))
    torch.testing.assert_close(kept["last"], conv)
    torch.testing.assert_close(kept["mean"], conv.mean((2, 3), keepdim=True))
    assert {name: tuple(maps.shape) for name, maps in kept.items()} == {
        "conv": (4, 5, 6, 8), "tokens": (4, 5, 48, 1), "last": (4, 5, 6, 8), "mean": (4, 5, 1, 1)
    }  # fmt: skip
    assert not any(maps.requires_grad for maps in kept.values())


def test_check_gives_shapes_before_anything_is_recorded():
    recorder = Recorder(ZooNet(), ["conv3", "fc1"])
    assert recorder.check(torch.rand(7, 1, 28, 28)) == {"conv3": (64, 7, 7), "fc1": (128, 1, 1)}


def test_batches_of_any_size_and_order_of_names():
    net = ZooNet()
    recorder = Recorder(net, ["fc1", "conv1", "fc1"])
    assert recorder.names == ("fc1", "conv1")
    batch = torch.rand(5, 1, 28, 28)
    whole = recorder.record(batch)
    assert list(whole) == ["fc1", "conv1"]
    for name, maps in recorder.record(batch[:1]).items():
        torch.testing.assert_close(maps, whole[name][:1])


def test_an_inplace_function_after_the_layer_changes_nothing():
    net = returning(lambda self, x: F.relu(self.conv(x), inplace=True).mul_(0), conv=nn.Conv2d(3, 4, 3))
    batch = torch.randn(2, 3, 8, 8)
    kept = Recorder(net, ["conv"]).record(batch)["conv"]
    torch.testing.assert_close(kept, net.conv(batch))
    assert (kept < 0).any()


def test_relu_rectifies_the_copy():
    net = returning(lambda self, x: F.relu_(self.conv(x)), conv=nn.Conv2d(3, 4, 3))
    batch = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(Recorder(Net(net, relu=True), ["conv"]).record(batch)["conv"], net(batch))


def test_half_precision_becomes_single():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).to(torch.bfloat16)
    kept = Recorder(net, ["0", "1"]).record(torch.randn(2, 3, 8, 8).bfloat16())
    assert {maps.dtype for maps in kept.values()} == {torch.float32}
    double = nn.Sequential(nn.Conv2d(3, 4, 3)).double()
    assert Recorder(double, ["0"]).record(torch.randn(1, 3, 8, 8).double())["0"].dtype == torch.float64


# --- repeated modules ---


@pytest.fixture(scope="module")
def resnet():
    return untrained("resnet18").module


def test_a_repeated_module_must_be_chosen_from(resnet):
    batch = torch.rand(1, 3, 64, 64)
    with pytest.raises(
        ValueError, match=r"'layer1\.0\.relu' is called 2 times .* layer1\.0\.relu#0, layer1\.0\.relu#1"
    ):
        Recorder(resnet, ["layer1.0.relu"]).record(batch)
    with pytest.raises(ValueError, match=r"no layer 'layer1\.0\.relu#2': 'layer1\.0\.relu' is called 2 times"):
        Recorder(resnet, ["layer1.0.relu#2"]).record(batch)
    with pytest.raises(ValueError, match=r"no layer 'relu#1': 'relu' is called once .* there are relu#0"):
        Recorder(resnet, ["relu#1"]).record(batch)


def test_the_calls_of_a_repeated_module_are_told_apart():
    torch.manual_seed(3)
    block = returning(
        lambda self, x: self.relu(self.second(self.relu(self.first(x))) + x),
        first=nn.Conv2d(3, 3, 3, padding=1), second=nn.Conv2d(3, 3, 3, padding=1), relu=nn.ReLU(inplace=True),
    )  # fmt: skip
    net = nn.Sequential(block, nn.Conv2d(3, 2, 1))
    batch = torch.randn(2, 3, 8, 8)
    kept = Recorder(net, ["0.relu#1", "0.relu#0", "0.second", "0"]).record(batch)
    first = block.first(batch).relu()
    torch.testing.assert_close(kept["0.relu#0"], first)
    torch.testing.assert_close(kept["0.second"], block.second(first))
    torch.testing.assert_close(kept["0.relu#1"], block(batch))
    torch.testing.assert_close(kept["0"], block(batch))


def test_a_module_under_two_names_counts_every_call():
    shared = nn.Conv2d(3, 3, 3, padding=1)
    net = returning(lambda self, x: self.b(self.a(x)), a=shared, b=shared)
    with pytest.raises(ValueError, match=r"layer 'b' is called 2 times .* b#0, b#1"):
        Recorder(net, ["b"]).record(torch.rand(1, 3, 8, 8))
    batch = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(Recorder(net, ["b#1"]).record(batch)["b#1"], net(batch))


# --- what is refused ---


def test_names_are_checked_at_once(resnet):
    with pytest.raises(ValueError, match=r"no layer 'layer9'; |no layer 'layer9' in ResNet; the closest are 'layer"):
        Recorder(resnet, ["layer1.0", "layer9"])
    with pytest.raises(TypeError, match="`names` must be a list of layer names, got the single name 'relu'"):
        Recorder(resnet, "relu")
    with pytest.raises(ValueError, match="`names` must hold at least one layer"):
        Recorder(resnet, [])


def test_a_layer_that_never_runs_is_refused():
    net = returning(lambda self, x: self.conv(x), conv=nn.Conv2d(3, 4, 3), unused=nn.ReLU())
    with pytest.raises(ValueError, match="'unused' is not called in the net's forward pass"):
        Recorder(net, ["conv", "unused"]).record(torch.rand(1, 3, 8, 8))


def test_a_layer_that_runs_only_sometimes_is_told():
    net = returning(
        lambda self, x: self.relu(self.conv(x)) if len(x) == 1 else self.conv(x),
        conv=nn.Conv2d(3, 4, 3),
        relu=nn.ReLU(),
    )
    with pytest.raises(ValueError, match="'relu' did not run for this batch, though it did for the first image"):
        Recorder(net, ["conv", "relu"]).record(torch.rand(2, 3, 8, 8))
    assert hooks_of(net) == 0


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: (x, x), "layer 'part' returns a tuple of 2, not a tensor"),
        (lambda x: {"out": x}, "layer 'part' returns a dict, not a tensor"),
        (lambda x: x.int(), "layer 'part' returns torch.int32, not real numbers"),
        (lambda x: x.sum(), r"layer 'part' returns shape \(\); a layer must return \(N, C\), .* channels_last"),
        (
            lambda x: x.flatten(2).permute(2, 0, 1),
            r"layer 'part' returns shape \(64, 1, 3\) for one image: its first dimension is not the image",
        ),
        (lambda x: x.unsqueeze(1), r"layer 'part' returns shape \(1, 1, 3, 8, 8\); a layer must"),
        (
            lambda x: x.permute(0, 2, 3, 1),
            r"layer 'part' returns shape \(1, 8, 8, 3\), which looks like \(N, H, W, C\): say Net\(",
        ),
    ],
)
def test_outputs_without_a_usable_form_are_refused(function, message):
    net = returning(lambda self, x: self.part(x), part=Shaped(function))
    with pytest.raises(UnusableOutputError, match=message):
        Recorder(net, ["part"]).record(torch.rand(2, 3, 8, 8))
    assert hooks_of(net) == 0


def test_what_looks_like_channels_last_can_be_vouched_for():
    net = returning(lambda self, x: self.part(x), part=Shaped(lambda x: x.permute(0, 2, 3, 1)))
    batch = torch.rand(2, 3, 8, 8)
    assert Recorder(Net(net, channels_last=True), ["part"]).record(batch)["part"].shape == (2, 3, 8, 8)
    assert Recorder(Net(net, channels_last=["part"]), ["part#0"]).record(batch)["part#0"].shape == (2, 3, 8, 8)
    assert Recorder(Net(net, channels_last=[]), ["part"]).record(batch)["part"].shape == (2, 8, 8, 3)


# --- what stays as it was ---


def test_the_net_stays_as_it_was(resnet):
    net = copy.deepcopy(resnet).train()
    net.layer1.eval()
    net.layer1[0].bn1.train()
    modes = [part.training for part in net.modules()]
    state = copy.deepcopy(net.state_dict())
    recorder = Recorder(net, ["layer2.0"])
    recorder.record(torch.rand(2, 3, 64, 64))
    assert [part.training for part in net.modules()] == modes
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())
    assert hooks_of(net) == 0
    assert torch.is_grad_enabled()


def test_layers_are_recorded_in_evaluation_mode():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.9)).train()
    batch = torch.rand(4, 3, 8, 8)
    kept = Recorder(net, ["2"]).record(batch)["2"]
    torch.testing.assert_close(kept, net.eval()(batch))


def test_an_overridden_train_is_not_called():
    class Merging(nn.Conv2d):
        def train(self, mode=True):
            raise AssertionError("changed by a call of train()")

    net = nn.Sequential(Merging(3, 4, 3))
    Recorder(net, ["0"]).record(torch.rand(1, 3, 8, 8))
    assert net[0].training


def test_gradients_may_be_off_before():
    with torch.no_grad():
        Recorder(ZooNet(), ["conv1"]).record(torch.rand(1, 1, 28, 28))
        assert not torch.is_grad_enabled()


def test_a_table_kept_by_the_net_can_be_trained_with():
    def forward(self, x):
        if self.table is None:
            self.table = torch.ones(4, 1, 1) * 2
        return self.conv(x) * self.table

    net = returning(forward, conv=nn.Conv2d(3, 4, 3))
    net.table = None
    Recorder(net, ["conv"]).check(torch.rand(1, 3, 8, 8))
    assert net.table is not None
    net(torch.rand(1, 3, 8, 8)).sum().backward()
    assert net.conv.weight.grad is not None


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_hooks_and_modes_are_gone_when_forward_fails(error):
    calls = []

    def forward(self, x):
        calls.append(x)
        if len(calls) > 1:
            raise error("stop here")
        return self.relu(self.conv(x))

    net = returning(forward, conv=nn.Conv2d(3, 4, 3), relu=nn.ReLU()).train()
    recorder = Recorder(net, ["conv", "relu"])
    recorder.check(torch.rand(1, 3, 8, 8))
    with pytest.raises(error, match="stop here"):
        recorder.record(torch.rand(1, 3, 8, 8))
    assert hooks_of(net) == 0
    assert net.conv.training
    assert torch.is_grad_enabled()


def test_hooks_of_others_stay_and_count():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    net[0].register_forward_hook(lambda module, inputs, output: output * 0 + 7)
    kept = Recorder(net, ["0"]).record(torch.rand(1, 3, 8, 8))["0"]
    assert (kept == 7).all()
    assert hooks_of(net) == 1


def test_forward_stops_after_the_deepest_layer():
    ran = []

    def forward(self, x):
        x = self.first(x)
        x = self.second(x)
        ran.append(len(x))
        return self.third(x)

    net = returning(forward, first=nn.Conv2d(3, 4, 1), second=nn.ReLU(), third=nn.Conv2d(4, 2, 1))
    recorder = Recorder(net, ["second", "first"])
    recorder.check(torch.rand(1, 3, 8, 8))
    assert ran == [1]
    recorder.record(torch.rand(5, 3, 8, 8))
    assert ran == [1]


def test_a_net_that_swallows_errors_still_stops():
    def forward(self, x):
        try:
            x = self.conv(x)
        except Exception:  # noqa: BLE001 - as careless code does
            return torch.zeros(1)
        self.passed += 1
        return x

    net = returning(forward, conv=nn.Conv2d(3, 4, 1))
    net.passed = 0
    Recorder(net, ["conv"]).record(torch.rand(2, 3, 8, 8))
    assert net.passed == 1  # in the first complete pass only


def test_the_mode_is_restored_one_by_one():
    net = nn.Sequential(nn.Dropout(), nn.Dropout()).train()
    net[1].eval()
    with undisturbed(net):
        assert not any(part.training for part in net.modules())
        assert not torch.is_grad_enabled()
    assert [part.training for part in net.modules()] == [True, True, False]


@pytest.mark.parametrize("device", ["cpu", CUDA])
def test_the_module_moves_inside_the_block_and_back(device):
    net = ZooNet()
    weight = net.conv1.conv.weight
    with Recorder(net, ["conv1", "fc1"], device) as recorder:
        kept = recorder.record(torch.rand(2, 1, 28, 28))
        assert {maps.device.type for maps in kept.values()} == {device}
    assert net.conv1.conv.weight is weight
    assert weight.device.type == "cpu"


def test_a_net_on_several_devices_is_not_moved():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, device="meta"))
    with (
        pytest.raises(ValueError, match=r"several devices \(cpu, meta\); use device=None"),
        Recorder(net, ["0"], "cpu"),
    ):
        pass


# --- torchvision ---

RECORDED = {
    "alexnet": {"features.4": (192, 7, 7), "classifier.5": (4096, 1, 1)},
    "vgg11": {"features.4": (128, 32, 32), "classifier.1": (4096, 1, 1)},
    "resnet18": {"layer1.0": (64, 16, 16), "layer4.1.relu#1": (512, 2, 2)},
    "densenet121": {"features.denseblock1": (256, 16, 16), "features.norm5": (1024, 2, 2)},
    "inception_v3": {"Mixed_5b": (256, 9, 9), "Mixed_7c": (2048, 1, 1)},
    "mobilenet_v2": {"features.3": (24, 16, 16), "features.18": (1280, 2, 2)},
    "mobilenet_v3_small": {"features.1.block.1": (16, 16, 16), "classifier.1": (1024, 1, 1)},
    "convnext_tiny": {"features.1.0": (96, 16, 16), "features.1.0.block.4": (384, 16, 16)},
    "vit_b_16": {
        "encoder.layers.encoder_layer_1": (768, 197, 1),
        "conv_proj": (768, 14, 14),
        "heads.head": (1000, 1, 1),
    },
    "swin_t": {"features.0.0": (96, 16, 16), "features.1.1": (96, 16, 16), "features.4.norm": (768, 4, 4)},
}


@pytest.mark.parametrize("name", RECORDED)
def test_layers_of_torchvision_nets_are_recorded(name):
    net, size = untrained(name), size_for(name)
    kept = Recorder(net, list(RECORDED[name])).record(net.prepare(torch.rand(2, 1, size, size)))
    assert {layer: tuple(maps.shape[1:]) for layer, maps in kept.items()} == RECORDED[name]
    assert {len(maps) for maps in kept.values()} == {2}
    assert hooks_of(net.module) == 0


def test_swin_as_a_bare_module_asks_for_channels_last():
    module = untrained("swin_t").module
    with pytest.raises(ValueError, match=r"'features\.1\.0' returns shape \(1, 16, 16, 96\), which looks like"):
        Recorder(module, ["features.1.0"]).record(torch.rand(1, 3, 64, 64))
