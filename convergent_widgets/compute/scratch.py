"""Large arrays on disk instead of in memory, in files without a name: nothing stays behind, however a run ends."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike

from convergent_widgets.compute.sizes import size

LEAST_BYTES = 2**24
MOUNTS = Path("/proc/mounts")
IN_MEMORY = ("ramfs", "tmpfs")
ESCAPED = re.compile(r"\\([0-7]{3})")  # a space, say, in the list of mounts
UNSUPPORTED = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)


class Scratch:
    """Makes arrays in memory (`folder` None), or those of LEAST_BYTES and more in files that are mapped into it.

    What of them is in memory at a time is for the system to say: it writes pages back where memory is short. A file
    is open to nobody else; its room on the disk is free again once the array is let go or the process is gone.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder

    def holds(self, count: int) -> bool:
        """Whether an array of so many bytes lies on the disk."""
        return self.folder is not None and count >= LEAST_BYTES

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array of zeros. Raises OSError where the disk has no room for it."""
        count = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
        if not self.holds(count):
            return np.zeros(shape, dtype)
        with tempfile.TemporaryFile(dir=self.folder, prefix="convergent_widgets_scratch_") as file:
            self._reserve(file, count)
            return np.memmap(file, dtype, "r+", shape=shape).view(np.ndarray)

    def check_room(self, count: int) -> None:
        """OSError where the disk has no room for so many bytes."""
        if self.folder is not None and (free := shutil.disk_usage(self.folder).free) < count:
            raise OSError(f"the run needs {size(count)} in `scratch`, {self.folder} has room for {size(free)}")

    def _reserve(self, file: IO[Any], count: int) -> None:
        """Take the room now: a page that finds none later would end the process."""
        self.check_room(count)
        file.truncate(count)
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(file.fileno(), 0, count)
            except OSError as error:
                if error.errno not in UNSUPPORTED:
                    raise


def in_memory(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether a folder's file system lies in memory, by Linux' list of `mounts`; False where there is no such list."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return False
    kinds = {}  # what is mounted later hides what was there
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        kinds[Path(ESCAPED.sub(lambda found: chr(int(found[1], 8)), point))] = kind
    here = folder.resolve()
    return next((kinds[above] for above in (here, *here.parents) if above in kinds), "") in IN_MEMORY
