"""In which order units stand in a matrix, so that matches lie on its diagonal. Its twin is widgets/js/orders.js."""

from __future__ import annotations

import numpy as np

from convergent_widgets.analysis.checks import indices, real, whole

ORDERS = ("best", "cycles", "original")


def matched_order(
    partners: np.ndarray, values: np.ndarray, columns: int, order: str = "best"
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a matrix in order, two permutations, int64.

    `partners` (rows,) is the column matched with each row, -1 for none, and `values` (rows,) how strongly, NaN for
    none.
    "best" puts the strongest match first; "cycles" follows the partners as a permutation (row i, then the row with the
    number of i's partner, and so on), the longest cycle first and what no partner leads back to after the cycles;
    "original" leaves all as it is. Where several rows want one column, the strongest has it. Rows and columns without a
    match come last. Raises ValueError for another order, for partners that are not whole numbers below `columns`, and
    for `values` of another length.
    """
    if order not in ORDERS:
        raise ValueError(f"`order` must be one of {ORDERS}, got {order!r}")
    columns = whole("columns", columns, 0)
    partners, values = indices("`partners`", partners, columns - 1), real("values", values)
    if values.shape != partners.shape:
        raise ValueError(f"`values` must be {partners.shape}, one for each of `partners`, got shape {values.shape}")
    if order == "original":
        return np.arange(len(partners)), np.arange(columns)
    strength = np.where(np.isnan(values), -np.inf, values)
    by_strength = np.argsort(-strength, kind="stable").tolist()
    given = one_to_one(partners, by_strength)
    walk = chains(given, by_strength) if order == "cycles" else by_strength
    paired = [row for row in walk if row in given]
    taken = [given[row] for row in paired]
    rows = [*paired, *(row for row in by_strength if row not in given)]
    rest = np.setdiff1d(np.arange(columns), taken)
    return np.array(rows, np.int64), np.concatenate([np.array(taken, np.int64), rest])


def one_to_one(partners: np.ndarray, by_strength: list[int]) -> dict[int, int]:
    """Each row's column; where several want one, the first of `by_strength` has it."""
    given: dict[int, int] = {}
    taken = set()
    for row in by_strength:
        column = int(partners[row])
        if column >= 0 and column not in taken:
            taken.add(column)
            given[row] = column
    return given


def chains(given: dict[int, int], units: list[int]) -> list[int]:
    """The units as they follow one another: cycles, the longest first, then the chains that close nowhere."""
    pointed_to = {column for column in given.values() if column < len(units)}
    placed: set[int] = set()

    def follow(unit: int) -> list[int]:
        chain = []
        while 0 <= unit < len(units) and unit not in placed:
            placed.add(unit)
            chain.append(unit)
            unit = given.get(unit, -1)
        return chain

    opened = [follow(unit) for unit in units if unit not in pointed_to]
    cycles = [chain for chain in map(follow, units) if chain]
    return [unit for part in (cycles, opened) for chain in sorted(part, key=len, reverse=True) for unit in chain]
