"""The questions of a lesson, which a student answers by clicking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from convergent_widgets.choices import unknown
from convergent_widgets.widgets.selection import STATE, opening, settle

_PARTS = ("text", "answer", "hint", "explanation", "start")


def check_questions(questions: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The questions as JSON, each with `text`, `answer`, and where they are given `hint`, `explanation` and `start`.

    `answer` names traits of the Selection and the value each must have, or a list of values of which any is right;
    `start` the view that the question opens on. Raises TypeError for what is no question, ValueError for parts and
    names that are not there; both name the question by its number, from 1.
    """
    if isinstance(questions, (str, Mapping)) or not isinstance(questions, Sequence):
        raise TypeError(f"`questions` must be a list of questions, got {type(questions).__name__}")
    return [_checked(f"question {number}", question, facts) for number, question in enumerate(questions, 1)]


def _checked(which: str, question: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
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
    for name, value in (("answer", answer), ("start", start)):
        if not isinstance(value, Mapping) or (name == "answer" and not value):
            raise ValueError(f"{which}: `{name}` must name what to select, e.g. {{'unit': 7}}; got {value!r}")
    assert isinstance(answer, Mapping)
    any_of = {name: list(value) if isinstance(value, (list, tuple)) else [value] for name, value in answer.items()}
    opened = _opened(f"{which}, `start`", facts, start)
    for name, values in any_of.items():
        if not values:
            raise ValueError(f"{which}: `answer` has no value for {name!r}")
        for value in values:
            _settled(f"{which}, `answer`", facts, opened, {**{n: v[0] for n, v in any_of.items()}, name: value})
    return {
        "text": question["text"],
        "answer": any_of,
        "hint": question.get("hint", ""),
        "explanation": question.get("explanation", ""),
        "start": opened if start else None,
    }


def _opened(where: str, facts: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    return _settled(where, facts, opening(facts, {}), start)


def _settled(
    where: str, facts: Mapping[str, Any], state: Mapping[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    for name in changes:
        if name not in STATE:
            raise ValueError(f"{where}: {unknown('trait', name, STATE)}")
    try:
        return settle(facts, state, changes)
    except traitlets.TraitError as error:
        raise ValueError(f"{where}: {error}") from None
