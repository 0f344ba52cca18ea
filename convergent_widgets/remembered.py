"""Methods whose latest answers are remembered, object by object."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import numpy as np

KEPT = 64

P = ParamSpec("P")
R = TypeVar("R")


def remembered(method: Callable[P, R]) -> Callable[P, R]:
    """A method that computes each answer once; the `KEPT` latest of all such methods stay with the object.

    Arrays of an answer cannot be written to. Those that the caller gave are copied first, so they stay the caller's.
    """
    form = signature(method)

    @wraps(method)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = form.bind(*args, **kwargs)
        bound.apply_defaults()
        owner, *given = bound.arguments.values()
        answers: OrderedDict[Any, R] = vars(owner).setdefault("_answers", OrderedDict())
        key = (method.__name__, *map(_hashable, given))
        if key not in answers:
            bound.arguments = {name: _own(value) for name, value in bound.arguments.items()}
            answers[key] = _frozen(method(*bound.args, **bound.kwargs))
        answers.move_to_end(key)
        while len(answers) > KEPT:
            answers.popitem(last=False)
        return answers[key]

    return asked


def _hashable(value: Any) -> Any:
    """What tells arguments apart: their types too, since a method may take 1 and refuse True or 1.0."""
    if isinstance(value, np.ndarray) and value.ndim:
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return tuple, tuple(map(_hashable, value))
    return type(value), value.tobytes() if isinstance(value, np.ndarray) else value


def _own(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _frozen(answer: Any) -> Any:
    """The answer, whose arrays cannot be written to, however deep they lie."""
    if isinstance(answer, np.ndarray):
        answer.setflags(write=False)
    elif is_dataclass(answer):
        _frozen(vars(answer))
    elif isinstance(answer, (Mapping, list, tuple)):
        for part in answer.values() if isinstance(answer, Mapping) else answer:
            _frozen(part)
    return answer
