"""The cases that the text of a view is tested on, in Python and in the browser."""

from __future__ import annotations

import json
from pathlib import Path

from convergent_widgets.widgets.selection import STATE, Selection

DEFAULTS = {name: Selection.class_traits()[name].default_value for name in STATE}

_known = json.loads((Path(__file__).parent / "state_text_cases.json").read_text(encoding="utf-8"))
FACTS = _known["facts"]
CASES = [
    {
        **case,
        "text": case["text"] + ",means" * case.get("times", 0),
        "state": case["state"] and {**DEFAULTS, **case["state"]},
    }
    for case in _known["cases"]
]
GOOD = [case for case in CASES if case["state"]]
BAD = [case for case in CASES if not case["state"]]
WRITTEN = [case for case in GOOD if "written" in case]
