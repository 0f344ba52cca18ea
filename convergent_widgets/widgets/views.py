"""The views: one browser module, told by `view` what to draw, that refers to one Selection and one Data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from convergent_widgets.choices import unknown
from convergent_widgets.comparison import Comparison
from convergent_widgets.widgets.answers import opening_answers
from convergent_widgets.widgets.data import Data
from convergent_widgets.widgets.selection import STATE, Selection

if TYPE_CHECKING:
    from convergent_widgets.widgets.explorer import Explorer


@cache
def bundle() -> str:
    """The text of the one browser module, styles included."""
    return (Path(__file__).parent / "static" / "explorer.js").read_text(encoding="utf-8")


def models(comparison: object, options: dict[str, Any]) -> tuple[Selection, Data]:
    """A Selection and a Data for one comparison, opened on what `options` say."""
    comparison = check_comparison(comparison)
    data = Data(comparison)
    try:
        selection = Selection(data.facts, **options)
    except Exception:
        data.close()
        raise
    data.known = opening_answers(comparison, selection.layer, selection.net_a, selection.net_b)
    return selection, data


def check_comparison(comparison: object) -> Comparison:
    """`comparison` itself, or TypeError in words."""
    if isinstance(comparison, Comparison):
        return comparison
    hint = "; a saved one is read by Comparison.load(path)" if isinstance(comparison, (str, Path)) else ""
    raise TypeError(f"a Comparison is needed, got {type(comparison).__name__} {_short(comparison)}{hint}")


def split_options(widget: type[traitlets.HasTraits], options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options for the Selection and options for the widget; TypeError for those that are neither."""
    initial = (*STATE, "panels")
    own = [name for name in widget.class_trait_names() if not name.startswith("_") and name not in _OURS]
    for name in options:
        if name not in initial and name not in own:
            raise TypeError(f"{widget.__name__}: {unknown('option', name, (*initial, *own))}")
    return (
        {name: value for name, value in options.items() if name in initial},
        {name: value for name, value in options.items() if name not in initial},
    )


def _reference(words: str) -> traitlets.TraitType[Any, Any]:
    trait = anywidget.WidgetTrait().tag(sync=True)
    trait.help = words
    return trait


class View(anywidget.AnyWidget):
    """One view of a comparison.

    Show it alone, or linked to an Explorer (or to another view):

        cw.Matrix(comparison, layer="conv2")
        cw.Matrix(explorer)
        cw.Matrix(selection=explorer.selection, data=explorer.data)
    """

    _esm = traitlets.Unicode().tag(sync=True)

    view = traitlets.Unicode(help="What the browser module draws. Written once, by Python.").tag(sync=True)
    selection = _reference("The Selection it follows. Written once, by Python.")
    data = _reference("The Data it asks. Written once, by Python.")

    def __init__(
        self,
        source: Comparison | Explorer | View | None = None,
        *,
        selection: Selection | None = None,
        data: Data | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Show `source`, a Comparison of its own or an Explorer to follow; or give `selection` and `data`.

        `options` are the selection to open on (layer, net_a, net_b, net, unit, order, method; only with a Comparison)
        and the widget's own, such as layout. Raises TypeError for anything else.
        """
        self._owned: list[Selection | Data] = []
        initial, own = split_options(type(self), options)
        if (selection is None) != (data is None):
            raise TypeError("`selection` and `data` belong together: give both of them, from one explorer")
        if source is not None and selection is not None:
            raise TypeError("give either a comparison (or an explorer) or `selection` and `data`, not both")
        if isinstance(getattr(source, "selection", None), Selection):
            selection, data = source.selection, source.data  # type: ignore[union-attr]
        if selection is None or data is None:
            selection, data = models(source, initial)
            self._owned = [selection, data]
        elif initial:
            raise TypeError(f"a linked view follows its selection: set selection.{next(iter(initial))} there instead")
        if selection.state()["layer"] not in [layer["name"] for layer in data.facts["layers"]]:
            raise ValueError("`selection` and `data` belong to different comparisons: take both from one explorer")
        super().__init__(selection=selection, data=data, **own)

    @traitlets.default("_esm")
    def _bundle(self) -> str:
        return bundle()

    def close(self) -> None:
        """Close the view, and its selection and data where they are its own."""
        if self.comm is not None:
            self.layout.close()
        super().close()
        for model in getattr(self, "_owned", []):
            model.close()


class ExplorerView(View):
    """All views in one grid: what an Explorer shows."""

    view = traitlets.Unicode("explorer").tag(sync=True)


class Matrix(View):
    """The correlations of all units of net A (rows) with all units of net B (columns)."""

    view = traitlets.Unicode("matrix").tag(sync=True)


class RankPlot(View):
    """How well each unit of net A is matched: both matchings and the rotation baseline, sorted."""

    view = traitlets.Unicode("rank").tag(sync=True)


class Gallery(View):
    """The selected unit's strongest patches, and those of its counterpart in every other net."""

    view = traitlets.Unicode("gallery").tag(sync=True)


_OURS = ("view", "selection", "data", "comm", "keys", "log", "children", "tabbable", "box_style")


def _short(value: object, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"
