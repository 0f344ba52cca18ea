"""The views: one browser module, told by `view` what to draw, that refers to one Selection and one Data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from convergent_widgets.choices import unknown
from convergent_widgets.comparison import Comparison
from convergent_widgets.widgets.answers import opening_answers
from convergent_widgets.widgets.data import Data
from convergent_widgets.widgets.selection import STATE, Selection, state_from

if TYPE_CHECKING:
    from convergent_widgets.widgets.explorer import Explorer


@cache
def bundle() -> str:
    """The text of the one browser module, styles included."""
    return (Path(__file__).parent / "static" / "explorer.js").read_text(encoding="utf-8")


def models(comparison: object, options: dict[str, Any], text: str | None = None) -> tuple[Selection, Data]:
    """A Selection and a Data for one comparison, opened on what `options` say, or on the `text` of a view."""
    comparison = check_comparison(comparison)
    data = Data(comparison)
    try:
        if text is not None:
            state_from(data.facts, text)
        selection = Selection(data.facts, data=data, **options)
    except Exception:
        data.close()
        raise
    if text is not None:
        selection.paste(text)
    data.known = opening_answers(comparison, selection.layer, selection.net_a, selection.net_b)
    return selection, data


def data_for(selection: Selection, comparison: object) -> Data:
    """The Data that answers for `comparison` what `selection` selects: the selection's own, or a new one.

    Raises ValueError where the comparison has other nets, layers or units than the selection selects from.
    """
    comparison = check_comparison(comparison)
    if selection.data is not None and selection.data.comparison is comparison:
        return selection.data
    data = Data(comparison)
    try:
        check_together(selection, data)
    except ValueError:
        data.close()
        raise
    data.known = opening_answers(comparison, selection.layer, selection.net_a, selection.net_b)
    return data


def check_together(selection: Selection, data: Data) -> None:
    """Raise ValueError where `data` has other nets, layers or units than `selection` selects from."""
    asked, known = ([facts["nets"], *_layers(facts)] for facts in (selection.facts, data.facts))
    if asked != known:
        raise ValueError("`selection` and the data belong to different comparisons: nets, layers or units differ")


def _layers(facts: Mapping[str, Any]) -> list[tuple[str, list[int]]]:
    return [(layer["name"], layer["units"]) for layer in facts["layers"]]


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
    trait.help = trait.__doc__ = words  # which a WidgetTrait does not take
    return trait


class View(anywidget.AnyWidget):
    """One view of a comparison.

    Show it alone, or linked to an Explorer (or to another view)::

        cw.Matrix(comparison, layer="conv2")
        cw.Matrix(explorer)
        cw.Matrix(selection=explorer.selection)

    Given both, it shows that comparison at what the selection selects, e.g. the same nets on other images::

        cw.Matrix(other, selection=explorer.selection)
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
        """Show `source`, a Comparison or an Explorer to follow; or follow `selection`.

        A `selection` brings its own comparison, unless `source` or `data` gives another with the same nets, layers and
        units. `options` are the selection to open on (layer, net_a, net_b, net, unit, order, only, least_r, overview,
        method, pictured, penalty, clusters, cluster; only where there is none to follow) and the widget's own, such as
        layout. Raises TypeError for anything else, ValueError where a comparison does not fit the selection.
        """
        self._owned: list[Selection | Data] = []
        initial, own = split_options(type(self), options)
        if selection is not None and not isinstance(selection, Selection):
            raise TypeError(f"`selection` must be a Selection, such as explorer.selection; got {_short(selection)}")
        if isinstance(getattr(source, "selection", None), Selection):
            if selection is not None or data is not None:
                raise TypeError("an explorer brings its own selection and data: give either it or them, not both")
            selection, data = source.selection, source.data  # type: ignore[union-attr]
        elif source is not None and data is not None:
            raise TypeError("give either a comparison or `data`, which speaks for one, not both")
        if selection is None:
            if data is not None:
                raise TypeError("`data` alone selects nothing: give `selection` as well, or a comparison")
            selection, data = models(source, initial)
            self._owned = [selection, data]
        elif initial:
            raise TypeError(f"a linked view follows its selection: set selection.{next(iter(initial))} there instead")
        elif data is None:
            data = selection.data if source is None else data_for(selection, source)
            if data is None:
                raise TypeError("this `selection` was made without a comparison: give one as well")
            if data is not selection.data:
                self._owned = [data]
        check_together(selection, data)
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


class Wall(View):
    """All units of net A as tiles of their strongest patches, beside their counterparts' in net B, best match first."""

    view = traitlets.Unicode("wall").tag(sync=True)


class Gallery(View):
    """The selected unit's strongest patches, and those of its counterpart in every other net."""

    view = traitlets.Unicode("gallery").tag(sync=True)


_OURS = ("view", "selection", "data", "comm", "keys", "log", "children", "tabbable", "box_style")


def _short(value: object, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"
