"""Questions of a lesson: what they become, and what is said where one can't be asked."""

from __future__ import annotations

import json

import numpy as np
import pytest
from synthetic import synthetic_comparison

from convergent_widgets.export.contents import page_facts
from convergent_widgets.export.opened import opened_on
from convergent_widgets.export.questions import check_questions

VIEWS = ("toolbar", "matrix", "overview", "gallery")
PANELS = ("means", "prediction", "clusters")


@pytest.fixture(scope="module")
def facts():
    return page_facts(synthetic_comparison({"a": 6, "b": 6, "c": 9}), ("strongest",), None)


def check(facts, *questions, views=VIEWS, panels=PANELS):
    return check_questions(questions, facts, opened_on(facts, {"layer": "conv2"}), [*views, *panels])


def test_all_parts_of_a_question(facts):
    found = check(
        facts,
        {
            "text": "Which?",
            "answer": {"net": "c", "unit": [7, np.int64(8)]},
            "hint": "Look.",
            "explanation": "Because.",
            "start": {"layer": "conv1", "net_a": "b"},
        },
    )
    [asked] = found.asked
    start = asked.pop("start")
    assert asked == {
        "text": "Which?",
        "answer": {"net": ["c"], "unit": [7, 8]},
        "hint": "Look.",
        "explanation": "Because.",
    }
    assert (start["layer"], start["net_a"], start["net"]) == ("conv1", "b", "b")
    assert json.loads(json.dumps(found.asked)) == found.asked
    assert [(one["layer"], one["net"], one["unit"]) for one in found.shown] == [
        ("conv1", "b", start["unit"]),
        ("conv1", "c", 7),
        ("conv1", "c", 8),
    ]


def test_what_is_not_given_is_empty(facts):
    [asked] = check(facts, {"text": "Which?", "answer": {"only": None, "least_r": 1}}).asked
    assert asked == {
        "text": "Which?",
        "answer": {"only": [None], "least_r": [1.0]},
        "hint": "",
        "explanation": "",
        "start": None,
    }


def test_a_value_need_only_fit_some_of_the_others(facts):
    """Unit 8 is one of net c alone, unit 5 one of either."""
    found = check(facts, {"text": "?", "answer": {"net": ["a", "c"], "unit": [5, 8]}})
    assert found.asked[0]["answer"] == {"net": ["a", "c"], "unit": [5, 8]}
    assert [(one["net"], one["unit"]) for one in found.shown[1:]] == [("a", 5), ("c", 5), ("c", 8)]
    with pytest.raises(ValueError, match="'a' has units 0 to 5 in layer 'conv2'; got 8"):
        check(facts, {"text": "?", "answer": {"net": "a", "unit": [5, 8]}})


def test_an_answer_is_looked_for_where_the_page_opens(facts):
    assert check(facts, {"text": "?", "answer": {"unit": 3}}).shown[1]["layer"] == "conv2"


def test_no_questions(facts):
    assert check(facts).asked == []


@pytest.mark.parametrize("questions", ["Which?", {"text": "Which?"}, None, 3])
def test_no_list(facts, questions):
    with pytest.raises(TypeError, match="`questions` must be a list of questions, got"):
        check_questions(questions, facts, opened_on(facts, {}), VIEWS)


GOOD = {"text": "Which?", "answer": {"unit": 1}}


@pytest.mark.parametrize(
    ("question", "error", "words"),
    [
        ("Which?", TypeError, "question 2 must be a mapping with `text` and `answer`, got str"),
        ({"answer": {"unit": 1}}, ValueError, "question 2: `text` must be a text, got None"),
        ({**GOOD, "text": " "}, ValueError, "question 2: `text` must be a text, got ' '"),
        ({**GOOD, "hint": 5}, ValueError, "question 2: `hint` must be a text, got 5"),
        ({**GOOD, "explanation": None}, ValueError, "question 2: `explanation` must be a text, got None"),
        (
            {**GOOD, "hnt": "Look."},
            ValueError,
            "question 2: there is no part of a question 'hnt'; the closest are 'hint'",
        ),
        ({"text": "Which?"}, ValueError, "question 2: `answer` must name what to select, e.g. {'unit': 7}; got None"),
        ({**GOOD, "answer": {}}, ValueError, "question 2: `answer` must name what to select"),
        ({**GOOD, "answer": 7}, ValueError, "question 2: `answer` must name what to select"),
        ({**GOOD, "start": "conv1"}, ValueError, "question 2: `start` must name what to select"),
        ({**GOOD, "answer": {"unit": []}}, ValueError, "question 2, `answer` has no value for 'unit'"),
        ({**GOOD, "answer": {"units": 7}}, ValueError, "question 2, `answer`: there is no trait 'units'"),
        (
            {**GOOD, "answer": {"layer": "conv9"}},
            ValueError,
            "question 2, `answer`: `layer`: there is no layer 'conv9'",
        ),
        ({**GOOD, "answer": {"net": ["a", "z"]}}, ValueError, "question 2, `answer`: `net`: there is no net 'z'"),
        (
            {**GOOD, "answer": {"unit": 6}},
            ValueError,
            "question 2, `answer`: `unit` must be one that exists: 'a' has units 0 to 5 in layer 'conv2'; got 6",
        ),
        ({**GOOD, "answer": {"unit": True}}, ValueError, "question 2, `answer`: `unit` must be one that exists"),
        ({**GOOD, "answer": {"unit": [[1]]}}, ValueError, "question 2, `answer`: `unit` must be a whole number"),
        ({**GOOD, "start": {"net": "z"}}, ValueError, "question 2, `start`: `net`: there is no net 'z'"),
        ({**GOOD, "answer": {"clusters": 3}}, ValueError, "question 2, `answer`: a page holds as many clusters as"),
        (
            {**GOOD, "start": {"pictured": "deciles"}},
            ValueError,
            "question 2, `start`: the page has no 'deciles', but 'strongest'; `pictured` adds them",
        ),
    ],
)
def test_bad_questions(facts, question, error, words):
    with pytest.raises(error) as raised:
        check(facts, GOOD, question)
    assert words in str(raised.value)


@pytest.mark.parametrize(("answer", "panel"), [({"cluster": 0}, "clusters"), ({"penalty": 0.3}, "prediction")])
def test_what_is_chosen_in_a_panel_needs_the_panel(facts, answer, panel):
    check(facts, {"text": "?", "answer": answer}, panels=[panel])
    with pytest.raises(ValueError, match=f"is chosen in the panel '{panel}', which `panels` leaves out"):
        check(facts, {"text": "?", "answer": answer}, panels=[name for name in PANELS if name != panel])


@pytest.mark.parametrize(
    ("answer", "views"),
    [
        ({"layer": "conv1"}, ["toolbar"]),
        ({"net_a": "c"}, ["toolbar", "gallery"]),
        ({"net_b": "c"}, ["toolbar"]),
        ({"net": "c", "unit": 7}, ["toolbar", "gallery"]),
        ({"order": "found"}, ["toolbar"]),
        ({"method": "semi"}, ["toolbar"]),
        ({"only": "dead"}, ["overview"]),
        ({"least_r": 0.5}, ["overview"]),
        ({"overview": "ranks"}, ["overview"]),
    ],
)
def test_what_no_view_chooses_is_refused(facts, answer, views):
    for view in views:
        check(facts, {"text": "?", "answer": answer}, views=[view])
    others = [view for view in VIEWS if view not in views]
    with pytest.raises(ValueError, match=f"is chosen in the view '{views[0]}'.*, which `views` leaves out"):
        check(facts, {"text": "?", "answer": answer}, views=others)


def test_patches_are_chosen_in_the_gallery():
    facts = page_facts(synthetic_comparison({"a": 6, "b": 6}), ("strongest", "deciles"), None)
    question = {"text": "?", "answer": {"pictured": "deciles"}}
    check(facts, question, views=["gallery"])
    with pytest.raises(ValueError, match="'pictured' is chosen in the view 'gallery', which `views` leaves out"):
        check(facts, question, views=["toolbar"])


def test_what_the_view_has_already_needs_no_choosing(facts):
    question = {"text": "?", "answer": {"layer": "conv2", "net": "b", "unit": 3}}
    [asked] = check(facts, question, views=["matrix"]).asked
    assert asked["answer"] == {"layer": ["conv2"], "net": ["b"], "unit": [3]}
    with pytest.raises(ValueError, match="'layer' is chosen in the view 'toolbar'"):
        check(facts, {**question, "start": {"layer": "conv1"}}, views=["matrix"])


def test_a_question_is_not_answered_where_it_opens(facts):
    opened = {"text": "?", "answer": {"layer": ["conv1", "conv2"]}}
    with pytest.raises(ValueError, match="question 1 is answered already by the view that it opens on"):
        check(facts, opened)
    check(facts, {**opened, "answer": {"layer": "conv1"}})
    check(facts, GOOD, opened)  # wherever the question before it was left
    with pytest.raises(ValueError, match="question 2 is answered already"):
        check(facts, GOOD, {**opened, "start": {"unit": 4}})
    check(facts, {**opened, "answer": {"layer": "conv2"}, "start": {"layer": "conv1"}})
