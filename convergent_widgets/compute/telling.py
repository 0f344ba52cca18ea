"""Warnings that point at the caller's line, however deep inside this package they are given."""

from __future__ import annotations

import sys
import warnings

PACKAGE = __name__.partition(".")[0]


def tell(message: str) -> None:
    """A UserWarning at the innermost line outside this package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
