"""The head of the panel of mean activations in a page without a kernel: scale, words, and units to select."""

from __future__ import annotations

import pytest
from browser.acting import expect_key, key, state
from browser.pages import models_of
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PLACES = '<div data-mount="explorer"></div><div data-mount="means"></div>'


@pytest.fixture
def opened(open_page, comparison, answers):
    """The Explorer and the head of the panel, beneath which Python would draw its figure."""
    models = models_of(comparison, ("explorer", "means"), unit=7)
    models["means"]["scale"] = "linear"
    models["selection"]["panels"] = ["means"]
    return open_page(models, answers, PLACES)


def test_it_leaves_the_curves_to_python(opened):
    expect(opened.locator(".cw-means-head")).to_be_visible()
    expect(opened.locator(".cw-chart")).to_have_count(0)


def test_its_entries_select_their_units(opened, comparison):
    wide = comparison.counterparts("conv1", "seed 0", 7)["wide"].unit
    entry = opened.locator(".cw-means-head [data-net='wide']")
    expect(entry).to_contain_text(f"wide / {wide}")
    expect(opened.locator(".cw-means-head [data-net='seed 0']")).to_have_attribute("aria-current", "true")
    entry.focus()
    opened.keyboard.press("Enter")
    assert (state(opened)["net"], state(opened)["unit"]) == ("wide", wide)
    expect(opened.locator(".cw-means-head [aria-current]")).to_have_attribute("data-net", "wide")
    expect_key(opened, key(comparison, "conv1", "wide", wide))


def test_it_says_how_far_the_means_lie_apart(opened, comparison):
    found = comparison.mean_activations("conv1")
    expect(opened.locator(".cw-means-head .cw-sentence")).to_contain_text(f"by {100 * found.gap:.0f}\u00a0% at most")


def test_its_scale_is_worked_by_the_keyboard(opened):
    group = opened.get_by_role("radiogroup", name="scale of the mean activation")
    before = opened.evaluate("window.page.models.means.get('scale')")
    group.get_by_role("radio", name=before).focus()
    opened.keyboard.press("ArrowRight")
    after = opened.evaluate("window.page.models.means.get('scale')")
    assert {before, after} == {"linear", "log"}
    expect(group.get_by_role("radio", name=after)).to_be_focused()


def test_keys_pressed_in_it_do_not_reach_the_notebook(opened):
    for one in opened.locator(".cw-means-head :is(button[tabindex='0'], .cw-close, .cw-means-entry)").all():
        one.focus()
        opened.keyboard.press("d")
        expect(one).to_have_attribute("data-lm-suppress-shortcuts", "true")


def test_closing_it_by_keyboard_gives_the_focus_back(opened):
    opened.locator(".cw-means-head").get_by_role("button", name="Close this panel").focus()
    opened.keyboard.press("Enter")
    assert opened.evaluate("window.page.models.selection.get('panels')") == []
    expect(opened.get_by_role("button", name="Mean activations")).to_be_focused()
