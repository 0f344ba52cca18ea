"""Pages without a kernel: the bundle, mounted on a comparison's answers that lie in the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convergent_widgets.export.contents import gather, key
from convergent_widgets.export.parts import pack
from convergent_widgets.recorded import PICTURED
from convergent_widgets.widgets.answers import answer, facts
from convergent_widgets.widgets.selection import opening

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.widgets.answers import Answer

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
const kept = stored(page.facts, (name) => page.parts[name]);
window.asked = [];
window.waiting = 0;
window.before = null;
const answer = async (question) => {{
  window.asked.push(question);
  window.waiting++;
  try {{
    if (window.before) await window.before(question);
    return await kept(question);
  }} finally {{
    window.waiting--;
  }}
}};
window.control = new AbortController();
const {{ models, address }} = page;
window.page = createPage({{ models, answer, widget, signal: window.control.signal, address }});
for (const el of document.querySelectorAll("[data-mount]")) await window.page.mount(el.dataset.mount, el);
window.ready = true;
</script></body></html>
"""


def answers_of(
    comparison: Comparison,
    layers: Sequence[str] | None = None,
    panels: Sequence[str] = ("clusters",),
    pictured: Sequence[str] = PICTURED,
) -> dict[str, Any]:
    """All answers to the views as an exported page holds them: its facts and its parts."""
    contents = gather(comparison.subset(layers=layers), panels=panels, pictured=pictured)
    return {"facts": contents.facts, "parts": pack(contents), "contents": contents}


def amended(answers: Mapping[str, Any], layer: int, changes: Mapping[str, Answer]) -> dict[str, Any]:
    """The same answers with some of a layer (by number) added or replaced, by key."""
    contents = answers["contents"]
    layers = [dict(each) for each in contents.answers]
    layers[layer].update(changes)
    contents = replace(contents, answers=layers)
    return {**answers, "parts": pack(contents), "contents": contents}


def predictions_of(comparison: Comparison, layer: str, *pairs: tuple[str, str]) -> dict[str, Answer]:
    """The answers on few to one for every unit of the pairs' second nets, by key."""
    found = {}
    for a, b in pairs:
        for unit in range(comparison.units(layer, b)):
            question = {"layer": layer, "a": a, "b": b, "unit": unit}
            found[key("prediction", question)] = answer(comparison, "prediction", question)
    return found


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
    content = {"models": models, "bundle": BUNDLE.read_text(encoding="utf-8"), "address": address}
    content |= {name: answers[name] for name in ("facts", "parts")}
    return PAGE.format(style=style, places=places, page=json.dumps(content).replace("</", "<\\/"))
