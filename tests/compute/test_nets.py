import sys
import types
from collections import OrderedDict

import numpy as np
import pytest
import torch
from architectures import size_for, untrained
from PIL import Image
from torch import nn
from torchvision import models

from convergent_widgets.compute.layer_table import layers, probe_example
from convergent_widgets.compute.nets import Net, as_net, find_layer
from convergent_widgets.compute.suggest import suggested
from convergent_widgets.compute.torchvision_nets import Geometry
from convergent_widgets.zoo.architecture import LAYERS, ZooNet


def small(inputs=3):
    return nn.Sequential(
        OrderedDict(conv=nn.Conv2d(inputs, 4, 3, padding=1), relu=nn.ReLU(), flat=nn.Flatten(), fc=nn.Linear(4 * 64, 5))
    )


# --- Net ---


def test_a_bare_module_becomes_a_net():
    module = small()
    net = as_net(module)
    assert net.module is module
    assert as_net(net) is net
    assert net.channels == 3
    assert net.input_size is None
    assert repr(net) == "Net(Sequential)"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (nn.ReLU, r"got the class ReLU: did you mean ReLU\(\)\?"),
        (len, "a net must be a torch.nn.Module .* got builtin_function_or_method"),
        ("resnet18", "a net must be a torch.nn.Module .* got str"),
    ],
)
def test_what_is_no_module_is_refused(given, message):
    with pytest.raises(TypeError, match=message):
        Net(given)


def test_lazy_modules_are_refused():
    with pytest.raises(ValueError, match="lazy layers without weights yet; call it once"):
        Net(nn.Sequential(nn.LazyConv2d(4, 3)))


def test_wrong_options_are_refused():
    with pytest.raises(TypeError, match=r"`preprocess` must be a callable .* got int"):
        Net(small(), preprocess=224)
    with pytest.raises(TypeError, match="`layers` must be a list of layer names, got 'conv'"):
        Net(small(), layers="conv")
    with pytest.raises(ValueError, match="no layer 'convv' in Sequential; the closest are 'conv'"):
        Net(small(), layers=["convv"])
    with pytest.raises(TypeError, match="`channels_last` must be a list of layer names, got 'conv'"):
        Net(small(), channels_last="conv")
    with pytest.raises(ValueError, match="no layer 'x'"):
        Net(small(), channels_last=["x"])
    assert Net(small(), layers=["conv", "relu#0"]).layers == ("conv", "relu#0")


def test_an_unknown_layer_is_answered_with_close_names():
    net = models.resnet18()
    with pytest.raises(ValueError, match=r"no layer 'layer1\.9' in ResNet; the closest are 'layer1"):
        find_layer(net, "layer1.9")
    with pytest.raises(ValueError, match=r"no layer 'q' in ResNet; there are 'conv1', 'bn1', .*, ..."):
        find_layer(net, "q")
    with pytest.raises(ValueError, match="no layer 'x' in ReLU; there are none"):
        find_layer(nn.ReLU(), "x")
    with pytest.raises(ValueError, match="no layer ''"):
        find_layer(net, "")
    assert find_layer(net, "layer1.0.relu#1") is net.layer1[0].relu


# --- preparation ---


def test_normalisation_is_per_channel():
    net = Net(small(), normalize=((0.1, 0.2, 0.3), (0.5, 1, 2)))
    prepared = net.prepare(torch.full((2, 3, 8, 8), 0.4))
    expected = torch.tensor([0.6, 0.2, 0.05]).reshape(1, 3, 1, 1).expand(2, 3, 8, 8)
    torch.testing.assert_close(prepared, expected)


@pytest.mark.parametrize("mean", [0.25, np.float64(0.25), [0.25], torch.full((8, 8), 0.25), np.full((1, 8, 8), 0.25)])
def test_normalisation_takes_numbers_and_images(mean):
    net = Net(small(1), normalize=(mean, 0.25))
    torch.testing.assert_close(net.prepare(torch.full((1, 1, 8, 8), 0.75)), torch.full((1, 1, 8, 8), 2.0))


def test_a_mean_image_tells_the_input_size():
    assert Net(small(), normalize=(torch.zeros(3, 8, 9), 1)).input_size == (8, 9)


@pytest.mark.parametrize(
    ("normalize", "error", "message"),
    [
        (0.5, TypeError, r"must be a pair \(mean, std\), got 0\.5"),
        ((0, 1, 2), TypeError, r"must be a pair \(mean, std\)"),
        (("a", 1), TypeError, "mean must be a number"),
        ((0, [1, 0, 1]), ValueError, "std must be greater than 0"),
        ((float("nan"), 1), ValueError, "mean must be finite"),
        (
            (0, torch.ones(1, 3, 8, 8)),
            ValueError,
            r"std must be finite, with at most three dimensions .* \(1, 3, 8, 8\)",
        ),
    ],
)
def test_wrong_normalisation_is_refused(normalize, error, message):
    with pytest.raises(error, match=message):
        Net(small(), normalize=normalize)


def test_normalisation_of_another_size_is_refused_in_words():
    net = Net(small(), normalize=(torch.zeros(3, 9, 9), 1))
    with pytest.raises(ValueError, match=r"\(3, 9, 9\) and \(1, 1, 1\), which do not fit pictures of \(3, 8, 8\)"):
        net.prepare(torch.rand(1, 3, 8, 8))


def test_grey_pictures_are_repeated_and_colour_becomes_grey():
    grey = torch.rand(2, 1, 8, 8)
    repeated = Net(small()).prepare(grey)
    assert repeated.shape == (2, 3, 8, 8)
    assert all(torch.equal(repeated[:, [channel]], grey) for channel in range(3))
    colour = torch.zeros(1, 3, 8, 8)
    colour[:, 1] = 1
    torch.testing.assert_close(Net(small(1)).prepare(colour), torch.full((1, 1, 8, 8), 0.587))


def test_other_numbers_of_channels_are_refused():
    with pytest.raises(ValueError, match="expects images of 3 channels, got 4"):
        Net(small()).prepare(torch.rand(1, 4, 8, 8))
    with pytest.raises(ValueError, match=r"float \(N, C, H, W\), got torch.uint8 \(3, 8, 8\)"):
        Net(small()).prepare(torch.zeros(3, 8, 8, dtype=torch.uint8))


def test_a_net_without_convolution_takes_images_as_they_come():
    net = Net(nn.Sequential(nn.Flatten(), nn.Linear(64, 5), nn.ReLU()))
    assert net.channels is None
    assert net.prepare(torch.rand(2, 1, 8, 8)).shape == (2, 1, 8, 8)


# --- torchvision ---


@pytest.mark.parametrize("weights", ["random", None])
def test_random_weights_follow_from_torchs_seed(weights):
    made = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        made.append(Net.from_torchvision("resnet18", weights=weights).module.conv1.weight)
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


def test_a_preset_is_split_into_geometry_and_normalisation():
    net = Net.from_torchvision("resnet18", weights=None)
    preset = models.ResNet18_Weights.DEFAULT.transforms()
    assert net.preprocess == Net.from_torchvision("alexnet", weights=None).preprocess
    assert hash(net.preprocess) == hash(Geometry((256,), (224,)))
    assert net.preprocess != Geometry((232,), (224,))
    assert net.input_size == (224, 224)
    assert not net.module.training
    image = Image.effect_noise((300, 260), 90).convert("RGB")
    torch.testing.assert_close(net.prepare(net.preprocess(image)[None])[0], preset(image))
    assert net.preprocess(image.convert("L")).shape == (1, 224, 224)


def test_options_replace_the_preset():
    net = Net.from_torchvision("resnet18", weights=None, normalize=(0, 1), layers=["layer1.0"], preprocess=None)
    assert net.preprocess is None
    assert net.layers == ("layer1.0",)
    assert net.normalize == (0, 1)


def test_unknown_torchvision_names_are_answered_with_close_ones():
    with pytest.raises(ValueError, match="no classification net 'resnet_18'; the closest are 'resnet18'"):
        Net.from_torchvision("resnet_18")
    with pytest.raises(ValueError, match="no classification net 'RESNET18'; the closest are 'resnet18'"):
        Net.from_torchvision("RESNET18")
    with pytest.raises(FileNotFoundError, match=r"no weights 'RANDOM' for resnet18: .*, nor 'random' for untrained"):
        Net.from_torchvision("resnet18", weights="RANDOM")
    with pytest.raises(ValueError, match="no classification net 'fasterrcnn_resnet50_fpn'"):
        Net.from_torchvision("fasterrcnn_resnet50_fpn")
    with pytest.raises(FileNotFoundError, match=r"no weights 'best.pt' for resnet18: .* \(IMAGENET1K_V1, DEFAULT\)"):
        Net.from_torchvision("resnet18", weights="best.pt")
    with pytest.raises(TypeError, match="`weights` must be a name, the path of a checkpoint, or None; got int"):
        Net.from_torchvision("resnet18", weights=1)
    with pytest.raises(ValueError, match="are not weights for resnet18"):
        Net.from_torchvision("resnet18", weights=models.AlexNet_Weights.DEFAULT)
    with pytest.raises(TypeError, match="`model_options` do not fit torchvision's alexnet"):
        Net.from_torchvision("alexnet", weights=None, model_options={"colour": 1})


@pytest.mark.parametrize(
    "given", ["DEFAULT", "IMAGENET1K_V1", "ResNet18_Weights.DEFAULT", models.ResNet18_Weights.DEFAULT]
)
def test_weights_are_found_by_name(given, monkeypatch):
    wanted = models.resnet18()
    monkeypatch.setattr(models.ResNet18_Weights, "get_state_dict", lambda self, **_: wanted.state_dict())
    net = Net.from_torchvision("resnet18", weights=given)
    assert torch.equal(net.module.conv1.weight, wanted.conv1.weight)


def test_a_failed_download_says_what_else_works(monkeypatch):
    def fail(self, **_):
        raise OSError("no route")

    monkeypatch.setattr(models.ResNet18_Weights, "get_state_dict", fail)
    with pytest.raises(OSError, match=r"could not be downloaded \(no route\); use weights=\"random\""):
        Net.from_torchvision("resnet18")


# --- checkpoints ---


@pytest.fixture(scope="module")
def squeezed():
    return models.squeezenet1_1(num_classes=3)


def load(path):
    return Net.from_torchvision("squeezenet1_1", weights=path, model_options={"num_classes": 3})


@pytest.mark.parametrize("key", [None, "state_dict", "model", "weights"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_checkpoints_of_several_layouts_are_read(tmp_path, squeezed, key, prefix):
    state = {f"{prefix}{name}": value for name, value in squeezed.state_dict().items()}
    path = tmp_path / "best.pt"
    torch.save(state if key is None else {"epoch": 3, key: state}, path)
    net = load(path)
    assert all(torch.equal(value, squeezed.state_dict()[name]) for name, value in net.module.state_dict().items())
    assert net.preprocess == Geometry((256,), (224,))
    assert load(str(path)).module is not net.module


def test_a_checkpoint_that_does_not_fit_says_which_keys(tmp_path, squeezed):
    state = dict(squeezed.state_dict())
    state["extra.weight"] = torch.zeros(1)
    del state["features.0.bias"]
    state["classifier.1.weight"] = torch.zeros(7, 512, 1, 1)
    torch.save(state, tmp_path / "best.pt")
    with pytest.raises(ValueError, match="does not fit torchvision's squeezenet1_1") as caught:
        load(tmp_path / "best.pt")
    assert "1 missing: features.0.bias" in str(caught.value)
    assert "1 unexpected: extra.weight" in str(caught.value)
    assert "classifier.1.weight (7, 512, 1, 1) instead of (3, 512, 1, 1)" in str(caught.value)


def test_a_foreign_checkpoint_shows_only_the_first_keys(tmp_path, squeezed):
    torch.save(ZooNet().state_dict(), tmp_path / "best.pt")
    with pytest.raises(
        ValueError, match=r"52 missing: features.0.weight, features.0.bias, [^,]+, \.\.\.; 12 unexpected"
    ):
        load(tmp_path / "best.pt")


def test_pickles_are_not_run(tmp_path, squeezed):
    torch.save(squeezed, tmp_path / "whole.pt")
    with pytest.raises(ValueError, match=r"holds more than weights .* was not read; save it again as torch\.save"):
        load(tmp_path / "whole.pt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "holds list, not a state dict"),
        ({}, "holds dict, not a state dict"),
        ({"a": 1, "b": torch.zeros(1)}, "is not a state dict: a hold no tensors"),
    ],
)
def test_other_contents_are_refused(tmp_path, content, message):
    torch.save(content, tmp_path / "best.pt")
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "best.pt")


def test_damaged_checkpoints_are_refused(tmp_path, squeezed):
    path = tmp_path / "best.pt"
    torch.save(squeezed.state_dict(), path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"best.pt (is damaged or no checkpoint|holds more)"):
        load(path)
    path.write_text("not a checkpoint")
    with pytest.raises(ValueError, match=r"best.pt (is damaged or no checkpoint|holds more .*, or is no checkpoint)"):
        load(path)


def test_safetensors_are_read_where_their_package_is(tmp_path, squeezed, monkeypatch):
    path = tmp_path / "best.safetensors"
    path.write_bytes(b"")
    package = types.ModuleType("safetensors.torch")
    package.load_file = lambda _: dict(squeezed.state_dict())
    monkeypatch.setitem(sys.modules, "safetensors", types.ModuleType("safetensors"))
    monkeypatch.setitem(sys.modules, "safetensors.torch", package)
    assert torch.equal(load(path).module.features[0].weight, squeezed.features[0].weight)

    def damaged(_):
        raise Exception("header too large")

    package.load_file = damaged
    with pytest.raises(ValueError, match="damaged or not in the safetensors format: header too large"):
        load(path)


def test_safetensors_without_the_package_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "best.safetensors"
    path.write_bytes(b"")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.delitem(sys.modules, "safetensors.torch", raising=False)
    with pytest.raises(ImportError, match="needs the package safetensors: pip install safetensors"):
        load(path)


# --- layers ---


def test_the_zoo_is_compared_by_its_blocks():
    table = layers(ZooNet())
    assert table.suggested == list(LAYERS)
    assert [row.units for row in table if row.suggested] == [24, 48, 64, 64, 128]
    assert next(row for row in table if row.name == "conv2").shape == (48, 14, 14)
    assert "pool#2" in table.names
    assert table[0].kind == "Conv2d"
    assert len(table[:2]) == 2


def test_functional_relus_leave_the_weighted_layers():
    class LeNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2, self.fc1, self.fc2 = (
                nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5), nn.Linear(400, 120), nn.Linear(120, 10)
            )  # fmt: skip

        def forward(self, x):
            x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
            x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
            return self.fc2(torch.relu(self.fc1(x.flatten(1))))

    assert layers(LeNet()).suggested == ["conv1", "conv2", "fc1"]


def test_repeated_modules_are_numbered_and_tuples_are_not_recordable():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu, self.pair = nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(), Pair()

        def forward(self, x):
            return self.pair(self.relu(self.conv(self.relu(self.conv(x)))))[0]

    class Pair(nn.Module):
        def forward(self, x):
            return x, x

    table = layers(Odd(), torch.rand(3, 16, 16))
    assert table.names == ["conv#0", "relu#0", "conv#1", "relu#1", "pair"]
    assert table.suggested == ["relu#0", "relu#1"]
    assert table[4].shape is None
    assert table[4].note == "not recordable: a tuple of 2"
    assert "not recordable: a tuple of 2" in repr(table)


def test_the_table_shows_in_text_and_escaped_in_html():
    table = layers(nn.Sequential(OrderedDict({"<b>": nn.Conv2d(3, 4, 3), "act": nn.ReLU()})))
    assert repr(table).splitlines()[0].split() == ["name", "kind", "shape", "units", "suggested"]
    assert "4 x 222 x 222" in repr(table)
    markup = table._repr_html_()
    assert "<b>" not in markup
    assert "&lt;b&gt;" in markup
    assert markup.startswith("<table>")


def test_no_usual_input_size_asks_for_an_example():
    odd = nn.Sequential(nn.Flatten(), nn.Linear(3 * 17 * 23, 4), nn.ReLU())
    with pytest.raises(
        ValueError, match=r"Sequential does not run on images of usual sizes; give an example: layers\("
    ):
        layers(odd)
    assert layers(odd, torch.rand(3, 17, 23)).suggested == ["2"]
    assert layers(odd, Image.new("RGB", (23, 17))).suggested == ["2"]
    assert layers(odd, (Image.new("RGBA", (23, 17)), 3)).suggested == ["2"]
    assert layers(odd, torch.rand(5, 3, 17, 23)).suggested == ["2"]


def test_an_example_goes_through_the_preprocessing():
    net = Net(small(), preprocess=lambda image: image.resize((8, 8)))
    assert layers(net, Image.new("RGB", (50, 40)))[0].shape == (4, 8, 8)


SUGGESTED = {
    "alexnet": (7, ["features.1", "features.4"], "classifier.5", (64, 15, 15)),
    "vgg11": (10, ["features.1", "features.4"], "classifier.4", (64, 64, 64)),
    "resnet18": (9, ["relu", "layer1.0", "layer1.1", "layer2.0"], "layer4.1", (64, 32, 32)),
    "densenet121": (8, ["features.relu0", "features.denseblock1"], "features.denseblock4", (64, 32, 32)),
    "inception_v3": (16, ["Conv2d_1a_3x3", "Conv2d_2a_3x3"], "Mixed_7c", (32, 47, 47)),
    "mobilenet_v2": (19, ["features.0", "features.1"], "features.18", (32, 32, 32)),
    "mobilenet_v3_small": (14, ["features.0", "features.1"], "classifier.1", (16, 32, 32)),
    "convnext_tiny": (18, ["features.1.0", "features.1.1"], "features.7.2", (96, 16, 16)),
    "vit_b_16": (12, ["encoder.layers.encoder_layer_0"], "encoder.layers.encoder_layer_11", (197, 768)),
    "swin_t": (12, ["features.1.0", "features.1.1", "features.3.0"], "features.7.1", (16, 16, 96)),
}


@pytest.mark.parametrize("name", SUGGESTED)
def test_sensible_layers_of_torchvision_nets(name):
    count, first, last, shape = SUGGESTED[name]
    table = layers(untrained(name), torch.rand(3, size_for(name), size_for(name)))
    chosen = table.suggested
    assert len(chosen) == count
    assert chosen[: len(first)] == first
    assert chosen[-1] == last
    assert next(row.shape for row in table if row.suggested) == shape
    assert all(row.units for row in table if row.suggested)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "swin_t"])
def test_no_output_is_suggested_twice_nor_the_scores(name):
    net = untrained(name)
    watched = probe_example(net, torch.rand(3, 64, 64))
    keys = [call.key for call in watched.calls if watched.name(call) in suggested(net, watched)]
    assert len(keys) == len(set(keys))
    assert not watched.results & set(keys)


class Around(nn.Module):
    """A net around a net."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x - 0.5)


def test_a_net_inside_another_is_looked_into():
    inner = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3600, 2)
    )
    assert layers(Around(inner), torch.rand(3, 34, 34)).suggested == ["inner.1", "inner.3"]
    assert layers(nn.Sequential(Around(ZooNet())), torch.rand(1, 28, 28)).suggested == [
        f"0.inner.{name}" for name in LAYERS
    ]


def test_a_trunk_keeps_its_last_activation_and_a_classifier_loses_its_probabilities():
    trunk = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU())
    assert layers(trunk).suggested == ["1", "3"]
    classifier = nn.Sequential(nn.Flatten(), nn.Linear(48, 8), nn.Tanh(), nn.Linear(8, 2), nn.Sigmoid())
    assert layers(classifier, torch.rand(3, 4, 4)).suggested == ["2"]


def test_the_preset_tells_the_input_size():
    table = layers(Net.from_torchvision("mobilenet_v3_small", weights=None))
    assert table[0].shape == (16, 112, 112)
