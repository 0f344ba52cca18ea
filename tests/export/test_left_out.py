"""The foot of a page says what the comparison has and the page has not."""

from __future__ import annotations

import pytest
from synthetic import synthetic_comparison

from convergent_widgets.export.lesson import Lesson, build

ALL = {"conv1": {"a": range(6), "b": range(6), "c": range(9)}}
EIGENGAP = "numbers of clusters other than the one that the eigengap gives"


@pytest.fixture(scope="module")
def whole():
    return synthetic_comparison({"a": 6, "b": 6, "c": 9}, k=4)


def words(comparison, **lesson):
    page, _ = build(comparison, Lesson(**lesson))
    return page["models"]["lesson"]["left_out"]


@pytest.mark.parametrize(
    ("lesson", "said"),
    [
        ({"panels": ("means", "clusters"), "pictured": ("strongest", "deciles")}, ["the panel few to one", EIGENGAP]),
        ({"pictured": ("deciles", "strongest")}, ["the panels mean activations, few to one, many to many"]),
        (
            {"nets": ["b"], "layers": ["conv2"]},
            [
                "nets a, c",
                "layer conv1",
                "patches: deciles",
                "the panels mean activations, few to one, many to many",
            ],
        ),
        ({"patches": 1}, ["patches: deciles", "all but one patch of each unit"]),
        ({"patches": 3}, ["patches: deciles", "all but 3 patches of each unit"]),
        ({"patches": 4}, ["patches: deciles"]),
        ({"patches": 0}, ["all patches"]),
        ({"picture_size": 14}, ["patches: deciles", "pictures in full size (here at most 14 pixels)"]),
        ({"picture_size": 28}, ["patches: deciles"]),
        ({"units": ALL, "layers": ["conv1"]}, ["layer conv2", "patches: deciles"]),
    ],
)
def test_what_is_said(whole, lesson, said):
    panels = "the panels mean activations, few to one, many to many"
    if "panels" not in lesson and panels not in said:
        said = [*said, panels]
    assert words(whole, **{"panels": (), **lesson}) == said


def test_units_are_counted(whole):
    found = words(whole, panels=(), units={"conv1": {"a": [0]}}, layers=["conv1"], pictured=("strongest", "deciles"))
    assert found[1].startswith("patches of ")
    assert found[1].endswith(" of 21 units")
    found = words(whole, panels=("prediction",), units={"conv1": {"a": [0]}})
    assert any(each.startswith("patches and predictors of ") for each in found)
