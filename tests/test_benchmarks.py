"""The benchmarks at small sizes: all parts run, and their tables hold finite, positive ratios. No word on speed."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

RUN = Path(__file__).parents[1] / "benchmarks" / "run.py"
RATIOS = {
    "pass": ("ratio", "pass alone"),
    "statistics": ("update", "symmetric product"),
    "others": ("over bare", "ours over it", "our peak over it"),
    "memory": ("ratio",),
    "growth": ("ratio", "peak over the first"),
    "processes": ("times as fast",),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmarks")
    paths = [str(RUN.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    shutil.copy(RUN.with_name("RESULTS.md"), folder)
    command = [sys.executable, str(RUN), "--quick", "--record", "--output", str(folder)]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture(scope="module")
def parts(run):
    return json.loads((run[0] / "results.json").read_text())["parts"]


@pytest.mark.parametrize("part", RATIOS)
def test_ratios_are_finite(parts, part):
    for table in parts[part]["tables"]:
        assert table["rows"]
        for row in table["rows"]:
            cells = dict(zip(table["columns"], row, strict=True))
            for column in RATIOS[part]:
                assert math.isfinite(cells[column])
                assert cells[column] > 0


def test_a_tool_over_itself_is_one(parts):
    (table,) = parts["others"]["tables"]
    rows = {row[2]: dict(zip(table["columns"], row, strict=True)) for row in table["rows"]}
    assert rows["bare forward passes"]["over bare"] == 1
    assert rows["compare(), patches=9"]["ours over it"] == 1
    assert "np.corrcoef, stored activations" in rows


def test_errors_are_those_of_the_arithmetic(parts):
    correlations, alignment = parts["accuracy"]["tables"]
    errors = {row[0]: row[1:] for row in correlations["rows"]}
    assert max(errors["StreamingStatistics"]) < 1e-6
    assert errors["sums of products in float32"][-1] == "not a number" or (
        errors["sums of products in float32"][-1] > 100 * errors["StreamingStatistics"][-1]
    )
    differences = {row[0]: row[1:] for row in alignment["rows"]}
    exact, ours = differences["exact"], differences["convergent_widgets"]
    assert max(exact) - min(exact) < 1e-5
    assert max(ours) < 1e-6


def test_two_processes_find_the_same(parts):
    (table,) = parts["processes"]["tables"]
    assert table["rows"][0][-1] < 1e-6


def test_tables_are_printed_and_curves_drawn(run):
    folder, printed = run
    assert len(re.findall(r"^### ", printed, re.MULTILINE)) == 10
    assert len(re.findall(r"^`\w+` took \d+ s$", printed, re.MULTILINE)) == 7
    for kind in ("images", "units", "nets"):
        assert "<svg" in (folder / f"growth_{kind}.svg").read_text()


def test_tables_are_recorded_in_their_places(run):
    folder, printed = run
    text = (folder / "RESULTS.md").read_text()
    tables = re.findall(r"^### .*?(?=^`|^###|\Z)", printed, re.MULTILINE | re.DOTALL)
    assert len(tables) == 10
    assert all(table.strip() in text for table in tables)
    for part in [*RATIOS, "accuracy"]:
        assert text.count(f"<!-- {part} -->") == text.count(f"<!-- end of {part} -->") == 1
