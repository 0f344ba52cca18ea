import json
import math
from itertools import permutations

import numpy as np
import pytest
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.comparison import Comparison
from convergent_widgets.pictures import decode
from convergent_widgets.widgets.answers import NO_CORRELATION, answer, facts, opening_answers
from convergent_widgets.widgets.data import Data

NETS = ("seed 0", "seed 1", "seed 2")
METHODS = ("bipartite", "semi")


@pytest.fixture(scope="module")
def comparison():
    """The third net is wider, and units are dead on both sides."""
    return synthetic_comparison(dead={"seed 0": (4,), "seed 1": (3, 7)})


def ask(comparison, question, **args):
    """The answer as a browser has it: after JSON, with buffers as bytes."""
    meta, buffers = answer(comparison, question, args)
    assert all(type(buffer) is bytes for buffer in buffers)
    return json.loads(json.dumps(meta, allow_nan=False)), buffers


def pair_table(comparison, layer, a, b):
    meta, (buffer,) = ask(comparison, "pair", layer=layer, a=a, b=b)
    table = np.frombuffer(buffer, "<f4").reshape(len(meta["fields"]), meta["rows"])
    return meta, dict(zip(meta["fields"], table, strict=True))


def same(value, expected):
    return value == pytest.approx(math.nan if expected is None else float(expected), abs=1e-6, nan_ok=True)


@pytest.mark.parametrize(("a", "b"), list(permutations(NETS, 2)))
@pytest.mark.parametrize("method", METHODS)
def test_pair_tells_of_every_unit_what_the_comparison_tells(comparison, a, b, method):
    layer = "conv2"
    _, table = pair_table(comparison, layer, a, b)
    dead = comparison.dead(layer, a)
    for unit in range(comparison.units(layer, a)):
        one = comparison.counterparts(layer, a, unit, method)[b]
        assert table["dead"][unit] == dead[unit]
        assert same(table["best"][unit], None if one.best is None else one.best.unit)
        assert same(table["best_r"][unit], None if one.best is None else one.best.r)
        others = np.delete(comparison.correlation(layer, a, b)[unit], [] if one.best is None else one.best.unit)
        assert same(table["second_r"][unit], None if one.best is None else np.nanmax(others))
        for field, expected in [
            ("unit", one.unit),
            ("r", one.r),
            ("rank", one.rank),
            ("runner_up", one.runner_up),
            ("greatest", one.baseline),
            ("above", one.above),
            ("agrees", one.agrees),
        ]:
            assert same(table[f"{method}.{field}"][unit], expected), (field, unit)
        least = comparison.baseline(layer, a, b, method).least[unit]
        assert same(table[f"{method}.least"][unit], least)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("a", "b"), [("seed 0", "seed 1"), ("seed 2", "seed 0"), ("seed 0", "seed 2")])
def test_pair_sums_a_matching_up(comparison, a, b, method):
    meta, table = pair_table(comparison, "conv1", a, b)
    matching = comparison.match("conv1", a, b, method)
    baseline = comparison.baseline("conv1", a, b, method)
    assert (meta["rows"], meta["columns"], meta["within"]) == (
        comparison.units("conv1", a),
        comparison.units("conv1", b),
        False,
    )
    assert meta["methods"][method] == {
        "matched": len(matching.rows),
        "mean": pytest.approx(matching.mean),
        "agree": pytest.approx(matching.agrees.mean()),
        "baseline_mean": pytest.approx(baseline.mean),
        "baseline_deviation": pytest.approx(baseline.deviation),
        "above": int(baseline.above.sum()),
        "expected_by_luck": pytest.approx(baseline.expected_by_luck),
        "unrelated": None,
    }
    assert np.isfinite(table[f"{method}.unit"]).sum() == len(matching.rows)


def test_pair_within_one_net_names_the_most_similar_other_unit(comparison):
    meta, table = pair_table(comparison, "conv1", "seed 1", "seed 1")
    assert meta["within"]
    assert meta["methods"] == {}
    assert list(table) == ["dead", "best", "best_r"]
    r = comparison.correlation("conv1", "seed 1", "seed 1")
    for unit in range(meta["rows"]):
        others = np.delete(r[unit], unit)
        if unit in (3, 7):
            assert table["dead"][unit] == 1
            assert np.isnan(table["best"][unit])
        else:
            assert table["best"][unit] != unit
            assert table["best_r"][unit] == pytest.approx(np.nanmax(others), abs=1e-6)
            assert r[unit, int(table["best"][unit])] == pytest.approx(np.nanmax(others))


def test_pair_where_nothing_is_alive_has_no_numbers():
    silent = synthetic_comparison({"a": 2, "b": 3}, dead={"a": (0, 1)})
    meta, table = pair_table(silent, "conv1", "a", "b")
    assert table["dead"].tolist() == [1, 1]
    assert all(np.isnan(table[field]).all() for field in ("best", "bipartite.unit", "semi.r", "semi.greatest"))
    assert meta["methods"]["semi"]["mean"] is None
    assert meta["methods"]["bipartite"]["matched"] == 0


@pytest.mark.parametrize(("a", "b"), [("seed 0", "seed 1"), ("seed 2", "seed 0"), ("seed 1", "seed 1")])
def test_matrix_holds_every_correlation_within_half_a_step(comparison, a, b):
    meta, (buffer,) = ask(comparison, "matrix", layer="conv2", a=a, b=b)
    stored = np.frombuffer(buffer, "<i2").reshape(meta["rows"], meta["columns"])
    expected = comparison.correlation("conv2", a, b)
    assert ((stored == NO_CORRELATION) == np.isnan(expected)).all()
    live = ~np.isnan(expected)
    assert live.any()
    assert np.abs(stored[live] / 32767 - expected[live]).max() <= 1.6e-5
    if a == b:
        assert (stored[np.diag(live[:]) * np.eye(len(live), dtype=bool)] == 32767).all()


@pytest.mark.parametrize("which", ["strongest", "deciles"])
def test_top_holds_every_unit_with_its_boxes(comparison, which):
    meta, buffers = ask(comparison, "top", layer="conv2", net="seed 1", which=which)
    shape = (meta["units"], meta["k"])
    images, boxes, cells = (np.frombuffer(buffer, "<i4") for buffer in buffers[:3])
    images, boxes, cells = images.reshape(shape), boxes.reshape(*shape, 4), cells.reshape(*shape, 4)
    activations = np.frombuffer(buffers[3], "<f4").reshape(shape)
    assert meta == {"units": 24, "k": 9, "pictures": comparison.picture_set("seed 1"), "which": which}
    for unit in range(meta["units"]):
        one = comparison.top("conv2", "seed 1", unit, which)
        k = len(one.images)
        assert k == (0 if unit in (3, 7) else 9)
        assert images[unit].tolist() == [*one.images.tolist(), *[-1] * (9 - k)]
        assert activations[unit, :k].tolist() == one.activations.tolist()
        for place in range(k):
            position = tuple(one.positions[place].tolist())
            assert tuple(boxes[unit, place]) == comparison.field("conv2", "seed 1", position)
            cell = comparison.cell("conv2", "seed 1", position)
            assert tuple(cells[unit, place]) == ((-1, -1, -1, -1) if cell is None else cell)


def test_a_comparison_without_pictures_answers_with_none():
    bare = synthetic_comparison(pictures=False)
    meta, buffers = ask(bare, "top", layer="conv1", net="seed 2", which="strongest")
    assert meta["k"] == 0
    assert meta["units"] == 30
    assert buffers == [b"", b"", b"", b""]
    assert (facts(bare)["k"], facts(bare)["pictured"]) == (0, [])
    with pytest.raises(ValueError, match="patches=0"):
        ask(bare, "pictures", pictures=0, images=[1])


def test_a_file_that_has_no_deciles_does_not_offer_them(comparison):
    kept = {name: comparison._members[name] for name in comparison._members if "/deciles/" not in name}
    old = Comparison(comparison._manifest, kept)
    assert facts(comparison)["pictured"] == ["strongest", "deciles"]
    assert facts(old)["pictured"] == ["strongest"]
    with pytest.raises(ValueError, match="this comparison has no deciles"):
        ask(old, "top", layer="conv1", net="seed 0", which="deciles")


def test_attributions_are_those_of_the_comparison():
    zoo = cw.zoo.comparison()
    assert facts(zoo)["pictured"] == ["strongest", "deciles", "attributions"]
    for layer, net, unit in [("conv1", "seed 0", 3), ("conv4", "wide", 95)]:
        meta, (buffer,) = ask(zoo, "attributions", layer=layer, net=net, unit=unit)
        expected, start = zoo.attributions(layer, net, unit), 0
        assert len(meta["sizes"]) == len(expected) > 0
        for size, values in zip(meta["sizes"], expected, strict=True):
            grey = decode(buffer[start : start + size])[..., 0]
            assert (grey.astype(np.float32) - 128) / 127 == pytest.approx(values)
            start += size
        assert start == len(buffer)


@pytest.mark.parametrize("method", METHODS)
def test_held_out_is_that_of_the_comparison(comparison, method):
    meta, (buffer,) = ask(comparison, "held_out", layer="conv1", a="seed 2", b="seed 0", method=method)
    expected = comparison.held_out("conv1", "seed 2", "seed 0", method)
    assert np.frombuffer(buffer, "<f4") == pytest.approx(expected.r, abs=1e-6, nan_ok=True)
    assert np.isnan(expected.r).any() == (method == "bipartite")
    assert (meta["mean"], meta["agreement"]) == pytest.approx((expected.mean, expected.agreement))
    assert meta["unjudged"] == expected.unjudged
    assert meta["sampling_error"] == pytest.approx(comparison.sampling_error("conv1", "seed 0", "seed 2"))


@pytest.mark.parametrize("method", METHODS)
def test_found_tells_how_widely_and_where_the_way_around_leads(comparison, method):
    meta, (buffer,) = ask(comparison, "found", layer="conv2", net="seed 1", method=method)
    assert meta == {"others": 2, "ring": ["seed 1", "seed 2", "seed 0"]}
    widely, arrived = np.frombuffer(buffer, "<i4").reshape(2, 24)
    for unit in range(24):
        counterparts = comparison.counterparts("conv2", "seed 1", unit, method).values()
        assert widely[unit] == sum(one.above for one in counterparts)
        at = unit
        for a, b in [("seed 1", "seed 2"), ("seed 2", "seed 0"), ("seed 0", "seed 1")]:
            at = None if at is None else comparison.counterparts("conv2", a, at, method)[b].unit
        assert arrived[unit] == (-1 if at is None else at)
    assert -1 in arrived
    assert (arrived == np.arange(24)).any()


@pytest.mark.parametrize("nets", [{"a": 4}, {"a": 4, "b": 5}])
def test_with_one_or_two_nets_there_is_no_way_around(nets):
    meta, (buffer,) = ask(synthetic_comparison(nets), "found", layer="conv1", net="a", method="semi")
    assert meta == {"others": len(nets) - 1, "ring": []}
    assert np.frombuffer(buffer, "<i4").reshape(2, 4)[1].tolist() == [-1] * 4


def test_means_of_all_nets(comparison):
    meta, buffers = ask(comparison, "means", layer="conv2")
    assert meta["nets"] == list(NETS)
    for net, buffer in zip(NETS, buffers, strict=True):
        assert np.frombuffer(buffer, "<f4") == pytest.approx(comparison.mean("conv2", net), rel=1e-6)


def test_pictures_follow_one_another_in_one_buffer(comparison):
    meta, (buffer,) = ask(comparison, "pictures", pictures=0, images=[5, 2, 5])
    ends = np.cumsum(meta["sizes"])
    for image, size, end in zip([5, 2, 5], meta["sizes"], ends, strict=True):
        assert buffer[end - size : end] == comparison.picture_bytes(0, image)
    assert ends[-1] == len(buffer)
    assert meta["names"] == ["image 5", "image 2", "image 5"]
    assert meta["labels"] == ["c", "c", "c"]
    assert (meta["heights"], meta["widths"]) == ([28] * 3, [28] * 3)
    assert ask(comparison, "pictures", pictures=0, images=[])[1] == [b""]


@pytest.mark.parametrize(
    ("question", "args", "words"),
    [
        ("pairs", {}, "no question 'pairs'; the closest are 'pair'"),
        (None, {}, "no question None"),
        ("pair", {"layer": "conv1", "a": "seed 0"}, "takes layer, a, b; got a, layer"),
        ("means", {"layer": "conv1", "net": "seed 0"}, "takes layer; got layer, net"),
        ("matrix", {"layer": "conf1", "a": "seed 0", "b": "seed 1"}, "no layer 'conf1'; the closest are 'conv1'"),
        ("matrix", {"layer": "conv1", "a": "seed 9", "b": "seed 1"}, "no net 'seed 9'; the closest are"),
        (
            "clusters",
            {"layer": "conv1", "a": "seed 0", "b": "seed 0", "clusters": None},
            "two nets, got 'seed 0' twice",
        ),
        (
            "clusters",
            {"layer": "conv1", "a": "seed 0", "b": "seed 1", "clusters": 46},
            "1..45, the number of live units",
        ),
        (
            "clusters",
            {"layer": "conv1", "a": "seed 0", "b": "seed 1", "clusters": "2"},
            "whole number or None, got '2'",
        ),
        ("top", {"layer": "conv1", "net": ["seed 0"], "which": "strongest"}, r"no net \['seed 0'\]"),
        (
            "top",
            {"layer": "conv1", "net": "seed 0", "which": "decile"},
            "no kind of patches 'decile'; the closest are 'deciles'",
        ),
        ("top", {"layer": "conv1", "net": "seed 0", "which": ["deciles"]}, r"no kind of patches \['deciles'\]"),
        ("attributions", {"layer": "conv1", "net": "seed 2", "unit": 30}, "'seed 2' has units 0 to 29 .*; got 30"),
        ("attributions", {"layer": "conv1", "net": "seed 2", "unit": True}, "got True"),
        ("attributions", {"layer": "conv1", "net": "seed 2", "unit": 3}, r"compare\(..., attributions=True\) does"),
        (
            "held_out",
            {"layer": "conv1", "a": "seed 2", "b": "seed 2", "method": "semi"},
            "two nets; got 'seed 2' twice",
        ),
        ("held_out", {"layer": "conv1", "a": "seed 2", "b": "seed 1", "method": "best"}, "no method 'best'"),
        ("pictures", {"pictures": 0, "images": [999]}, "image 999 is among the top images of no unit"),
        ("pictures", {"pictures": 7, "images": [1]}, "set of pictures, one of 0; got 7"),
        ("pictures", {"pictures": True, "images": [1]}, "got True"),
        ("pictures", {"pictures": 0, "images": 1}, "must be a list of image numbers, got 1"),
        ("pictures", {"pictures": 0, "images": ["1"]}, "must be a list of image numbers"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_words(comparison, question, args, words):
    with pytest.raises(ValueError, match=words):
        answer(comparison, question, args)


def test_facts_are_json_and_name_the_best_matches(comparison):
    known = facts(comparison)
    assert json.loads(json.dumps(known, allow_nan=False)) == known
    assert known["nets"] == list(NETS)
    assert (known["dataset"], known["complete"], known["images_seen"], known["k"]) == ("made-up images", True, 60, 9)
    assert known["few_images"] is True
    for layer in known["layers"]:
        name = layer["name"]
        assert layer["units"] == [24, 24, 30]
        assert layer["modules"] == [comparison.module(name, net) for net in NETS]
        for method in METHODS:
            for i, a in enumerate(NETS):
                for j, b in enumerate(NETS):
                    unit = layer["best"][method][i][j]
                    r = comparison.correlation(name, a, b).copy()
                    if a == b:
                        np.fill_diagonal(r, np.nan)
                        assert np.nanmax(r[unit]) == np.nanmax(r)
                    else:
                        assert comparison.counterparts(name, a, unit, method)[b].r == pytest.approx(
                            comparison.match(name, a, b, method).values.max()
                        )


@pytest.fixture
def data(comparison):
    made = Data(comparison)
    yield made
    made.close()


@pytest.fixture
def replies(data, monkeypatch):
    sent = []
    monkeypatch.setattr(data, "send", lambda content, buffers=None: sent.append((content, buffers)))
    return sent


def receive(data, content):
    data._handle_custom_msg(content, [])


def test_data_answers_every_id_once(comparison, data, replies):
    for number, question in enumerate(["matrix", "matrix", "pair"]):
        receive(data, {"id": number, "ask": question, "layer": "conv1", "a": "seed 0", "b": "seed 1"})
    assert [content["id"] for content, _ in replies] == [0, 1, 2]
    meta, buffers = answer(comparison, "pair", {"layer": "conv1", "a": "seed 0", "b": "seed 1"})
    assert replies[-1] == ({"id": 2, "meta": meta}, buffers)


def test_data_answers_a_wrong_question_with_words(data, replies):
    receive(data, {"id": "x", "ask": "top", "layer": "conv9", "net": "seed 0", "which": "strongest"})
    receive(data, {"id": 1})
    receive(data, {"id": 2, "ask": "top", "layer": ["conv1"], "net": {}, "which": []})
    receive(data, "nonsense")
    assert [content["id"] for content, _ in replies] == ["x", 1, 2, None]
    assert all(set(content) == {"id", "error"} and not buffers for content, buffers in replies)
    assert replies[0][0]["error"].startswith("there is no layer 'conv9'; the closest are 'conv")


def test_data_answers_even_when_the_comparison_fails(data, replies, monkeypatch, caplog):
    class Broken:
        layers, nets = ("conv1",), ("a",)

        def mean(self, layer, net):
            raise OSError("the file went away")

    monkeypatch.setattr(data, "comparison", Broken())
    receive(data, {"id": 3, "ask": "means", "layer": "conv1"})
    assert replies == [({"id": 3, "error": "OSError: the file went away"}, [])]
    assert "could not be answered" in caplog.text


def test_closed_data_answers_no_more(comparison, monkeypatch):
    data = Data(comparison)
    sent = []
    monkeypatch.setattr(data, "send", lambda *message: sent.append(message))
    data.close()
    receive(data, {"id": 1, "ask": "means", "layer": "conv1"})
    assert sent == []


def test_the_opening_answers_are_those_that_would_be_asked_for():
    comparison = synthetic_comparison({"a": 6, "b": 5}, images=20)
    known = opening_answers(comparison, "conv2", "a", "b")
    answered = {tuple(json.loads(one["key"])): one for one in known}
    assert len(answered) == len(known)
    names = {"pair": "layer a b", "matrix": "layer a b", "top": "layer net which", "means": "layer"}
    for (ask, *values), one in answered.items():
        if ask == "pictures":
            args = {"pictures": values[0], "images": one["meta"]["images"]}
            assert set(args["images"]) == {i for net in "ab" for i in comparison.top_table("conv2", net).images.flat}
        else:
            args = dict(zip(names[ask].split(), values, strict=True))
        meta, buffers = answer(comparison, ask, args)
        assert buffers == one["buffers"]
        assert meta == {name: value for name, value in one["meta"].items() if name != "images"}
    assert ("matrix", "conv2", "b", "a") in answered
    assert ("pair", "conv2", "a", "a") in answered
    assert ("pictures", 0) in answered


def test_the_opening_answers_keep_to_their_budget():
    comparison = synthetic_comparison({"a": 6, "b": 5}, images=20)
    for budget in (0, 300, 3000):
        known = opening_answers(comparison, "conv1", "a", "b", budget)
        assert sum(len(buffer) for one in known for buffer in one["buffers"]) <= budget
    assert opening_answers(comparison, "conv1", "a", "b", 600)[0]["key"] == '["pair","conv1","a","b"]'
    assert not [one for one in opening_answers(comparison, "conv1", "a", "b", 3000) if "pictures" in one["key"]]
