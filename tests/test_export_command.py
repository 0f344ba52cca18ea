"""The command that writes a page: what it hands on, what it prints, and what it refuses before any work."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from exported import page_of
from synthetic import synthetic_comparison

from convergent_widgets import cli
from convergent_widgets.comparison import Comparison
from convergent_widgets.export import lesson

ROOT = Path(__file__).parent.parent
NETS = {"a": 6, "b": 6, "with, comma": 5}
QUESTION = {"text": "Which?", "answer": {"layer": "conv2", "net": "b", "unit": 3}}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    path = tmp_path_factory.mktemp("result") / "result.npz"
    synthetic_comparison(NETS, ("conv1", "conv2", "none"), k=4).save(path)
    return path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*arguments):
    return cli.main(["export", *map(str, arguments)])


def page(name="lesson.html"):
    return page_of(Path(name).read_text(encoding="utf-8"))[0]


def test_a_page_and_what_is_printed(result, capsys):
    assert run(result, "-o", "lesson.html", "--module", "-q") == 0
    out, err = capsys.readouterr()
    assert out.startswith("lesson.html and lesson.mjs\n")
    assert f"{Path('lesson.html').stat().st_size / 1e6:.2f} MB  in all" in out
    assert '<iframe src="lesson.html"' in out
    assert ":::{anywidget} ./lesson.mjs\n{}\n:::" in out
    assert err == ""
    facts = page()["models"]["data"]["facts"]
    assert facts["nets"] == list(NETS)
    assert facts["pictured"] == ["strongest"]
    assert page()["models"]["lesson"]["inline_panels"] == ["means", "prediction", "clusters"]


def test_all_options_are_handed_on(result, monkeypatch):
    calls = []

    def export_html(comparison, path, options, **about):
        calls.append((comparison.nets, path, options, about))

    monkeypatch.setattr(lesson, "export_html", export_html)
    Path("questions.json").write_text(json.dumps([QUESTION]))
    state = "layer=conv2&net_a=b&net_b=a&net=a&unit=2&panels=means"
    names = ["--layers", "conv2,conv1", "--nets", "with, comma", "--nets", "a", "--views", "matrix, gallery"]
    names += ["--panels", "means,clusters", "--pictured", "strongest,deciles"]
    numbers = ["--units", "7", "--patches", "0", "--picture-size", "64"]
    words = ["--title", "T", "--text", "One.\n\nTwo.", "--questions", "questions.json", "--state", state]
    assert run(result, "-o", "x.html", *names, *numbers, *words, "--module", "--overwrite", "-q") == 0
    [(nets, path, options, about)] = calls
    assert (nets, path) == (tuple(NETS), Path("x.html"))
    assert options == lesson.Lesson(
        layers=["conv2", "conv1"],
        nets=["with, comma", "a"],
        views=["matrix", "gallery"],
        panels=["means", "clusters"],
        pictured=["strongest", "deciles"],
        units=7,
        patches=0,
        picture_size=64,
        title="T",
        text="One.\n\nTwo.",
        questions=[QUESTION],
    )
    shown = {name: about["state"][name] for name in ("layer", "net_a", "net_b", "net", "unit")}
    assert shown == {"layer": "conv2", "net_a": "b", "net_b": "a", "net": "a", "unit": 2}
    assert {**about, "state": None} == {
        "state": None,
        "opened": ["means"],
        "module": True,
        "overwrite": True,
        "progress": False,
    }


def test_nothing_given_is_the_default(result, monkeypatch):
    calls = []
    monkeypatch.setattr(lesson, "export_html", lambda *given, **about: calls.append((given[2], about)))
    assert run(result, "-o", "x.html") == 0
    [(options, about)] = calls
    assert options == lesson.Lesson(questions=[])
    assert about == {"state": None, "opened": [], "module": False, "overwrite": False, "progress": True}


def test_none_is_no_panel_but_may_be_a_layer(result):
    assert run(result, "-o", "lesson.html", "--layers", "none", "--panels", "none", "-q") == 0
    models = page()["models"]
    assert [layer["name"] for layer in models["data"]["facts"]["layers"]] == ["none"]
    assert models["lesson"]["inline_panels"] == []


def test_a_dry_run_prints_the_size_that_it_will_have(result, capsys):
    options = [result, "--units", "2", "--panels", "means", "-q"]
    assert run(*options, "--dry-run") == 0
    sizes = capsys.readouterr().out
    assert list(Path().iterdir()) == []
    assert run(*options, "-o", "lesson.html") == 0
    assert sizes in capsys.readouterr().out


def test_the_zoo(capsys):
    assert run("zoo", "--dry-run", "--nets", "seed 0,seed 1", "--layers", "conv1", "--panels", "none", "-q") == 0
    assert "MB  in all" in capsys.readouterr().out


@pytest.fixture
def no_work(monkeypatch):
    monkeypatch.setattr(lesson, "gather", lambda *_, **__: pytest.fail("it was begun"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "export needs -o PAGE.html, or --dry-run, which writes nothing"),
        (["-o", "x.htm"], "-o: the file must end in .html, got x.htm"),
        (["-o", "no/x.html"], "-o: there is no folder no to write x.html in"),
        (["-o", "there.html"], "-o: there.html exists; --overwrite replaces it"),
        (["-o", "beside.html", "--module"], "-o: beside.mjs exists; --overwrite replaces it"),
        (["-o", "x.html", "--layers", "conv"], "there is no layer 'conv'; the closest are 'conv"),
        (["-o", "x.html", "--nets", "with"], "there is no net 'with'"),
        (["-o", "x.html", "--nets", ","], "`nets` must name at least one net"),
        (["-o", "x.html", "--panels", "mean"], "there is no panel 'mean'; the closest are 'means'"),
        (["-o", "x.html", "--views", "none"], "`views` must name at least one of toolbar, matrix"),
        (["-o", "x.html", "--pictured", "attributions,strongest"], "this comparison holds no attributions"),
        (["-o", "x.html", "--picture-size", "4"], "`picture_size` must be a whole number of at least 8, got 4"),
        (["-o", "x.html", "--state", "conv1/7"], "--state: the text of a view is"),
        (["-o", "x.html", "--questions", "no.json"], "--questions: there is no file no.json"),
        (["-o", "x.html", "--questions", "bad.json"], "--questions: bad.json is no JSON: Expecting value: line 1"),
        (["-o", "x.html", "--questions", "one.json"], "--questions: one.json must hold a list of questions, it holds"),
        (["-o", "x.html", "--questions", "wrong.json"], "question 1: `answer` must name what to select"),
    ],
)
def test_refused_before_any_work(result, no_work, capsys, options, words):
    Path("there.html").write_text("older")
    Path("beside.mjs").write_text("older")
    Path("bad.json").write_text("text: Which?")
    Path("one.json").write_text(json.dumps(QUESTION))
    Path("wrong.json").write_text(json.dumps([{"text": "Which?"}]))
    before = sorted(Path().iterdir())
    assert run(result, *options) == cli.BAD_INPUT
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("convergent-widgets: error: ")
    assert words in line
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize("option", ["--units=0", "--patches=-1", "--picture-size=big"])
def test_numbers_are_numbers(result, option, capsys):
    with pytest.raises(SystemExit) as stop:
        run(result, "-o", "x.html", option)
    assert stop.value.code == cli.BAD_INPUT
    assert "a whole number of" in capsys.readouterr().err


def test_no_such_result(monkeypatch, capsys):
    monkeypatch.setattr(Comparison, "load", lambda *_: pytest.fail("it was read"))
    assert run("no.npz", "-o", "x.html") == cli.BAD_INPUT
    assert "there is no file no.npz" in capsys.readouterr().err


def test_a_file_that_is_no_result(capsys):
    Path("bad.npz").write_text("no archive")
    assert run("bad.npz", "-o", "x.html") == cli.BAD_INPUT
    assert "bad.npz is not a result file" in capsys.readouterr().err
    assert not Path("x.html").exists()


def test_ctrl_c_leaves_nothing(tmp_path):
    """The command is interrupted once it says how far it is."""
    command = [sys.executable, "-m", "convergent_widgets", "export", "zoo", "-o", str(tmp_path / "x.html"), "--module"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.PIPE) as process:
        said = process.stderr.read(len("\rexporting: "))
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read().decode()
    assert said == b"\rexporting: "
    assert process.returncode == cli.INTERRUPTED
    assert rest.endswith("\nconvergent-widgets: interrupted; nothing was saved\n")
    assert list(tmp_path.iterdir()) == []
