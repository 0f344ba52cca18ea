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
    """A method that computes each answer once; the `KEPT` latest of all such methods stay with the object."""
    form = signature(method)

    @wraps(method)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = form.bind(*args, **kwargs)
        bound.apply_defaults()
        owner, *given = bound.arguments.values()
        answers: OrderedDict[Any, R] = vars(owner).setdefault("_answers", OrderedDict())
        key = (method.__name__, *map(_hashable, given))
        if key not in answers:
            answers[key] = _frozen(method(*args, **kwargs))
        answers.move_to_end(key)
        while len(answers) > KEPT:
            answers.popitem(last=False)
        return answers[key]

    return asked


def _hashable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return tuple(map(_hashable, value)) if isinstance(value, (list, tuple)) else value


def _frozen(answer: Any) -> Any:
    """The answer, whose arrays cannot be written to."""
    parts = vars(answer).values() if is_dataclass(answer) else (answer,)
    for part in parts:
        for array in part.values() if isinstance(part, Mapping) else (part,):
            if isinstance(array, np.ndarray):
                array.setflags(write=False)
    return answer
