"""Pages without a kernel: the bundle, mounted on a comparison's answers that lie in the page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convergent_widgets.analysis.matching import METHODS
from convergent_widgets.widgets.answers import answer, facts
from convergent_widgets.widgets.selection import opening

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

BUNDLE = Path(__file__).parents[2] / "convergent_widgets" / "widgets" / "static" / "explorer.js"

PAGE = """<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>a test</title><style>body {{ margin: 0; }} {style}</style></head><body>{places}
<script type="application/json" id="page">{page}</script>
<script type="module">
const page = JSON.parse(document.getElementById("page").textContent);
const url = URL.createObjectURL(new Blob([page.bundle], {{ type: "text/javascript" }}));
const {{ default: widget, createPage, settle, stateText, stored }} = await import(url);
window.settle = settle;
window.stateText = stateText;
const kept = stored(page);
window.asked = [];
window.before = null;
const answer = async (question) => {{
  window.asked.push(question);
  if (window.before) await window.before(question);
  return kept(question);
}};
window.control = new AbortController();
const {{ models, address }} = page;
window.page = createPage({{ models, answer, widget, signal: window.control.signal, address }});
for (const el of document.querySelectorAll("[data-mount]")) await window.page.mount(el.dataset.mount, el);
window.ready = true;
</script></body></html>
"""


def answers_of(comparison: Comparison, layers: Iterable[str] | None = None) -> dict[str, Any]:
    """All answers to the views, ready for the page's `stored`."""
    questions: list[tuple[str, dict[str, Any]]] = []
    for layer in layers or comparison.layers:
        questions.append(("means", {"layer": layer}))
        shown = [which for which in ("strongest", "deciles") if comparison.shows(which)]
        questions += [("top", {"layer": layer, "net": net, "which": w}) for net in comparison.nets for w in shown]
        args = {"layer": layer}
        questions += [("found", {**args, "net": net, "method": m}) for net in comparison.nets for m in METHODS]
        for a, b in product(comparison.nets, repeat=2):
            pair = {"layer": layer, "a": a, "b": b}
            questions += [(ask, pair) for ask in ("pair", "matrix")]
            if a != b:
                questions += [("held_out", {**pair, "method": method}) for method in METHODS]
                questions.append(("clusters", {**pair, "clusters": None}))
        if comparison.shows("attributions"):
            for net in comparison.nets:
                units = range(comparison.units(layer, net))
                questions += [("attributions", {"layer": layer, "net": net, "unit": unit}) for unit in units]
    kept: dict[str, Any] = {}
    images: dict[int, set[int]] = {}
    for ask, args in questions:
        meta, buffers = answer(comparison, ask, args)
        key = json.dumps([ask, *args.values()], separators=(",", ":"), ensure_ascii=False)
        kept[key] = {"meta": meta, "buffers": [base64.b64encode(buffer).decode() for buffer in buffers]}
        if ask == "top" and meta["k"]:
            shown = comparison.top_table(**args).images
            images.setdefault(meta["pictures"], set()).update(int(image) for image in shown[shown >= 0])
    return {
        "answers": kept,
        "pictures": {str(number): _pictures(comparison, number, wanted) for number, wanted in images.items()},
    }


def models_of(
    comparison: Comparison,
    views: Iterable[str] = ("explorer",),
    changes: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Traits of the models of a page: `selection`, `data` and one of each view."""
    known = {**facts(comparison), **(changes or {})}
    models = {"selection": opening(known, options), "data": {"facts": known}}
    for view in views:
        models[view] = {"view": view, "selection": "anywidget:selection", "data": "anywidget:data"}
    return models


def page(
    models: Mapping[str, Any],
    answers: Mapping[str, Any],
    places: str | None = None,
    style: str = "",
    *,
    address: bool = False,
) -> str:
    """The HTML of a page that mounts every view of `models`, at `places` (elements with data-mount) or one by one.

    With `address` its address says what it shows.
    """
    mounted = [name for name, state in models.items() if "view" in state]
    places = places or "".join(f'<div data-mount="{name}"></div>' for name in mounted)
    content = {"models": models, "bundle": BUNDLE.read_text(encoding="utf-8"), "address": address, **answers}
    return PAGE.format(style=style, places=places, page=json.dumps(content).replace("</", "<\\/"))


def _pictures(comparison: Comparison, number: int, images: set[int]) -> dict[str, Any]:
    order = sorted(images)
    meta, [data] = answer(comparison, "pictures", {"pictures": number, "images": order})
    found, start = {}, 0
    for i, image in enumerate(order):
        end = start + meta["sizes"][i]
        found[str(image)] = {
            "data": base64.b64encode(data[start:end]).decode(),
            "name": meta["names"][i],
            "label": meta["labels"][i],
            "height": meta["heights"][i],
            "width": meta["widths"][i],
        }
        start = end
    return found
