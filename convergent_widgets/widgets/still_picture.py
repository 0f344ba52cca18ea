"""The still picture of an Explorer: what it shows, drawn with numpy and Pillow alone, for where no kernel runs."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from convergent_widgets.analysis.orders import chains, matched_order, one_to_one
from convergent_widgets.numbers import counted, short
from convergent_widgets.pictures import cut
from convergent_widgets.widgets.sentences import METHODS, Pair, about_pair, about_unit, warnings
from convergent_widgets.widgets.still_parts import QUIET, TEXT, Paper, draw_card, draw_matrix, draw_ranks, wrapped
from convergent_widgets.widgets.still_wall import GRID, draw_wall, on_wall, places_of

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

MARK = ("Software", "convergent_widgets still")  # a text chunk of the file; js/still.js knows the picture by it
CAPTION = "A still picture. Run this cell to make it live."
WIDTH, PLOTS, CARD = 900, 320, 138
TOP = 18  # what stands above the title
MOST_CARDS = 8


class Picture(NamedTuple):
    """A PNG file, how large it is meant to be shown, in CSS pixels, and what it shows in words."""

    png: bytes
    width: int
    height: int
    alt: str


def draw(comparison: Comparison, state: Mapping[str, Any]) -> Picture:
    """What an Explorer on `comparison` shows in `state` (the traits of a Selection)."""
    layer, a, b, method = (state[name] for name in ("layer", "net_a", "net_b", "method"))
    other = b if state["net"] == a else a
    table, own = Pair.of(comparison, layer, a, b), Pair.of(comparison, layer, state["net"], other)
    matched, selected = f"{about_pair(state, table)} {warnings(comparison)}".strip(), about_unit(state, own, other)
    words = [
        *((line, TEXT) for line in wrapped(matched, 12.5, WIDTH - 32, 3)),
        *((line, QUIET) for line in wrapped(selected, 12.5, WIDTH - 32, 2)),
    ]
    cards = _cards(comparison, state)
    hidden = len(comparison.nets) - len(cards) if cards else 0
    plots = TOP + 40 + 18 * len(words) + 28
    row = plots + PLOTS + 30
    height = row + (CARD + 10) * -(-len(cards) // 4) + (30 if hidden else 6)

    paper = Paper(WIDTH, height)
    dataset = f"{counted(comparison.images_seen, 'image', 'images')} of {comparison.dataset}"
    paper.text((16, 20), CAPTION, 12.5, TEXT, "ls", WIDTH - 32)
    paper.text((WIDTH - 16, TOP + 26), dataset, 12, QUIET, "rs", 250)
    title = f"{layer}: {a} and {b}, {METHODS[method]}" if a != b else f"{layer}: within {a}"
    paper.text((16, TOP + 26), title, 17, TEXT, "ls", WIDTH - 300)
    for number, (line, color) in enumerate(words):
        paper.text((16, TOP + 50 + 18 * number), line, 12.5, color)
    _draw_plots(paper, plots, comparison, state, table)
    for number, card in enumerate(cards):
        left, top = 16 + number % 4 * 219, row + number // 4 * (CARD + 10)
        draw_card(paper, (left, top, left + 211, top + CARD), *card)
    if hidden:
        more = f"{counted(hidden, 'more net is', 'more nets are')} not pictured."
        paper.text((16, height - 12), more, 12.5, TEXT, "ls", WIDTH - 32)

    return Picture(_png(paper.image), WIDTH, height, f"A still picture of the Explorer. {title}. {matched} {selected}")


def arranged(
    comparison: Comparison, state: Mapping[str, Any], table: Pair
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Rows and columns of the matrix in the order of `state`, as js/orders.js has them.

    The third is by how many other nets each unit of net A is found, where the order is by that.
    """
    method, order, rows = state["method"], state["order"], table.facts["rows"]
    values, partners = table.matched(method), table.partners(method)
    strength = np.where(np.isnan(values), -np.inf, values)
    if order != "found" and not table.within:
        return *matched_order(partners, values, table.facts["columns"], order), None
    if order == "original":
        return np.arange(rows), np.arange(rows), None
    by_strength = np.argsort(-strength, kind="stable")
    if order == "cycles":
        walk = by_strength.tolist()
        return (both := np.array(chains(one_to_one(partners, walk), walk), np.int64)), both, None
    if order == "best":
        return by_strength, by_strength, None
    widely = comparison.found_in(state["layer"], state["net_a"], method)
    by_found = np.lexsort((np.arange(rows), -strength, -widely, table.fields["dead"]))
    if table.within:
        return by_found, by_found, widely
    given = one_to_one(partners, by_found.tolist())
    taken = [given[row] for row in by_found.tolist() if row in given]
    rest = np.setdiff1d(np.arange(table.facts["columns"]), taken)
    return by_found, np.concatenate([np.array(taken, np.int64), rest]), widely


def _png(image: Image.Image) -> bytes:
    """The file, of 256 colours: a third of the bytes, and its paper as white as the page around it."""
    few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette, white = few.getpalette() or [], np.asarray(few)[0, 0]
    palette[3 * white : 3 * white + 3] = [255] * 3
    few.putpalette(palette)
    info, file = PngInfo(), BytesIO()
    info.add_text(*MARK)
    few.save(file, "PNG", pnginfo=info, compress_level=6)
    return file.getvalue()


def _draw_plots(paper: Paper, top: int, comparison: Comparison, state: Mapping[str, Any], table: Pair) -> None:
    layer, a, b = (state[name] for name in ("layer", "net_a", "net_b"))
    rows, columns, widely = arranged(comparison, state, table)
    r = comparison.correlation(layer, a, b)[np.ix_(rows, columns)]
    row, column = _marked(state, table)
    paper.text((16, top - 8), f"Correlation of units: rows {a}, columns {b}", 12, QUIET, "ls", PLOTS)
    places = _place(rows, row), _place(columns, column)
    draw_matrix(paper, (16, top, 16 + PLOTS, top + PLOTS), r, places)
    paper.text((16, top + PLOTS + 16), "blue −1, white 0, red 1; grey: dead", 11, QUIET, "ls", PLOTS)
    if state["overview"] == "wall":
        _draw_units(paper, top, comparison, state, table, rows, row)
    else:
        _draw_ranks(paper, top, comparison, state, table, widely, row)


def _draw_units(
    paper: Paper,
    top: int,
    comparison: Comparison,
    state: Mapping[str, Any],
    table: Pair,
    rows: np.ndarray,
    marked: int | None,
) -> None:
    """The wall, from its first row on, or as far down as the selected unit is."""
    layer, a, b = (state[name] for name in ("layer", "net_a", "net_b"))
    widely = None
    if state["only"] in ("everywhere", "nowhere"):
        widely = comparison.found_in(layer, a, state["method"])
    units = on_wall(state, table, rows, widely, len(comparison.nets) - 1)
    shown = places_of(units, marked, within=table.within)
    of = f"{len(units)} of {len(rows)} units" if len(units) < len(rows) else counted(len(rows), "unit", "units")
    what = f"Units of {a}" if table.within else f"Units and their counterparts: left {a}, right {b}"
    paper.text((376, top - 8), what, 12, QUIET, "ls", WIDTH - 392)
    first = int(np.flatnonzero(units == shown[0])[0]) + 1 if len(shown) else 0
    range_shown = f"{first} to {first + len(shown) - 1} of {of}" if 0 < len(shown) < len(units) else of
    paper.text((376, top + PLOTS + 16), range_shown, 11, QUIET, "ls", WIDTH - 392)

    def patches(net: str, unit: int) -> np.ndarray:
        return _patches(comparison, layer, net, unit, "strongest", GRID * GRID)

    draw_wall(paper, (376, top, WIDTH - 16, top + PLOTS), state, table, shown, patches)


def _draw_ranks(
    paper: Paper,
    top: int,
    comparison: Comparison,
    state: Mapping[str, Any],
    table: Pair,
    widely: np.ndarray | None,
    row: int | None,
) -> None:
    """The rank plot and what its lines mean."""
    layer, a, b, method, net, unit = (state[name] for name in ("layer", "net_a", "net_b", "method", "net", "unit"))
    best = table.fields["best_r"]
    by_best = np.lexsort(
        (np.arange(len(best)), -np.where(np.isnan(best), -2, best), *([] if widely is None else [-widely]))
    )
    units = by_best[np.isfinite(best[by_best])]
    what = (
        "most similar other unit" if table.within else "line: best partner; dots: matched, grey if not above baseline"
    )
    paper.text((376, top - 8), f"r of each unit of {a} ({what})", 12, QUIET, "ls", WIDTH - 392)
    unrelated = float("nan") if table.within else comparison.unrelated(layer, a, b, method)
    shown = unit if net == a else row
    draw_ranks(paper, (390, top + 6, WIDTH - 16, top + PLOTS - 6), table, units, method, unrelated, shown)
    band = "" if table.within else f"grey band: rotation baseline, the range over random mixes of {b}"
    paper.text((376, top + PLOTS + 16), band, 11, QUIET, "ls", WIDTH - 392)


def _marked(state: Mapping[str, Any], table: Pair) -> tuple[int | None, int | None]:
    """The selected unit and its partner as unit of net A and unit of net B."""
    unit = state["unit"]
    if unit is None:
        return None, None
    partners = table.partners(state["method"])
    if state["net"] == state["net_a"]:
        return unit, None if partners[unit] < 0 else int(partners[unit])
    led = np.flatnonzero(partners == unit)
    if not led.size:
        return None, unit
    return int(led[np.argmax(table.matched(state["method"])[led])]), unit


def _place(order: np.ndarray, unit: int | None) -> int | None:
    return None if unit is None else int(np.flatnonzero(order == unit)[0])


def _cards(comparison: Comparison, state: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What `draw_card` needs for the selected unit and its counterparts: none where no unit is selected."""
    layer, net, unit = state["layer"], state["net"], state["unit"]
    if unit is None:
        return []
    which = "deciles" if state["pictured"] == "deciles" else "strongest"
    mean = short(float(comparison.mean(layer, net)[unit]))
    dead = bool(comparison.dead(layer, net)[unit])
    own = ["dead" if dead else mean, *([] if dead else ["mean activation"]), "selected"]
    cards: list[tuple[Any, ...]] = [
        (net, f"{layer} / {unit}", _patches(comparison, layer, net, unit, which), own, None)
    ]
    for other, one in list(comparison.counterparts(layer, net, unit, state["method"]).items())[: MOST_CARDS - 1]:
        shown = one.unit if one.unit is not None else one.best.unit if one.best else None
        title = f"{layer} / {'–' if shown is None else shown}"
        patches = np.zeros((0, 1, 1, 3), np.uint8)
        if shown is not None:
            patches = _patches(comparison, layer, other, shown, which)
        words = [
            short(one.r),
            f"baseline {short(one.baseline)}",
            f"rank {one.rank} of {comparison.units(layer, other)}",
        ]
        if one.unit is None:
            words = ["–", "no partner", *([f"best r {short(one.best.r)}"] if one.best else [])]
        cards.append((other, title, patches, words, one))
    return cards


def _patches(
    comparison: Comparison, layer: str, net: str, unit: int, which: str, most: int | None = None
) -> np.ndarray:
    """The unit's first `most` patches, (k, h, w, 3) uint8; none where the comparison was made without pictures."""
    try:
        top = comparison.top(layer, net, unit, which)
        cuts = [
            cut(comparison.picture(net, image), comparison.field(layer, net, position))
            for image, position in zip(top.images[:most].tolist(), top.positions[:most].tolist(), strict=True)
        ]
    except KeyError:
        cuts = []
    return np.stack(cuts) if cuts else np.zeros((0, 1, 1, 3), np.uint8)
