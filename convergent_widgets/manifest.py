"""The manifest of a comparison: what it says, and the check that a file's manifest says it in the right kinds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convergent_widgets.fields import Field
from convergent_widgets.result_file import FileFormatError


def check_manifest(manifest: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The manifest, once its parts are of the kinds that a Comparison relies on; FileFormatError otherwise."""
    try:
        nets, layers, sets = manifest["nets"], manifest["layers"], manifest["picture_sets"]
        sound = (
            _texts(nets)
            and len(set(nets)) == len(nets) > 0
            and _texts([layer["name"] for layer in layers])
            and len(layers) > 0
            and isinstance(manifest["dataset"], str)
            and isinstance(manifest["settings"], dict)
            and isinstance(manifest["complete"], bool)
            and _counts([manifest["images_seen"]], 1)
            and _texts(manifest["skipped"])
            and _counts(manifest["picture_set"], len(nets))
            and all(number < len(sets) for number in manifest["picture_set"])
            and all(_counts(one["input"], 2) and _counts(one["picture"], 2) and min(one["input"]) > 0 for one in sets)
            and all(
                _texts(layer["modules"])
                and _counts(layer["units"], len(nets))
                and _counts(layer["counts"], 2)
                and len(layer["modules"]) == len(layer["fields"]) == len(nets)
                and all(Field.from_json(one) for one in layer["fields"])
                for layer in layers
            )
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        sound = False
    if not sound:
        raise FileFormatError(f"{path} is damaged: its manifest lacks parts or holds values of the wrong kind")
    return manifest


def _texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _counts(values: Any, length: int) -> bool:
    return isinstance(values, list) and len(values) == length and all(type(v) is int and v >= 0 for v in values)
