"""The frame: what is imported when, what is shipped, and that README and setup.cfg agree."""

import configparser
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import convergent_widgets as cw

ROOT = Path(__file__).parent.parent
TORCH = {"torch", "torchvision"}
SLOW = TORCH | {"sklearn", "bqplot", "pandas", "scipy.optimize", "matplotlib"}
WIDGETS = {"ipywidgets", "anywidget", "bqplot"}
EXPORT = {"convergent_widgets.export"}
EXPORT_PAGE = (
    "import convergent_widgets as cw; from convergent_widgets.export.lesson import Lesson, export_size; "
    "export_size(cw.zoo.comparison(), Lesson(nets=['seed 0', 'wide'], layers=['conv1']), progress=False)"
)
OPEN_EXPLORER = "import convergent_widgets as cw; cw.Explorer(cw.zoo.comparison())"


@pytest.fixture(scope="module")
def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def requirements(text):
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def loaded_by(code):
    """The modules that are loaded after `code` has run in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import convergent_widgets", SLOW | WIDGETS | {"numpy", "scipy"}),
        ("import convergent_widgets as cw; dir(cw); cw.zoo", SLOW | WIDGETS),
        ("import convergent_widgets.widgets", SLOW),
        (
            "import convergent_widgets as cw; cw.Explorer, cw.Matrix, cw.RankPlot, cw.Wall, cw.Gallery, cw.Comparison",
            SLOW,
        ),
        (OPEN_EXPLORER, SLOW | EXPORT),
        ("import convergent_widgets.comparison", TORCH | WIDGETS | EXPORT | {"matplotlib"}),
        ("import convergent_widgets.tables", SLOW | WIDGETS),
        ("import convergent_widgets.export", SLOW),
        (EXPORT_PAGE, TORCH | {"bqplot", "pandas", "matplotlib"}),
        ("import convergent_widgets.figures", TORCH | WIDGETS | {"matplotlib.pyplot", "pandas"}),
        ("import convergent_widgets.analysis", TORCH | WIDGETS | EXPORT),
        ("import convergent_widgets.compute", WIDGETS | EXPORT),
        ("import convergent_widgets as cw; cw.compare, cw.Net, cw.layers", WIDGETS),
        ("import convergent_widgets.cli", SLOW | WIDGETS | EXPORT),
    ],
)
def test_imports_go_one_way(code, absent):
    assert loaded_by(code) & absent == set()


def test_public_names_are_sorted_and_there():
    assert list(cw.__all__) == sorted(cw.__all__)
    assert {"Comparison", "Explorer", "FileFormatError", "Gallery", "Matrix", "Net", "RankPlot", "Wall"} <= set(
        cw.__all__
    )
    assert {"analysis", "compare", "compute", "figures", "layers", "tables", "zoo"} <= set(cw.__all__)
    assert set(cw.__all__) <= set(dir(cw))
    for name in cw.__all__:
        assert getattr(cw, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="explorer"):
        cw.explorer  # noqa: B018


def test_all_packages_are_shipped(setup):
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "convergent_widgets").rglob("*.py")}
    packages = {".".join(folder.parts) for folder in folders}
    assert set(requirements(setup["options"]["packages"])) == packages | {"convergent_widgets.notebooks"}


def test_data_files_are_shipped(setup):
    data = setup["options.package_data"]
    zoo = ROOT / "convergent_widgets" / "zoo"
    shipped = {path for pattern in requirements(data["convergent_widgets.zoo"]) for path in zoo.glob(pattern)}
    files = {path for path in zoo.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert files <= shipped
    static = ROOT / "convergent_widgets" / "widgets" / "static"
    assert (static / "explorer.js").is_file()


def test_the_data_sets_notice_is_there():
    notice = (ROOT / "convergent_widgets" / "zoo" / "FASHION_MNIST_LICENSE").read_text()
    assert "Copyright (c) 2017 Zalando SE" in notice
    assert "Permission is hereby granted" in notice


def test_the_extras_are_those_of_readme(setup):
    readme = (ROOT / "README.md").read_text()
    extras = set(setup["options.extras_require"])
    assert extras == {"compute", "view", "voila", "lab", "docs", "test"}
    named = set(",".join(re.findall(r'(?:\.|convergent_widgets)\[([\w,]+)\]"', readme)).split(","))
    assert named == extras


def test_readme_opens_with_the_two_commands():
    commands = re.findall(r"^python3 -m venv .*$", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    start = "python3 -m venv .venv && .venv/bin/pip install -e"
    assert commands[:2] == [
        f'{start} ".[lab]" && .venv/bin/convergent-widgets tour',
        f'{start} ".[test]" && .venv/bin/pytest',
    ]


def test_the_version_is_one(setup):
    assert setup["metadata"]["version"] == "attr: convergent_widgets.__version__"
    assert f"\nversion: {cw.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## {cw.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_binder_installs_the_viewer_only(setup):
    binder = requirements((ROOT / "binder" / "requirements.txt").read_text())
    base = requirements(setup["options"]["install_requires"])
    assert binder == base + requirements(setup["options.extras_require"]["view"])


def test_a_package_json_does_not_change_what_javascript_inside_the_environment_is():
    """JupyterLab runs a CommonJS file of its own; in .venv it would take "type": "module" from this folder."""
    for path in ROOT.glob("package.json"):
        assert json.loads(path.read_text()).get("type", "commonjs") == "commonjs"


def test_no_part_asks_another_host():
    code = [*ROOT.glob("convergent_widgets/**/*.py"), *ROOT.glob("convergent_widgets/widgets/*/*.[jc]s*")]
    assert any(path.suffix == ".js" for path in code)
    for path in code:
        found = re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z0-9.-]+", path.read_text())
        foreign = [address for address in found if "www.w3.org" not in address]  # names of XML vocabularies
        assert not foreign, f"{path} names {foreign}"
