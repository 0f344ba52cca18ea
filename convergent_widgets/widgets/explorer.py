"""The Explorer: all views of a comparison, linked, and the panels opened below them."""

from __future__ import annotations

import html
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

import ipywidgets

from convergent_widgets.widgets.views import ExplorerView, check_comparison, models, split_options

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.widgets.data import Data
    from convergent_widgets.widgets.selection import Selection

_log = logging.getLogger(__name__)

_PANELS = {
    "means": ("convergent_widgets.widgets.means", "MeansPanel"),
    "prediction": ("convergent_widgets.widgets.prediction", "PredictionPanel"),
    "clusters": ("convergent_widgets.widgets.clusters", "ClustersPanel"),
}


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """Walk through a comparison: pick a layer and two nets, click a unit, see its counterpart in every other net.

        explorer = cw.Explorer(comparison, layer="conv2")
        explorer.selection.unit = 7

    `explorer.selection` is what it shows, readable and settable; `cw.Matrix(explorer)` and the other single views
    follow it. It needs neither torch nor the images: everything it shows is in the comparison.
    """

    selection: Selection
    data: Data

    def __init__(self, comparison: Comparison, **options: Any) -> None:  # noqa: ANN401
        """Open on the first layer and the first two nets with their best match selected.

        `options` open it elsewhere (the traits of Selection: layer, net_a, net_b, net, unit, order, only, least_r,
        overview, method, pictured, penalty, clusters, cluster, panels) or are the box's own, such as layout. Raises
        TypeError for what is not a Comparison and for misspelt options, TraitError for names, units and clusters that
        do not exist.
        """
        self._open: dict[str, ipywidgets.Widget] = {}
        initial, own = split_options(type(self), options)
        self.comparison = check_comparison(comparison)
        self.selection, self.data = models(comparison, initial)
        self._main = ExplorerView(selection=self.selection, data=self.data, layout={"width": "100%"})
        super().__init__([self._main], **own)
        self.selection.observe(self._show_panels, "panels")
        self._show_panels()

    def __repr__(self) -> str:
        """What it shows, in one line."""
        return f"Explorer({self.selection!r})"

    def export_html(self, path: str) -> None:
        """Write a page that needs no kernel. Not built yet: raises NotImplementedError."""
        raise NotImplementedError(f"Exporting the Explorer as a page is not built yet, so {path!r} was not written.")

    def close(self) -> None:
        """Close every model this Explorer opened, panels included, and stop observing."""
        if self.comm is not None:
            self.selection.unobserve(self._show_panels, "panels")
            for panel in self._open.values():
                panel.close()
            self._open.clear()
            for model in (self._main, self.selection, self.data, self.layout):
                model.close()
        super().close()

    def _show_panels(self, _change: object = None) -> None:
        wanted = self.selection.panels
        for name in [name for name in self._open if name not in wanted]:
            self._open.pop(name).close()
        for name in wanted:
            if name not in self._open:
                self._open[name] = self._panel(name)
        self.children = [self._main, *(self._open[name] for name in wanted)]

    def _panel(self, name: str) -> ipywidgets.Widget:
        module, panel = _PANELS[name]
        try:
            return getattr(import_module(module), panel)(self.comparison, selection=self.selection)
        except Exception as error:  # noqa: BLE001 - said where the panel would be
            _log.exception("the panel %r could not be opened", name)
            words = html.escape(f"The panel “{name}” could not be opened. {type(error).__name__}: {error}")
            return ipywidgets.HTML(f'<p role="alert" style="color: var(--jp-error-color1, #b00020)">{words}</p>')
