"""The contents of a page in parts that are unpacked when they are first needed; js/stored.js reads them.

A part is base64 of gzip of: the length of a JSON text (uint32, little-endian), that text, and bytes it speaks of. By
layer's number i: `i/tables`, `i/matrices`, `i/predictions`, `i/clusters`, `i/attributions` with the answers by key as
`[meta, [bytes of each buffer]]`; `pictures` says in which of `pictures/0`, `pictures/1` ... each picture lies.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convergent_widgets.export.contents import Contents

GROUPS = {
    "pair": "tables",
    "top": "tables",
    "held_out": "tables",
    "found": "tables",
    "means": "tables",
    "matrix": "matrices",
    "prediction": "predictions",
    "clusters": "clusters",
    "attributions": "attributions",
}
CHUNK_BYTES = 2**20


def pack(contents: Contents) -> dict[str, str]:
    """All parts by name, as texts."""
    parts: dict[str, str] = {}
    for number, answers in enumerate(contents.answers):
        groups: dict[str, tuple[dict[str, Any], list[bytes]]] = {}
        for key, (meta, buffers) in answers.items():
            index, data = groups.setdefault(GROUPS[json.loads(key)[0]], ({}, []))
            index[key] = [meta, [len(buffer) for buffer in buffers]]
            data.extend(buffers)
        parts |= {f"{number}/{group}": _packed(index, data) for group, (index, data) in groups.items()}
    return parts | _pictures(contents)


def _pictures(contents: Contents) -> dict[str, str]:
    parts: dict[str, str] = {}
    where: dict[int, dict[int, int]] = {}
    for number, chunk in enumerate(_chunks(contents.pictures)):
        index = []
        for picture_set, image in chunk:
            where.setdefault(picture_set, {})[image] = number
            height, width = contents.sizes[picture_set]
            name, label = contents.captions[image]
            index.append([picture_set, image, len(chunk[picture_set, image]), height, width, name, label])
        parts[f"pictures/{number}"] = _packed(index, chunk.values())
    return {"pictures": _packed(where, []), **parts} if parts else {}


def _chunks(pictures: Mapping[tuple[int, int], bytes]) -> Iterable[dict[tuple[int, int], bytes]]:
    chunk: dict[tuple[int, int], bytes] = {}
    size = 0
    for place, data in pictures.items():
        if chunk and size + len(data) > CHUNK_BYTES:
            yield chunk
            chunk, size = {}, 0
        chunk[place] = data
        size += len(data)
    if chunk:
        yield chunk


def _packed(index: object, data: Iterable[bytes]) -> str:
    text = json.dumps(index, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    plain = struct.pack("<I", len(text)) + text + b"".join(data)
    return base64.b64encode(gzip.compress(plain, mtime=0)).decode()
