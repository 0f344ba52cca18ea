"""Write the Explorer as a page that needs no kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from convergent_widgets.analysis.checks import whole
from convergent_widgets.choices import unknown
from convergent_widgets.export.contents import gather
from convergent_widgets.export.kept_units import Asked, kept_units
from convergent_widgets.export.page import module_text, page_text
from convergent_widgets.export.parts import pack
from convergent_widgets.export.progress import Tick, telling
from convergent_widgets.export.questions import check_questions
from convergent_widgets.export.reduced import reduced
from convergent_widgets.export.sizes import Sizes, sizes_of
from convergent_widgets.files import check_target, written_whole
from convergent_widgets.recorded import PICTURED
from convergent_widgets.widgets.answers import facts
from convergent_widgets.widgets.selection import PANELS, opening

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

_OF_PLACE = ("layer", "net_a", "net_b", "net", "unit", "clusters", "cluster", "pictured")


@dataclass(frozen=True)
class Lesson:
    """What a page shows: see `Explorer.export_html`, which explains each."""

    layers: Sequence[str] | None = None
    nets: Sequence[str] | None = None
    units: Asked = None
    panels: Sequence[str] = PANELS
    pictured: Sequence[str] = ("strongest",)
    patches: int | None = None
    picture_size: int | None = None
    title: str | None = None
    text: str = ""
    questions: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, repr=False)
class Exported:
    """The files that were written, how large the page is, and the lines that embed it elsewhere."""

    path: Path
    module: Path | None
    sizes: Sizes

    @property
    def iframe(self) -> str:
        """The line of HTML that shows the page within another one."""
        style = "width: 100%; height: 800px; border: 0"
        return f'<iframe src="{quote(self.path.name)}" title="Explorer" style="{style}"></iframe>'

    @property
    def directive(self) -> str | None:
        """The lines of MyST that show the module within a page; None where no module was written."""
        return None if self.module is None else f":::{{anywidget}} ./{self.module.name}\n{{}}\n:::"

    def __repr__(self) -> str:
        lines = [f"{self.path}", str(self.sizes), "", "To embed it in a web page:", self.iframe]
        if self.directive:
            lines += ["", f"In a MyST page, beside {self.module}:", self.directive]
        return "\n".join(lines)


def export_html(
    comparison: Comparison,
    path: str | Path,
    lesson: Lesson,
    *,
    state: Mapping[str, Any] | None = None,
    opened: Sequence[str] = (),
    module: bool = False,
    overwrite: bool = False,
    progress: bool | Tick = True,
) -> Exported:
    """Write `lesson` about `comparison`, opened on `state` with the panels `opened`; see `Explorer.export_html`."""
    path = Path(path)
    beside = path.with_suffix(".mjs") if module else None
    check_target(path, ".html", overwrite)
    if beside is not None:
        check_target(beside, ".mjs", overwrite)
    page, parts = build(comparison, lesson, state=state, opened=opened, progress=progress)
    text = page_text(page, parts)
    if beside is not None:
        with written_whole(beside) as stream:
            stream.write(module_text(page, parts).encode())
    with written_whole(path) as stream:
        stream.write(text.encode())
    return Exported(path, beside, sizes_of(text, parts))


def export_size(comparison: Comparison, lesson: Lesson, *, progress: bool | Tick = True) -> Sizes:
    """How large the page would be, exactly; nothing is written."""
    page, parts = build(comparison, lesson, progress=progress)
    return sizes_of(page_text(page, parts), parts)


def build(
    comparison: Comparison,
    lesson: Lesson,
    *,
    state: Mapping[str, Any] | None = None,
    opened: Sequence[str] = (),
    progress: bool | Tick = False,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The page's description as JSON, and its parts; whatever is wrong is said before any long work."""
    whole_comparison, comparison = comparison, comparison.subset(lesson.nets, lesson.layers)
    panels = _names("panel", lesson.panels, PANELS)
    pictured = _names("kind of patches", lesson.pictured, PICTURED)
    if lesson.patches is not None:
        whole("patches", lesson.patches, 0)
    for name in ("title", "text"):
        value = getattr(lesson, name)
        if not isinstance(value, str) and not (name == "title" and value is None):
            raise TypeError(f"`{name}` must be a text, got {value!r}")
    known = facts(comparison)
    questions = check_questions(lesson.questions, known)
    kept = kept_units(comparison, lesson.units)
    comparison, encoded = reduced(comparison, lesson.picture_size)
    contents = gather(
        comparison,
        panels=panels,
        pictured=pictured,
        patches=lesson.patches,
        kept=kept,
        encoded=encoded,
        tick=telling(progress),
    )
    selection = opening(known, _carried(contents.facts, state or {}))
    page = {
        "title": lesson.title or f"Do they learn the same? {', '.join(comparison.nets)}",
        "models": {
            "selection": {**selection, "panels": [name for name in opened if name in panels]},
            "data": {"facts": contents.facts},
            "lesson": {
                "view": "lesson",
                "selection": "anywidget:selection",
                "data": "anywidget:data",
                "title": lesson.title or "",
                "text": lesson.text,
                "questions": questions,
                "left_out": _left_out(whole_comparison, comparison, lesson, panels, contents.facts),
                "inline_panels": panels,
            },
        },
    }
    return page, pack(contents)


def _names(kind: str, asked: Sequence[str], there_are: Sequence[str]) -> list[str]:
    if isinstance(asked, str):
        raise TypeError(f"a list of names is expected, got the text {asked!r}")
    for name in asked:
        if name not in there_are:
            raise ValueError(unknown(kind, name, there_are))
    return [name for name in there_are if name in asked]


def _carried(known: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """As much of a view of the whole comparison as the page can show."""
    layers = [layer["name"] for layer in known["layers"]]
    place = {name: state[name] for name in ("net_a", "net_b") if state.get(name) in known["nets"]}
    if state.get("layer") in layers:
        place["layer"] = state["layer"]
    if len(place) == 3:
        place |= {name: state[name] for name in ("net", "unit")}
    if state.get("pictured") in known["pictured"]:
        place["pictured"] = state["pictured"]
    return place | {name: value for name, value in state.items() if name not in _OF_PLACE and value is not None}


def _left_out(
    before: Comparison, after: Comparison, lesson: Lesson, panels: Sequence[str], known: Mapping[str, Any]
) -> list[str]:
    """What the comparison has and the page has not, in words."""
    words = []
    for kind, all_, some in (("net", before.nets, after.nets), ("layer", before.layers, after.layers)):
        missing = [name for name in all_ if name not in some]
        if missing:
            words.append(f"{kind}{'s' * (len(missing) > 1)} {', '.join(missing)}")
    had = facts(before)
    missing = [name for name in had["pictured"] if name not in known["pictured"]]
    if missing:
        words.append(f"patches: {', '.join(missing)}")
    if 0 < known["k"] < had["k"]:
        words.append(f"more than {known['k']} patches of a unit")
    if lesson.units is not None:
        words.append("patches of the other units")
    if lesson.picture_size is not None:
        words.append(f"pictures in full size (here at most {lesson.picture_size} pixels)")
    names = {"means": "mean activations", "prediction": "few to one", "clusters": "many to many"}
    missing = [names[name] for name in PANELS if name not in panels]
    if missing:
        words.append(f"the panels {', '.join(missing)}" if len(missing) > 1 else f"the panel {missing[0]}")
    if "clusters" in panels:
        words.append("numbers of clusters other than the one that the eigengap gives")
    return words
