"""Files that are whole or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def written_whole(path: Path, kept_as: Path | None = None) -> Iterator[BinaryIO]:
    """A stream whose bytes become `path` once all went well; an error or an interruption leaves the old file.

    They are written beside it and renamed at the end. The file that is there already is kept as `kept_as`, if given.
    """
    with written_together([path], kept_as) as [stream]:
        yield stream


@contextlib.contextmanager
def written_together(paths: Sequence[Path], kept_as: Path | None = None) -> Iterator[list[BinaryIO]]:
    """A stream for each of `paths`: their bytes become these files, all of them or none, once all went well.

    Where a path is a link, the file that it leads to is written. The first that is there already is kept as `kept_as`,
    if given.
    """
    targets = [path.resolve() for path in paths]
    parts: list[Path] = []
    try:
        with contextlib.ExitStack() as opened:
            streams: list[BinaryIO] = []
            for target in targets:
                parts.append(_beside(target))
                streams.append(opened.enter_context(parts[-1].open("xb")))
            yield streams
        if kept_as is not None and targets[0].exists():
            _keep(targets[0], kept_as)
        _rename(parts, targets)
    except BaseException:
        for part in parts:
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
    folder = path.resolve().parent if path.is_symlink() else path.parent
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} to write {path.name} in")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists; overwrite=True replaces it")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"the folder {folder} cannot be written")


def _beside(target: Path) -> Path:
    """A new name in the same folder, short whatever the target's."""
    return target.with_name(f".{secrets.token_hex(8)}.part")


def _rename(parts: Sequence[Path], targets: Sequence[Path]) -> None:
    """Each part becomes its target; where one can't, the targets before it get back what they were."""
    with contextlib.ExitStack() as undone:
        for part, target in zip(parts[:-1], targets[:-1], strict=True):
            undone.enter_context(_restored(target))
            part.replace(target)
        parts[-1].replace(targets[-1])


@contextlib.contextmanager
def _restored(target: Path) -> Iterator[None]:
    """An error within leaves the file that was there before, or none."""
    there, old = target.exists(), _beside(target)
    try:
        if there:
            try:
                os.link(target, old)
            except OSError:  # where a file has one name only
                shutil.copy2(target, old)
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            if there:
                old.replace(target)
            else:
                target.unlink()
        raise
    finally:
        with contextlib.suppress(OSError):
            old.unlink()


def _keep(path: Path, kept_as: Path) -> None:
    """`path` is `kept_as` from now on, also where that is on another disk."""
    try:
        path.replace(kept_as)
    except OSError:
        shutil.copy2(path, kept_as)
