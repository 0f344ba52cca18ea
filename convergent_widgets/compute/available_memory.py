"""How much memory a process may still take: what the system has left, or its control group (a container's limit)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path("/")
# limit, what is taken, and in memory.stat what of that are files, which make way: of version 2 and of version 1
FILES = (
    ("", "memory.max", "memory.current", "inactive_file"),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def available_memory(root: Path = ROOT) -> int | None:
    """Bytes that can be taken before a process is killed, swap aside; None on a system that tells nothing.

    The least of MemAvailable and of what each control group above this process leaves (Linux, versions 1 and 2);
    elsewhere what psutil says, where that is installed. `root` is where /proc and /sys are found.
    """
    found = [*_of_system(root), *_of_groups(root)]
    if not found and root == ROOT and find_spec("psutil") is not None:
        import psutil  # type: ignore[import-untyped]

        found = [psutil.virtual_memory().available]
    return max(min(found), 0) if found else None


def _of_system(root: Path) -> Iterator[int]:
    for line in _text(root / "proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            yield int(value.split()[0]) * 1024


def _of_groups(root: Path) -> Iterator[int]:
    """What each group leaves that this process is in. Inside a container its own group is where the root would be."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        if number != "0" and "memory" not in controllers.split(","):
            continue
        own, *names = FILES[0] if number == "0" else FILES[1]
        mounted = root / "sys/fs/cgroup" / own
        here = Path(path.lstrip("/"))
        for group in (here, *here.parents):
            yield from _left(mounted / group, *names)


def _left(group: Path, limit: str, taken: str, files: str) -> Iterator[int]:
    most, used = _text(group / limit).strip(), _text(group / taken).strip()
    if most.isdecimal() and used.isdecimal():
        told = dict(line.split(maxsplit=1) for line in _text(group / "memory.stat").splitlines() if " " in line)
        yield int(most) - int(used) + int(told.get(files, 0))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
