"""What a page and its views owe one another: asking, errors, themes, sizes, leaving, in a real Chromium."""

from __future__ import annotations

import json
import re

import pytest
from browser.acting import (
    best_first,
    choose,
    click_matrix,
    expect_key,
    key,
    pixel,
    state,
)
from browser.pages import answers_of, models_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

pytestmark = pytest.mark.browser


def test_questions_are_asked_once_and_pictures_travel_once(opened, comparison):
    opened.wait_for_function(
        "(n) => window.asked.filter((q) => q.ask === 'pair').length >= n", arg=len(comparison.nets) ** 2
    )
    asked = opened.evaluate("window.asked.map((q) => JSON.stringify(q))")
    opened.wait_for_timeout(200)
    before = len(asked)
    for place in range(6):
        click_matrix(opened, place, place)
        expect_key(opened, key(comparison, "conv1", "seed 0", int(best_first(comparison)[0][place])))
    asked = opened.evaluate("window.asked.map((q) => JSON.stringify(q))")
    assert len(asked) == len(set(asked))
    pictures = [image for text in asked for image in json.loads(text).get("images", [])]
    assert len(pictures) == len(set(pictures))
    assert before == len(asked), "a click was answered from what was here"


def test_the_newest_selection_wins(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers)
    page.evaluate(
        """() => { window.before = (q) => new Promise((go) => setTimeout(go, q.layer === "conv2" ? 600 : 0)); }"""
    )
    choose(page, layer="conv2", unit=1)
    page.wait_for_timeout(50)
    choose(page, layer="conv1", unit=9)
    expect_key(page, key(comparison, "conv1", "seed 0", 9))
    page.wait_for_timeout(900)
    expect_key(page, key(comparison, "conv1", "seed 0", 9))
    expect(page.locator(".cw-canvas")).to_have_attribute("data-key", "conv1|seed 0|seed 1|best|bipartite")


def test_errors_and_waiting_are_said_in_words(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers)
    page.evaluate("() => { window.before = (q) => { if (q.layer === 'conv2') throw new Error('the file is gone'); }; }")
    choose(page, layer="conv2", unit=0)
    expect(page.locator(".cw-notice.cw-alarm")).to_have_text("the file is gone")
    expect(page.locator(".cw-gallery")).to_have_class(re.compile("cw-stale"))
    page.evaluate("() => { window.before = () => new Promise(() => {}); }")
    choose(page, unit=1)
    expect(page.locator(".cw-notice")).to_contain_text("Waiting for the kernel", timeout=4000)
    page.evaluate("() => { window.before = null; }")
    choose(page, layer="conv1", unit=1)
    expect_key(page, key(comparison, "conv1", "seed 0", 1))
    expect(page.locator(".cw-notice")).to_be_empty()
    expect(page.locator(".cw-stale, [aria-busy]")).to_have_count(0)


BESIDE = ".cw-panel:is(.cw-wall, .cw-rank):visible"
PLACES = (".cw-toolbar", ".cw-sentences", ".cw-matrix", BESIDE, ".cw-gallery", ".cw-card:last-child")
BUSY = "() => { window.gate = new Promise((go) => { window.free = go; }); window.before = () => window.gate; }"


def places(page):
    return [page.locator(place).bounding_box() for place in PLACES]


@pytest.mark.parametrize("overview", ["wall", "ranks"])
@pytest.mark.parametrize("width", [1366, 918, 700, 430])
def test_a_busy_kernel_is_said_once_and_moves_nothing(open_page, comparison, answers, width, overview):
    page = open_page(models_of(comparison, overview=overview), answers, width=width)
    before = places(page)
    page.evaluate(BUSY)
    choose(page, layer="conv2", unit=7)
    stale = page.locator(".cw-stale")
    expect(stale).to_have_count(4, timeout=4000)
    expect(page.locator(".cw-notice")).to_have_count(1)
    notice = page.locator(".cw-notice")
    expect(notice).to_have_text("Waiting for the kernel, which is busy.")
    assert places(page) == before
    box = notice.bounding_box()
    assert box["y"] + box["height"] <= page.locator(".cw-plots").bounding_box()["y"]
    assert box["y"] >= page.locator(".cw-toolbar").bounding_box()["y"] + 30
    page.evaluate("window.free()")
    expect_key(page, key(comparison, "conv2", "seed 0", 7))
    expect(stale).to_have_count(0)
    expect(notice).to_be_empty()


@pytest.mark.parametrize("overview", ["wall", "ranks"])
@pytest.mark.parametrize("width", [1366, 918, 700])
def test_the_first_picture_moves_nothing(open_page, comparison, answers, width, overview):
    busy = "window.gate = new Promise((go) => { window.free = go; });"
    busy += "Object.defineProperty(window, 'before', { get: () => () => window.gate, set() {} });"
    page = open_page(models_of(comparison, overview=overview), answers, wait=False, script=busy, width=width)
    page.wait_for_function("window.ready")
    expect(page.locator(".cw-notice")).to_contain_text("Waiting", timeout=4000)
    before = places(page)
    page.evaluate("window.free()")
    expect(page.locator(".cw-gallery")).to_have_attribute("data-key", re.compile("."))
    expect(page.locator(".cw-card[aria-current] .cw-patch canvas").last).to_be_visible()
    assert places(page) == before


@pytest.mark.parametrize(("overview", "view"), [("wall", ".cw-list"), ("ranks", "svg.cw-rank-plot")])
def test_what_is_stale_takes_no_clicks_and_the_toolbar_does(open_page, comparison, answers, overview, view):
    page = open_page(models_of(comparison, overview=overview), answers)
    page.evaluate(BUSY)
    patch = page.locator(".cw-card[data-net='seed 1'] .cw-patch").first
    middle = patch.bounding_box()
    choose(page, layer="conv2", unit=7)
    expect(page.locator(".cw-gallery")).to_have_attribute("aria-busy", "true")
    waiting = state(page)
    page.mouse.click(middle["x"] + 9, middle["y"] + 9)  # before it is dimmed, and after
    expect(page.locator(".cw-stale")).to_have_count(4, timeout=4000)
    page.mouse.click(middle["x"] + 9, middle["y"] + 9)
    for button in (patch, page.locator(".cw-card[data-net='wide'] .cw-card-title")):
        button.focus()
        page.keyboard.press("Enter")
    for place in (".cw-canvas", view, ".cw-card[data-net='wide']"):
        box = page.locator(place).bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(view).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert state(page) == waiting
    page.locator("select[data-trait='net_b']").select_option("wide")
    page.locator(".cw-search").fill("9")
    page.locator(".cw-search").press("Enter")
    assert state(page) == {**waiting, "net_b": "wide", "unit": 9}
    page.evaluate("window.free()")
    expect_key(page, key(comparison, "conv2", "seed 0", 9))
    page.locator(".cw-card[data-net='seed 1'] .cw-patch").first.click()
    expect(page.locator("dialog[open]")).to_contain_text("seed 1 conv2/")


@pytest.mark.parametrize("view", ["matrix", "rank", "wall", "gallery"])
def test_a_view_alone_says_that_it_waits(open_page, comparison, answers, view):
    page = open_page(models_of(comparison, [view]), answers)
    shown = page.locator(f".cw-root-{view}")
    before = shown.bounding_box()
    page.evaluate(BUSY)
    choose(page, layer="conv2", unit=7)
    expect(page.locator(".cw-notice")).to_contain_text("Waiting", timeout=4000)
    expect(page.locator(".cw-stale")).to_have_count(1)
    assert shown.bounding_box() == before


def test_names_are_text(open_page):
    evil = '<img src=x onerror="document.title=1">'
    comparison = synthetic_comparison({evil: 6, "</script><b>b": 6}, (f"layer{evil}",), images=12)
    page = open_page(models_of(comparison), answers_of(comparison))
    expect(page.locator(".cw-card-title").first).to_contain_text(evil)
    expect(page.locator(".cw-sentences")).to_contain_text("</script><b>b")
    assert page.locator(".cw-root img").count() == 0
    assert page.title() == "a test"


def test_a_partial_result_says_so(open_page, comparison, answers):
    page = open_page(models_of(comparison, changes={"complete": False, "images_seen": 1234}), answers)
    expect(page.locator(".cw-sentences")).to_contain_text("Partial result: the run was stopped after 1234 images.")


def test_single_views_follow_one_selection(open_page, comparison, answers):
    page = open_page(models_of(comparison, ("matrix", "rank", "gallery")), answers)
    click_matrix(page, 5, 2)
    unit = int(best_first(comparison)[0][5])
    expect_key(page, key(comparison, "conv1", "seed 0", unit))
    expect(page.locator("svg.cw-rank-plot")).to_have_attribute("data-selected", str(unit))
    assert (
        len(page.evaluate("window.asked.filter((q) => q.ask === 'pair' && q.a === 'seed 0' && q.b === 'seed 1')")) == 1
    )


def test_a_view_that_is_closed_lets_go(opened, comparison):
    opened.wait_for_timeout(500)
    opened.evaluate("window.control.abort()")
    before = opened.locator(".cw-gallery").get_attribute("data-key")
    asked = opened.evaluate("window.asked.length")
    choose(opened, layer="conv2", unit=3)
    click_matrix(opened, 3, 3)
    opened.wait_for_timeout(200)
    assert opened.locator(".cw-gallery").get_attribute("data-key") == before
    assert opened.evaluate("window.asked.length") == asked


def test_it_works_inside_a_shadow_root(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers, places="<div id='shadow'></div>", wait=False)
    page.wait_for_function("window.ready")
    page.evaluate(
        """() => {
            const el = document.createElement("div");
            document.getElementById("shadow").attachShadow({ mode: "open" }).append(el);
            return window.page.mount("explorer", el);
        }"""
    )
    expect(page.locator(".cw-gallery")).to_have_attribute(
        "data-key", key(comparison, "conv1", "seed 0", state(page)["unit"])
    )
    assert page.locator(".cw-explorer").evaluate("(el) => getComputedStyle(el).display") == "grid"
    click_matrix(page, 4, 4)
    expect_key(page, key(comparison, "conv1", "seed 0", int(best_first(comparison)[0][4])))


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1100, 700), (1000, 660)])
def test_the_first_screen_holds_everything(open_page, comparison, answers, width, height):
    page = open_page(models_of(comparison), answers, width=width, height=height)
    box = page.locator(".cw-gallery").bounding_box()
    assert box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    tops = {round(page.locator(".cw-card").nth(i).bounding_box()["y"]) for i in range(4)}
    assert len(tops) == 1


def test_on_a_narrow_page_the_views_stack(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers, width=400, height=900)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    boxes = [page.locator(f".cw-{name}").bounding_box() for name in ("matrix", "wall", "gallery")]
    assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    assert boxes[0]["x"] == boxes[1]["x"]


def test_nothing_jumps_while_the_selection_walks(opened, comparison):
    def boxes():
        return [opened.locator(s).first.bounding_box() for s in (".cw-plots", ".cw-gallery", ".cw-card:last-child")]

    before = boxes()
    opened.locator(".cw-canvas").focus()
    for _ in range(12):
        opened.keyboard.press("ArrowDown")
    unit = int(best_first(comparison)[0][12])
    expect_key(opened, key(comparison, "conv1", "seed 0", unit))
    assert boxes() == before


@pytest.mark.parametrize("nets", [5, 7])
def test_many_nets_keep_one_row(open_page, nets):
    comparison = synthetic_comparison({f"seed {i}": 8 for i in range(nets)}, ("one",), images=20)
    page = open_page(models_of(comparison), answers_of(comparison), width=1100)
    cards = [page.locator(".cw-card").nth(i).bounding_box() for i in range(nets)]
    assert len({box["y"] for box in cards}) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100
    assert (cards[-1]["x"] + cards[-1]["width"] <= 1100) == (nets == 5)


def test_themes(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers, color_scheme="dark")
    root = page.locator(".cw-root")
    expect(root).to_have_attribute("data-theme", "dark")
    dark = pixel(page, 9, 2)
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    expect(root).to_have_attribute("data-theme", "light")
    assert sum(pixel(page, 9, 2)[:3]) > sum(dark[:3]) + 200


@pytest.mark.parametrize(("overview", "view"), [("wall", "cw-list"), ("ranks", "cw-rank-plot")])
def test_everything_is_reached_by_the_keyboard(open_page, comparison, answers, overview, view):
    opened = open_page(models_of(comparison, overview=overview), answers)
    reached = []
    opened.locator("body").click(position={"x": 1, "y": 1})
    for _ in range(40):
        opened.keyboard.press("Tab")
        reached.append(
            opened.evaluate("document.activeElement?.className?.baseVal ?? document.activeElement?.className ?? ''")
        )
    for wanted in (
        "cw-layer",
        "cw-select",
        "cw-swap",
        "cw-search",
        "cw-canvas",
        "cw-zoom",
        view,
        "cw-filter",
        "cw-card-title",
        "cw-patch",
    ):
        assert any(wanted in name for name in reached), wanted


def test_an_arrow_key_hides_what_is_said_of_a_patch(opened):
    opened.locator(".cw-canvas").focus()
    opened.locator(".cw-card[data-net='seed 1'] .cw-patch").nth(4).hover()
    expect(opened.get_by_role("tooltip")).to_be_visible()
    opened.keyboard.press("ArrowDown")
    expect(opened.get_by_role("tooltip")).to_be_hidden()


# nothing is fetched ahead until it is said, so that what is lost is what somebody waits for
HOLD = "window.idle = []; window.requestIdleCallback = (f) => window.idle.push(f);"
RELEASE = "() => { window.requestIdleCallback = (f) => setTimeout(f, 30); window.idle.forEach((f) => setTimeout(f)); }"
LOSE = "(lost) => { window.before = (q) => (lost.includes(q.ask) ? new Promise(() => {}) : null); }"


@pytest.mark.parametrize("lost", [["pictures"], ["pair"], ["pair", "matrix", "top", "means", "pictures", "held_out"]])
def test_a_reply_that_was_lost_is_asked_for_again(open_page, comparison, answers, lost):
    page = open_page(models_of(comparison, overview="ranks"), answers, script=HOLD)
    page.evaluate(LOSE, lost)
    page.evaluate(RELEASE)
    choose(page, layer="conv2", unit=0)
    page.wait_for_timeout(1200)
    expect(page.locator(".cw-gallery")).to_have_attribute("data-key", re.compile("^conv1"))
    page.evaluate("() => { window.before = null; }")
    expect_key(page, key(comparison, "conv2", "seed 0", 0))
    expect(page.locator(".cw-notice")).to_be_empty()
    expect(page.locator(".cw-stale, [aria-busy], .cw-loading")).to_have_count(0)
    page.wait_for_timeout(1500)
    expect(page.locator(".cw-sentences")).not_to_contain_text("\u2026")
    before = page.evaluate("window.asked.length")
    page.wait_for_timeout(2500)
    assert page.evaluate("window.asked.length") == before, "nobody asks any more"


def test_a_busy_kernel_is_asked_little_again(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers, script=HOLD)
    page.evaluate(BUSY)
    start = page.evaluate("window.asked.length")
    choose(page, layer="conv2", unit=7)
    page.wait_for_timeout(9000)
    asked = page.evaluate("(start) => window.asked.slice(start).map((q) => JSON.stringify(q))", start)
    again = [question for question in asked if asked.count(question) > 1]
    assert len(set(again)) == 1
    assert len(again) == 3, "first, after 2 seconds, after 4 more"
    page.evaluate("window.free()")
    expect_key(page, key(comparison, "conv2", "seed 0", 7))
