"""What a person does in a page of the views, and what the Comparison says to it."""

from __future__ import annotations

import json

import numpy as np
from playwright.sync_api import expect


def key(comparison, layer, net, unit, method="bipartite"):
    """The name that the gallery gives to what it shows."""
    others = comparison.counterparts(layer, net, unit, method).items()
    return "|".join([layer, f"{net}/{unit}", *(f"{o}/{'-' if c.unit is None else c.unit}" for o, c in others)])


def expect_key(page, wanted, nth=0):
    """Wait until the gallery shows that."""
    expect(page.locator(".cw-gallery").nth(nth)).to_have_attribute("data-key", wanted)


def state(page):
    """What the page's Selection holds."""
    return page.evaluate(
        "Object.fromEntries(['layer', 'net_a', 'net_b', 'net', 'unit', 'order', 'only', 'least_r', 'overview', "
        "'method', 'pictured', 'penalty', 'clusters', 'cluster']"
        ".map((k) => [k, window.page.models.selection.get(k)]))"
    )


def choose(page, **traits):
    """Set traits one by one, as a host would."""
    page.evaluate("(traits) => { for (const k in traits) window.page.models.selection.set(k, traits[k]) }", traits)


def card(page, net):
    """The card of a net."""
    return page.locator(f".cw-card[data-net={json.dumps(net)}]")


def geometry(page):
    """Where the matrix lies in its canvas."""
    canvas = page.locator(".cw-canvas").first
    return {n: float(canvas.get_attribute(f"data-{n}")) for n in ("left", "top", "cell", "cell-height")}


def click_matrix(page, row=None, column=None):
    """Click a cell by its place, or the margin where one of both is None."""
    g = geometry(page)
    x = g["left"] / 2 if column is None else g["left"] + (column + 0.5) * g["cell"]
    y = g["top"] / 2 if row is None else g["top"] + (row + 0.5) * g["cell-height"]
    page.locator(".cw-canvas").first.click(position={"x": x, "y": y})


def pixel(page, row, column, selector=".cw-canvas"):
    """The colour of a cell of the matrix."""
    g = geometry(page)
    x, y = g["left"] + (column + 0.5) * g["cell"], g["top"] + (row + 0.5) * g["cell-height"]
    return page.locator(selector).evaluate(
        "(c, [x, y]) => [...c.getContext('2d').getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data]",
        [x, y],
    )


def best_first(comparison, layer="conv1", a="seed 0", b="seed 1"):
    """Units of A and of B in the order of best matches."""
    matching = comparison.match(layer, a, b)
    order = np.argsort(-matching.values, kind="stable")
    return matching.rows[order], matching.columns[order]


def shown(r, places=2):
    """A number as the views write it."""
    if np.isnan(r):
        return "\u2013"
    return f"{r:.{places}f}".replace("0.", ".", 1).replace("-", "\u2212")


def card_numbers(one):
    """A counterpart's r, baseline, best other and best r as its card writes them: all exact enough to tell apart."""
    values = [one.r, one.baseline, one.runner_up, one.best.r]
    two, three = ({shown(value, places) for value in values} for places in (2, 3))
    return tuple(shown(value, 3 if len(three) > len(two) else 2) for value in values)
