"""Files that are whole or not there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def written_whole(path: Path, kept_as: Path | None = None) -> Iterator[BinaryIO]:
    """A stream whose bytes become `path` once all went well; an error or an interruption leaves the old file.

    They are written beside it and renamed at the end. The file that is there already is kept as `kept_as`, if given.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        part.chmod(0o666 & ~_umask())
        if kept_as is not None and path.exists():
            path.replace(kept_as)
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def check_target(path: Path, suffix: str, overwrite: bool) -> None:
    """Refuse early a file that could not be written in the end.

    Raises ValueError for another suffix or a folder, FileNotFoundError without its folder, PermissionError where that
    cannot be written, FileExistsError where the file exists and `overwrite` is False.
    """
    if path.suffix.lower() != suffix:
        raise ValueError(f"the file must end in {suffix}, got {path}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} in")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists; overwrite=True replaces it")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"the folder {path.parent} cannot be written")


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
