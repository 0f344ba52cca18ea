"""Every control and picture by keyboard and by name, legible in both themes, on wide and on narrow pages."""

from __future__ import annotations

import re

import numpy as np
import pytest
from browser.access import check, tab_through
from browser.acting import state
from browser.colour_vision import LACKING, apart
from browser.pages import models_of
from browser.test_page_prediction import page_answers
from playwright.sync_api import expect

import convergent_widgets as cw

pytestmark = pytest.mark.browser

SIZES = {"wide": (1366, 768), "narrow": (400, 800)}
LAYER = {"made up": "conv1", "zoo": "conv2"}
VIEW = {"wall": ".cw-wall", "ranks": ".cw-rank"}


@pytest.fixture(scope="module")
def shown(comparison):
    """Comparisons with their answers."""
    made = {}
    for name, one in {"made up": comparison, "zoo": cw.zoo.comparison()}.items():
        pairs = [("seed 0", "seed 1"), ("seed 1", "seed 0")]
        made[name] = one, page_answers(one, LAYER[name], *pairs)
    return made


@pytest.fixture
def open_all(open_page, shown):
    """Opens the Explorer with the panels that a page without a kernel can show."""

    def open_(which="made up", size="wide", scheme="light", overview="wall", **options):
        comparison, answers = shown[which]
        options |= {"layer": LAYER[which], "overview": overview}
        models = models_of(comparison, ["explorer", "prediction", "clusters"], **options)
        models["selection"]["panels"] = ["prediction", "clusters"]
        width, height = SIZES[size]
        page = open_page(models, answers, width=width, height=height, color_scheme=scheme)
        expect(page.locator(".cw-clusters")).to_have_attribute("data-key", re.compile("."))
        expect(page.locator(".cw-prediction")).to_have_attribute("data-key", re.compile("."))
        expect(page.locator(".cw-stale, [aria-busy], .cw-loading")).to_have_count(0)
        expect(page.locator(".cw-pair:not([data-painted])")).to_have_count(0)
        expect(page.locator(VIEW[overview])).to_be_visible()
        return page

    return open_


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture(params=LAYER)
def which(request):
    return request.param


@pytest.fixture(params=VIEW)
def overview(request):
    return request.param


def dialog_of(page):
    """The whole image of the first patch."""
    page.locator(".cw-patch").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def test_everything_has_a_name(open_all, which, size, overview):
    page = open_all(which, size, overview=overview)
    assert check(page, "nameless") == []
    assert check(page, "namedTwice") == [], "two controls of one place are called the same"
    snapshot = page.locator("body").aria_snapshot()
    roles = "button|textbox|combobox|listbox|option|slider|spinbutton|radio|radiogroup|group|region|toolbar|img"
    roles += "|application"
    assert len(re.findall(rf"^ *- '?(?:{roles}) \"", snapshot, re.MULTILINE)) > 50
    nameless = re.findall(rf"^ *- (?:{roles})(?: \[.*)?(?::.*)?$", snapshot, re.MULTILINE)
    assert nameless == ["  - group: What is this, and what does the paper leave open?"], "what unfolds says what it is"
    for name in (
        "net A",
        "matching",
        "layer",
        "zoom in",
        "Copy this view",
        "next cluster",
        "L1 penalty",
        "colours of r",
        "least r to the partner",
        "units of net A that stand out",
    ):
        assert f'"{name}' in snapshot
    dialog = dialog_of(page)
    assert check(page, "nameless") == []
    assert 'img "image ' in dialog.aria_snapshot()


def test_a_nameless_control_would_be_found(open_all):
    page = open_all()
    assert page.locator(".cw-pair canvas:visible").count() > 20
    page.locator(".cw-pair").first.evaluate("(e) => e.removeAttribute('aria-label')")
    page.locator(".cw-list").evaluate("(e) => e.removeAttribute('aria-label')")
    page.locator(".cw-swap").evaluate("(e) => { e.removeAttribute('aria-label'); e.removeAttribute('title'); }")
    page.locator(".cw-canvas").first.evaluate("(e) => e.removeAttribute('aria-label')")
    assert len(check(page, "nameless")) == 4


def test_everything_is_reached_by_tab_and_shows_it(open_all, which, size, overview):
    page = open_all(which, size, overview=overview)
    stops = tab_through(page)
    assert check(page, "unreached") == []
    assert 35 < len(stops) < 90
    assert [stop["called"] for stop in stops if stop["outline"] < 1] == []


def test_text_is_legible(open_all, which, size, scheme, overview):
    page = open_all(which, size, scheme, overview)
    faint = check(page, "faint")
    assert faint["wrong"] == []
    assert faint["looked"] > 150
    colour = {"light": "#888", "dark": "#707070"}[scheme]
    page.locator(".cw-sentence").first.evaluate("(e, colour) => { e.style.color = colour; }", colour)
    assert check(page, "faint")["wrong"], "a fainter one would be found"


BAND = """() => {
  const fill = (selector) => getComputedStyle(document.querySelector(selector)).fill;
  const copy = Object.assign(document.createElement("p"), { textContent: "on the band" });
  Object.assign(copy.style, { background: fill(".cw-band"), color: fill(".cw-label-band") });
  document.body.append(copy);
}"""


def test_words_on_the_band_are_legible(open_all, scheme):
    page = open_all("made up", "wide", scheme, "ranks")
    page.evaluate(BAND)
    assert check(page, "faint")["wrong"] == []


def test_a_narrow_page_is_no_wider_than_its_window(open_all, which, scheme, overview):
    page = open_all(which, "narrow", scheme, overview)
    assert check(page, "outside") == []
    page.locator(".cw-clusters-how > summary").click()
    dialog_of(page)
    assert check(page, "outside") == []


def test_on_a_narrow_page_plots_are_as_wide_as_it_and_the_toolbar_wraps(open_all, which, overview):
    page = open_all(which, "narrow", overview=overview)
    for name in (".cw-matrix", VIEW[overview], ".cw-clusters"):
        assert page.locator(name).bounding_box()["width"] >= 400 - 2 * 8
    rows = {round(page.locator(f".cw-toolbar {c}").first.bounding_box()["y"]) for c in (".cw-swap", ".cw-search")}
    assert len(rows) == 2
    cards = [card.bounding_box() for card in page.locator(".cw-gallery .cw-card").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 400 for box in cards)
    assert len({box["y"] for box in cards}) > 1


def test_on_a_narrow_page_targets_are_large(open_all, which, overview):
    page = open_all(which, "narrow", overview=overview)
    assert check(page, "small", 24) == []
    dialog_of(page)
    assert check(page, "small", 24) == []
    assert check(page, "small", 45), "smaller ones are found"


def test_fingers_have_large_targets_on_a_wide_page(browser, open_all, overview):
    page = open_all("made up", "wide", overview=overview)
    assert check(page, "small", 24), "a mouse needs less"
    context = browser.new_context(viewport={"width": 1366, "height": 768}, has_touch=True, is_mobile=True)
    touched = context.new_page()
    touched.goto(page.url)
    touched.wait_for_function("window.ready && document.querySelector('.cw-clusters').dataset.key")
    expect(touched.locator(".cw-gallery")).to_have_attribute("data-key", re.compile("."))
    small = check(touched, "small", 24)
    context.close()
    assert small == []


@pytest.mark.parametrize("width", [400, 460, 700])
def test_words_of_cards_are_not_cut_on_a_narrow_page(open_page, shown, width):
    comparison, answers = shown["zoo"]
    page = open_page(models_of(comparison, layer="conv2"), answers, width=width, height=800)
    expect(page.locator(".cw-card[data-net='seed 3'] .cw-foot")).to_contain_text("taken")
    assert check(page, "cut") == []


def test_a_narrow_page_is_used_by_keyboard_alone(open_all, overview):
    page = open_all("made up", "narrow", overview=overview)
    page.locator(".cw-canvas").first.focus()
    before = state(page)["unit"]
    page.keyboard.press("ArrowDown")
    assert state(page)["unit"] != before
    before = state(page)["unit"]
    page.locator(VIEW[overview]).get_by_role({"wall": "listbox", "ranks": "application"}[overview]).focus()
    page.keyboard.press("ArrowRight")
    assert state(page)["unit"] != before
    page.locator(".cw-clusters-matrix canvas").focus()
    page.keyboard.press("ArrowDown")
    assert state(page)["cluster"] is not None
    page.get_by_role("slider", name="L1 penalty").focus()
    page.keyboard.press("ArrowRight")
    assert state(page)["penalty"] != 0.1


def stops(page):
    """The colours of r from -1 to 1 as the legend shows them, (11, 3)."""
    image = page.locator(".cw-matrix .cw-scale").evaluate("(e) => getComputedStyle(e).backgroundImage")
    return np.array([[int(v) for v in rgb] for rgb in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", image)])


@pytest.mark.parametrize("lacking", LACKING)
def test_both_ends_of_the_scale_stay_apart_for_all_eyes(open_all, scheme, lacking):
    colours = stops(open_all(scheme=scheme))
    assert colours.shape == (11, 3)
    negative, positive = colours[:5][::-1], colours[6:]  # r of -.2, -.4 .. and .2, .4 ..
    distance = apart(negative, positive, lacking)
    assert distance[0] > 15
    assert (distance[1:] > 40).all()
    from_nothing = apart(np.repeat(colours[5:6], 11, axis=0), colours, lacking)
    assert (np.delete(from_nothing, 5) > 8).all()


def test_a_scale_from_red_to_green_would_not():
    green, red = [[26, 152, 80], [102, 189, 99]], [[215, 48, 39], [244, 109, 67]]
    assert (apart(green, red, "nothing") > 90).all()
    assert all((apart(green, red, lacking) < 30).all() for lacking in ("red cones", "green cones"))
