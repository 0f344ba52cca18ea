"""Starts this environment's JupyterLab on a notebook, with this environment's kernel."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

COPIES = "convergent_widgets_notebooks"


class LabError(RuntimeError):
    """JupyterLab cannot be started here; the message says what to do."""


def shipped_notebook(name: str) -> Path:
    """The notebook `name` as it was shipped: in `notebooks/` of a checkout, or inside the installed package.

    Raises `LabError` when it is in neither place.
    """
    package = Path(__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if (folder / name).is_file():
            return folder / name
    raise LabError(f"the notebook {name} is missing from this installation; install the package again")


def own_copy(shipped: Path, places: Sequence[Path] | None = None) -> Path:
    """A copy of `shipped` that its reader may edit and JupyterLab may save; an earlier copy is never overwritten.

    It lies in the folder `convergent_widgets_notebooks` in the first writable of `places`: by default the current
    folder, the home folder, the folder for temporary files.
    """
    for place in places or (Path.cwd(), Path.home(), Path(tempfile.gettempdir())):
        copy = place / COPIES / shipped.name
        if copy.is_file():
            return copy
        if _writable(copy.parent if copy.parent.exists() else place):
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(shipped, copy)
            return copy
    raise LabError("no folder to copy the notebook to can be written; start this in a folder of yours")


def write_notebook(path: Path, cells: Sequence[tuple[str, str]], title: str | None = None) -> None:
    """Write a new notebook of `cells`, each ("markdown" or "code", its text); `FileExistsError` if `path` exists."""
    named = {} if title is None else {"title": title}
    content = {
        "cells": [_cell(number, kind, text) for number, (kind, text) in enumerate(cells)],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, **named},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    with path.open("x", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)


def lab_command(notebook: Path, *, ip: str | None, port: int | None, browser: bool, more: Sequence[str]) -> list[str]:
    """The command that opens `notebook` in the JupyterLab that belongs to the running Python.

    It is opened alone (/doc), without the list of files, so that all views fit on a small screen.
    """
    command = [sys.executable, "-m", "jupyterlab"]
    command += [f"--ServerApp.root_dir={notebook.parent}", f"--LabApp.default_url=/doc/tree/{quote(notebook.name)}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    if not browser:
        command.append("--no-browser")
    if ip is not None:
        command.append(f"--ServerApp.ip={ip}")
    if port is not None:
        command.append(f"--ServerApp.port={port}")
    return [*command, *more]


def has_desktop(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a browser opened from here would appear before the person who asks for it.

    A text browser in the terminal would hide the address, so without a desktop none is started, unless the variable
    BROWSER names one.
    """
    if environment.get("BROWSER"):
        return True
    if platform in ("win32", "cygwin"):
        return True
    if platform == "darwin":
        return "SSH_CONNECTION" not in environment
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def open_lab(
    notebook: Path,
    *,
    ip: str | None = None,
    port: int | None = None,
    browser: bool | None = None,
    more: Sequence[str] = (),
) -> int:
    """Run JupyterLab on `notebook` until it is stopped and return its exit status.

    `browser` None opens one where there is a desktop. `more` is handed on to JupyterLab as it is. Raises `LabError`
    when JupyterLab is not installed in this environment.
    """
    if find_spec("jupyterlab") is None:
        raise LabError(f"JupyterLab is not installed here; {install_command('view')} installs it")
    if browser is None:
        browser = has_desktop()
    command = lab_command(notebook, ip=ip, port=port, browser=browser, more=more)
    with tempfile.TemporaryDirectory() as folder:
        write_kernel(Path(folder))
        _write_settings(Path(folder))
        paths = {name: put_first(folder, name) for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH")}
        return run(command, os.environ | paths)


def install_command(extra: str) -> str:
    """The command that adds `extra` to this environment."""
    python = sys.executable if " " not in sys.executable else f'"{sys.executable}"'
    return f'{python} -m pip install "convergent_widgets[{extra}]"'


def write_kernel(folder: Path) -> None:
    """A kernel named python3 that is the running Python, whatever others of that name the user has installed."""
    from ipykernel.kernelspec import write_kernel_spec

    write_kernel_spec(folder / "kernels" / "python3")


def put_first(folder: str, name: str) -> str:
    """The search path that the environment's variable `name` holds, with `folder` before it."""
    return os.pathsep.join(filter(None, (folder, os.environ.get(name))))


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a server until it is stopped and return its exit status; Ctrl-C and SIGTERM are left to it."""
    process = subprocess.Popen(command, env=environment)
    former = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the server got it too; JupyterLab asks whether to stop
                continue
    finally:
        signal.signal(signal.SIGTERM, former)


def _cell(number: int, kind: str, text: str) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK)


def _write_settings(folder: Path) -> None:
    """No question about news and no look for updates: the notebook comes first, and no other machine is asked."""
    settings = folder / "labconfig" / "page_config.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}))
