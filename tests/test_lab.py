import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from convergent_widgets import lab

START = """
import sys
from pathlib import Path
from convergent_widgets import lab

lab.open_lab(Path(sys.argv[1]))
"""


def ask(address, read=json.load, seconds=30):
    """The answer of a server that may not listen yet."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + seconds
    while True:
        try:
            with direct.open(address, timeout=seconds) as answer:
                return read(answer)
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package as a wheel leaves it, with its notebooks inside; gives the tour there."""
    package = tmp_path / "site-packages" / "convergent_widgets"
    (package / "notebooks").mkdir(parents=True)
    tour = package / "notebooks" / "01_tour.ipynb"
    tour.write_text("shipped")
    monkeypatch.setattr(lab, "__file__", str(package / "lab.py"))
    return tour


@pytest.fixture
def read_only(monkeypatch):
    """Folders named in the returned list cannot be written, whoever runs the test."""
    folders = []
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in folders and may(path, mode))
    return folders


def test_a_checkout_gives_a_copy_too_so_that_its_own_stays_without_outputs(tmp_path):
    shipped = lab.shipped_notebook("01_tour.ipynb")
    assert shipped == Path(__file__).parent.parent / "notebooks" / "01_tour.ipynb"
    copy = lab.own_copy(shipped, [tmp_path])
    assert copy == tmp_path / lab.COPIES / "01_tour.ipynb"
    assert copy.read_bytes() == shipped.read_bytes()


def test_an_installed_tour_is_copied_and_an_edited_copy_is_kept(installed, tmp_path):
    shipped = lab.shipped_notebook("01_tour.ipynb")
    assert shipped == installed
    copy = lab.own_copy(shipped, [tmp_path])
    assert copy.read_text() == "shipped"
    copy.write_text("edited")
    assert lab.own_copy(shipped, [tmp_path]) == copy
    assert copy.read_text() == "edited"
    assert shipped.read_text() == "shipped"


def test_the_copy_goes_to_the_first_place_that_can_be_written(installed, tmp_path, read_only):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    read_only.append(first)
    assert lab.own_copy(installed, [first, second]).parent.parent == second
    read_only.append(second)
    read_only.append(second / lab.COPIES)
    (second / lab.COPIES / "01_tour.ipynb").unlink()
    with pytest.raises(lab.LabError, match="no folder"):
        lab.own_copy(installed, [first, second])


def test_a_missing_notebook_is_said():
    with pytest.raises(lab.LabError, match=r"99_none\.ipynb is missing"):
        lab.shipped_notebook("99_none.ipynb")


def test_write_notebook(tmp_path):
    path = tmp_path / "new.ipynb"
    lab.write_notebook(path, [("markdown", "# Ünits"), ("code", "1 + 1")])
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["# Ünits", "1 + 1"]
    with pytest.raises(FileExistsError):
        lab.write_notebook(path, [])


def test_the_command_is_this_environments_lab(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    command = lab.lab_command(tmp_path / "a b.ipynb", ip=None, port=None, browser=True, more=["--debug"])
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--LabApp.default_url=/doc/tree/a%20b.ipynb" in command
    assert command[-1] == "--debug"
    assert not {"--allow-root", "--no-browser"} & set(command)
    assert not [word for word in command if word.startswith(("--ServerApp.ip", "--ServerApp.port"))]


def test_the_command_of_root_in_a_container(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    command = lab.lab_command(tmp_path / "a.ipynb", ip="0.0.0.0", port=9999, browser=False, more=[])
    assert {"--allow-root", "--no-browser", "--ServerApp.ip=0.0.0.0", "--ServerApp.port=9999"} <= set(command)


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"BROWSER": "firefox"}, "linux", True),
        ({}, "win32", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "somewhere"}, "darwin", False),
    ],
)
def test_has_desktop(environment, platform, expected):
    assert lab.has_desktop(environment, platform) is expected


def test_without_jupyterlab_the_install_command_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    with pytest.raises(lab.LabError, match=r'-m pip install "convergent_widgets\[view\]"'):
        lab.open_lab(tmp_path / "a.ipynb")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_lab_starts_prints_the_address_uses_this_python_and_stops_when_asked(tmp_path):
    notebook = tmp_path / "work" / "my tour.ipynb"
    notebook.parent.mkdir()
    lab.write_notebook(notebook, [("code", "1")])
    # Another kernel of the same name, as from another environment, must not be taken.
    other = tmp_path / "data" / "kernels" / "python3"
    other.mkdir(parents=True)
    kernel = {"argv": ["/nowhere"], "display_name": "other", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(kernel))
    quiet = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")}
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(notebook)],
        cwd=Path(__file__).parent.parent,
        env=quiet | {"JUPYTER_DATA_DIR": str(tmp_path / "data"), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines = []
    try:
        address = None
        for line in process.stderr:
            lines.append(line)
            address = re.search(r"(http://(?:localhost|127\.0\.0\.1):\d+)/doc/tree/my%20tour\.ipynb\?token=(\w+)", line)
            if address:
                break
        assert address, "".join(lines)
        assert "Traceback" not in "".join(lines)
        kernels = ask(f"{address[1]}/api/kernelspecs?token={address[2]}")["kernelspecs"]
        assert kernels["python3"]["spec"]["argv"][0] == sys.executable
        page = ask(f"{address[1]}/lab?token={address[2]}", lambda answer: answer.read().decode())
        assert "apputils-extension:announcements" in page  # among the extensions that are switched off
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
