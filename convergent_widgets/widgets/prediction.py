"""The panel of sparse prediction (few to one): what predicts the selected unit, and its loss against sparsity.

Imported when the panel is opened, since bqplot is heavy. The browser's view asks for the prediction, after all that the
other views ask; the curve is drawn once it has the answer, so that nobody waits for the curve.
"""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np
import traitlets

from convergent_widgets.colors import NETS
from convergent_widgets.widgets.means import ACCENT, FAINT, GRID, TEXT, close_parts, linear_ticks
from convergent_widgets.widgets.predictors import TRAINED_ON, held_out, layer_curve
from convergent_widgets.widgets.views import View

if TYPE_CHECKING:
    from convergent_widgets.analysis.prediction import Prediction
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.widgets.selection import Selection

FOLLOWED = ("layer", "net_a", "net_b", "net", "unit", "penalty")
ZERO_MAP = 0.5
UNIT, LAYER = NETS[0], "#808a96"

Pair = tuple[str, str, str]


class PredictionView(View):
    """The selected unit, and the few units of the other net that predict it."""

    view = traitlets.Unicode("prediction").tag(sync=True)
    predicted = traitlets.Unicode(
        help="JSON of layer, source net and predicted net that are shown; empty for none. Written by the browser."
    ).tag(sync=True)


class PredictionPanel(ipywidgets.HBox):  # type: ignore[misc]
    """The browser's view of the predictors and the curve beside it; follows a Selection until it is closed."""

    def __init__(self, comparison: Comparison, selection: Selection) -> None:
        """Show what predicts the units of `comparison` and follow `selection`."""
        self._comparison, self._selection = comparison, selection
        self._ready: set[Pair] = set()
        self._view = PredictionView(comparison, selection=selection, layout={"flex": "1 1 560px", "min_width": "0"})
        self._curve = Curve()
        super().__init__([self._view, self._curve.box], layout={"flex_flow": "row wrap", "width": "100%"})
        self.add_class("cw-prediction-panel")
        self._view.observe(self._arrive, "predicted")
        selection.observe(self._follow, list(FOLLOWED))
        self._follow()

    @property
    def figure(self) -> bqplot.Figure:
        """The bqplot figure of the loss against the number of predictors."""
        return self._curve.figure

    def close(self) -> None:
        """Stop following the selection and close every model of the panel."""
        if self.comm is not None:
            self._selection.unobserve(self._follow, list(FOLLOWED))
            self._view.unobserve(self._arrive, "predicted")
            self._view.close()
            close_parts(self)
        super().close()

    def _arrive(self, _change: object) -> None:
        if not self._view.predicted:
            self._curve.leave()
            return
        layer, source, net = json.loads(self._view.predicted)
        self._ready.add((layer, source, net))
        self._follow()

    def _follow(self, _change: object = None) -> None:
        selection = self._selection
        source = selection.net_b if selection.net == selection.net_a else selection.net_a
        pair = (selection.layer, source, selection.net)
        if selection.unit is None or source == selection.net:
            self._curve.leave()
            return
        if pair not in self._ready:
            self._curve.wait()
            return
        found = self._comparison.predict(*pair, trained_on=TRAINED_ON)
        live = bool(np.isfinite(found.loss[0, selection.unit]))
        if live:
            self._curve.draw(found, pair, selection.unit, selection.penalty)
        else:
            self._curve.leave()


class Curve:
    """Loss against the number of predictors: of one unit, held out and in sample, and of its whole layer."""

    def __init__(self) -> None:
        """Make the figure, with nothing in it."""
        self._x, self._y = bqplot.LinearScale(min=0.0, max=1.0), bqplot.LinearScale(min=0.0, max=1.0)
        scales = {"x": self._x, "y": self._y}
        small = {"fill": FAINT, "font-size": "11px"}
        shared = {"color": GRID, "grid_color": GRID, "tick_style": small, "label_color": FAINT}
        self._across = bqplot.Axis(
            scale=self._x,
            label="predictors, units with |w| > .1",
            grid_lines="none",
            tick_format="d",
            label_offset="34px",
            **shared,
        )
        self._along = bqplot.Axis(
            scale=self._y,
            side="left",
            label="loss, \N{VULGAR FRACTION ONE HALF} mean squared error",
            tick_format="~g",
            label_offset="42px",
            **shared,
        )
        empty: dict[str, Any] = {"x": [], "y": [], "scales": scales}
        self._zero = bqplot.Lines(**empty, colors=[FAINT], stroke_width=1.5, line_style="dotted")
        dots = {"marker": "circle", "marker_size": 22}
        self._layer = bqplot.Lines(**empty, colors=[LAYER], stroke_width=1.5, **dots)
        self._sample = bqplot.Lines(**empty, colors=[UNIT], stroke_width=2, opacities=[0.45], line_style="dashed")
        self._held = bqplot.Lines(**empty, colors=[UNIT], stroke_width=2, **dots)
        mark = {"stroke": "white", "apply_clip": False}
        self._here = bqplot.Scatter(**empty, colors=[LAYER, ACCENT], default_size=110, **mark)
        self.figure = bqplot.Figure(
            marks=[self._zero, self._layer, self._sample, self._held, self._here],
            axes=[self._across, self._along],
            fig_margin={"top": 12, "bottom": 44, "left": 58, "right": 16},
            min_aspect_ratio=0.1,
            max_aspect_ratio=100,
            display_toolbar=False,
            background_style={"fill": "none"},
            layout={"width": "100%", "height": "270px"},
        )
        self._legend = ipywidgets.HTML()
        self.box = ipywidgets.VBox([self.figure, self._legend], layout={"flex": "1 1 300px", "max_width": "440px"})

    def wait(self) -> None:
        """Show nothing, in the room of what was shown."""
        self.box.layout.visibility = "hidden"

    def leave(self) -> None:
        """Show nothing and take no height: there is nothing to draw."""
        # its width stays, for the figure draws itself as wide as it is
        layout = self.box.layout
        layout.visibility, layout.height, layout.overflow = "hidden", "0", "hidden"

    def draw(self, found: Prediction, pair: Pair, unit: int, penalty: float) -> None:
        """Show the curves of `unit` and of its layer, and mark `penalty` on both."""
        layout = self.box.layout
        layout.visibility, layout.height, layout.overflow = "visible", None, None
        held = held_out(found)
        across = found.predictors[:, unit]
        median, mean_across = layer_curve(found)
        greatest = float(max(across.max(), mean_across.max(), 1))
        high = float(max(held[:, unit].max(), found.loss[:, unit].max(), median.max(), ZERO_MAP))
        at = int(np.flatnonzero(found.penalties == penalty)[0])
        self._x.max, self._y.max = 1.04 * greatest, 1.06 * high
        self._across.tick_values = [tick for tick in linear_ticks(np.array([greatest])) if tick == int(tick)]
        self._along.tick_values = linear_ticks(np.array([high]))
        for mark, x, y in (
            (self._zero, [0.0, 1.04 * greatest], [ZERO_MAP] * 2),
            (self._layer, mean_across, median),
            (self._sample, across, found.loss[:, unit]),
            (self._held, across, held[:, unit]),
            (self._here, [mean_across[at], across[at]], [median[at], held[at, unit]]),
        ):
            with mark.hold_sync():
                mark.x, mark.y = np.array(x, float), np.array(y, float)
        self._legend.value = _legend(pair, unit, penalty, found.weights.shape[2])


def _legend(pair: Pair, unit: int, penalty: float, units: int) -> str:
    layer, _, net = (html.escape(name) for name in pair)
    penalty_text = f"{penalty:g}".replace("0.", ".", 1)
    entries = [
        ("held out", f"color: {UNIT}", "━●━", f"<b>{net} {layer}/{unit}</b>, held out"),
        ("in sample", f"color: {UNIT}; opacity: .6", "╌╌╌", "in sample"),
        ("layer", f"color: {LAYER}", "━●━", f"all {units} units of {net}: median held-out loss, mean number"),
        ("zero", f"color: {FAINT}", "┈┈┈", "map of zeros, .5"),
        ("penalty", f"color: {ACCENT}", "●", f"penalty {penalty_text}"),
    ]
    spans = "".join(
        f'<span data-curve="{name}"><span style="{style}">{swatch}</span> {words}</span>'
        for name, style, swatch, words in entries
    )
    return (
        f'<div style="display: flex; flex-wrap: wrap; gap: 0 14px; line-height: 1.4; color: {TEXT}; '
        f'padding-left: 12px; font-size: 12px">{spans}</div>'
    )
