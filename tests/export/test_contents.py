"""What a page holds: every answer its views can ask for, and the pictures these name."""

from __future__ import annotations

import json

import numpy as np
import pytest
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.export.contents import gather, key
from convergent_widgets.export.kept_units import kept_units
from convergent_widgets.export.reduced import reduced
from convergent_widgets.pictures import decode
from convergent_widgets.widgets.answers import answer

NETS = {"a": 6, "b": 7, "ç": 5}
LAYERS = ("conv1", "conv2")
METHODS = ("bipartite", "semi")
ARGUMENTS = {
    "means": ("layer",),
    "top": ("layer", "net", "which"),
    "found": ("layer", "net", "method"),
    "pair": ("layer", "a", "b"),
    "matrix": ("layer", "a", "b"),
    "held_out": ("layer", "a", "b", "method"),
    "clusters": ("layer", "a", "b", "clusters"),
    "prediction": ("layer", "a", "b", "unit"),
    "attributions": ("layer", "net", "unit"),
}


@pytest.fixture(scope="module")
def whole():
    return synthetic_comparison(NETS, LAYERS, k=4, dead={"b": (2,)})


def asked(comparison, layer, panels=(), which=("strongest",)):
    """All that a person can make the views ask about a layer."""
    nets = comparison.nets
    yield ["means", layer]
    for net in nets:
        yield from (["top", layer, net, each] for each in which)
        yield from (["found", layer, net, method] for method in METHODS)
    for a in nets:
        for b in nets:
            yield ["pair", layer, a, b]
            if nets.index(a) <= nets.index(b):
                yield ["matrix", layer, a, b]
            if a == b:
                continue
            yield from (["held_out", layer, a, b, method] for method in METHODS)
            if "clusters" in panels:
                yield ["clusters", layer, a, b, None]
            if "prediction" in panels:
                yield from (["prediction", layer, a, b, unit] for unit in range(comparison.units(layer, b)))


def text_of(question):
    return json.dumps(question, separators=(",", ":"), ensure_ascii=False)


def table(reply, number=0):
    """One buffer of an answer to `top`, (units, k) or (units, k, 4)."""
    meta, buffers = reply
    kind, shape = [("<i4", ()), ("<i4", (4,)), ("<i4", (4,)), ("<f4", ())][number]
    return np.frombuffer(buffers[number], kind).reshape(meta["units"], meta["k"], *shape)


def test_a_key_is_what_the_browser_makes_of_the_question():
    hostile = 'a "net"\n\\ \x1f ü </script>'
    assert key("pair", {"layer": "1", "a": hostile, "b": None}) == (
        '["pair","1","a \\"net\\"\\n\\\\ \\u001f ü </script>",null]'
    )


@pytest.mark.parametrize("panels", [(), ("clusters",), ("means", "prediction", "clusters")])
def test_every_question_is_answered_as_by_the_whole_comparison(whole, panels):
    found = gather(whole, panels=panels, pictured=("strongest", "deciles"))
    for layer, answers in zip(LAYERS, found.answers, strict=True):
        expected = list(asked(whole, layer, panels, ("strongest", "deciles")))
        assert sorted(answers) == sorted(map(text_of, expected))
        for ask, *values in expected:
            question = dict(zip(ARGUMENTS[ask], values, strict=True))
            assert answers[text_of([ask, *values])] == answer(whole, ask, question)


def test_numbers_of_a_pair_are_not_other_ones_in_a_subset(whole):
    part = whole.subset(nets=["ç", "a"], layers=["conv2"])
    (answers,) = gather(part, panels=("clusters", "prediction")).answers
    about_pairs = [question for question in answers if json.loads(question)[0] not in ("found", "means")]
    assert len(about_pairs) > 20
    for text in about_pairs:
        ask, *values = json.loads(text)
        assert answers[text] == answer(whole, ask, dict(zip(ARGUMENTS[ask], values, strict=True)))


def test_pictures_are_exactly_those_that_are_named(whole):
    for which in (("strongest",), ("strongest", "deciles")):
        found = gather(whole, pictured=which)
        named = {
            image
            for layer in LAYERS
            for net in whole.nets
            for each in which
            for image in whole.top_table(layer, net, each).images.ravel().tolist()
            if image >= 0
        }
        assert {image for _, image in found.pictures} == named
        assert all(data == whole.picture_bytes(*place) for place, data in found.pictures.items())
        assert found.captions == {image: (f"image {image}", "abc"[image % 3]) for image in named}
        assert found.facts["pictured"] == list(which)


def test_fewer_patches(whole):
    found = gather(whole, pictured=("strongest", "deciles"), patches=2)
    for layer, answers in zip(LAYERS, found.answers, strict=True):
        for net in whole.nets:
            for which in ("strongest", "deciles"):
                ours = answers[text_of(["top", layer, net, which])]
                theirs = answer(whole, "top", {"layer": layer, "net": net, "which": which})
                assert ours[0] == {**theirs[0], "k": 2}
                for number in range(4):
                    np.testing.assert_array_equal(table(ours, number), table(theirs, number)[:, :2])
    assert found.facts["k"] == 2
    assert set(found.pictures) < set(gather(whole, pictured=("strongest", "deciles")).pictures)


def test_no_patches(whole):
    found = gather(whole, pictured=("strongest", "deciles"), patches=0)
    assert found.pictures == {}
    assert (found.facts["k"], found.facts["pictured"]) == (0, [])
    meta, buffers = found.answers[0][text_of(["top", "conv1", "a", "strongest"])]
    assert (meta["k"], b"".join(buffers)) == (0, b"")


def test_a_comparison_without_pictures():
    found = gather(synthetic_comparison(NETS, LAYERS, pictures=False), panels=("prediction",))
    assert found.pictures == {}
    assert found.facts["k"] == 0


def test_units_that_are_left_out_have_no_patches_and_no_prediction(whole):
    kept = kept_units(whole, {"conv1": {"a": [1, 4]}})
    found = gather(whole, panels=("prediction",), pictured=("strongest", "deciles"), kept=kept)
    named = set()
    for layer, answers in zip(LAYERS, found.answers, strict=True):
        for net in whole.nets:
            units = kept[layer, net]
            for which in ("strongest", "deciles"):
                images = table(answers[text_of(["top", layer, net, which])])
                full = table(answer(whole, "top", {"layer": layer, "net": net, "which": which}))
                for unit, (ours, theirs) in enumerate(zip(images, full, strict=True)):
                    assert ours.tolist() == (theirs.tolist() if unit in units else [-1] * 4)
                named |= set(images.ravel().tolist()) - {-1}
            for other in set(whole.nets) - {net}:
                predicted = {
                    unit
                    for unit in range(whole.units(layer, net))
                    if text_of(["prediction", layer, other, net, unit]) in answers
                }
                assert predicted == units
    assert {image for _, image in found.pictures} == named
    assert len(found.pictures) < len(gather(whole, pictured=("strongest", "deciles")).pictures)


def test_smaller_pictures_have_smaller_boxes(whole):
    smaller, encoded = reduced(whole, 14)
    found = gather(smaller, encoded=encoded)
    assert found.sizes == {0: (14, 14)}
    assert {decode(data).shape for data in found.pictures.values()} == {(14, 14, 3)}
    ours = table(found.answers[1][text_of(["top", "conv2", "a", "strongest"])], 1)
    theirs = table(answer(whole, "top", {"layer": "conv2", "net": "a", "which": "strongest"}), 1)
    np.testing.assert_array_equal(ours[..., :2], np.rint(theirs[..., :2] / 2))
    assert {tuple(extent) for extent in (ours[..., 2:] - ours[..., :2]).reshape(-1, 2)} == {(4, 4)}
    assert {tuple(extent) for extent in (theirs[..., 2:] - theirs[..., :2]).reshape(-1, 2)} == {(9, 9)}


def test_pictures_are_never_enlarged(whole):
    same, encoded = reduced(whole, 500)
    assert same.picture_size(0) == (28, 28)
    assert encoded(0, 3) == whole.picture_bytes(0, 3)


def test_attributions_of_fewer_patches():
    zoo = cw.zoo.comparison().subset(["seed 0", "wide"], ["conv1"])
    (answers,) = gather(zoo, pictured=("strongest", "attributions"), patches=2).answers
    for net in zoo.nets:
        for unit in range(zoo.units("conv1", net)):
            meta, [data] = answers[text_of(["attributions", "conv1", net, unit])]
            kept = zoo.attribution_bytes("conv1", net, unit)[:2]
            assert (meta, data) == ({"sizes": [len(each) for each in kept]}, b"".join(kept))


def test_each_question_is_told(whole):
    told = []
    found = gather(whole, tick=lambda done, of: told.append((done, of)))
    total = sum(map(len, found.answers))
    assert told == [(done, total) for done in range(1, total + 1)]
