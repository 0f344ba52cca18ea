"""Parts are what their module says: base64 of gzip of a length, a JSON text, and bytes."""

from __future__ import annotations

import pytest
from exported import answers_of, pictures_of, unpacked
from synthetic import synthetic_comparison

from convergent_widgets.export import parts as module
from convergent_widgets.export.contents import gather
from convergent_widgets.export.parts import pack

HOSTILE = 'ü "</script><script>alert(1)</script>\n'


@pytest.fixture(scope="module")
def contents():
    comparison = synthetic_comparison({"a": 5, HOSTILE: 6}, ("conv1", HOSTILE), k=3)
    return gather(comparison, panels=("clusters", "prediction"), pictured=("strongest", "deciles"))


def test_all_answers_come_back(contents):
    parts = pack(contents)
    for number, answers in enumerate(contents.answers):
        groups = [name for name in parts if name.startswith(f"{number}/")]
        assert groups == [f"{number}/{group}" for group in ("tables", "matrices", "clusters", "predictions")]
        found = {}
        for name in groups:
            found |= answers_of(parts[name])
        assert found == answers


@pytest.mark.parametrize("chunk", [1, 2000, 2**20])
def test_all_pictures_come_back_from_chunks(contents, monkeypatch, chunk):
    monkeypatch.setattr(module, "CHUNK_BYTES", chunk)
    parts = pack(contents)
    found = pictures_of(parts)
    assert {place: data for place, (data, _) in found.items()} == contents.pictures
    for (_, image), (_, caption) in found.items():
        assert caption == [28, 28, *contents.captions[image]]
    chunks = [name for name in parts if name.startswith("pictures/")]
    if chunk == 1:
        assert len(chunks) == len(contents.pictures)
    if chunk == 2**20:
        assert len(chunks) == 1
    assert all(len(unpacked(parts[name])[1]) <= max(chunk, 2000) for name in chunks)


def test_without_pictures_there_is_no_part_of_them():
    parts = pack(gather(synthetic_comparison({"a": 5, "b": 5}, ("conv1",), pictures=False)))
    assert list(parts) == ["0/tables", "0/matrices"]


def test_equal_contents_are_equal_texts(contents):
    assert pack(contents) == pack(contents)
    assert all(text.isascii() and "<" not in text for text in pack(contents).values())
