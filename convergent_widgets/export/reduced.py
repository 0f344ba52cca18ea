"""The same comparison with smaller pictures, for a smaller page."""

from __future__ import annotations

from collections.abc import Callable

from convergent_widgets import pictures
from convergent_widgets.analysis.checks import whole
from convergent_widgets.comparison import Comparison

LEAST = 8


def reduced(comparison: Comparison, longest: int | None) -> tuple[Comparison, Callable[[int, int], bytes]]:
    """The comparison as of pictures of at most `longest` pixels a side, and the picture of a set and an image.

    None leaves them as they are. Raises ValueError for fewer than 8.
    """
    if longest is None:
        return comparison, comparison.picture_bytes
    longest = whole("picture_size", longest, LEAST)
    manifest = comparison._manifest
    sets = []
    for one in manifest["picture_sets"]:
        height, width = one["picture"]
        sets.append({**one, "picture": list(pictures.shrunk(height, width, longest))})
    smaller = Comparison({**manifest, "picture_sets": sets}, comparison._members)

    def encoded(picture_set: int, image: int) -> bytes:
        data = comparison.picture_bytes(picture_set, image)
        if comparison.picture_size(picture_set) == smaller.picture_size(picture_set):
            return data
        return pictures.encode(pictures.shrink(pictures.decode(data), longest))

    return smaller, encoded
