"""Serves one result as an application: Voila shows the Explorer alone, and each visitor has a kernel of their own."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from convergent_widgets import lab

TEMPLATE = Path(__file__).parent / "voila_template"
IDLE = 3600  # seconds after which the kernel of a visitor who left is stopped


class VoilaError(RuntimeError):
    """Voila cannot be started here; the message says what to do."""


def check_voila() -> None:
    """Raise `VoilaError` when Voila is not installed in this environment."""
    if find_spec("voila") is None:
        raise VoilaError(f"Voila is not installed here; {lab.install_command('voila')} installs it")


def voila_command(
    notebook: Path, *, ip: str | None = None, port: int | None = None, browser: bool = False, more: Sequence[str] = ()
) -> list[str]:
    """The command that serves `notebook` by the Voila that belongs to the running Python."""
    command = [sys.executable, "-m", "voila", str(notebook), f"--VoilaConfiguration.template={TEMPLATE.name}"]
    command += ["--VoilaConfiguration.file_allowlist=[]", "--MappingKernelManager.cull_interval=60"]
    command.append(f"--MappingKernelManager.cull_idle_timeout={IDLE}")
    if not browser:
        command.append("--no-browser")
    if ip is not None:
        command.append(f"--Voila.ip={ip}")
    if port is not None:
        command.append(f"--port={port}")
    return [*command, *more]


def serve(
    result: Path,
    *,
    ip: str | None = None,
    port: int | None = None,
    browser: bool | None = None,
    more: Sequence[str] = (),
) -> int:
    """Serve the Explorer on the file `result` until it is stopped, and return Voila's exit status.

    `browser` None opens one where there is a desktop. `more` is handed on to Voila as it is. Raises `VoilaError` when
    Voila is not installed in this environment.
    """
    check_voila()
    if browser is None:
        browser = lab.has_desktop()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab.write_kernel(folder)
        shutil.copytree(TEMPLATE, folder / "voila" / "templates" / TEMPLATE.name)
        notebook = folder / "served" / "explorer.ipynb"
        notebook.parent.mkdir()
        show = (
            f"import convergent_widgets as cw\ncw.Explorer(cw.Comparison.load({str(result.resolve())!r}), still=False)"
        )
        lab.write_notebook(notebook, [("code", show)], title=result.name)
        command = voila_command(notebook, ip=ip, port=port, browser=browser, more=more)
        return lab.run(command, os.environ | {"JUPYTER_PATH": lab.put_first(name, "JUPYTER_PATH")})
