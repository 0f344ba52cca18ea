"""How large a page is, and what of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = {
    "program": "the program itself",
    "tables": "numbers of all units",
    "matrices": "correlation matrices",
    "predictions": "few to one (panels)",
    "clusters": "many to many (panels)",
    "attributions": "attributions (pictured)",
    "pictures": "pictures (units, patches, picture_size, pictured)",
}


@dataclass(frozen=True, repr=False)
class Sizes:
    """Bytes of a page by what they hold; the words say which argument makes them fewer."""

    bytes: Mapping[str, int]

    @property
    def total(self) -> int:
        """Bytes of the whole file."""
        return sum(self.bytes.values())

    def __repr__(self) -> str:
        lines = [f"{_megabytes(self.total)}  in all"]
        lines += [f"{_megabytes(self.bytes[kind])}  {words}" for kind, words in KINDS.items() if self.bytes.get(kind)]
        return "\n".join(lines)


def sizes_of(text: str, parts: Mapping[str, str]) -> Sizes:
    """The sizes of a page of this text, which holds these parts."""
    found: dict[str, int] = {}
    for name, part in parts.items():
        kind = "pictures" if name.startswith("pictures") else name.split("/")[1]
        found[kind] = found.get(kind, 0) + len(part)
    return Sizes({"program": len(text.encode()) - sum(found.values()), **found})


def _megabytes(size: int) -> str:
    return f"{size / 1e6:7.2f} MB"
