import os
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

import convergent_widgets as cw
from convergent_widgets import application, cli, lab, zoo

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "convergent_widgets"]


@pytest.fixture(autouse=True)
def warnings_as_they_were(monkeypatch):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)


@pytest.fixture
def opened(monkeypatch):
    """The notebooks that would have been opened, each with the options."""
    calls = []
    monkeypatch.setattr(lab, "open_lab", lambda notebook, **options: calls.append((notebook, options)) or 0)
    return calls


@pytest.fixture
def no_torch(monkeypatch):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)


@pytest.fixture
def folder(tmp_path):
    """A folder of 40 small grey images."""
    images = tmp_path / "images"
    images.mkdir()
    generator = np.random.default_rng(0)
    for number in range(40):
        pixels = generator.integers(0, 256, (28, 28), dtype=np.uint8)
        Image.fromarray(pixels).save(images / f"{number:02}.png")
    return images


class Result:
    """What `compare` gives, as far as the command line asks."""

    images_seen = 7

    def __init__(self, complete=True):
        self.complete = complete

    def save(self, path):
        Path(path).write_text("result")


@pytest.fixture
def asked(monkeypatch):
    """The calls of `compare`, which computes nothing."""
    pytest.importorskip("torch")
    calls = []

    def compare(nets, images, layers=None, **options):
        calls.append((list(nets), images, layers, options))
        return Result()

    monkeypatch.setattr(cw, "compare", compare)
    return calls


def error_of(capsys, *arguments):
    """The one line that says why, of a command that must be refused."""
    assert cli.main([str(argument) for argument in arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("convergent-widgets: error: ")
    assert not [line for line in lines[:-1] if "error" in line]
    return lines[-1]


@pytest.mark.parametrize("command", [[], ["tour"], ["compare"], ["view"], ["export"]])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([*command, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert "usage: convergent-widgets" in text
    assert max(map(len, text.splitlines())) <= 120
    assert ("examples:" in text) is (command not in (["tour"], ["view"]))


def test_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"convergent-widgets {cw.__version__}\n"


def test_no_command_is_bad_input(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([])
    assert stop.value.code == 2


def test_the_module_is_the_command():
    done = subprocess.run([*COMMAND, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "convergent-widgets tour" in done.stdout


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """An empty current folder, where the tour's copy may lie."""
    monkeypatch.chdir(tmp_path)


def test_tour(opened, capsys):
    assert cli.main(["tour", "--no-browser", "--port", "9000", "--", "--debug"]) == 0
    ((notebook, options),) = opened
    assert notebook.name == "01_tour.ipynb"
    assert (notebook.parent / "02_the_paper.ipynb").is_file()
    assert (notebook.parent / "03_your_own_nets.ipynb").is_file()
    assert options == {"ip": None, "port": 9000, "browser": False, "more": ["--debug"]}


def test_tour_says_what_the_absence_of_torch_means(opened, no_torch, capsys):
    assert cli.main(["tour"]) == 0
    assert 'pip install "convergent_widgets[compute]"' in capsys.readouterr().err
    assert opened


def test_tour_says_where_the_copy_is(opened, monkeypatch, tmp_path, capsys):
    copy = tmp_path / "01_tour.ipynb"
    monkeypatch.setattr(lab, "own_copy", lambda shipped: copy)
    assert cli.main(["tour"]) == 0
    assert f"your copy of the tour is {copy}" in capsys.readouterr().err


def test_tour_without_jupyterlab(monkeypatch, capsys):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert 'pip install "convergent_widgets[view]"' in error_of(capsys, "tour")


def test_compare_hands_everything_on(asked, folder, tmp_path, capsys):
    output = tmp_path / "result.npz"
    nets, layers = ["a=zoo@seed 0", "zoo@seed 1"], ["--layers", "conv1,fc1"]
    numbers = [
        "--patches",
        "4",
        "--resize",
        "7x9",
        "--batch-size",
        "8",
        "--workers",
        "2",
        "--positions",
        "16",
        "--mutual-information",
        "--picture-size",
        "64",
    ]
    checkpoint = tmp_path / "run.ckpt"
    for path in (checkpoint, checkpoint.with_name("run.ckpt.before")):
        path.write_bytes(b"a state that is no longer needed")
    more = ["--checkpoint", str(checkpoint), "--scratch", str(tmp_path), "--mixed-precision"]
    options = [*layers, *numbers, *more, "--seed", "3", "--device", "cpu", "--quiet"]
    assert cli.main(["compare", *nets, "--images", str(folder), "-o", str(output), *options]) == 0
    ((names, images, layers, given),) = asked
    assert (names, images, layers) == (["a", "seed 1"], folder, ["conv1", "fc1"])
    assert not list(tmp_path.glob("run.ckpt*"))
    assert given == {
        "checkpoint": checkpoint,
        "scratch": tmp_path,
        "mixed_precision": True,
        "patches": 4,
        "resize": (7, 9),
        "batch_size": 8,
        "workers": 2,
        "device": "cpu",
        "seed": 3,
        "progress": False,
        "picture_size": 64,
        "positions": 16,
        "mutual_information": True,
        "attributions": False,
    }
    assert output.read_text() == "result"
    assert f'convergent-widgets view "{output}"' in capsys.readouterr().out


def test_compare_refuses_to_overwrite_before_any_work(asked, folder, tmp_path, capsys):
    output = tmp_path / "result.npz"
    output.write_text("older")
    arguments = ["compare", "zoo@seed 0", "--images", folder, "-o", output]
    assert "--overwrite" in error_of(capsys, *arguments)
    assert output.read_text() == "older"
    assert not asked
    assert cli.main([*map(str, arguments), "--overwrite"]) == 0
    assert output.read_text() == "result"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["zoo"], "needs --images FOLDER and -o RESULT"),
        (["zoo", "--images", "nowhere", "-o", "r.npz"], "no folder nowhere"),
        (["zoo", "--images", "{folder}", "-o", "r.pt"], r"is a \.npz file, got r\.pt"),
        (["zoo", "--images", "{folder}", "-o", "nowhere/r.npz"], "no folder nowhere"),
        (["best.pt", "--images", "{folder}", "-o", "{folder}/r.npz"], "which architecture"),
        (["zoo", "--images", "{folder}", "-o", "{folder}/r.npz", "--layers", "a=b"], "--layers"),
        (["resnet19", "--images", "{folder}", "-o", "{folder}/r.npz"], "resnet18"),
        (["resnet18@no.pt", "--images", "{folder}", "-o", "{folder}/r.npz"], r"no\.pt"),
        (["zoo@seed 9", "--images", "{folder}", "-o", "{folder}/r.npz"], "it has seed 0"),
        (["zoo", "--images", "{folder}", "-o", "{folder}/r.npz", "--layers", "conv9"], "closest are.*--list-layers"),
    ],
)
def test_compare_refuses_bad_input_in_one_line(arguments, message, folder, capsys):
    pytest.importorskip("torch")
    assert re.search(message, error_of(capsys, "compare", *[text.format(folder=folder) for text in arguments]))
    assert not list(folder.glob("*.npz"))


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (["--patches", "-1"], "whole number"),
        (["--batch-size", "0"], "whole number"),
        (["--seed", "x"], "whole number"),
        *((["--resize", text], "ROWSxCOLUMNS") for text in ("7by7", "axb", "28x", "3", "0x4", "1x2x3")),
    ],
)
def test_compare_refuses_bad_numbers(option, expected, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["compare", "zoo", "--images", "zoo", "-o", "r.npz", *option])
    assert stop.value.code == 2
    assert expected in capsys.readouterr().err


def test_compare_of_an_empty_folder(tmp_path, capsys):
    pytest.importorskip("torch")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert str(empty) in error_of(capsys, "compare", "zoo", "--images", empty, "-o", tmp_path / "r.npz")


def test_compare_without_torch(no_torch, folder, tmp_path, capsys):
    line = error_of(capsys, "compare", "resnet18", "--images", folder, "-o", tmp_path / "r.npz")
    assert 'pip install "convergent_widgets[compute]"' in line


def test_debug_shows_the_traceback():
    with pytest.raises(ValueError, match="needs --images"):
        cli.main(["--debug", "compare", "zoo"])


def test_only_lab_takes_what_follows_two_dashes(capsys):
    with pytest.raises(SystemExit):
        cli.main(["compare", "zoo", "--", "--debug"])
    assert "only tour and view" in capsys.readouterr().err


def test_compare_saves_what_an_interrupted_run_has(asked, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cw, "compare", lambda *_, **__: Result(complete=False))
    output = tmp_path / "result.npz"
    assert cli.main(["compare", "zoo@seed 0", "--images", str(folder), "-o", str(output)]) == 130
    assert output.read_text() == "result"
    assert "after 7 images" in capsys.readouterr().err


def test_compare_interrupted_before_it_has_anything(asked, folder, tmp_path, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cw, "compare", interrupted)
    output = tmp_path / "result.npz"
    assert cli.main(["compare", "zoo@seed 0", "--images", str(folder), "-o", str(output)]) == 130
    assert not output.exists()
    assert "nothing was saved" in capsys.readouterr().err


def test_list_layers(capsys):
    pytest.importorskip("torch")
    assert cli.main(["compare", "zoo@seed 0", "--list-layers"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("seed 0\n")
    assert "conv1" in text


def test_compare_and_view_from_end_to_end(folder, tmp_path, opened, monkeypatch):
    pytest.importorskip("torch")
    output = tmp_path / "result.npz"
    nets = ["zoo@seed 0", "zoo@seed 1"]
    assert cli.main(["compare", *nets, "--images", str(folder), "-o", str(output), "-q"]) == 0
    comparison = cw.Comparison.load(output)
    assert comparison.nets == ("seed 0", "seed 1")
    assert comparison.images_seen == 40
    assert cli.main(["view", str(output)]) == 0
    ((notebook, _),) = opened
    assert notebook == output.with_name("result_explorer.ipynb")
    code = "\n".join(cell.source for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    assert names["explorer"].selection.net_a == "seed 0"
    names["explorer"].close()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_saves_what_was_seen(tmp_path):
    pytest.importorskip("torch")
    output = tmp_path / "result.npz"
    process = subprocess.Popen(
        [*COMMAND, "compare", "zoo", "--images", "zoo", "-o", str(output), "--batch-size", "16"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        seen = b""
        while not re.search(rb"\b[1-9]\d*/", seen):  # the progress bar has moved
            piece = os.read(process.stderr.fileno(), 1000)
            assert piece, seen
            seen += piece
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[1]
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in rest
    assert f"what was seen is in {output}".encode() in rest
    comparison = cw.Comparison.load(output)
    assert not comparison.complete
    assert 0 < comparison.images_seen < 10_000


def test_view_refuses_what_is_no_result(tmp_path, capsys, opened):
    assert "there is no file" in error_of(capsys, "view", tmp_path / "nothing.npz")
    other = tmp_path / "other.npz"
    other.write_bytes(b"no result at all")
    assert "other.npz" in error_of(capsys, "view", other)
    assert not opened
    assert not list(tmp_path.glob("*.ipynb"))


def test_view_shows_the_result_of_the_package(opened, monkeypatch):
    assert cli.main(["view", "zoo"]) == 0
    ((notebook, _),) = opened
    assert notebook.name == "zoo_explorer.ipynb"
    assert not notebook.is_relative_to(zoo.RESULT.parent)
    assert "comparison = cw.zoo.comparison()" in nbformat.read(notebook, as_version=4).cells[1].source
    served = []
    monkeypatch.setattr(application, "check_voila", lambda: None)
    monkeypatch.setattr(application, "serve", lambda result, **_: served.append(result) or 0)
    assert cli.main(["view", "zoo", "--voila"]) == 0
    assert served == [zoo.RESULT]


def test_the_notebook_of_a_result(tmp_path):
    result = tmp_path / 'a "quoted" name.npz'
    notebook = cli.view_notebook(result)
    assert notebook.parent == tmp_path
    content = nbformat.read(notebook, as_version=4)
    nbformat.validate(content)
    assert repr(result.name) in content.cells[1].source
    notebook.write_text("edited")
    assert cli.view_notebook(result) == notebook
    assert notebook.read_text() == "edited"


def test_the_notebook_of_a_result_in_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    notebook = cli.view_notebook(tmp_path / "result.npz")
    assert notebook.parent != tmp_path
    assert repr(str(tmp_path / "result.npz")) in nbformat.read(notebook, as_version=4).cells[1].source


@pytest.mark.parametrize("given", ["foo", "-1", "0", "1.5", ""])
def test_positions_say_all_that_they_may_be(given, capsys):
    with pytest.raises(SystemExit):
        cli.main(["compare", "zoo", "--images", "zoo", "--dry-run", "--positions", given])
    words = f"argument --positions: all, pooled or a whole number of 1 or more is expected, got {given!r}"
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--scratch", "--checkpoint", "-o"])
def test_an_empty_path_is_refused(option, capsys):
    with pytest.raises(SystemExit):
        cli.main(["compare", "zoo", "--images", "zoo", "--dry-run", option, ""])
    assert "a path is expected, got an empty one" in capsys.readouterr().err
