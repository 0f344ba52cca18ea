"""The parts of the still picture: paper with crisp text, the matrix, the rank plot, a card for each net."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from convergent_widgets.colors import NO_CORRELATION, R_STOPS
from convergent_widgets.numbers import DASH, MINUS, short

if TYPE_CHECKING:
    from convergent_widgets.records import Counterpart
    from convergent_widgets.widgets.sentences import Pair

SCALE = 2  # pixels of the file for one of the design, which all measures below are in
TEXT, QUIET, LINE, ACCENT, DATA = "#1b2430", "#5b6573", "#e2e4e8", "#c2410c", "#34598f"
GREY_DOT, BAND, EMPTY = "#a3abb6", "#e1e6ec", "#f1f3f5"  # as in js/style.css

_WITHOUT = str.maketrans({MINUS: "-", DASH: "-"})  # what Pillow's own font has no glyph for

Box = tuple[float, float, float, float]
Point = tuple[float, float]


class Paper:
    """A white sheet; places and sizes are those of the design, left and top first."""

    def __init__(self, width: int, height: int):
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), "white")
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self, at: Point, words: str, size: float = 12, color: str = TEXT, anchor: str = "ls", room: float | None = None
    ) -> None:
        """Write one line from its baseline on, cut short with an ellipsis where it is wider than `room`."""
        self._draw.text(_scaled(at), fitted(words, size, room), color, _font(size), anchor)

    def lines(self, points: Sequence[Point], color: str, width: float = 1) -> None:
        """Draw one line through all points."""
        self._draw.line([_scaled(point) for point in points], color, max(1, round(width * SCALE)), "curve")

    def area(self, points: Sequence[Point], color: str) -> None:
        """Fill a polygon."""
        self._draw.polygon([_scaled(point) for point in points], color)

    def dot(self, at: Point, radius: float, fill: str | None, outline: str | None = None, width: float = 1) -> None:
        """Draw a disc or a ring."""
        (x, y), r = _scaled(at), radius * SCALE
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill, outline, round(width * SCALE))

    def box(
        self, place: Box, fill: str | None, outline: str | None = None, width: float = 1, radius: float = 0
    ) -> None:
        """Draw a rectangle, its corners rounded by `radius`."""
        corners = (*_scaled(place[:2]), *_scaled(place[2:]))
        self._draw.rounded_rectangle(corners, radius * SCALE, fill, outline, round(width * SCALE))

    def paste(self, image: Image.Image, at: Point) -> None:
        """Put a picture of the file's own pixels on it."""
        x, y = _scaled(at)
        self.image.paste(image, (round(x), round(y)))


def width_of(words: str, size: float) -> float:
    """How wide a line is."""
    return _font(size).getlength(words) / SCALE


def fitted(words: str, size: float, room: float | None) -> str:
    """`words` in one line that is no wider than `room`."""
    words = " ".join(words.split()).translate(_WITHOUT)
    if room is None or width_of(words, size) <= room:
        return words
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(f"{words[:middle]}…", size) <= room else (low, middle - 1)
    return f"{words[:low].rstrip()}…"


def wrapped(words: str, size: float, room: float, most: int) -> list[str]:
    """`words` in no more than `most` lines, the last cut short where it has to be."""
    left = words.split()
    lines: list[str] = []
    while left and len(lines) < most - 1:
        count = 1
        while count < len(left) and width_of(" ".join(left[: count + 1]), size) <= room:
            count += 1
        lines.append(fitted(" ".join(left[:count]), size, room))
        left = left[count:]
    return [*lines, fitted(" ".join(left), size, room)] if left else lines


def colored(r: np.ndarray) -> np.ndarray:
    """Correlations as colours: (..., 3) uint8; a grey of its own for NaN."""
    stops = np.array([ImageColor.getrgb(stop) for stop in R_STOPS], np.float64)
    none = np.isnan(r)
    at = (np.where(none, 0, r).clip(-1, 1) + 1) / 2 * (len(stops) - 1)
    low = np.minimum(at.astype(np.int64), len(stops) - 2)
    mixed = stops[low] + (stops[low + 1] - stops[low]) * (at - low)[..., None]
    mixed[none] = ImageColor.getrgb(NO_CORRELATION)
    return np.rint(mixed).astype(np.uint8)


def shrunk(r: np.ndarray, most: int) -> np.ndarray:
    """A matrix of at most `most` rows and columns; of cells that fall together the one of greatest |r| is kept."""
    step = -(-max(r.shape) // most)
    if step == 1:
        return r
    padded = np.full([-(-side // step) * step for side in r.shape], np.nan)
    padded[: r.shape[0], : r.shape[1]] = r
    blocks = padded.reshape(padded.shape[0] // step, step, -1, step).swapaxes(1, 2).reshape(-1, step * step)
    kept = np.where(np.isnan(blocks), -1, np.abs(blocks)).argmax(axis=1)
    return blocks[np.arange(len(blocks)), kept].reshape(padded.shape[0] // step, -1)


def draw_matrix(paper: Paper, place: Box, r: np.ndarray, marked: tuple[int | None, int | None]) -> None:
    """Draw the matrix in the left top of `place`, rows and columns of the selected units marked."""
    left, top, right, bottom = place
    side = round(min(right - left, bottom - top) * SCALE)
    shown = shrunk(r, side)
    cell = side // max(*shown.shape, 1)
    paper.paste(Image.fromarray(colored(shown).repeat(cell, 0).repeat(cell, 1)), (left, top))
    step = cell / SCALE / -(-max(r.shape) // side)
    height, width = (count * cell / SCALE for count in shown.shape)
    row, column = marked
    if row is not None:
        at = top + row * step
        paper.box((left - 2, at - 1, left + width + 1, at + step), None, ACCENT)
    if column is not None:
        at = left + column * step
        paper.box((at - 1, top - 2, at + step, top + height + 1), None, ACCENT)


def draw_ranks(
    paper: Paper, place: Box, table: Pair, units: np.ndarray, method: str, unrelated: float, selected: int | None
) -> None:
    """Draw r of `units`, in this order: best partner, matching, and the range of the rotation baseline.

    `unrelated` is the r of unrelated images, NaN where there is none.
    """
    left, top, right, bottom = place
    fields = {name: values[units] for name, values in table.fields.items()}
    curve, dots = fields["best_r"], table.matched(method)[units]
    least, greatest = (fields.get(f"{method}.{name}", np.full(len(units), np.nan)) for name in ("least", "greatest"))
    seen = np.concatenate([curve, dots, least, [0, unrelated]])
    lowest = float(np.nanmin(seen))
    lowest = max(-1.0, lowest - 0.02) if lowest < -0.02 else 0.0

    def point(at: int, value: float) -> Point:
        share = at / (len(units) - 1) if len(units) > 1 else 0.5
        return left + 8 + (right - left - 16) * share, top + (bottom - top) * (1 - (value - lowest) / (1 - lowest))

    def level(value: float, color: str, width: float = 1) -> None:
        y = point(0, value)[1]
        paper.lines([(left, y), (right, y)], color, width)

    for tick in range(int(np.ceil(lowest * 5)), 6):
        level(tick / 5, QUIET if tick == 0 else LINE, 0.5)
        label = "0" if tick == 0 else "1" if tick == 5 else short(tick / 5, 1)
        paper.text((left - 6, point(0, tick / 5)[1] + 4), label, 11, QUIET, "rs")
    for run in _runs(np.isfinite(least) & np.isfinite(greatest)):
        paper.area([point(i, greatest[i]) for i in run] + [point(i, least[i]) for i in run[::-1]], BAND)
    if np.isfinite(unrelated):
        level(unrelated, GREY_DOT)
    for run in _runs(np.isfinite(curve)):
        paper.lines([point(i, curve[i]) for i in run], DATA, 1)
    radius = 1.5 if len(units) > 400 else 2.2 if len(units) > 150 else 3.2
    if not table.within:
        above = fields[f"{method}.above"] == 1
        for which, color in ((~above, GREY_DOT), (above, DATA)):
            for i in np.flatnonzero(which & np.isfinite(dots)):
                paper.dot(point(int(i), dots[i]), radius, color)
    if selected is not None:
        (at,) = np.flatnonzero(units == selected)[:1].tolist() or [None]
        if at is not None:
            value = dots[at] if np.isfinite(dots[at]) else curve[at]
            paper.dot(point(at, value), 6, None, ACCENT, 1.5)
            paper.dot(point(at, value), radius, ACCENT)


def draw_card(
    paper: Paper, place: Box, net: str, title: str, patches: np.ndarray, words: Sequence[str], bar: Counterpart | None
) -> None:
    """Draw a net's unit: its name, its patches (k, h, w, 3), lines of words; `bar` None for the selected unit."""
    left, top, right, bottom = place
    paper.box(place, None, ACCENT if bar is None else LINE, 1.5 if bar is None else 1, 5)
    room = right - left - 20
    taken = min(width_of(title, 11), room / 2)
    paper.text((right - 10, top + 17), title, 11, QUIET, "rs", room / 2)
    paper.text((left + 10, top + 17), net, 12, TEXT, "ls", room - taken - 8)
    side = (bottom - top - 36) / 3 - 2
    for number in range(9):
        corner = left + 10 + number % 3 * (side + 2), top + 26 + number // 3 * (side + 2)
        if number < len(patches):
            paper.paste(pictured(patches[number], round(side * SCALE)), corner)
        elif len(patches) or not number:
            size = side if len(patches) else 3 * side + 4
            paper.box((*corner, corner[0] + size, corner[1] + size), EMPTY)
            if not len(patches):
                paper.text((corner[0] + size / 2, corner[1] + size / 2), "no patches", 11, QUIET, "mm")
    inner = left + 18 + 3 * (side + 2)
    y = top + 42
    for number, line in enumerate(words):
        size = 17 if not number else 11
        paper.text((inner, y), line, size, TEXT if not number else QUIET, "ls", right - inner - 8)
        y += 16
        if not number and bar is not None and np.isfinite(bar.r):
            _bar(paper, (inner, y - 8, right - 10, y), bar)
            y += 16


def _bar(paper: Paper, place: Box, one: Counterpart) -> None:
    """Show r as a bar from 0 to 1, with a tick at its baseline."""
    left, top, right, bottom = place
    paper.box(place, EMPTY, radius=2)
    end = left + (right - left) * min(max(one.r, 0.0), 1.0)
    if end > left + 1:
        paper.box((left, top, end, bottom), DATA if one.above else GREY_DOT, radius=2)
    if np.isfinite(one.baseline):
        at = left + (right - left) * min(max(one.baseline, 0.0), 1.0)
        paper.lines([(at, top - 3), (at, bottom + 3)], TEXT, 1)


def pictured(patch: np.ndarray, side: int) -> Image.Image:
    """A patch on a square of `side` pixels: pixels stay sharp where it grows, are averaged where it shrinks."""
    height, width = patch.shape[:2]
    share = side / max(height, width)
    size = max(1, round(width * share)), max(1, round(height * share))
    image = Image.fromarray(patch).resize(size, Image.Resampling.NEAREST if share >= 1 else Image.Resampling.BOX)
    square = Image.new("RGB", (side, side), EMPTY)
    square.paste(image, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


def _runs(there: np.ndarray) -> list[list[int]]:
    """The stretches of indices where `there` holds without a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(int)))
    return [list(range(start, end)) for start, end in pairwise(edges.tolist()) if there[start]]


def _scaled(at: Sequence[float]) -> tuple[float, float]:
    return at[0] * SCALE, at[1] * SCALE


@cache
def _font(size: float) -> Any:  # noqa: ANN401 - a FreeTypeFont, or a bitmap font where Pillow has no FreeType
    return ImageFont.load_default(size * SCALE)
