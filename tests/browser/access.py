"""What can be measured of a page's accessibility: names, focus, contrast, sizes. Each check says what is wrong."""

from __future__ import annotations

from pathlib import Path

SCRIPT = (Path(__file__).parent / "access.js").read_text(encoding="utf-8")


def check(page, what: str, *given):
    """What is wrong with a page in this respect; see access.js."""
    page.evaluate(SCRIPT)
    return page.evaluate(f"(given) => access.{what}(...given)", list(given))


def tab_through(page, most: int = 600) -> list[dict]:
    """Press Tab from the page's start until it is left: what had the focus, and how wide its outline was."""
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = check(page, "focusOnNext")
        if not stop:
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab does not leave the page after {most} stops")
