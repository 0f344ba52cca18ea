"""What several functions ask of the numbers and arrays that they are given."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

# Single-precision moments leave a covariance matrix, and a correlation, this little outside what is possible.
ROUNDING = 1e-4


def whole(name: str, value: Any, least: int, most: int | None = None, most_is: str = "") -> int:
    """`value` as an int; ValueError where it is no whole number (a bool or a float is none) or out of range.

    `most_is` tells what the greatest one is.
    """
    try:
        number = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        span = f"of at least {least}" if most is None else f"in {least}..{most}{most_is}"
        raise ValueError(f"`{name}` must be a whole number {span}, got {value!r}")
    return number


def real(name: str, values: Any) -> np.ndarray:
    """`values` as a float64 array; ValueError where they are not real numbers."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"`{name}` must hold real numbers, got {array.dtype}")
    return array.astype(np.float64, copy=False)


def indices(name: str, values: Any, most: int) -> np.ndarray:
    """`values` (n,) as int64, each in -1..`most`, where -1 is none; ValueError otherwise. An empty list is legal."""
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} must be a vector of whole numbers, -1 for none, got {array.dtype} of shape {array.shape}"
        )
    wrong = array[(array < -1) | (array > most)]
    if wrong.size:
        raise ValueError(f"{name} leads to unit {int(wrong[0])}, but there are {most + 1} units")
    return array.astype(np.int64)
