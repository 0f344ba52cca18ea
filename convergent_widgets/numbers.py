"""How numbers are written for people: .53, −.05, 1.20; a dash where there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


def short(value: float, digits: int = 2) -> str:
    """A number of the size of a correlation, without the leading 0."""
    if math.isnan(value):
        return DASH
    text = f"{abs(value):.{digits}f}"
    sign = MINUS if value < 0 and float(text) else ""
    return sign + text.removeprefix("0") if digits else sign + text


def significant(value: float, digits: int = 2) -> str:
    """A number of any size to so many significant digits: .0096, 2.6, 640."""
    if math.isnan(value):
        return DASH
    rounded = float(f"{value:.{digits}g}")
    if rounded and not 1e-4 <= abs(rounded) < 1e6:
        mantissa, _, exponent = f"{rounded:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    text = f"{abs(rounded):.10f}".rstrip("0").rstrip(".")
    return (MINUS if rounded < 0 else "") + (text.removeprefix("0") or "0")


def distinct(values: Sequence[float]) -> list[str]:
    """Each by `significant`, all to as many digits as tell different ones apart: .1 and .101 are .100 and .101."""
    for digits in range(2, 17):
        written = [significant(value, digits) for value in values]
        if len(set(written)) == len(set(values)):
            break
    return written


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: 1 unit, 3 units."""
    return f"{count} {one if count == 1 else many}"
