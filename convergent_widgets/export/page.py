"""The text of a page, and of the ES module that shows the same in a page of somebody else's."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from convergent_widgets.widgets.views import bundle

_EXPORTS = re.compile(r"export \{([^}]*)\};\s*\Z")
_NAME = re.compile(r"(\w+)(?: as (\w+))?")

# The page may run its own script and show its own pictures, and nothing else: no request leaves it.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>:root {{ color-scheme: light dark; scroll-padding-top: 60px }} body {{ margin: 0 }}</style>
</head>
<body>
<main id="lesson"></main>
<noscript>This page needs JavaScript, which it brings along.</noscript>
<script type="application/json" id="page">{page}</script>
{parts}
<script type="module">
{program}
{open}(document);
</script>
</body>
</html>
"""

_PART = '<script type="text/plain" data-part="{}">{}</script>'


def page_text(page: Mapping[str, Any], parts: Mapping[str, str]) -> str:
    """The HTML of a page that shows `page` (title, models and so on) from its `parts`."""
    program, names = _program()
    return _PAGE.format(
        policy=html.escape(_POLICY),
        title=html.escape(page["title"]),
        page=_json(page),
        parts="\n".join(_PART.format(name, part) for name, part in parts.items()),
        program=program,
        open=names["openPage"],
    )


def module_text(page: Mapping[str, Any], parts: Mapping[str, str]) -> str:
    """The ES module whose default export renders the same wherever an anywidget is taken."""
    program, names = _program()
    return (
        f"{program}\nconst lessonPage = {_json(page)};\nconst lessonParts = {_json(parts)};\n"
        f"export default {names['lessonWidget']}(lessonPage, (name) => lessonParts[name]);\n"
    )


def _program() -> tuple[str, dict[str, str]]:
    """The browser module without its exports, and the names within it of what it exports."""
    text = bundle()
    found = _EXPORTS.search(text)
    if found is None or "</script" in text or "<!--" in text:
        raise RuntimeError("the browser module was not built as it should be: run `npm run build`")
    names = {match[2] or match[1]: match[1] for match in _NAME.finditer(found[1])}
    return text[: found.start()], names


def _json(value: object) -> str:
    """JSON that neither ends nor begins anything in the HTML or the script around it."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
