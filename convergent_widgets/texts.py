"""Texts that UTF-8 can hold: a name may have lone surrogates (a file name that is not UTF-8, as Python gives it)."""

from __future__ import annotations

import re

_LONE = re.compile(r"[\ud800-\udfff]")


def is_utf8(text: str) -> bool:
    """Whether UTF-8 can hold `text`."""
    return _LONE.search(text) is None


def as_utf8(text: str) -> str:
    """`text` with U+FFFD, the replacement character, for each lone surrogate."""
    return _LONE.sub("\ufffd", text)
