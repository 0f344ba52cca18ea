"""The command `export`: the Explorer on a result as a page that needs no kernel."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convergent_widgets.net_names import ZOO

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

NONE = "none"

ABOUT = """\
Write a result as one HTML file that opens from the disk, without a kernel and without a network: a click on a unit
still shows its patches and its counterparts in every net. Its size is printed by what it holds, with the options that
make it smaller; --dry-run prints that alone."""

USAGE = """\
%(prog)s RESULT -o PAGE.html [options]
       %(prog)s RESULT --dry-run [options]"""

EXAMPLES = """\
examples:
  %(prog)s zoo -o lesson.html --nets "seed 0,seed 1" --title "Two seeds"
  %(prog)s result.npz --units 20 --panels none --dry-run
  %(prog)s result.npz -o lesson.html --questions questions.json --module

NAMES are NAME,NAME,...; they may be repeated, as has to be done for a name with a comma in it. The file of questions is
a list such as
  [{"text": "Find the unit.", "answer": {"layer": "conv2", "net": "seed 1", "unit": 7}, "hint": "It likes handles."}]"""


def add_arguments(
    command: argparse.ArgumentParser, count: Callable[[str], int], positive: Callable[[str], int]
) -> None:
    """Give `command` the options of `export`; `count` and `positive` read whole numbers from 0 and from 1."""
    command.usage, command.epilog = USAGE, EXAMPLES
    add = command.add_argument
    add("result", metavar="RESULT", help=f'a file that compare wrote, or "{ZOO}" for that of the package')
    add("-o", "--output", metavar="PAGE", type=Path, help="the file to write (.html)")
    add("--overwrite", action="store_true", help="replace PAGE if it exists")
    add("--dry-run", action="store_true", help="print how large it would be, and stop")
    for name, words in (
        ("layers", "layers that the page holds (all)"),
        ("nets", "nets that the page holds (all)"),
        ("views", "toolbar, matrix, overview, gallery: what is shown (all)"),
        ("panels", f"means, prediction, clusters, or {NONE}: what can be opened (all)"),
        ("pictured", "strongest, deciles, attributions: kinds of patches (strongest)"),
    ):
        add(f"--{name}", metavar="NAMES", action="append", help=words)
    add("--units", metavar="N", type=positive, help="patches of the N units of each net that match best (all)")
    add("--patches", metavar="N", type=count, help="patches of each unit, 0 for none (all)")
    add("--picture-size", metavar="N", type=positive, help="longest side of a picture (as in the result)")
    add("--title", help="what stands above")
    add("--text", default="", help="what stands below the title")
    add("--questions", metavar="FILE", type=Path, help="questions that are answered by clicking (.json)")
    add("--state", metavar="TEXT", help="the view to open on: what the toolbar's link button copies")
    add("--module", action="store_true", help="write an ES module beside it too, for MyST pages")
    add("-q", "--quiet", action="store_true", help="print no progress")


def export(options: argparse.Namespace) -> int:
    """Write the page, or print its size alone; whatever can't be is said before any long work."""
    _check_output(options)
    questions = [] if options.questions is None else _read_questions(options.questions)
    comparison = _comparison(options.result)
    from convergent_widgets.export.lesson import VIEWS, Lesson, export_html, export_size
    from convergent_widgets.recorded import PICTURED
    from convergent_widgets.widgets.selection import PANELS

    names: dict[str, Any] = {
        name: _names(getattr(options, name), there_are)
        for name, there_are in (
            ("layers", comparison.layers),
            ("nets", comparison.nets),
            ("views", VIEWS),
            ("panels", PANELS),
            ("pictured", PICTURED),
        )
        if getattr(options, name) is not None
    }
    given = {name: getattr(options, name) for name in ("units", "patches", "picture_size", "title", "text")}
    lesson = Lesson(**names, **given, questions=questions)
    state, panels = _state(comparison, options.state)
    about: dict[str, Any] = {"state": state, "opened": panels, "progress": not options.quiet}
    if options.dry_run:
        print(export_size(comparison, lesson, **about))
        return 0
    print(export_html(comparison, options.output, lesson, module=options.module, overwrite=options.overwrite, **about))
    return 0


def _check_output(options: argparse.Namespace) -> None:
    from convergent_widgets.export.lesson import targets

    if options.dry_run:
        return
    if options.output is None:
        raise ValueError("export needs -o PAGE.html, or --dry-run, which writes nothing")
    try:
        targets(options.output, options.module, options.overwrite)
    except FileExistsError as error:
        raise ValueError(f"-o: {str(error).partition(';')[0]}; --overwrite replaces it") from None
    except (ValueError, OSError) as error:
        raise ValueError(f"-o: {error}") from None


def _comparison(result: str) -> Comparison:
    if result == ZOO:
        from convergent_widgets import zoo

        return zoo.comparison()
    from convergent_widgets.comparison import Comparison

    if not Path(result).is_file():
        raise ValueError(f"there is no file {result}")
    return Comparison.load(result)


def _names(texts: Sequence[str], there_are: Sequence[str]) -> list[str]:
    """The names in the values of one option: each is a name as it is, or several between commas."""
    if list(texts) == [NONE] and NONE not in there_are:
        return []
    names: list[str] = []
    for text in texts:
        names += [text] if text in there_are else [part.strip() for part in text.split(",") if part.strip()]
    return names


def _read_questions(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise ValueError(f"--questions: there is no file {path}")
    try:
        questions = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"--questions: {path} is no JSON: {error}") from None
    if not isinstance(questions, list):
        raise ValueError(f"--questions: {path} must hold a list of questions, it holds {type(questions).__name__}")
    return questions


def _state(comparison: Comparison, text: str | None) -> tuple[dict[str, Any] | None, list[str]]:
    if text is None:
        return None, []
    import traitlets

    from convergent_widgets.widgets.answers import facts
    from convergent_widgets.widgets.selection import state_from

    try:
        return state_from(facts(comparison), text)
    except traitlets.TraitError as error:
        raise ValueError(f"--state: {error}") from None
