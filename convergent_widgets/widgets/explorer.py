"""The Explorer: all views of a comparison, linked, and the panels opened below them."""

from __future__ import annotations

import html
import logging
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from convergent_widgets.choices import unknown
from convergent_widgets.widgets.selection import STATE
from convergent_widgets.widgets.still import Still, in_notebook
from convergent_widgets.widgets.still_picture import Picture, draw
from convergent_widgets.widgets.views import ExplorerView, check_comparison, models, split_options

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.export import Exported, Sizes
    from convergent_widgets.export.lesson import Lesson
    from convergent_widgets.widgets.data import Data
    from convergent_widgets.widgets.selection import Selection

_log = logging.getLogger(__name__)

# JupyterLab and GitHub show this in place of a widget that is no longer there.
WITHOUT_KERNEL = "The Explorer needs a running kernel: run this cell to make it live."

_PANELS = {
    "means": ("convergent_widgets.widgets.means", "MeansPanel"),
    "prediction": ("convergent_widgets.widgets.prediction", "PredictionPanel"),
    "clusters": ("convergent_widgets.widgets.clusters", "ClustersPanel"),
}


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """Walk through a comparison: pick a layer and two nets, click a unit, see its counterpart in every other net.

    Open it, and select from Python what you like::

        explorer = cw.Explorer(comparison, layer="conv2")
        explorer.selection.unit = 7

    `explorer.selection` is what it shows, readable and settable; `cw.Matrix(explorer)` and the other single views
    follow it. It needs neither torch nor the images: everything it shows is in the comparison.

    In a notebook it displays a still picture as well, which is seen where no kernel runs (on GitHub, in a notebook that
    was saved and opened again) and follows the selection; `still=False` leaves that out.
    """

    selection: Selection
    data: Data

    def __init__(
        self,
        comparison: Comparison,
        *,
        state: str | None = None,
        still: bool = True,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Open on the first layer and the first two nets with their best match selected.

        `options` open it elsewhere (the traits of Selection: layer, net_a, net_b, net, unit, order, only, least_r,
        overview, method, pictured, penalty, clusters, cluster, panels) or are the box's own, such as layout. `state`
        instead is the text of a view, from `explorer.selection.text` or the browser; `still` False leaves no picture of
        it in a saved notebook. Raises TypeError for what is not a Comparison, for misspelt options and for a `state`
        beside others, TraitError for names, units and clusters that do not exist and for what is no text of a view.
        """
        self._open: dict[str, ipywidgets.Widget] = {}
        initial, own = split_options(type(self), options)
        if state is not None and initial:
            raise TypeError(f"`state` says all that is selected: give either it or {next(iter(initial))!r}")
        self.comparison = check_comparison(comparison)
        self.selection, self.data = models(comparison, initial, state)
        self._main = ExplorerView(selection=self.selection, data=self.data, layout={"width": "100%"})
        super().__init__([self._main], **own)
        self._still = Still(self.picture) if still else None
        if self._still:
            self.selection.observe(self._still.changed, [*STATE])
        self.selection.observe(self._show_panels, "panels")
        self._show_panels()

    def __repr__(self) -> str:
        """What it shows, in one line."""
        return f"Explorer({self.selection!r})"

    def export_html(
        self, path: str | Path, *, module: bool = False, overwrite: bool = False, progress: Any = True, **lesson: Any
    ) -> Exported:
        """Write a page that needs no kernel and no network: one file, in which clicking still works.

        It opens on what this Explorer shows now. `lesson` trades what it holds for its size (`export_size` says how
        large it would be) and makes a lesson of it:

        - `layers`, `nets`: names, None for all.
        - `units`: whose patches and predictions it holds: None for all, n for the n of each net that are matched best,
          or {layer: {net: [units]}}; what the page opens on, what questions are about, and the counterparts of all
          these come along.
        - `views`: which of "toolbar", "matrix", "overview" and "gallery" are shown, all by default.
        - `panels`: which of "means", "prediction" and "clusters" can be opened, all by default.
        - `pictured`: kinds of patches: "strongest" (the default), and beside it "deciles" and "attributions".
        - `patches`: how many of each unit, None for all. `picture_size`: greatest side of a picture in pixels, 8 or
          more.
        - `title`, `text`: what stands above; an empty line begins a new paragraph.
        - `questions`: a list of {"text": ..., "answer": {"layer": "conv2", "net": "seed 1", "unit": 7}}, answered by
          selecting that. Lists in `answer` name several right values. Each may have a `hint`, an `explanation` that is
          shown with the right answer, and a view to `start` from.

        `module` writes an ES module beside it, which a MyST page shows; `progress` tells how far it is: True in a line
        of text once it takes long, or what is called with (done, of). The same input gives the same bytes. Returns
        what was written, with its size in bytes by what they hold, and the lines to embed it.
        Raises FileExistsError unless `overwrite`, TypeError, ValueError or KeyError for arguments that can't be;
        whatever fails or is interrupted leaves no half file.
        """
        from convergent_widgets.export import export_html

        return export_html(
            self.comparison,
            path,
            _lesson("export_html", lesson),
            state=self.selection.state(),
            opened=self.selection.panels,
            module=module,
            overwrite=overwrite,
            progress=progress,
        )

    def export_size(self, *, progress: Any = True, **lesson: Any) -> Sizes:
        """How large `export_html` would make the page, in bytes by what they hold; nothing is written."""
        from convergent_widgets.export import export_size

        return export_size(
            self.comparison,
            _lesson("export_size", lesson),
            state=self.selection.state(),
            opened=self.selection.panels,
            progress=progress,
        )

    def close(self) -> None:
        """Close every model this Explorer opened, panels included, and stop observing."""
        if self.comm is not None:
            self.selection.unobserve(self._show_panels, "panels")
            if self._still:
                self._still.cancel()
                self.selection.unobserve(self._still.changed, [*STATE])
            for panel in self._open.values():
                panel.close()
            self._open.clear()
            for model in (self._main, self.selection, self.data, self.layout):
                model.close()
        super().close()

    def _ipython_display_(self) -> None:
        """The widget, then its still picture. Without one, or outside a kernel, IPython displays it as any other."""
        if self._still is None or not in_notebook():
            raise NotImplementedError
        from IPython.display import publish_display_data

        publish_display_data({**self._repr_mimebundle_(), "text/plain": WITHOUT_KERNEL})
        self._still.show()

    def picture(self) -> Picture:
        """What it shows now, drawn: a PNG file, its size in CSS pixels, and what stands for it in words."""
        return draw(self.comparison, self.selection.state())

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


def _lesson(method: str, options: dict[str, Any]) -> Lesson:
    """A Lesson of these options; TypeError, with the closest, for one that there is not."""
    from convergent_widgets.export.lesson import Lesson

    there_are = [field.name for field in fields(Lesson)]
    for name in options:
        if name not in there_are:
            raise TypeError(f"{method}: {unknown('option', name, there_are)}")
    return Lesson(**options)
