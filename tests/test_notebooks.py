"""Every notebook runs from top to bottom: those on stored results without torch, too. None holds outputs.

The tour that computes is run in JupyterLab, by the browser tests.
"""

import os
from pathlib import Path

import nbformat
import pytest
from ipykernel.kernelspec import write_kernel_spec
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TOUR, PAPER, OWN = (FOLDER / f"{name}.ipynb" for name in ("01_tour", "02_the_paper", "03_your_own_nets"))
SKIPPED = "torch is not installed here"


def test_there_are_notebooks():
    assert {TOUR, PAPER, OWN} <= set(NOTEBOOKS)


@pytest.fixture
def own_kernel(tmp_path, monkeypatch):
    """The kernel is this Python, whatever else is installed under its name."""
    write_kernel_spec(tmp_path / "jupyter" / "kernels" / "python3")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))


def run(path, environment):
    notebook = nbformat.read(path, as_version=4)
    # The checkout is found from the notebook's folder too, where the package is not installed.
    paths = [str(FOLDER.parent), *filter(None, [environment.get("PYTHONPATH")])]
    NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(FOLDER)}}).execute(
        env={**environment, "PYTHONPATH": os.pathsep.join(paths)}
    )
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def printed(notebook):
    return "".join(output.text for output in outputs(notebook) if output.output_type == "stream")


def complaints(notebook):
    return [output.text for output in outputs(notebook) if output.get("name") == "stderr"]


def test_the_tour_says_without_torch_why_it_computes_nothing(own_kernel, environment_without_torch):
    notebook = run(TOUR, environment_without_torch)
    assert SKIPPED in printed(notebook)
    assert 'pip install "convergent_widgets[compute]"' in printed(notebook)
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs(notebook))
    assert complaints(notebook) == []


@pytest.mark.long
def test_the_paper_is_drawn_without_torch(own_kernel, environment_without_torch):
    notebook = run(PAPER, environment_without_torch)
    shown = [set(output.data) for output in outputs(notebook) if "data" in output]
    assert sum("image/png" in kinds for kinds in shown) >= 18
    assert sum("text/html" in kinds for kinds in shown) >= 15
    assert sum("application/vnd.jupyter.widget-view+json" in kinds for kinds in shown) == 4
    assert complaints(notebook) == []


def test_own_nets_are_run_in_a_thread_and_explored(own_kernel):
    pytest.importorskip("torch")
    notebook = run(OWN, dict(os.environ))
    text = printed(notebook)
    assert "600 images in 10 subfolders, and two checkpoints" in text
    assert "fc1: mean r" in text
    assert "conv4 / layer1.1: first and untrained: mean r" in text
    assert complaints(notebook) == []
    shown = [output.data for output in outputs(notebook) if "data" in output]
    assert sum("application/vnd.jupyter.widget-view+json" in data for data in shown) == 2
    assert any("conv4 (64 units, 7 x 7)" in data.get("text/html", "") for data in shown)


def test_own_nets_say_without_torch_what_is_missing(own_kernel, environment_without_torch):
    with pytest.raises(CellExecutionError, match="No module named 'torch'"):
        run(OWN, environment_without_torch)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_committed_without_outputs_and_with_fixed_ids(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        assert not cell.id.isdigit()
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
