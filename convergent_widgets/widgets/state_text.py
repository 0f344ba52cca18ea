"""The selection as one line of text, as in a URL's query: pasted, it returns to the same view.

It has a twin in js/state_text.js: change both, and tests/state_text_cases.json, which tests both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

import numpy as np
import traitlets

from convergent_widgets.choices import unknown

ALWAYS = ("layer", "net_a", "net_b", "net", "unit")
PANELS = "panels"
LONGEST = 20_000  # characters, but for long names: what is longer is no selection, and is not looked at
BESIDE_NAMES = 1000

_WHOLE = re.compile(r"-?[0-9]{1,15}")
_DECIMAL = re.compile(r"-?(?:[0-9]{1,15}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")

Traits = Mapping[str, traitlets.TraitType[Any, Any]]


def write(traits: Traits, state: Mapping[str, Any], panels: Sequence[str]) -> str:
    """The text of a state: its traits in their order, without those that have their default."""
    parts = [
        f"{name}={quote_plus(_written(state[name]))}"
        for name, trait in traits.items()
        if name in ALWAYS or state[name] != trait.default_value
    ]
    if panels:
        parts.append(f"{PANELS}={','.join(map(quote_plus, panels))}")
    return "&".join(parts)


def longest(facts: Mapping[str, Any]) -> int:
    """How many characters the text of a view of this comparison may have: at least as many as one that is written."""
    layers, nets = [layer["name"] for layer in facts["layers"]], facts["nets"]
    most = [max(len(quote_plus(name)) for name in names) for names in (layers, nets)]
    return max(LONGEST, most[0] + 3 * most[1] + BESIDE_NAMES)


def read(traits: Traits, text: object, most: int = LONGEST) -> tuple[dict[str, Any], list[str]]:
    """The state and the panels that a text names, each a value of its trait's kind; what it leaves out is the default.

    `most` is how many characters it may have. A leading "?" or "#" is left out, and of a whole address all up to its
    "#". Raises TraitError in words for what is no such text; whether the names and units exist is not asked here.
    """
    given = _given(text, most)
    for name in given:
        if name not in traits and name != PANELS:
            raise traitlets.TraitError(f"the text of a view: {unknown('trait', name, (*traits, PANELS))}")
    for name in ALWAYS:
        if name not in given:
            raise traitlets.TraitError(f"the text of a view must say `{name}`; {_short(text)} does not")
    state = {
        name: _value(name, trait, given[name]) if name in given else trait.default_value
        for name, trait in traits.items()
    }
    return state, [name for name in given.get(PANELS, "").split(",") if name]


def _given(text: object, most: int) -> dict[str, str]:
    if not isinstance(text, str):
        raise traitlets.TraitError(f"the text of a view must be a string, got {type(text).__name__}")
    if len(text) > most:
        raise traitlets.TraitError(f"the text of a view has at most {most} characters, got {len(text)}")
    query = text.strip()
    query = query.partition("#")[2] if "#" in query else query
    given: dict[str, str] = {}
    for part in query.removeprefix("?").split("&"):
        name, equals, value = part.partition("=")
        if not equals:
            raise traitlets.TraitError(f"the text of a view is layer=...&net_a=... and so on, got {_short(text)}")
        name = _decoded(name)
        if name in given:
            raise traitlets.TraitError(f"the text of a view says `{name}` twice")
        given[name] = _decoded(value)
    return given


def _decoded(part: str) -> str:
    try:
        if _BROKEN.search(part):
            raise ValueError
        return unquote_to_bytes(part.replace("+", " ")).decode()
    except ValueError:
        raise traitlets.TraitError(f"{_short(part)} is not encoded as in a URL (a % is written %25)") from None


def _value(name: str, trait: traitlets.TraitType[Any, Any], text: str) -> Any:  # noqa: ANN401
    if text == "" and trait.allow_none:
        return None
    if isinstance(trait, traitlets.Int):
        if not _WHOLE.fullmatch(text):
            raise traitlets.TraitError(f"`{name}` must be a whole number; got {_short(text)}")
        return int(text)
    if isinstance(trait, traitlets.Float):
        if not _DECIMAL.fullmatch(text):
            raise traitlets.TraitError(f"`{name}` must be a number; got {_short(text)}")
        return float(text)
    return text


def _written(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    return np.format_float_positional(value, trim="-") if isinstance(value, float) else str(value)


def _short(text: object) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else shown[:79] + "…"
