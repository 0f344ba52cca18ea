"""The text of a view: written, pasted, and refused without a trace."""

import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st
from state_texts import BAD, CASES, FACTS, GOOD, WRITTEN
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.widgets.selection import STATE, Selection, state_from

START = {"layer": "block.0/relu #2=a", "net_b": "ünet+1", "unit": 1, "order": "original", "panels": ["prediction"]}


@pytest.fixture
def selection():
    made = Selection(FACTS, **START)
    yield made
    made.close()


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison()


def why(case):
    return case["why"]


@pytest.mark.parametrize("case", GOOD, ids=why)
def test_a_pasted_text_is_followed(selection, case):
    selection.paste(case["text"])
    assert selection.state() == case["state"]
    assert selection.panels == case["panels"]


@pytest.mark.parametrize("case", WRITTEN, ids=why)
def test_a_view_is_written(selection, case):
    selection.paste(case["text"])
    assert selection.text == case["written"]


@pytest.mark.parametrize("case", BAD, ids=why)
def test_a_wrong_text_is_refused_in_words_and_changes_nothing(selection, case):
    before, heard = (selection.state(), selection.panels), []
    selection.observe(heard.append)
    with pytest.raises(traitlets.TraitError) as refused:
        selection.paste(case["text"])
    assert case["says"] in str(refused.value)
    assert len(str(refused.value)) < 400
    assert (selection.state(), selection.panels) == before
    assert not heard


@pytest.mark.parametrize("text", [None, 7, b"layer=early"], ids=repr)
def test_what_is_no_text_is_refused(selection, text):
    with pytest.raises(traitlets.TraitError, match="must be a string, got"):
        selection.paste(text)


def test_every_trait_of_the_selection_is_in_the_cases():
    differing = {name for case in WRITTEN for name in STATE if f"{name}=" in case["written"]}
    assert differing >= set(STATE)


@given(st.text(max_size=60))
def test_any_text_is_followed_or_refused(text):
    for tried in (text, f"{CASES[0]['text']}&{text}", CASES[0]["text"] + text):
        try:
            state, panels = state_from(FACTS, tried)
        except traitlets.TraitError:
            continue
        assert set(state) == set(STATE)
        assert isinstance(panels, list)


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), min_size=2, max_size=3, unique=True))
def test_any_names_return(names):
    layer = {**FACTS["layers"][0], "name": names[-1], "units": [4] * len(names)}
    known = {**FACTS, "nets": names, "layers": [layer]}
    made = Selection(known, net_a=names[1], net_b=names[0], net=names[0], unit=3)
    try:
        state, _ = state_from(known, made.text)
        assert state == made.state()
        assert made.text.isascii()
    finally:
        made.close()


@given(st.floats(-1, 1))
def test_any_least_r_returns(least):
    made = Selection(FACTS, least_r=least)
    try:
        state, _ = state_from(FACTS, made.text)
        assert state == made.state()
        assert abs(state["least_r"] - least) <= 0.0005 + 1e-12
    finally:
        made.close()


def test_names_longer_than_most_texts_return():
    names = ["ü" * 5000 + end for end in "ab"]
    known = {**FACTS, "nets": names, "layers": [{**FACTS["layers"][0], "name": "網" * 3000, "units": [4, 4]}]}
    made = Selection(known)
    assert len(made.text) > 100_000
    assert state_from(known, made.text)[0] == made.state()
    with pytest.raises(traitlets.TraitError, match="has at most"):
        state_from(known, made.text + "&panels=" + "means," * 5000)
    made.close()


def test_it_is_pasted_in_one_step(selection, monkeypatch):
    messages = []
    monkeypatch.setattr(type(selection), "_send", lambda self, message, buffers=None: messages.append(message))
    selection.paste(f"{CASES[0]['text']}&panels=means")
    [message] = [m for m in messages if m["method"] == "update"]
    assert {"layer", "net_b", "unit", "order", "panels"} <= set(message["state"])


def test_an_explorer_opens_on_a_text(comparison):
    first = cw.Explorer(comparison, layer="conv2", net_b="seed 2", unit=4, order="cycles", panels=["means"])
    again = cw.Explorer(comparison, state=f"http://localhost/page#{first.selection.text}")
    assert again.selection.state() == first.selection.state()
    assert again.selection.panels == ["means"]
    assert len(again.children) == 2
    first.selection.unit = None
    empty = cw.Explorer(comparison, state=first.selection.text)
    assert empty.selection.unit is None
    for explorer in (first, again, empty):
        explorer.close()


def test_an_explorer_refuses_a_text_of_another_comparison(comparison):
    with pytest.raises(traitlets.TraitError, match="there is no layer 'early'"):
        cw.Explorer(comparison, state=CASES[0]["text"])
    with pytest.raises(TypeError, match="`state` says all that is selected: give either it or 'unit'"):
        cw.Explorer(comparison, state="layer=conv1", unit=3)


def test_the_text_itself_is_not_set(selection):
    with pytest.raises(AttributeError):
        selection.text = "layer=early"
