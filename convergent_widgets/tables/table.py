"""A table of figures: plain rows that print, show themselves in a notebook, and hold unrounded numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

import numpy as np

from convergent_widgets.numbers import DASH, short


class Spread(NamedTuple):
    """Mean and standard deviation (divided by n) of `n` figures, one per pair of nets; NaN ones are left out."""

    mean: float
    deviation: float
    n: int


def spread(values: Iterable[float]) -> Spread:
    """The Spread of figures; mean and deviation are NaN where there are none."""
    known = np.array([value for value in values if not math.isnan(value)])
    return Spread(float(known.mean()), float(known.std()), known.size) if known.size else Spread(math.nan, math.nan, 0)


class Column(NamedTuple):
    """A column: its name, what it says, and how its figures are written."""

    name: str
    help: str
    write: Callable[[float], str] = short


NOWRAP = ' style="white-space: nowrap"'


@dataclass(frozen=True, repr=False)
class Table:
    """Rows of named figures. `rows` hold a string, a number or a `Spread` under each column's name, unrounded.

    `table["conv2", "bipartite"]` is one figure, by its row's first entry and its column's name.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    note: str = ""

    def __getitem__(self, at: tuple[Any, str]) -> Any:  # noqa: ANN401
        """One figure; KeyError where there is no such row or column."""
        row, column = at
        first = self.columns[0].name
        for entries in self.rows:
            if entries[first] == row:
                return entries[column]
        raise KeyError(row)

    def __str__(self) -> str:
        head = [column.name for column in self.columns]
        cells = [[_written(row[column.name], column) for column in self.columns] for row in self.rows]
        widths = [max(map(len, line)) for line in zip(head, *cells, strict=True)]
        lines = [
            "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in (head, *cells)
        ]
        return "\n".join([self.title, *lines, *([self.note] if self.note else [])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f'<th title="{escape(column.help)}">{escape(column.name)}</th>' for column in self.columns)
        body = "".join(
            "<tr>"
            + "".join(
                f"<{tag}{NOWRAP}>{escape(_written(row[column.name], column))}</{tag}>"
                for tag, column in zip(["th", *["td"] * len(self.columns)], self.columns, strict=False)
            )
            + "</tr>"
            for row in self.rows
        )
        legend = "".join(f"<li><b>{escape(c.name)}</b>: {escape(c.help)}</li>" for c in self.columns if c.help)
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"{note}<details><summary>what the columns are</summary><ul>{legend}</ul></details>"
        )


def three(value: float) -> str:
    """To three decimals."""
    return short(value, 3)


def one_decimal(value: float) -> str:
    """To one decimal."""
    return DASH if math.isnan(value) else f"{value:.1f}"


def factor(value: float) -> str:
    """A factor, which may be large."""
    return DASH if math.isnan(value) else f"{value:.{0 if value >= 100 else 1}f}"


def _written(value: Any, column: Column) -> str:  # noqa: ANN401
    if isinstance(value, str):
        return value
    if isinstance(value, Spread):
        one = column.write(value.mean)
        return (
            one
            if value.n < 2 or value.deviation <= 1e-9 * abs(value.mean)
            else f"{one} ± {column.write(value.deviation)}"
        )
    return column.write(float(value))
