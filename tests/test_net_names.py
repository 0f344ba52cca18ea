import pytest

from convergent_widgets.net_names import NetName, build_nets, parse_layers, parse_net


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resnet18", NetName("resnet18", "resnet18", None)),
        ("resnet18@none", NetName("resnet18@none", "resnet18", "none")),
        ("resnet18@random", NetName("resnet18@random", "resnet18", "random")),
        ("resnet18@runs/a=1/best.pt", NetName("resnet18@best.pt", "resnet18", "runs/a=1/best.pt")),
        ("mine=resnet18@me@home.pt", NetName("mine", "resnet18", "me@home.pt")),
        ("a b=vgg11@IMAGENET1K_V1", NetName("a b", "vgg11", "IMAGENET1K_V1")),
        ("zoo", NetName("zoo", "zoo", None)),
        ("zoo@seed 1", NetName("seed 1", "zoo", "seed 1")),
        ("other=zoo@seed 1", NetName("other", "zoo", "seed 1")),
    ],
)
def test_parse_net(text, expected):
    assert parse_net(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no net"),
        ("mine=", "is no net"),
        ("=resnet18", "is no net"),
        ("resnet18@", "is no net"),
        ("@best.pt", "is no net"),
        ("best.pt", r"which architecture .* resnet18@best\.pt"),
        ("mine=runs/best", "which architecture"),
        ("all=zoo", "write all=zoo@NET"),
    ],
)
def test_parse_net_refuses(text, message):
    with pytest.raises(ValueError, match=message):
        parse_net(text)


def test_parse_layers():
    assert parse_layers([]) is None
    assert parse_layers(["layer1, layer2", "relu#1"]) == ["layer1", "layer2", "relu#1"]
    assert parse_layers(["early:seed 0=conv1,b=features.4", "late: a=x"]) == {
        "early": {"seed 0": "conv1", "b": "features.4"},
        "late": {"a": "x"},
    }


@pytest.mark.parametrize(
    ("texts", "message"),
    [(["a=x"], "neither"), ([":a=x"], "neither"), (["early:a=x,b"], "neither"), (["conv1", "e:a=x"], "both at once")],
)
def test_parse_layers_refuses(texts, message):
    with pytest.raises(ValueError, match=message):
        parse_layers(texts)


def test_build_nets_gives_untrained_nets_different_weights_that_follow_from_the_seed():
    torch = pytest.importorskip("torch")
    names = [parse_net("a=resnet18@none"), parse_net("b=resnet18@random")]
    first, again, other = build_nets(names), build_nets(names), build_nets(names, seed=1)
    weights = [net.module.conv1.weight for nets in (first, again, other) for net in nets.values()]
    assert list(first) == ["a", "b"]
    assert not torch.equal(weights[0], weights[1])
    assert torch.equal(weights[0], weights[2])
    assert not torch.equal(weights[0], weights[4])


def test_build_nets_of_the_zoo():
    pytest.importorskip("torch")
    assert list(build_nets([parse_net("x=zoo@seed 1"), parse_net("zoo@seed 0")])) == ["x", "seed 0"]
    with pytest.raises(ValueError, match='the zoo has no net "seed 9"; it has seed 0'):
        build_nets([parse_net("zoo@seed 9")])
    with pytest.raises(ValueError, match='two nets are called "seed 0"; give each a name, as in NAME=zoo@seed 0'):
        build_nets([parse_net("zoo"), parse_net("zoo@seed 0")])
