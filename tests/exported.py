"""Reads an exported page as a browser would: its elements, its description, and its parts as they are documented."""

from __future__ import annotations

import base64
import gzip
import json
import struct
from html.parser import HTMLParser
from typing import Any


class Elements(HTMLParser):
    """Every element of a page in order, as (tag, attributes, text); an element of script ends where HTML says so."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], str]] = []
        self.inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), ""))
        self.inside = True

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            tag, attributes, text = self.elements[-1]
            self.elements[-1] = (tag, attributes, text + data)


def page_of(text: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The description of a page and the texts of its parts."""
    elements = Elements(text).elements
    (page,) = [content for _, attributes, content in elements if attributes.get("id") == "page"]
    parts = {attributes["data-part"]: content for _, attributes, content in elements if "data-part" in attributes}
    return json.loads(page), parts


def unpacked(part: str) -> tuple[Any, bytes]:
    """The JSON of a part and the bytes it speaks of."""
    plain = gzip.decompress(base64.b64decode(part, validate=True))
    (length,) = struct.unpack_from("<I", plain)
    return json.loads(plain[4 : 4 + length]), plain[4 + length :]


def answers_of(part: str) -> dict[str, tuple[Any, list[bytes]]]:
    """The answers of a part by question."""
    index, data = unpacked(part)
    answers, start = {}, 0
    for question, (meta, sizes) in index.items():
        buffers = []
        for size in sizes:
            buffers.append(data[start : start + size])
            start += size
        answers[question] = (meta, buffers)
    assert start == len(data)
    return answers


def pictures_of(parts: dict[str, str]) -> dict[tuple[int, int], tuple[bytes, list[Any]]]:
    """The encoded pictures by set and image, each with [height, width, name, label]."""
    found = {}
    where, nothing = unpacked(parts["pictures"])
    assert nothing == b""
    for name in (name for name in parts if name.startswith("pictures/")):
        index, data = unpacked(parts[name])
        start = 0
        for number, image, size, *caption in index:
            assert where[str(number)][str(image)] == int(name.removeprefix("pictures/"))
            found[number, image] = data[start : start + size], caption
            start += size
        assert start == len(data)
    assert sum(map(len, where.values())) == len(found)
    return found
