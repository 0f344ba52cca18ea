"""The checkpoint of a run: what was gathered so far, saved now and then, so that a killed run can go on."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convergent_widgets.compute.options import path
from convergent_widgets.compute.setting import differences, some
from convergent_widgets.compute.telling import tell
from convergent_widgets.result_file import VERSION, FileFormatError, ResultFile, write_result

if TYPE_CHECKING:
    import numpy as np
    import torch

    from convergent_widgets.compute.distributed import Ranks
    from convergent_widgets.compute.gathering import Gathering
    from convergent_widgets.compute.stage import Stage

KIND = "convergent_widgets checkpoint"
LEAST_SECONDS = 30.0
SHARE = 20  # of the time between two saves, at most one in so many parts goes into saving
BEFORE = ".before"
MARK = {"format": KIND, "version": VERSION}
MARKED = json.dumps(MARK).encode()[:-1] + b","
HEAD = 4096  # bytes, in which a checkpoint shows its mark
MANIFEST_AT = 190  # bytes, behind which the manifest begins with the mark: the heads of an archive and of its array
# What is the same in all such heads: stored, of 1980, and the name; between them stand sums and sizes.
ARCHIVE = (slice(0, 14), b"PK\3\4-\0\0\0\0\0\0\0!\0"), (slice(30, 42), b"manifest.npy")
ARCHIVE_END = b"PK\5\6"
BLOCK = 1 << 20  # bytes


class Checkpoint:
    """One file, and the one before it (`.before`), of one setting of a run; one for each of several processes.

    A setting is the nets (names, order, weights, classes of their modules, what each recorded layer returns for the
    first image), the layers and their order, the options that the numbers depend on, the names of all images in their
    order, and the first image as each net sees it. The pixels of the other images are not looked at: where files
    changed and kept their names, it is for the caller to name another checkpoint.

    The file before is taken where the file itself is torn or not there. Raises ValueError for a checkpoint of another
    setting, naming the differences, FileFormatError (a ValueError) where neither file can be read, or either is no
    checkpoint of this version, so that nothing foreign is ever replaced.
    """

    def __init__(self, given: str | Path, setting: Mapping[str, Any], device: torch.device, processes: Ranks):
        self.path = checkpoint_path(given)
        if processes.size > 1:
            self.path = self.path.with_name(f"{self.path.name}.{processes.rank}of{processes.size}")
        self._before = self.path.with_name(self.path.name + BEFORE)
        self._setting = {**setting, "processes": processes.size}
        self._device = device
        self._saved_at, self._took, self._done = time.monotonic(), 0.0, 0
        self._torn = False
        self._found = self._read()
        found = differences(self._setting, self._found[0]["setting"]) if self._found else []
        if found:
            raise ValueError(
                f"the checkpoint {self.path} is of another run: {some(found)}. Name another file, or delete this one"
            )

    def bins(self, stage: Stage) -> list[dict[str, np.ndarray]] | None:
        """The bin edges that the saved run began with, for each layer by net; None where nothing was saved."""
        if self._found is None:
            return None
        arrays = self._found[1]
        return [
            {net: arrays[f"layer/{layer}/information/edges/{number}"] for number, net in enumerate(stage.nets)}
            for layer in range(len(stage.planned))
        ]

    def resume(self, gathering: Gathering) -> int:
        """Give `gathering` back what was saved, once, and return how many images lie behind it."""
        if self._found is None:
            return 0
        (manifest, arrays), self._found = self._found, None
        gathering.restore(manifest["told"], arrays, self._device)
        self._done = int(manifest["done"])
        return self._done

    def save_if_due(self, gathering: Gathering, done: int) -> None:
        """Save once enough time has gone by."""
        if time.monotonic() - self._saved_at >= max(LEAST_SECONDS, SHARE * self._took):
            self.save(gathering, done)

    def save(self, gathering: Gathering, done: int) -> None:
        """Save what was gathered from the first `done` images, unless it is; a whole file before stays as `.before`."""
        if done == self._done:
            return
        started = time.monotonic()
        told, arrays = gathering.state()
        manifest = {**MARK, "setting": self._setting, "told": told, "done": done}  # the mark first: see `_is_torn`
        write_result(self.path, manifest, arrays, KIND, kept_as=None if self._torn else self._before)
        self._torn = False
        self._saved_at = time.monotonic()
        self._took = self._saved_at - started
        self._done = done

    def _read(self) -> tuple[Mapping[str, Any], Mapping[str, np.ndarray]] | None:
        """What can be read to its end; its arrays are read again when they are taken over, one at a time."""
        found, torn = None, []
        for place in (self.path, self._before):
            try:
                file = ResultFile(place, KIND)
                if found is None:
                    for name in file:
                        file[name]
            except FileNotFoundError:
                continue
            except FileFormatError as error:
                if not _is_torn(place):
                    raise FileFormatError(
                        f"{error}; it stays as it is: name another `checkpoint`, or delete it"
                    ) from error
                torn.append(str(error))
            else:
                found = found or file
        if found is not None:
            self._torn = found.path == self._before and bool(torn)
            if self._torn:
                tell(f"{torn[0]}; the run goes on from the checkpoint before it")
            return found.manifest, found
        if torn:
            raise FileFormatError(f"{'; '.join(torn)}; delete it to start anew, or name another `checkpoint`")
        return None


def _is_torn(file: Path) -> bool:
    """Whether a file that can't be read is what a crash left of a checkpoint: its beginning, nothing, or only zeros."""
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        head = stream.read(HEAD)
        if MARKED in head or _is_beginning(head):
            return True
        stream.seek(0)
        return not any(block.strip(b"\0") for block in iter(lambda: stream.read(BLOCK), b""))


def _is_beginning(data: bytes) -> bool:
    """Whether that is a checkpoint that was cut before the end of its mark; a cut result begins in the same way."""
    same = all(fixed.startswith(data[place]) for place, fixed in ARCHIVE)
    return same and ARCHIVE_END not in data and MARKED.startswith(data[MANIFEST_AT:])


def checkpoint_path(given: str | Path) -> Path:
    """The path of a checkpoint. Raises TypeError where it is no path, ValueError where no file can be written there."""
    file = path("checkpoint", given)
    folder = file.absolute().parent
    if file.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ValueError(f"`checkpoint` must be a file in a folder that exists and can be written, got {str(file)!r}")
    return file


def remove_checkpoint(saved: Path) -> None:
    """Delete the checkpoint that was saved as `saved`, of however many processes."""
    ours = re.compile(re.escape(saved.name) + rf"(\.\d+of\d+)?({re.escape(BEFORE)})?")
    for file in saved.absolute().parent.iterdir():
        if ours.fullmatch(file.name):
            file.unlink()
