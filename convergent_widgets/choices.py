"""Look a name up among those there are, and name the closest ones when it is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """The sentence that says that there is no such name, and which there are."""
    return f"there is no {kind} {name!r}; {closest(str(name), names)}"


def one_of(argument: str, value: object, choices: Sequence[str]) -> None:
    """Raises ValueError, which names the choices, where the value of `argument` is none of them."""
    if value not in choices:
        raise ValueError(f"`{argument}` must be one of {tuple(choices)}, got {value!r}")


def closest(name: str, names: Iterable[str]) -> str:
    """'the closest are ...', or 'there are ...' where none resembles `name`; case does not count."""
    names, low = list(names), name.lower()
    lowered: dict[str, list[str]] = {}
    for other in names:
        lowered.setdefault(other.lower(), []).append(other)
    near = [other for one in get_close_matches(low, lowered, n=5, cutoff=0.5) for other in lowered[one]]
    near += [other for other in names if other not in near and _contains(low, other.lower())]
    if near:
        return f"the closest are {', '.join(map(repr, near[:5]))}"
    more = ", ..." if len(names) > 12 else ""
    return f"there are {', '.join(map(repr, names[:12]))}{more}" if names else "there are none"


def _contains(one: str, other: str) -> bool:
    """Whether the longer holds the shorter; a single letter says nothing."""
    return min(len(one), len(other)) > 1 and (one in other or other in one)
