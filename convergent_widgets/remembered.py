"""Methods whose latest answers are remembered, object by object."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

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
            answers[key] = method(*args, **kwargs)
        answers.move_to_end(key)
        while len(answers) > KEPT:
            answers.popitem(last=False)
        return answers[key]

    return asked


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, (list, tuple)) else value
