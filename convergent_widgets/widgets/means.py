"""The panel of mean activations: every unit of every net, sorted, with the selected unit and its counterparts marked.

Imported when the panel is opened, since bqplot is heavy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np
import traitlets

from convergent_widgets.colors import NETS as COLORS
from convergent_widgets.widgets.mean_answer import least_shown, scales_for
from convergent_widgets.widgets.views import View

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.widgets.selection import Selection

FOLLOWED = ("layer", "net", "unit", "method")
ACCENT = "var(--cw-accent, #d1551b)"
TEXT = "var(--jp-ui-font-color1, #212121)"
FAINT = "var(--jp-ui-font-color2, #616161)"
GRID = "var(--jp-border-color2, #e0e0e0)"


@dataclass(frozen=True)
class Place:
    """Where one net's unit stands among the mean activations of its net; `unit` None where it has none to show.

    `place` counts from 1, the most active unit; 0 where there is no unit. `selected` is whether it is the selected one.
    """

    net: str
    unit: int | None
    mean: float
    place: int
    selected: bool


def places(comparison: Comparison, layer: str, net: str, unit: int | None, method: str) -> list[Place]:
    """The selected unit's place and that of its counterpart (else its most similar unit) in every other net.

    Its twin, which the words above the figure are made of, is `places` in js/mean_places.js.
    """
    found: dict[str, int | None] = dict.fromkeys(comparison.nets)
    if unit is not None:
        for name, counterpart in comparison.counterparts(layer, net, unit, method).items():
            best = None if counterpart.best is None else counterpart.best[0]
            found[name] = best if counterpart.unit is None else counterpart.unit
    found[net] = unit
    return [_place(comparison.mean(layer, name), name, found[name], name == net) for name in comparison.nets]


class MeansView(View):
    """What the browser draws above the curves, so that the keys pressed there do not reach the notebook."""

    view = traitlets.Unicode("means").tag(sync=True)
    scale = traitlets.Enum(
        ("linear", "log"), "linear", help="Scale of the mean activations. Written by its switch and by Python."
    ).tag(sync=True)


class MeansPanel(ipywidgets.VBox):  # type: ignore[misc]
    """The marked units and the figure; follows the layer, unit and matching of a Selection until it is closed."""

    def __init__(self, comparison: Comparison, selection: Selection) -> None:
        """Show the means of `comparison` and follow `selection`."""
        self._comparison, self._selection = comparison, selection
        self._colors = {net: COLORS[i % len(COLORS)] for i, net in enumerate(comparison.nets)}
        self._head = MeansView(selection=selection, layout={"width": "100%"})
        self._figure: bqplot.Figure | None = None
        self._drawn: tuple[str, str] | None = None
        self._marked: list[Place] = []
        self._floor, self._in_percent = -math.inf, False
        super().__init__([self._head])
        self.add_class("cw-means")
        self._head.observe(self._follow, "scale")
        selection.observe(self._follow, list(FOLLOWED))
        self._follow()

    @property
    def figure(self) -> bqplot.Figure:
        """The bqplot figure as it is now."""
        return self._figure

    @property
    def scale(self) -> str:
        """The scale of the mean activations, "linear" or "log"."""
        return str(self._head.scale)

    @scale.setter
    def scale(self, scale: str) -> None:
        self._head.scale = scale

    def close(self) -> None:
        """Stop following the selection and close every model of the panel."""
        if self.comm is not None:
            self._selection.unobserve(self._follow, list(FOLLOWED))
            self._head.unobserve(self._follow, "scale")
            self._head.close()
            close_parts(self)
        super().close()

    def _follow(self, _change: object = None) -> None:
        layer = self._selection.layer
        if self._drawn is None or self._drawn[0] != layer:
            self._choose_scale(layer)
        if self._drawn != (layer, self.scale):
            self._drawn = (layer, self.scale)
            self._draw(layer)
        self._mark(layer)

    def _choose_scale(self, layer: str) -> None:
        """Start each layer on the scale that suits it."""
        _, scale = scales_for(np.concatenate([self._comparison.mean(layer, net) for net in self._comparison.nets]))
        self._head.unobserve(self._follow, "scale")
        self._head.scale = scale
        self._head.observe(self._follow, "scale")

    def _draw(self, layer: str) -> None:
        self._floor = -math.inf if self.scale == "linear" else least_shown(self._comparison, layer)
        widths = {self._comparison.units(layer, net) for net in self._comparison.nets}
        self._in_percent = len(widths) > 1
        first, last, unit = (0.0, 100.0, " (% of each net\N{RIGHT SINGLE QUOTATION MARK}s units)")
        if not self._in_percent:
            first, last, unit = 1.0, float(max(widths)), ""
        x = bqplot.LinearScale(min=first, max=last)
        y = bqplot.LogScale() if self.scale == "log" else bqplot.LinearScale()
        lines = [self._line(layer, net, {"x": x, "y": y}) for net in self._comparison.nets]
        others = bqplot.Scatter(x=[], y=[], scales={"x": x, "y": y}, stroke="white", default_size=70, apply_clip=False)
        chosen = bqplot.Scatter(
            x=[], y=[], scales={"x": x, "y": y}, colors=[ACCENT], stroke="white", default_size=150, apply_clip=False
        )
        values = np.concatenate([line.y for line in lines])
        ticks = log_ticks(values) if self.scale == "log" else linear_ticks(values)
        small = {"fill": FAINT, "font-size": "11px"}
        across = {"tick_format": "d", "label_offset": "34px"}
        along = {"tick_format": "~g", "tick_values": ticks}
        shared = {"color": GRID, "grid_color": GRID, "tick_style": small, "label_color": FAINT}
        figure = bqplot.Figure(
            marks=[*lines, others, chosen],
            axes=[
                bqplot.Axis(scale=x, label=f"units, most active first{unit}", grid_lines="none", **across, **shared),
                bqplot.Axis(scale=y, side="left", label="mean activation", label_offset="50px", **along, **shared),
            ],
            fig_margin={"top": 12, "bottom": 44, "left": 70, "right": 20},
            min_aspect_ratio=0.1,
            max_aspect_ratio=100,
            padding_y=0.04,
            display_toolbar=False,
            background_style={"fill": "none"},
            layout={"width": "100%", "height": "260px"},
        )
        former, self._figure = self._figure, figure
        others.on_element_click(self._choose)
        self.children = [self._head, figure]
        if former is not None:
            close_parts(former)
            former.close()

    def _across(self, layer: str, net: str, place: int) -> float:
        """Where the unit in that place of its net stands on the x axis."""
        return 100 * (place - 0.5) / self._comparison.units(layer, net) if self._in_percent else float(place)

    def _line(self, layer: str, net: str, scales: dict[str, bqplot.Scale]) -> bqplot.Lines:
        means = np.sort(self._comparison.mean(layer, net))[::-1]
        means = means[means >= self._floor]
        return bqplot.Lines(
            x=np.array([self._across(layer, net, place) for place in range(1, len(means) + 1)]),
            y=means,
            scales=scales,
            colors=[self._colors[net]],
            stroke_width=2,
            labels=[net],
        )

    def _mark(self, layer: str) -> None:
        selection = self._selection
        marked = places(self._comparison, layer, selection.net, selection.unit, selection.method)
        seen = [place for place in marked if place.unit is not None and place.mean >= self._floor]
        self._marked = [place for place in seen if not place.selected]
        *_, others, chosen = self.figure.marks
        for scatter, here in (
            (chosen, [p for p in seen if p.selected]),
            (others, self._marked),
        ):
            with scatter.hold_sync():
                if scatter is others:
                    scatter.colors = [self._colors[place.net] for place in here] or [COLORS[0]]
                scatter.x = np.array([self._across(layer, place.net, place.place) for place in here], dtype=float)
                scatter.y = np.array([place.mean for place in here], dtype=float)

    def _choose(self, _scatter: bqplot.Scatter, event: Mapping[str, Any]) -> None:
        """Select the counterpart whose mark is clicked."""
        index = event["data"]["index"]
        if 0 <= index < len(self._marked):
            place = self._marked[index]
            self._selection.select(net=place.net, unit=place.unit)


def linear_ticks(values: np.ndarray, most: int = 6) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten that span `values` and 0, no more than `most` of them."""
    least, greatest = min(0.0, float(values.min())), max(0.0, float(values.max()))
    if least == greatest:
        return [0.0]
    power = 10.0 ** math.floor(math.log10((greatest - least) / most))
    for step in (1, 2, 5, 10, 20):
        size = step * power
        ticks = np.arange(math.ceil(least / size), math.floor(greatest / size) + 1) * size
        if len(ticks) <= most:
            break
    return [float(f"{tick:.6g}") for tick in ticks]


def log_ticks(values: np.ndarray, most: int = 8) -> list[float]:
    """Round numbers within the range of positive `values`: powers of ten, with 2 and 5 between where there is room."""
    least, greatest = float(values.min()), float(values.max())
    powers = [10.0**power for power in range(math.floor(math.log10(least)), math.ceil(math.log10(greatest)) + 1)]
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [power * step for power in powers for step in steps if least <= power * step <= greatest]
        if len(ticks) <= most:
            break
    return ticks or [least, greatest]


def close_parts(widget: ipywidgets.Widget) -> None:
    """Close every widget that `widget` holds in its traits, and theirs, but not `widget` itself."""
    seen: set[int] = {id(widget)}

    def close(value: Any) -> None:  # noqa: ANN401
        if isinstance(value, ipywidgets.Widget):
            if id(value) not in seen and value.comm is not None:
                seen.add(id(value))
                parts(value)
                value.close()
        elif isinstance(value, dict):
            for part in value.values():
                close(part)
        elif isinstance(value, (list, tuple)):
            for part in value:
                close(part)

    def parts(owner: ipywidgets.Widget) -> None:
        for name in owner.keys:
            close(getattr(owner, name))

    parts(widget)


def _place(means: np.ndarray, net: str, unit: int | None, selected: bool) -> Place:
    if unit is None:
        return Place(net, None, math.nan, 0, selected)
    order = np.argsort(-means, kind="stable")
    return Place(net, int(unit), float(means[unit]), int(np.flatnonzero(order == unit)[0]) + 1, selected)
