"""Look a name up among those there are, and name the closest ones when it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


class UnknownName(KeyError):
    """A name that is not there; its message says which ones are."""

    def __str__(self) -> str:
        return str(self.args[0])


def choose(kind: str, name: str, names: Sequence[str]) -> int:
    """The place of `name` in `names`; UnknownName otherwise, with the closest names."""
    if name in names:
        return names.index(name)
    raise UnknownName(unknown(kind, name, names))


def unknown(kind: str, name: object, names: Sequence[str]) -> str:
    """The sentence that says that there is no such name, with the closest ones, or with all where they are few."""
    close = get_close_matches(str(name), names, n=3, cutoff=0.5)
    if close:
        return f"there is no {kind} {name!r}; the closest are {', '.join(map(repr, close))}"
    shown = ", ".join(map(repr, names[:12])) + (", ..." if len(names) > 12 else "")
    return f"there is no {kind} {name!r}; there are {shown}"
