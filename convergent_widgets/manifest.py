"""The manifest of a comparison and the texts beside it: checks that a file holds them in the right kinds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from convergent_widgets.fields import Field
from convergent_widgets.members import HALVES
from convergent_widgets.result_file import FileFormatError, ResultFile, from_bytes, to_bytes


def check_manifest(manifest: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The manifest, once its parts are of the kinds that a Comparison relies on; FileFormatError otherwise."""
    try:
        nets, layers, sets = manifest["nets"], manifest["layers"], manifest["picture_sets"]
        sound = (
            _texts(nets)
            and len(set(nets)) == len(nets) > 0
            and _texts([layer["name"] for layer in layers])
            and len({layer["name"] for layer in layers}) == len(layers) > 0
            and isinstance(manifest["dataset"], str)
            and isinstance(manifest["settings"], dict)
            and isinstance(manifest["complete"], bool)
            and _counts([manifest["images_seen"]], 1)
            and _texts(manifest["skipped"])
            and _counts(manifest["picture_set"], len(nets))
            and all(number < len(sets) for number in manifest["picture_set"])
            and all(_counts(one[size], 2) and min(one[size]) > 0 for one in sets for size in ("input", "picture"))
            and all(
                _texts(layer["modules"])
                and _counts(layer["units"], len(nets))
                and _counts(layer["counts"], 2)
                and len(layer["modules"]) == len(layer["fields"]) == len(nets)
                and all(Field.from_json(one) for one in layer["fields"])
                for layer in layers
            )
            and to_bytes(manifest).size > 0  # ValueError for what JSON in UTF-8 cannot hold, as a lone surrogate
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        sound = False
    if not sound:
        raise FileFormatError(f"{path} is damaged: its manifest lacks parts or holds values of the wrong kind")
    return manifest


def check_widths(manifest: Mapping[str, Any], file: ResultFile) -> None:
    """Raise FileFormatError where the layers of `file` do not have as many units as its manifest says."""
    for number, layer in enumerate(manifest["layers"]):
        expected = (4, sum(layer["units"]))
        for half in HALVES:
            shape = file.shape(f"layer/{number}/vectors/{half}")
            if shape != expected:
                raise FileFormatError(
                    f"{file.path} is damaged: its manifest says {expected[1]} units in layer {layer['name']!r}, "
                    f"its arrays are of shape {shape}"
                )


def read_images(member: np.ndarray) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Names and labels of the images from their member; FileFormatError where it holds anything else."""
    try:
        text = from_bytes(member)
        names, labels = text["names"], text["labels"]
        sound = _texts(names) and (labels is None or (_texts(labels) and len(labels) == len(names)))
        to_bytes(text)
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise FileFormatError("damaged: the names and labels of the images are no texts, or not as many of each")
    return tuple(names), None if labels is None else tuple(labels)


def _texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _counts(values: Any, length: int) -> bool:
    return isinstance(values, list) and len(values) == length and all(type(v) is int and v >= 0 for v in values)
