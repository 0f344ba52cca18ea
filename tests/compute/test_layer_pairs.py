"""pair_layers(): equal map sizes first, relative depth within them, and what it says where there are none."""

import re

import pytest
import torch
from torch import nn
from torchvision import models

import convergent_widgets as cw

IMAGES = [torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(number)) for number in range(6)]


@pytest.fixture(scope="module")
def nets():
    torch.manual_seed(0)
    return {
        name: cw.Net(models.get_model(name, weights=None).eval())
        for name in ("alexnet", "vgg11", "resnet18", "resnet34")
    }


def some(nets, *names):
    return {name: nets[name] for name in names}


def grids(net, modules):
    return [row.grid for name in modules for row in cw.layers(net, IMAGES[0]) if row.name == name]


def test_maps_of_one_size_meet_by_relative_depth(nets):
    pairs = cw.pair_layers(some(nets, "resnet34", "resnet18"), IMAGES)
    assert list(pairs.values()) == [
        {"resnet34": deep, "resnet18": short}
        for deep, short in [
            ("relu", "relu"),
            ("layer1.1", "layer1.0"),
            ("layer1.2", "layer1.1"),
            ("layer2.1", "layer2.0"),
            ("layer2.3", "layer2.1"),
            ("layer3.2", "layer3.0"),
            ("layer3.5", "layer3.1"),
            ("layer4.1", "layer4.0"),
            ("layer4.2", "layer4.1"),
        ]
    ]
    assert list(pairs)[:2] == ["relu", "layer1.1 / layer1.0"]
    assert pairs.resize is None


def test_architectures_of_another_family(nets):
    pairs = cw.pair_layers(some(nets, "vgg11", "resnet18"), IMAGES)
    of_vgg, of_resnet = ([pair[net] for pair in pairs.values()] for net in ("vgg11", "resnet18"))
    assert of_vgg == [f"features.{number}" for number in (4, 7, 9, 12, 14, 17, 19)]
    assert of_resnet == ["relu", "layer1.0", "layer1.1", "layer2.0", "layer2.1", "layer3.0", "layer3.1"]
    assert grids(nets["vgg11"], of_vgg) == grids(nets["resnet18"], of_resnet)
    assert pairs.resize is None
    comparison = cw.compare(some(nets, "vgg11", "resnet18"), IMAGES, pairs, progress=False, device="cpu")
    assert list(comparison.layers) == list(pairs)
    assert comparison.units("features.19 / layer3.1", "resnet18") == 256


def test_without_a_common_size_all_maps_are_taken_and_resize_is_named(nets):
    chosen = some(nets, "alexnet", "vgg11")
    pairs = cw.pair_layers(chosen, IMAGES)
    assert [pair["alexnet"] for pair in pairs.values()] == [
        *(f"features.{number}" for number in (1, 4, 7, 9, 11)),
        "classifier.2",
        "classifier.5",
    ]
    assert [pair["vgg11"] for pair in pairs.values()][4:] == ["features.19", "classifier.1", "classifier.4"]
    assert pairs.resize == (15, 15)
    assert repr(pairs).endswith("Maps of different size are paired: add resize=(15, 15).")
    with pytest.raises(ValueError, match="different positions per image"):
        cw.estimate(chosen, IMAGES, pairs, device="cpu", patches=0)
    assert len(cw.estimate(chosen, IMAGES, pairs, resize=pairs.resize, device="cpu", patches=0).layers) == 7


def test_more_than_two_nets(nets):
    pairs = cw.pair_layers(nets, IMAGES)
    assert len(pairs) == 5
    assert all(list(pair) == list(nets) for pair in pairs.values())
    last = list(pairs.values())[-1]
    assert last == {"alexnet": "features.11", "vgg11": "features.19", "resnet18": "layer4.1", "resnet34": "layer4.2"}


def test_a_nets_own_layers_are_what_it_offers(nets):
    own = cw.Net(nets["resnet18"].module, layers=["layer2", "layer3"])
    pairs = cw.pair_layers({"own": own, "vgg": nets["vgg11"]}, IMAGES)
    assert [dict(pair) for pair in pairs.values()] == [
        {"own": "layer2", "vgg": "features.14"},
        {"own": "layer3", "vgg": "features.19"},
    ]


def test_is_a_table(nets):
    pairs = cw.pair_layers(some(nets, "vgg11", "resnet18"), IMAGES)
    assert re.fullmatch(r"vgg11 +resnet18", repr(pairs).splitlines()[0])
    assert re.fullmatch(r"features\.4 \(128 units, 32 x 32\) +relu \(64 units, 32 x 32\)", repr(pairs).splitlines()[1])
    assert "<td>relu (64 units, 32 x 32)</td>" in pairs._repr_html_()
    assert "<th>&lt;b&gt;</th>" in cw.pair_layers({"<b>": nets["vgg11"]}, IMAGES)._repr_html_()


def test_nothing_to_pair_is_an_error_that_names_the_layers():
    maps = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    vector = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 5), nn.ReLU())
    with pytest.raises(ValueError, match=r"could be paired: maps: 1 62 x 62; vector: 2 1 x 1"):
        cw.pair_layers({"maps": maps, "vector": vector}, IMAGES)
    with pytest.raises(ValueError, match="net 'small'"):
        cw.pair_layers({"small": nn.Sequential(nn.Flatten(), nn.Linear(7, 2), nn.ReLU())}, IMAGES)
