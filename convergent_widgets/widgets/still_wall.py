"""The wall of the still picture: units of net A beside their counterparts. Its twins: js/wall.js, js/filter.js."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.numbers import short
from convergent_widgets.widgets.still_parts import (
    ACCENT,
    DATA,
    GREY_DOT,
    LINE,
    QUIET,
    SCALE,
    TEXT,
    pictured,
)

if TYPE_CHECKING:
    from convergent_widgets.widgets.sentences import Pair
    from convergent_widgets.widgets.still_parts import Box, Paper, Point

ROWS, COLUMNS, COLUMNS_WITHIN = 4, 4, 7
SIDE, BETWEEN, WORDS, PITCH = 56, 4, 14, 80  # of a tile, between two of a pair, what stands above, from row to row
GRID = 2  # patches in a row and in a column of a tile


def on_wall(
    state: Mapping[str, Any], table: Pair, rows: np.ndarray, widely: np.ndarray | None, others: int
) -> np.ndarray:
    """The units of net A that pass the filter, in the order of the wall, int64.

    `rows` is the order of the matrix, which the wall has too, but where that is the best matches first: dead units are
    then last. `widely` (units,) says in how many of the `others` nets each unit is found; it is needed where `state`
    asks for units that are found everywhere or nowhere.
    """
    r, dead = table.matched(state["method"]), table.fields["dead"] == 1
    if state["order"] == "best":
        rows = np.lexsort((np.arange(len(r)), -np.where(np.isnan(r), -2, r), dead))
    only, least = state["only"], state["least_r"]
    matched = table.partners(state["method"]) >= 0
    above = np.zeros(len(r), bool) if table.within else table.fields[f"{state['method']}.above"] == 1
    passes = np.ones(len(r), bool)
    if only in ("everywhere", "nowhere"):
        passes = ~dead & (widely == (others if only == "everywhere" else 0))
    elif only is not None:
        passes = {
            "above": above,
            "below": matched & ~above & (not table.within),
            "unmatched": ~dead & ~matched,
            "dead": dead,
        }[only]
    if least is not None:
        passes = passes & (r >= least)
    return rows[passes[rows]]


def places_of(units: np.ndarray, marked: int | None, *, within: bool) -> np.ndarray:
    """Those of `units` that there is room for: rows from the first on, or so many further that `marked` is seen."""
    columns = COLUMNS_WITHIN if within else COLUMNS
    at = np.flatnonzero(units == marked) if marked is not None else np.zeros(0, np.int64)
    first = max(0, int(at[0]) // columns - ROWS + 1) if at.size else 0
    return units[first * columns : (first + ROWS) * columns]


def draw_wall(
    paper: Paper,
    place: Box,
    state: Mapping[str, Any],
    table: Pair,
    units: np.ndarray,
    patches: Callable[[str, int], np.ndarray],
) -> None:
    """Draw `units` of net A and their partners; `patches` gives those of a unit of a net, (k, h, w, 3) uint8."""
    left, top, right, _ = place
    a, b, method, selected = state["net_a"], state["net_b"], state["method"], (state["net"], state["unit"])
    r, partners, dead = table.matched(method), table.partners(method), table.fields["dead"] == 1
    columns, wide = (COLUMNS_WITHIN, SIDE) if table.within else (COLUMNS, 2 * SIDE + BETWEEN)
    step = (right - left - wide) / (columns - 1)
    if not units.size:
        paper.text(
            ((left + right) / 2, top + PITCH), f"No unit of {a} passes the filter.", 12.5, QUIET, "ms", right - left
        )
    own = {unit: patches(a, unit) for unit in units[~dead[units]].tolist()}
    theirs = {} if table.within else {int(unit): patches(b, int(unit)) for unit in partners[units] if unit >= 0}
    grid = GRID if max(map(len, [*own.values(), *theirs.values()]), default=0) >= GRID else 1
    for number, unit in enumerate(units.tolist()):
        x, y = left + number % columns * step, top + number // columns * PITCH
        partner = int(partners[unit])
        above = table.within or table.fields[f"{method}.above"][unit] == 1
        paper.text((x, y + 10), str(unit), 10, QUIET)
        if partner >= 0:
            paper.text(
                (x + wide, y + 10) if table.within else (x + wide / 2, y + 10),
                short(float(r[unit])),
                10,
                TEXT,
                "rs" if table.within else "ms",
            )
            _thin_bar(paper, (x, y + WORDS + SIDE + 3), wide, float(r[unit]), DATA if above else GREY_DOT)
        corner = x, y + WORDS
        _tile(paper, corner, own.get(unit), "dead", grid, chosen=selected == (a, unit))
        if table.within or dead[unit]:
            continue
        corner = x + SIDE + BETWEEN, y + WORDS
        if partner >= 0:
            paper.text((x + wide, y + 10), str(partner), 10, QUIET, "rs")
        _tile(
            paper,
            corner,
            theirs.get(partner),
            "none left",
            grid,
            chosen=partner >= 0 and selected == (b, partner),
        )


def _tile(paper: Paper, corner: Point, patches: np.ndarray | None, words: str, grid: int, *, chosen: bool) -> None:
    """Draw a unit by its strongest patches, `grid` in a row and in a column; `words` where there is no live unit."""
    x, y = corner
    if patches is None or not len(patches):
        paper.box((x, y, x + SIDE, y + SIDE), None, LINE, radius=2)
        said = words if patches is None else "no patches"
        paper.text((x + SIDE / 2, y + SIDE / 2), said, 10, QUIET, "mm", SIDE - 4)
    else:
        size = (SIDE - (grid - 1)) / grid
        for number, patch in enumerate(patches[: grid * grid]):
            at = x + number % grid * (size + 1), y + number // grid * (size + 1)
            paper.paste(pictured(patch, round(size * SCALE)), at)
    if chosen:
        paper.box((x - 2, y - 2, x + SIDE + 1.5, y + SIDE + 1.5), None, ACCENT, 2, 2)


def _thin_bar(paper: Paper, at: Point, wide: float, r: float, color: str) -> None:
    x, y = at
    paper.box((x, y, x + wide, y + 2.5), LINE)
    end = x + wide * min(max(r, 0.0), 1.0)
    if end > x + 0.5:
        paper.box((x, y, end, y + 2.5), color)
