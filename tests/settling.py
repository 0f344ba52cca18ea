"""The cases that the rules of the selection are tested on, in Python and in the browser."""

from __future__ import annotations

import json
from pathlib import Path

UNSET = {
    "only": None,
    "least_r": None,
    "overview": "wall",
    "pictured": "strongest",
    "penalty": 0.1,
    "clusters": None,
    "cluster": None,
}


def _whole(state):
    return None if state is None else {**UNSET, **state}


CASES = [
    {**case, "before": _whole(case["before"]), "after": _whole(case["after"])}
    for case in json.loads((Path(__file__).parent / "settle_cases.json").read_text(encoding="utf-8"))
]
