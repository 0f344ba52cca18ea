"""Read and write the result file: an .npz whose members are read when first asked for, never a pickle."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from convergent_widgets.files import written_whole

FORMAT = "convergent_widgets comparison"
VERSION = 1
_MANIFEST = "manifest"
_KINDS = "biuf"


class FileFormatError(ValueError):
    """The file is damaged, or is no result of this package, or comes from a newer version of it."""


def write_result(
    path: Path,
    manifest: Mapping[str, Any],
    members: Mapping[str, np.ndarray],
    kind: str = FORMAT,
    kept_as: Path | None = None,
) -> None:
    """Write `path`: beside it first, renamed at the end, so that an interruption leaves the old file.

    The file that is there already is kept as `kept_as`, if that is given.
    """
    described = {**manifest, "format": kind, "version": VERSION}
    with written_whole(path, kept_as) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _write_member(archive, _MANIFEST, to_bytes(described))
        for key in members:
            _write_member(archive, key, members[key])


class ResultFile(Mapping[str, np.ndarray]):
    """The members of a result file by name; each is read from the disk whenever it is asked for.

    Members are stored, not compressed, so none can be larger than the file; that and its header are checked before
    memory is taken. Raises FileFormatError for whatever is not such a file of this `kind`, FileNotFoundError where
    there is none.
    """

    def __init__(self, path: Path, kind: str = FORMAT):
        self.path, self._kind = path, kind
        if path.is_dir():
            raise FileFormatError(f"{path} is a folder, not a result file")
        if not path.exists():
            raise FileNotFoundError(f"there is no file {path}")
        try:
            self._archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise FileFormatError(f"{path} is not a result file, or it is cut short") from None
        self._names = {info.filename.removesuffix(".npy"): info for info in self._archive.infolist()}
        if _MANIFEST not in self._names:
            raise FileFormatError(f"{path} is not a result of convergent_widgets: it has no manifest")
        self.manifest = self._read_manifest()

    def __getitem__(self, name: str) -> np.ndarray:
        with self._member(name) as info:
            return self._read(info)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a member, from its header alone."""
        with self._member(name) as info, self._archive.open(info) as stream:
            return _read_header(info, stream)[0]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if name != _MANIFEST)

    def __len__(self) -> int:
        return len(self._names) - 1

    def __contains__(self, name: object) -> bool:
        return name in self._names

    @contextmanager
    def _member(self, name: str) -> Iterator[zipfile.ZipInfo]:
        """Where the member lies; FileFormatError where it is not there, or for what fails inside."""
        if name not in self._names:
            raise FileFormatError(f"{self.path} is damaged: it lacks {name!r}")
        try:
            yield self._names[name]
        except (zipfile.BadZipFile, EOFError, ValueError, OSError) as error:
            raise FileFormatError(f"{self.path} is damaged: member {name!r} cannot be read ({error})") from error

    def _read(self, info: zipfile.ZipInfo) -> np.ndarray:
        with self._archive.open(info) as stream:
            shape, dtype = _read_header(info, stream)
            raw = stream.read()
        return np.frombuffer(raw, dtype).reshape(shape)

    def _read_manifest(self) -> dict[str, Any]:
        try:
            manifest = from_bytes(self[_MANIFEST])
        except ValueError as error:
            raise FileFormatError(f"{self.path} is damaged: its manifest cannot be read ({error})") from error
        if not isinstance(manifest, dict) or manifest.get("format") != self._kind:
            raise FileFormatError(f"{self.path} is not a result of convergent_widgets: its manifest is another's")
        version = manifest.get("version")
        if not isinstance(version, int) or version > VERSION:
            raise FileFormatError(
                f"{self.path} has format version {version}, this convergent_widgets reads up to {VERSION}: "
                "install a newer one to open it"
            )
        return manifest


def _read_header(info: zipfile.ZipInfo, stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and kind of the member that `stream` begins, up to its values; ValueError where its size differs."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError("it is compressed")
    version = npy.read_magic(stream)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read_header(stream)
    expected = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if dtype.kind not in _KINDS or fortran or expected != info.file_size - stream.tell():
        raise ValueError(f"its header says {dtype} {shape}, its size says otherwise")
    return shape, dtype


def to_bytes(value: Any) -> np.ndarray:
    """A JSON value as a uint8 member."""
    return np.frombuffer(json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), np.uint8)


def from_bytes(member: np.ndarray) -> Any:
    """The JSON value of a uint8 member; ValueError where it holds none."""
    try:
        return json.loads(member.tobytes())
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _write_member(archive: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    # a fixed date makes equal results equal files
    info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
    info.external_attr = 0o644 << 16
    with archive.open(info, "w", force_zip64=True) as stream:
        npy.write_array(stream, np.ascontiguousarray(values), allow_pickle=False)
