"""The questions of a lesson, which a student answers by clicking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import traitlets

from convergent_widgets.choices import unknown
from convergent_widgets.widgets.selection import PANELS, STATE, State, settle

_PARTS = ("text", "answer", "hint", "explanation", "start")
# The views and panels in which a trait is chosen; net and unit are chosen in all of them.
_CHOSEN_IN = {
    "layer": ("toolbar",),
    "net_a": ("toolbar", "gallery"),
    "net_b": ("toolbar",),
    "order": ("toolbar",),
    "method": ("toolbar",),
    "only": ("overview",),
    "least_r": ("overview",),
    "overview": ("overview",),
    "pictured": ("gallery",),
    "penalty": ("prediction",),
    "cluster": ("clusters",),
}


@dataclass(frozen=True)
class Questions:
    """Checked questions as JSON, and the selections that they start from and are answered by."""

    asked: list[dict[str, Any]]
    shown: list[State]


def check_questions(
    questions: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], opened: State, shown: Sequence[str]
) -> Questions:
    """The questions, each with `text`, `answer`, and where they are given `hint`, `explanation` and `start`.

    `answer` names traits of the Selection and the value each must have, or a list of values of which any is right;
    `start` the view that the question opens on, as changes of `opened`, what the page opens on. Each right value must
    be one that can be selected in a page with these `facts`, beside right values of the others, by the views and panels
    that are `shown`. Raises TypeError for what is no question, ValueError for parts, names and units that are not there
    and for a question that the view which it opens on answers already; both name the question by its number, from 1.
    """
    if isinstance(questions, (str, Mapping)) or not isinstance(questions, Sequence):
        raise TypeError(f"`questions` must be a list of questions, got {type(questions).__name__}")
    found = Questions([], [])
    for number, question in enumerate(questions, 1):
        which = f"question {number}"
        asked, seen = _checked(which, question, facts, opened, shown)
        if (number == 1 or asked["start"]) and all(seen[0][name] in right for name, right in asked["answer"].items()):
            raise ValueError(f"{which} is answered already by the view that it opens on; `start` names another one")
        found.asked.append(asked)
        found.shown.extend(seen)
    return found


def _checked(
    which: str, question: Mapping[str, Any], facts: Mapping[str, Any], opened: State, shown: Sequence[str]
) -> tuple[dict[str, Any], list[State]]:
    if not isinstance(question, Mapping):
        raise TypeError(f"{which} must be a mapping with `text` and `answer`, got {type(question).__name__}")
    for name in question:
        if name not in _PARTS:
            raise ValueError(f"{which}: {unknown('part of a question', name, _PARTS)}")
    for name in ("text", "hint", "explanation"):
        value = question.get(name, None if name == "text" else "")
        if not isinstance(value, str) or (name == "text" and not value.strip()):
            raise ValueError(f"{which}: `{name}` must be a text, got {value!r}")
    answer, start = question.get("answer"), question.get("start", {})
    for name, given in (("answer", answer), ("start", start)):
        if not isinstance(given, Mapping) or (name == "answer" and not given):
            raise ValueError(f"{which}: `{name}` must name what to select, e.g. {{'unit': 7}}; got {given!r}")
    assert isinstance(answer, Mapping)
    before = _view(f"{which}, `start`", facts, opened, start)
    any_of = {name: list(value) if isinstance(value, (list, tuple)) else [value] for name, value in answer.items()}
    where = f"{which}, `answer`"
    for name, values in any_of.items():
        if not values:
            raise ValueError(f"{where} has no value for {name!r}")
    right = list(_possible(where, facts, before, any_of, shown))
    asked = {
        "text": question["text"],
        "answer": {name: list(dict.fromkeys(state[name] for state in right)) for name in any_of},
        "hint": question.get("hint", ""),
        "explanation": question.get("explanation", ""),
        "start": before if start else None,
    }
    return asked, [before, *right]


def _possible(
    where: str, facts: Mapping[str, Any], before: State, any_of: Mapping[str, Sequence[Any]], shown: Sequence[str]
) -> Iterator[State]:
    """The right selections that there are; ValueError for a value that none of them has."""
    wrong: dict[tuple[str, int], ValueError] = {}
    right: set[tuple[str, int]] = set()
    for chosen in product(*(enumerate(values) for values in any_of.values())):
        places = {(name, number) for name, (number, _) in zip(any_of, chosen, strict=True)}
        try:
            view = _view(where, facts, before, {name: value for name, (_, value) in zip(any_of, chosen, strict=True)})
            _check_chosen(where, before, view, any_of, shown)
            yield view
            right |= places
        except ValueError as error:
            wrong |= {place: error for place in places if place not in wrong}
    for place, reason in wrong.items():
        if place not in right:
            raise reason


def _check_chosen(where: str, before: State, view: State, named: Iterable[str], shown: Sequence[str]) -> None:
    """ValueError where nothing that is `shown` leads from `before` to what the answer has `named` of `view`."""
    for name in named:
        # a net that is not shown takes the place of A, or of B
        other = name == "net" and view["net"] not in (before["net_a"], before["net_b"])
        places = _CHOSEN_IN.get("net_a" if other else name)
        if places and view[name] != before[name] and not set(places) & set(shown):
            kind = "panel" if places[0] in PANELS else "view"
            there = " or ".join(map(repr, places))
            raise ValueError(f"{where}: {name!r} is chosen in the {kind} {there}, which `{kind}s` leaves out")


def _view(where: str, facts: Mapping[str, Any], state: State, changes: Mapping[str, Any]) -> State:
    """`state` with `changes`, or ValueError where the page has no such view."""
    for name in changes:
        if name not in STATE:
            raise ValueError(f"{where}: {unknown('trait', name, STATE)}")
    try:
        view = settle(facts, state, changes)
    except traitlets.TraitError as error:
        raise ValueError(f"{where}: {error}") from None
    if changes.get("clusters") is not None:
        raise ValueError(f"{where}: a page holds as many clusters as the eigengap gives, so `clusters` can't be chosen")
    if "pictured" in changes and changes["pictured"] not in facts["pictured"]:
        there_are = ", ".join(map(repr, facts["pictured"])) or "no patches"
        raise ValueError(f"{where}: the page has no {changes['pictured']!r}, but {there_are}; `pictured` adds them")
    return view
