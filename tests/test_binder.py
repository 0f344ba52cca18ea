"""Binder: its files, installed as its service installs them, open the tour within its memory.

The service copies binder/ first and installs its requirements, then copies the repository and runs postBuild.
"""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parent.parent
CAP = 1_000_000_000
REPOSITORY = ("convergent_widgets", "notebooks", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def test_requirements_are_those_of_the_viewer():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    viewer = [*setup["options"]["install_requires"].split(), *setup["options.extras_require"]["view"].split()]
    assert (ROOT / "binder" / "requirements.txt").read_text().split() == viewer


@pytest.fixture(scope="module")
def binder_badge():
    spec = importlib.util.spec_from_file_location("binder_badge", ROOT / "binder" / "badge.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("repository", "where"),
    [
        ("https://github.com/some-one/their.nets", "gh/some-one/their.nets"),
        ("https://github.com/some-one/their.nets.git/", "gh/some-one/their.nets"),
        ("https://example.org/a/b/c", "git/https%3A%2F%2Fexample.org%2Fa%2Fb%2Fc"),
    ],
)
def test_a_badge_opens_the_tour_of_a_repository(binder_badge, repository, where):
    assert binder_badge.badge(repository) == (
        "[![Binder](https://mybinder.org/badge_logo.svg)]"
        f"(https://mybinder.org/v2/{where}/HEAD?urlpath=doc%2Ftree%2Fnotebooks%2F01_tour.ipynb)"
    )
    assert (ROOT / binder_badge.OPENED.removeprefix("doc/tree/")).is_file()


@pytest.mark.parametrize("repository", ["", "github.com/a/b", "https://github.com/a", "git@github.com:a/b.git"])
def test_what_is_no_address_of_a_repository_has_no_badge(binder_badge, repository):
    with pytest.raises(ValueError, match="must be like https://host/owner/name"):
        binder_badge.badge(repository)


def test_the_badge_is_of_the_source_that_the_package_names(binder_badge):
    command = [sys.executable, ROOT / "binder" / "badge.py"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == binder_badge.badge(binder_badge.source()) + "\n"
    assert f"Source = {binder_badge.source()}\n" in (ROOT / "setup.cfg").read_text()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A copy of the repository, and the programs of an environment that Binder's steps made."""
    home = tmp_path_factory.mktemp("binder")
    venv.create(home / "env", with_pip=True)
    programs = home / "env" / "bin"
    repository = home / "repository"
    (repository / "binder").mkdir(parents=True)
    shutil.copytree(ROOT / "binder", repository / "binder", dirs_exist_ok=True)
    requirements = repository / "binder" / "requirements.txt"
    subprocess.run([programs / "pip", "install", "--quiet", "--no-cache-dir", "-r", requirements], check=True)
    for name in REPOSITORY:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, repository / name)
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)
    subprocess.run([repository / "binder" / "postBuild"], cwd=repository, env=environment, check=True)
    return repository, programs, environment


@pytest.mark.long
def test_nothing_that_computes_is_installed(built):
    _, programs, _ = built
    listed = subprocess.run([programs / "pip", "list", "--format=json"], capture_output=True, text=True, check=True)
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    assert {"convergent-widgets", "jupyterlab", "bqplot"} <= {name.replace("_", "-") for name in names}
    assert not names & {"torch", "torchvision", "captum"}


@pytest.mark.long
def test_the_tour_runs_within_the_memory(built):
    repository, programs, environment = built
    ran = repository / "ran.ipynb"
    command = [programs / "jupyter", "nbconvert", "--to", "notebook", "--execute", "--output", ran]
    process = subprocess.Popen(
        ["sh", "-c", f'ulimit -d {CAP // 1024}; exec "$@"', "sh", *command, repository / "notebooks" / "01_tour.ipynb"],
        cwd=repository / "notebooks",
        env=environment,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, resident(process.pid))
        time.sleep(0.05)
    assert process.returncode == 0
    notebook = json.loads(ran.read_text())
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs)
    assert not [output for output in outputs if output["output_type"] == "error"]
    print(f"greatest memory of nbconvert and the kernel together: {peak / 1e6:.0f} MB")
    assert 50e6 < peak < CAP


def resident(pid: int) -> int:
    """Resident bytes of a process and all its children."""
    try:
        first = psutil.Process(pid)
        return sum(one.memory_info().rss for one in [first, *first.children(recursive=True)])
    except psutil.NoSuchProcess:
        return 0


def test_python_is_one_that_the_package_takes():
    wanted = (ROOT / "binder" / "runtime.txt").read_text().strip()
    version = tuple(int(part) for part in wanted.removeprefix("python-").split("."))
    assert version >= (3, 11)
    assert sys.version_info >= (3, 11)
