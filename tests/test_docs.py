"""Every example in README and docs is run, what pages say comes out is compared, and Sphinx builds without warning."""

import argparse
import contextlib
import io
import re
import shlex
import subprocess
import sys
import warnings
from html.parser import HTMLParser
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

import convergent_widgets as cw
from convergent_widgets import cli
from convergent_widgets.widgets import Data, Selection, View

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("guide/*.md")), DOCS / "index.md"]
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:\.venv/bin/convergent-widgets|convergent-widgets|-m convergent_widgets) (.*)")
NOT_RUN = {"guide/own_nets.md": ["the trained weights are downloaded"]}
RUN = ("compare", "export")  # the others serve until they are stopped: their lines are only parsed
SLOWEST = 300  # seconds after which Sphinx is given up as hanging; it takes some 8


class Block(NamedTuple):
    """A fenced block of a page: what stands after its fence, its text, and the text block right after it, if any."""

    info: str
    text: str
    said: str | None


def name_of(page):
    return page.relative_to(DOCS if DOCS in page.parents else ROOT).as_posix()


def blocks_of(page):
    text = page.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    blocks = []
    for one, after in zip_longest(found, found[1:]):
        follows = after is not None and after[1] == "text" and not text[one.end() : after.start()].strip()
        blocks.append(Block(one[1], one[2], after[2] if follows else None))
    return blocks


def commands_of(block):
    """The arguments of each line that calls the command, and whether it does so in one process."""
    lines = block.text.replace("\\\n", " ").splitlines() if block.info in ("", "console") else ()
    found = [(COMMAND.search(line), "torchrun" not in line) for line in lines if "pip install" not in line]
    return [(shlex.split(called[1]), alone) for called, alone in found if called]


def subcommands():
    actions = cli._parser()._actions
    return next(action.choices for action in actions if isinstance(action, argparse._SubParsersAction))


@pytest.fixture(scope="session")
def things(tmp_path_factory):
    """A folder with what the pages name: two checkpoints and small pictures, once flat and once in subfolders."""
    folder = tmp_path_factory.mktemp("things")
    for seed, name in enumerate(("first", "second")):
        torch.manual_seed(seed)
        torch.save(torchvision.models.resnet18(weights=None).state_dict(), folder / f"{name}.pt")
    pictures = np.random.default_rng(0).integers(0, 256, (6, 40, 40, 3), np.uint8)
    for number, picture in enumerate(pictures):
        for place in (folder / "photos", folder / "folder_of_images" / ("cats", "dogs")[number % 2]):
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(place / f"{number}.png")
    return folder


@pytest.fixture
def here(things, tmp_path, monkeypatch):
    """An empty folder with those things, in which a page's examples run."""
    for thing in things.iterdir():
        (tmp_path / thing.name).symlink_to(thing)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_python(block, where, names):
    """Run a block as a cell would, and return what it printed. Six images are few, and `compare` says so."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)
        exec(compile(block.text, where, "exec"), names)
    return printed.getvalue()


def run_command(arguments, options, capsys):
    """Run a line; what it writes is not there before, and is there afterwards."""
    written = None if getattr(options, "dry_run", False) or options.output is None else Path(options.output)
    if written:
        written.unlink(missing_ok=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)  # six images are few
        status = cli.main(arguments)
    assert status == 0, capsys.readouterr().err
    assert written is None or written.stat().st_size > 1000


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_example_of_a_page_runs_in_its_order(page, here, monkeypatch, capsys):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which the command sets
    names, there, missing = {"__name__": "__main__"}, subcommands(), set()
    for number, block in enumerate(blocks_of(page), 1):
        if block.info == "python":
            printed = run_python(block, f"{name_of(page)}, block {number}", names)
            if block.said is not None:
                assert printed.split("\n") == block.said.split("\n")
        for arguments, alone in commands_of(block):
            if arguments[0] not in there:
                missing.add(arguments[0])
                continue
            options = cli._parser().parse_args(cli._split(arguments)[0])
            if alone and options.command in RUN:
                run_command(arguments, options, capsys)
    if missing:
        pytest.skip(f"there is no command {', '.join(sorted(missing))} yet; all else on the page ran")


def test_only_what_is_listed_is_not_run():
    fences = {name_of(page): [block.info for block in blocks_of(page)] for page in PAGES}
    marked = {name: [info for info in infos if "no-run" in info] for name, infos in fences.items()}
    reasons = {
        name: [info.removeprefix("python no-run: ") for info in infos] for name, infos in marked.items() if infos
    }
    assert reasons == NOT_RUN
    kinds = {info for infos in fences.values() for info in infos if "no-run" not in info}
    assert kinds <= {"python", "text", "console", "", "html", "rst", "{toctree}"}, "a kind of block that no test reads"
    assert sum(infos.count("python") for infos in fences.values()) > 20


def test_what_a_page_says_is_compared():
    said = [block for page in PAGES for block in blocks_of(page) if block.info == "python" and block.said]
    assert len(said) >= 5


def test_a_line_that_is_no_command_is_refused():
    block = Block("console", "convergent-widgets compare a \\\n  --imagess photos -o result.npz\n", None)
    ((arguments, alone),) = commands_of(block)
    assert alone
    with pytest.raises(SystemExit):
        cli._parser().parse_args(arguments)


def test_the_lines_that_embed_a_page_are_those_of_an_export(tmp_path):
    exported = cw.Explorer(cw.zoo.comparison(), layer="conv2").export_html(
        tmp_path / "lesson.html",
        module=True,
        layers=["conv2"],
        nets=["seed 0", "seed 1"],
        units=2,
        panels=[],
        progress=False,
    )
    blocks = blocks_of(DOCS / "guide" / "embedding.md")
    plain, sphinx, slide = (block for block in blocks if block.info in ("html", "rst"))
    (module,) = (block for block in blocks if block.info == "text" and block.text.startswith(":::"))
    assert plain.text.strip() == exported.iframe
    assert module.text.strip() == exported.directive
    docutils = pytest.importorskip("docutils.core", reason="Sphinx is not installed; the extra [docs] brings it")
    made = docutils.publish_parts(sphinx.text, writer="html5", settings_overrides={"report_level": 1, "halt_level": 1})
    assert made["body"].strip() == exported.iframe
    assert slide.text.replace("data-src=", "src=").replace("650px", "800px").split("\n")[1].strip() == exported.iframe
    assert all(len(block.text.splitlines()) <= 10 for block in (plain, module, sphinx, slide))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The documentation as Sphinx builds it, warnings being errors."""
    pytest.importorskip("sphinx", reason="Sphinx is not installed; the extra [docs] brings it")
    pytest.importorskip("myst_parser", reason="myst-parser is not installed; the extra [docs] brings it")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", str(folder / "doctrees"), str(DOCS)]
    done = subprocess.run(
        [*command, str(folder / "html")], capture_output=True, text=True, check=False, timeout=SLOWEST
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def public_names():
    """All that the reference has to hold, by the name under which it is described."""
    for name in cw.__all__:
        if name not in cw._MODULES:
            yield f"convergent_widgets.{name}"
    for module in cw._MODULES:
        for name in import_module(f"convergent_widgets.{module}").__all__:
            yield f"convergent_widgets.{module}.{name}"
    for name in vars(cw.Comparison).keys() | vars(cw.Comparison.__base__).keys():
        if not name.startswith("_"):
            yield f"convergent_widgets.Comparison.{name}"
    for widget, home in (
        (Selection, "widgets."),
        (View, "widgets."),
        (Data, "widgets."),
        (cw.Run, ""),
        (cw.Explorer, ""),
    ):
        for name, trait in widget.class_own_traits().items():
            if trait.help:
                yield f"convergent_widgets.{home}{widget.__name__}.{name}"
    yield from (f"convergent_widgets.Explorer.{name}" for name in ("export_html", "export_size", "close"))


def test_the_reference_holds_every_public_name(site):
    from sphinx.util.inventory import InventoryFile

    with (site / "objects.inv").open("rb") as stream:
        inventory = InventoryFile.loads(stream.read(), uri="")
    known = {name for kind, objects in inventory.data.items() if kind.startswith("py:") for name in objects}
    wanted = set(public_names())
    assert len(wanted) > 120
    assert wanted <= known, sorted(wanted - known)


def test_the_reference_says_what_docstrings_and_traits_say(site):
    text = words(site / "api" / "widgets.html")
    for trait in Selection.class_own_traits().values():
        if trait.help:
            assert " ".join(trait.help.replace("`", "").split()) in text
    assert "comparison: Comparison, *, state: str | None = None" in text
    assert "*args: t.Any" not in text


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.quoted = [], False

    def handle_starttag(self, tag, attrs):
        self.quoted |= tag == "blockquote"

    def handle_data(self, data):
        self.found.append(data)


def words(page):
    reader = _Words()
    reader.feed(page.read_text(encoding="utf-8"))
    return " ".join("".join(reader.found).split())


def test_docstrings_examples_are_code_and_backticks_are_gone(site):
    pages = sorted((site / "api").glob("*.html"))
    assert len(pages) == len(list(DOCS.glob("api/*.md"))) > 4
    for page in pages:
        reader = _Words()
        reader.feed(page.read_text(encoding="utf-8"))
        assert not reader.quoted, f"{page.name}: an indented example without '::' before it"
        assert "`" not in "".join(reader.found), page.name


def test_the_site_asks_no_other_host(site):
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|img|iframe|link)[^>]*(?:src|href)=\"([^\"]+)", page.read_text(encoding="utf-8")
        )
        assert loaded
        assert not [address for address in loaded if re.match(r"(?:https?:)?//", address)], page.name


def test_links_between_pages_lead_somewhere():
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{name_of(page)}: {target}"


def test_pictures_are_small_enough_to_load():
    pictures = {path.name: path for path in DOCS.glob("*.png")}
    assert set(pictures) == {"wall.png", "ranks.png"}
    for path in pictures.values():
        assert path.stat().st_size < 250_000
        with Image.open(path) as picture:
            assert picture.width == 1366


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200
