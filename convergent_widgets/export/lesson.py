"""Write the Explorer as a page that needs no kernel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from convergent_widgets.analysis.checks import whole
from convergent_widgets.choices import unknown
from convergent_widgets.export.contents import gather, page_facts
from convergent_widgets.export.kept_units import Asked, kept_units
from convergent_widgets.export.left_out import left_out
from convergent_widgets.export.opened import opened_on
from convergent_widgets.export.page import module_text, page_text
from convergent_widgets.export.parts import pack
from convergent_widgets.export.progress import Tick, telling
from convergent_widgets.export.questions import check_questions
from convergent_widgets.export.reduced import reduced
from convergent_widgets.export.sizes import Sizes, sizes_of
from convergent_widgets.files import check_target, written_together
from convergent_widgets.recorded import PICTURED
from convergent_widgets.widgets.selection import PANELS

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

VIEWS = ("toolbar", "matrix", "overview", "gallery")
HEIGHT = 800  # CSS pixels of the frame that embeds a page


@dataclass(frozen=True)
class Lesson:
    """What a page shows: see `Explorer.export_html`, which explains each."""

    layers: Sequence[str] | None = None
    nets: Sequence[str] | None = None
    units: Asked = None
    views: Sequence[str] = VIEWS
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
        style = f"width: 100%; height: {HEIGHT}px; border: 0"
        return f'<iframe src="{quote(self.path.name)}" title="Explorer" style="{style}"></iframe>'

    @property
    def directive(self) -> str | None:
        """The lines of MyST that show the module within a page; None where no module was written."""
        return None if self.module is None else f":::{{anywidget}} ./{self.module.name}\n{{}}\n:::"

    def __repr__(self) -> str:
        """The files, the sizes, and the lines to embed them."""
        files = str(self.path) if self.module is None else f"{self.path} and {self.module}"
        lines = [files, str(self.sizes), "", "To embed the page in another one beside it:", self.iframe]
        if self.module is not None:
            lines += ["", f"To embed {self.module.name} in a MyST page beside it:", str(self.directive)]
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
    path, beside = targets(path, module, overwrite)
    page, parts = build(comparison, lesson, state=state, opened=opened, progress=progress)
    text = page_text(page, parts)
    texts = {path: text} if beside is None else {beside: module_text(page, parts), path: text}
    with written_together(list(texts)) as streams:
        for stream, content in zip(streams, texts.values(), strict=True):
            stream.write(content.encode())
    return Exported(path, beside, sizes_of(text, parts))


def targets(path: str | Path, module: bool, overwrite: bool) -> tuple[Path, Path | None]:
    """The files to write, the page and the module; raises early, see `files.check_target`, where one can't be."""
    path = Path(path)
    check_target(path, ".html", overwrite)
    if not module:
        return path, None
    beside = path.with_suffix(".mjs")
    check_target(beside, ".mjs", overwrite)
    return path, beside


def export_size(
    comparison: Comparison,
    lesson: Lesson,
    *,
    state: Mapping[str, Any] | None = None,
    opened: Sequence[str] = (),
    progress: bool | Tick = True,
) -> Sizes:
    """How large `export_html` would make the page, exactly; nothing is written."""
    page, parts = build(comparison, lesson, state=state, opened=opened, progress=progress)
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
    before, comparison = comparison, comparison.subset(lesson.nets, lesson.layers)
    comparison, encoded = reduced(comparison, lesson.picture_size)
    views, panels = _names("view", lesson.views, VIEWS), _names("panel", lesson.panels, PANELS)
    if not views:
        raise ValueError(f"`views` must name at least one of {', '.join(VIEWS)}: there would be nothing to click")
    pictured = _pictured(comparison, lesson.pictured)
    if lesson.patches is not None:
        whole("patches", lesson.patches, 0)
    for name in ("title", "text"):
        _check_text(name, getattr(lesson, name), none_too=name == "title")
    known = page_facts(comparison, pictured, lesson.patches)
    selection = opened_on(known, state or {})
    questions = check_questions(lesson.questions, known, selection, [*views, *panels])
    seen = [(one["layer"], one["net"], one["unit"]) for one in (selection, *questions.shown) if one["unit"] is not None]
    with telling(progress) as tick:
        kept = kept_units(comparison, lesson.units, seen)
        contents = gather(
            comparison,
            panels=panels,
            pictured=pictured,
            patches=lesson.patches,
            kept=kept,
            encoded=encoded,
            tick=tick,
        )
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
                "questions": questions.asked,
                "left_out": left_out(before, comparison, known, panels, kept),
                "views": views,
                "inline_panels": panels,
            },
        },
    }
    return page, pack(contents)


def _names(kind: str, asked: Sequence[str], there_are: Sequence[str]) -> list[str]:
    if isinstance(asked, str) or not isinstance(asked, Iterable):
        example = f"[{there_are[0]!r}]"
        raise TypeError(f"a list of names of each {kind} is expected, e.g. {example} or []; got {asked!r}")
    asked = list(asked)
    for name in asked:
        if name not in there_are:
            raise ValueError(unknown(kind, name, there_are))
    return [name for name in there_are if name in asked]


def _pictured(comparison: Comparison, asked: Sequence[str]) -> list[str]:
    names = _names("kind of patches", asked, PICTURED)
    if "strongest" not in names:
        raise ValueError(
            f"`pictured` must hold 'strongest', which all views show, got {names}; patches=0 leaves out the pictures"
        )
    for name in names:
        if name != "strongest" and not comparison.shows(name):
            made = "compare(..., attributions=True) makes them" if name == "attributions" else "compare anew keeps them"
            raise ValueError(f"this comparison holds no {name}: {made}")
    return names


def _check_text(name: str, value: object, none_too: bool) -> None:
    if value is None and none_too:
        return
    if not isinstance(value, str):
        raise TypeError(f"`{name}` must be a text, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"`{name}` holds half a character, which no file can hold: {value!r}") from None
