"""How Voila is started; tests/browser/test_voila.py clicks in what it serves."""

import json
import sys
from pathlib import Path

import pytest
from synthetic import synthetic_comparison

from convergent_widgets import application, cli, lab


@pytest.fixture
def result(tmp_path):
    path = tmp_path / "a 'result'.npz"
    synthetic_comparison(layers=("conv1",)).save(path)
    return path


@pytest.fixture
def started(monkeypatch):
    """What would be run, with the notebook and the template as they are at that time."""
    runs = []

    def run(command, environment):
        folder = Path(environment["JUPYTER_PATH"])
        templates = sorted(path.name for path in (folder / "voila/templates/voila_template").iterdir())
        runs.append((command, json.loads(Path(command[3]).read_text()), templates))
        return 0

    monkeypatch.setattr(lab, "run", run)
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    return runs


def test_the_command_serves_one_cell_on_the_file(result, started):
    arguments = ["view", str(result), "--voila", "--port", "1234", "--ip", "0.0.0.0", "--no-browser", "--", "--x=1"]
    assert cli.main(arguments) == 0
    ((command, notebook, templates),) = started
    assert command[:3] == [sys.executable, "-m", "voila"]
    assert {"--port=1234", "--Voila.ip=0.0.0.0", "--no-browser", "--x=1"} <= set(command)
    assert "--VoilaConfiguration.template=voila_template" in command
    assert templates == ["conf.json", "index.html.j2"]
    assert notebook["metadata"]["title"] == result.name
    (cell,) = notebook["cells"]
    scope = {}
    exec(cell["source"].replace("\ncw.Explorer", "\nshown = cw.Explorer"), scope)
    assert scope["shown"].comparison.layers == ("conv1",)
    scope["shown"].close()
    assert sorted(path.name for path in result.parent.iterdir()) == [result.name]  # nothing is written beside it


def test_the_template_names_no_other_host():
    for path in application.TEMPLATE.iterdir():
        assert "://" not in path.read_text()


def test_without_voila_one_error_says_the_command_before_any_work(result, started, monkeypatch, capsys):
    monkeypatch.setattr(application, "find_spec", lambda name: None)
    monkeypatch.setattr("convergent_widgets.comparison.Comparison.load", lambda *_: pytest.fail("it was read"))
    assert cli.main(["view", str(result), "--voila"]) == cli.BAD_INPUT
    (line,) = capsys.readouterr().err.splitlines()
    assert 'pip install "convergent_widgets[voila]"' in line
    assert started == []


def test_help_says_who_can_look(capsys):
    with pytest.raises(SystemExit):
        cli.main(["view", "--help"])
    assert "Whoever can reach the address can look at the file" in capsys.readouterr().out
