"""The text of a view in the browser: read as in Python, pasted, copied, and in the address of a page."""

from __future__ import annotations

import re

import pytest
from browser.acting import card, choose, expect_key, key, state
from browser.pages import models_of
from browser.pages import page as page_of
from playwright.sync_api import expect
from state_texts import BAD, CASES, DEFAULTS, FACTS, GOOD, WRITTEN

from convergent_widgets.widgets.selection import STATE, Selection

pytestmark = pytest.mark.browser

TEXT = "layer=conv2&net_a=seed+1&net_b=wide&net=wide&unit=7"


@pytest.fixture
def open_address(new_page, tmp_path, comparison, answers):
    """Opens a page that has its view in its address, at a fragment."""

    def open_(fragment="", address=True, script="", wait=True, **options):
        path = tmp_path / "page.html"
        path.write_text(page_of(models_of(comparison, **options), answers, address=address), encoding="utf-8")
        page = new_page()
        if script:
            page.add_init_script(script)
        page.goto(f"{path.as_uri()}{fragment}")
        if wait:
            page.wait_for_function("window.ready && document.querySelector('.cw-gallery').dataset.key")
        return page

    return open_


@pytest.fixture(scope="module")
def read(browser, comparison, tmp_path_factory):
    """What the browser makes of all the cases."""
    path = tmp_path_factory.mktemp("texts") / "page.html"
    path.write_text(page_of(models_of(comparison), {"facts": {"layers": []}, "parts": {}}), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("window.ready")
    found = page.evaluate(
        """([facts, texts]) => texts.map((text) => {
            const found = stateText.parseState(text, facts);
            if (typeof found === "string") return { says: found };
            return { ...found, written: stateText.textOf(found.state, found.panels) };
        })""",
        [FACTS, [case["text"] for case in CASES]],
    )
    kinds = page.evaluate("stateText.TRAITS")
    page.close()
    return found, kinds


def test_the_browser_knows_the_traits_and_their_defaults(read):
    traits = Selection.class_traits()
    kinds = {"Unicode": "name", "Int": "whole", "Float": "decimal"}
    assert [[name, kind] for name, kind, *_ in read[1]] == [
        [name, kinds[type(traits[name]).__name__]] for name in STATE
    ]
    assert {name: usual[0] for name, _, *usual in read[1] if usual} == {name: DEFAULTS[name] for name in STATE[5:]}


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["why"])
def test_a_text_is_read_as_in_python(read, case):
    found = read[0][CASES.index(case)]
    assert (found.get("state"), found.get("panels")) == (case["state"], case["panels"]), found


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case["why"])
def test_a_text_is_written_as_in_python(read, case):
    assert read[0][CASES.index(case)]["written"] == case["written"]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["why"])
def test_a_wrong_text_is_refused_in_words_as_in_python(read, case):
    said = read[0][CASES.index(case)]["says"]
    assert case["says"] in said
    assert len(said) < 200


def test_a_text_pasted_into_the_box_goes_there(opened, comparison):
    search = opened.locator(".cw-search")
    search.fill(f"https://example.org/lesson.html#{TEXT}&order=original&penalty=0.01")
    search.press("Enter")
    expect_key(opened, key(comparison, "conv2", "wide", 7))
    assert state(opened) == {
        **DEFAULTS,
        "layer": "conv2",
        "net_a": "seed 1",
        "net_b": "wide",
        "net": "wide",
        "unit": 7,
        "order": "original",
        "penalty": 0.01,
    }
    expect(search).to_have_value("")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TEXT.replace("conv2", "conv9"), "There is no layer conv9."),
        (TEXT.replace("unit=7", "unit=30"), "conv2 of wide has units 0 to 29."),
        (f"{TEXT}&unit=8", "The text says unit twice."),
        (TEXT.replace("wide", "<img src=x onerror=alert()>"), "There is no net <img src=x onerror=alert()>."),
    ],
)
def test_a_wrong_text_in_the_box_is_said_and_changes_nothing(opened, text, says):
    before = state(opened)
    search = opened.locator(".cw-search")
    search.fill(text)
    search.press("Enter")
    expect(opened.locator(".cw-notice.cw-alarm")).to_have_text(says)
    expect(search).to_have_attribute("aria-invalid", "true")
    expect(search).to_have_value(text)
    assert state(opened) == before
    assert opened.locator(".cw-root img").count() == 0


def test_panels_of_a_text_open_where_there_are_any(open_page, comparison, answers):
    models = models_of(comparison)
    models["selection"]["panels"] = []
    page = open_page(models, answers)
    page.locator(".cw-search").fill(f"{TEXT}&panels=means,prediction")
    page.locator(".cw-search").press("Enter")
    expect(page.locator("[data-panel='means']")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-panel='clusters']")).to_have_attribute("aria-expanded", "false")
    assert page.evaluate("window.page.models.selection.get('panels')") == ["means", "prediction"]


CLIPBOARD = """window.copied = [];
Object.defineProperty(navigator, "clipboard", {
    value: { writeText: async (text) => { window.copied.push(text); } } });"""
REFUSED = """Object.defineProperty(navigator, "clipboard", {
    value: { writeText: async () => { throw new DOMException("no", "NotAllowedError"); } } });"""
NONE = 'Object.defineProperty(navigator, "clipboard", { value: undefined });'


def test_the_view_is_copied_and_pasted_back(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers, script=CLIPBOARD)
    choose(page, layer="conv2", net_b="wide", net="wide", unit=3, method="semi")
    page.get_by_role("button", name="Copy this view").click()
    expect(page.locator(".cw-notice")).to_have_text("Copied")
    [text] = page.evaluate("window.copied")
    assert text == "layer=conv2&net_a=seed+0&net_b=wide&net=wide&unit=3&method=semi"
    wanted = state(page)
    page.locator(".cw-card[data-net='seed 1'] .cw-card-title").click()
    page.locator(".cw-search").fill(text)
    page.locator(".cw-search").press("Enter")
    assert state(page) == wanted
    expect(page.locator(".cw-notice")).to_be_empty(timeout=4000)


@pytest.mark.parametrize("script", [REFUSED, NONE], ids=["refused", "none"])
def test_without_a_clipboard_the_text_is_selected(open_page, comparison, answers, script):
    page = open_page(models_of(comparison), answers, script=script)
    copy = page.get_by_role("button", name="Copy this view")
    views = [page.locator(f".cw-{name}") for name in ("toolbar", "search", "sentences", "matrix", "gallery")]
    before = [view.bounding_box() for view in views]
    copy.click()
    box = page.get_by_role("textbox", name="this view, to copy by hand")
    expect(box).to_be_focused()
    text = page.evaluate("document.getSelection().toString()")
    assert text == box.input_value()
    assert text.startswith("layer=conv1&net_a=seed+0&net_b=seed+1&net=seed+0&unit=")
    expect(page.locator(".cw-notice")).to_have_text("Selected, to copy by hand")
    assert [view.bounding_box() for view in views] == before
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(copy).to_be_focused()


def test_the_address_opens_the_page(open_address, comparison):
    page = open_address(f"#{TEXT}&order=cycles", unit=2)
    expect_key(page, key(comparison, "conv2", "wide", 7))
    assert state(page)["order"] == "cycles"
    expect(page.locator(".cw-notice")).to_be_empty()


def fragment(page):
    return page.evaluate("location.hash")


def test_the_address_follows_the_selection(open_address, comparison):
    page = open_address()
    assert fragment(page) == "", "nothing is written before anything is selected"
    length = page.evaluate("history.length")
    card(page, "wide").locator(".cw-card-title").click()
    unit = state(page)["unit"]
    page.wait_for_function("location.hash")
    assert fragment(page) == f"#layer=conv1&net_a=wide&net_b=seed+1&net=wide&unit={unit}"
    page.locator(".cw-canvas").focus()
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    wanted = state(page)
    page.wait_for_function("(unit) => location.hash.endsWith(`unit=${unit}`)", arg=wanted["unit"])
    assert page.evaluate("history.length") == length, "the way back leads out of the page"
    page.reload()
    page.wait_for_function("window.ready")
    assert state(page) == wanted


def test_many_selections_are_one_address(open_address):
    page = open_address(
        script="window.written = 0; const replace = history.replaceState;"
        "history.replaceState = function (...all) { window.written += 1; return replace.apply(this, all); };"
    )
    page.locator(".cw-canvas").focus()
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("(unit) => location.hash.endsWith(`unit=${unit}`)", arg=state(page)["unit"])
    assert 1 <= page.evaluate("window.written") <= 10


def test_an_address_that_is_changed_is_followed(open_address, comparison):
    page = open_address()
    page.evaluate("(text) => { location.hash = text; }", TEXT)
    expect_key(page, key(comparison, "conv2", "wide", 7))
    page.evaluate("(text) => { location.hash = text; }", TEXT.replace("unit=7", "unit=8"))
    expect_key(page, key(comparison, "conv2", "wide", 8))
    page.go_back()
    expect_key(page, key(comparison, "conv2", "wide", 7))


def test_a_wrong_address_is_said_until_something_is_selected(open_address):
    page = open_address(f"#{TEXT.replace('wide', 'resnet18')}", unit=2)
    notice = page.locator(".cw-notice.cw-alarm")
    expect(notice).to_have_text("There is no net resnet18.")
    assert state(page)["unit"] == 2
    card(page, "wide").locator(".cw-card-title").click()
    expect(page.locator(".cw-notice")).to_be_empty()
    page.evaluate("location.hash = 'top'")
    page.wait_for_timeout(100)
    expect(page.locator(".cw-notice")).to_be_empty()


def test_where_the_address_may_not_be_written_all_else_goes_on(open_address, comparison):
    page = open_address(script="history.replaceState = () => { throw new DOMException('no', 'SecurityError'); };")
    card(page, "wide").locator(".cw-card-title").click()
    page.wait_for_timeout(400)
    expect_key(page, key(comparison, "conv1", "wide", state(page)["unit"]))
    assert fragment(page) == ""


def test_the_whole_address_is_copied(open_address):
    page = open_address(script=CLIPBOARD)
    page.locator(".cw-canvas").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Copy this view").click()
    expect(page.locator(".cw-notice")).to_have_text("Copied")
    [text] = page.evaluate("window.copied")
    wanted = f"#layer=conv1&net_a=seed+0&net_b=seed+1&net=seed+0&unit={state(page)['unit']}"
    assert re.fullmatch(rf"file:///.*/page\.html{re.escape(wanted)}", text)


def test_without_it_the_address_is_left_alone(open_address, comparison):
    page = open_address(f"#{TEXT}", address=False, unit=2, script=CLIPBOARD)
    assert (state(page)["layer"], state(page)["unit"]) == ("conv1", 2)
    card(page, "wide").locator(".cw-card-title").click()
    page.wait_for_timeout(300)
    assert fragment(page) == f"#{TEXT}"


def test_a_page_inside_another_has_no_address(new_page, comparison, answers, tmp_path):
    inner = page_of(models_of(comparison), answers, address=True)
    path = tmp_path / "outer.html"
    path.write_text("<!doctype html><meta charset='utf-8'><iframe style='width: 1200px; height: 700px'></iframe>")
    page = new_page()
    page.goto(path.as_uri())
    page.evaluate("(html) => { document.querySelector('iframe').srcdoc = html; }", inner)
    frame = page.frame_locator("iframe")
    title = frame.locator(".cw-card[data-net='wide'] .cw-card-title")
    title.click()
    expect(frame.locator(".cw-card[data-net='wide']")).to_have_attribute("aria-current", "true")
    assert page.evaluate("frames[0].page.models.selection.get('address') === undefined")


def test_a_page_that_is_closed_leaves_its_address(open_address):
    page = open_address()
    page.evaluate("window.control.abort()")
    choose(page, unit=9)
    page.evaluate("(text) => { location.hash = text; }", TEXT)
    page.wait_for_timeout(300)
    assert state(page)["layer"] == "conv1"
    assert fragment(page) == f"#{TEXT}"
