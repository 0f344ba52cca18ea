"""Pictures that somebody else decodes are judged by their header."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from synthetic import synthetic_comparison

from convergent_widgets.comparison import Comparison
from convergent_widgets.export.contents import gather
from convergent_widgets.members import pack_pictures
from convergent_widgets.pictures import GREATEST_SIDE, checked
from convergent_widgets.widgets.answers import answer, opening_answers

KINDS = {b"VP8 ": {}, b"VP8L": {"lossless": True}, b"VP8X": {"exif": b"Exif\0\0some"}}


def webp(height: int, width: int, **options) -> bytes:
    """A black picture."""
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(buffer, "WEBP", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (28, 31), (3, GREATEST_SIDE), (GREATEST_SIDE, 2)])
def test_a_picture_as_large_as_its_set_passes_and_one_pixel_more_does_not(kind, height, width):
    data = webp(height, width, **KINDS[kind])
    assert data[12:16] == kind
    assert checked(data, (height, width)) is data
    assert checked(data) is data
    for most in ((height - 1, width), (height, width - 1)):
        with pytest.raises(ValueError, match=f"{height} pixels high and {width} wide, larger than those of its set"):
            checked(data, most)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("height", "width"), [(2, GREATEST_SIDE + 1), (GREATEST_SIDE + 1, 2)])
def test_a_huge_picture_is_refused_whatever_its_set_says(kind, height, width):
    for most in (None, (height, width)):
        with pytest.raises(ValueError, match="none of more than 4096 is shown"):
            checked(webp(height, width, **KINDS[kind]), most)


def test_what_is_no_webp_is_refused():
    png = io.BytesIO()
    Image.new("RGB", (28, 28)).save(png, "PNG")
    good = webp(28, 28)
    for data in (b"", png.getvalue(), good[:11], good[:12] + b"ALPH" + good[16:], good[:23] + bytes(3) + good[26:]):
        with pytest.raises(ValueError, match="is no WebP"):
            checked(data)


def with_picture(made: Comparison, data: bytes) -> tuple[Comparison, int]:
    """The same comparison, one of whose pictures is `data`; and which."""
    shown = made.top_table(made.layers[0], made.nets[0]).images
    image = int(shown[0, 1])
    images = made._members["pictures/0/images"].tolist()
    pictures = {each: made.picture_bytes(0, each) for each in images} | {image: data}
    return Comparison(made._manifest, {**made._members, **pack_pictures("pictures/0", pictures)}), image


@pytest.mark.parametrize("side", [29, 9000])
def test_neither_a_live_page_nor_an_exported_one_gets_a_picture_larger_than_its_set(side):
    made, image = with_picture(synthetic_comparison({"a": 5, "b": 5}, ("conv1",)), webp(side, 28))
    words = f"a stored picture is {side} pixels high"
    with pytest.raises(ValueError, match=words):
        answer(made, "pictures", {"pictures": 0, "images": [image]})
    with pytest.raises(ValueError, match=words):
        opening_answers(made, "conv1", "a", "b")
    with pytest.raises(ValueError, match=words):
        gather(made)
