"""Which of its views the Explorer of a lesson shows."""

from __future__ import annotations

import pytest
from browser.pages import models_of
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ROOTS = {
    "toolbar": ".cw-toolbar",
    "matrix": ".cw-panel.cw-matrix",
    "overview": ".cw-overview",
    "gallery": ".cw-cards",
}
VIEWS = list(ROOTS)


@pytest.mark.parametrize("views", [None, VIEWS, ["matrix"], ["overview", "gallery"], ["toolbar", "matrix", "gallery"]])
def test_those_that_are_named(open_page, comparison, answers, views):
    models = models_of(comparison)
    if views is not None:
        models["explorer"]["views"] = views
    page = open_page(models, answers, width=1366)
    expect(page.locator(".cw-sentence").first).to_contain_text("have a partner")
    for name, root in ROOTS.items():
        assert (page.locator(root).count() > 0) is (views is None or name in views)
    # what stands alone is as wide as both would be
    whole = page.locator(".cw-plots").bounding_box()["width"]
    shown = [page.locator(root).first for name, root in ROOTS.items() if name in ("matrix", "overview")]
    widths = [box["width"] for each in shown if each.count() and (box := each.bounding_box())]
    assert all((width == whole) is (len(widths) == 1) for width in widths)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
