"""Warnings that point at the caller's line, however deep inside this package they are given."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PACKAGE = __name__.partition(".")[0]

_listener: ContextVar[Callable[[str], object] | None] = ContextVar("_listener", default=None)


@contextmanager
def heard_by(listener: Callable[[str], object]) -> Iterator[None]:
    """Inside, in this thread only, what is told goes to `listener`: warnings' own capture is shared by all threads."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(message: str) -> None:
    """A UserWarning at the innermost line outside this package, unless `heard_by` somebody."""
    if (listener := _listener.get()) is not None:
        listener(message)
        return
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
