"""What the Explorer shows beyond the strongest patches and the plain r: deciles, attributions, held-out figures."""

from __future__ import annotations

import json

import numpy as np
import pytest
from browser.acting import best_first, card, choose, click_matrix, expect_key, key, shown, state
from browser.pages import amended, answers_of, models_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.comparison import Comparison

pytestmark = pytest.mark.browser

PIXELS = """(c, [rows, columns]) => Array.from({ length: rows * columns }, (_, i) => {
    const [y, x] = [Math.floor(i / columns), i % columns];
    const at = [(x + .5) * c.width / columns, (y + .5) * c.height / rows].map(Math.floor);
    return [...c.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
})"""

# the share of pixels in the colours of attributions; the frame's orange is darker in green
COLOURFUL = """(c) => {
    const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4) found += Math.abs(data[i] - data[i + 2]) > 60 && data[i + 1] > 90;
    return found / (data.length / 4);
}"""


@pytest.fixture(scope="module")
def zoo():
    return cw.zoo.comparison()


@pytest.fixture(scope="module")
def zoo_answers(zoo):
    return answers_of(zoo, ["conv1"])


def switch_to(page, kind):
    page.get_by_role("radio", name=kind, exact=True).click()
    expect(page.locator(".cw-gallery")).to_have_attribute("data-pictured", kind)


def expect_tip(page, net, place, words):
    card(page, net).locator(".cw-patch").nth(place).hover()
    expect(page.get_by_role("tooltip")).to_have_text(words)


def test_the_deciles_of_unit_and_counterparts(opened, comparison):
    unit = state(opened)["unit"]
    partner = comparison.counterparts("conv1", "seed 0", unit)["seed 1"].unit
    switch_to(opened, "deciles")
    assert state(opened)["pictured"] == "deciles"
    expect(opened.locator(".cw-about")).to_contain_text("deciles of its positive activations")
    for net, shown_unit in [("seed 0", unit), ("seed 1", partner)]:
        top = comparison.top("conv1", net, shown_unit, "deciles")
        assert top.images.tolist() != comparison.top("conv1", net, shown_unit).images.tolist()
        for place, ordinal in [(0, "9th"), (6, "3rd"), (8, "1st")]:
            image = int(top.images[place])
            activation = shown(top.activations[place])
            label = comparison.images.labels[image]
            expect_tip(opened, net, place, f"activation {activation} · {ordinal} decile · image {image} · {label}")
    top = comparison.top("conv1", "seed 0", unit, "deciles")
    box = comparison.field("conv1", "seed 0", tuple(top.positions[7].tolist()))
    size = [box[2] - box[0], box[3] - box[1]]
    drawn = card(opened, "seed 0").locator(".cw-patch canvas").nth(7).evaluate(PIXELS, size)
    expected = comparison.patches("conv1", "seed 0", unit, "deciles")[7]
    inside = [(y, x) for y, x in np.ndindex(*size) if 0 <= y + box[0] < 28 and 0 <= x + box[1] < 28]
    got = np.array(drawn).reshape(*size, 3)
    assert max(np.abs(got[at] - expected[at]).max() for at in inside) <= 1
    card(opened, "seed 0").locator(".cw-patch").nth(7).click()
    dialog = opened.locator("dialog.cw-lightbox[open]")
    expect(dialog).to_contain_text(f"Activation {shown(top.activations[7])}, the 2nd decile of the images")
    expect(dialog).to_contain_text(f"image {top.images[7]}")


def test_the_choice_stays_while_the_selection_walks(opened, comparison):
    switch_to(opened, "deciles")
    click_matrix(opened, 6, 6)
    unit = int(best_first(comparison)[0][6])
    expect_key(opened, key(comparison, "conv1", "seed 0", unit))
    image = int(comparison.top("conv1", "seed 0", unit, "deciles").images[4])
    card(opened, "seed 0").locator(".cw-patch").nth(4).hover()
    expect(opened.get_by_role("tooltip")).to_contain_text(f"5th decile · image {image} ·")
    choose(opened, pictured="strongest")
    expect(opened.locator(".cw-gallery")).to_have_attribute("data-pictured", "strongest")
    expect(opened.get_by_role("radio", name="strongest")).to_have_attribute("aria-checked", "true")


def test_fewer_images_than_deciles_are_not_called_deciles(open_page):
    comparison = synthetic_comparison({"a": 6, "b": 6}, ("one",), k=4)
    page = open_page(models_of(comparison, pictured="deciles"), answers_of(comparison))
    unit = state(page)["unit"]
    top = comparison.top("one", "a", unit, "deciles")
    expect(card(page, "a").locator(".cw-patch:visible")).to_have_count(4)
    image = int(top.images[0])
    words = f"activation {shown(top.activations[0])} · image {image} · {comparison.images.labels[image]}"
    expect_tip(page, "a", 0, words)


def test_the_switch_is_worked_by_the_keyboard(opened):
    group = opened.get_by_role("radiogroup", name="patches shown")
    expect(group.get_by_role("radio")).to_have_text(["strongest", "deciles"])
    group.get_by_role("radio", name="strongest").focus()
    opened.keyboard.press("ArrowRight")
    expect(group.get_by_role("radio", name="deciles")).to_be_focused()
    assert state(opened)["pictured"] == "deciles"
    opened.keyboard.press("ArrowRight")
    assert state(opened)["pictured"] == "strongest"


def test_attributions_colour_what_raises_and_lowers_the_activation(open_page, zoo, zoo_answers):
    page = open_page(models_of(zoo), zoo_answers)
    unit = state(page)["unit"]
    patch = card(page, "seed 0").locator(".cw-patch canvas").first
    before = np.array(patch.evaluate(PIXELS, [5, 5]))
    switch_to(page, "attributions")
    expect(page.locator(".cw-signs")).to_have_text("raiseslowers")
    after = np.array(patch.evaluate(PIXELS, [5, 5]))
    values = zoo.attributions("conv1", "seed 0", unit)[0].reshape(-1)
    reddest = after[:, 0] - after[:, 2]
    assert np.ptp(before, axis=1).max() <= 2, "a grey picture"
    assert reddest[values.argmax()] > 100
    assert np.corrcoef(reddest, values)[0, 1] > 0.95
    top = zoo.top("conv1", "seed 0", unit)
    card(page, "seed 0").locator(".cw-patch").first.hover()
    expect(page.get_by_role("tooltip")).to_contain_text(f"activation {shown(top.activations[0])}")
    card(page, "wide").locator(".cw-patch").first.click()
    dialog = page.locator("dialog.cw-lightbox[open]")
    expect(dialog).to_contain_text("The colours show what in it raises and lowers the activation.")
    canvas = dialog.locator("canvas")
    assert 0 < canvas.evaluate(COLOURFUL) < 0.2, "only what the unit sees"
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("2 of 9")
    page.keyboard.press("Escape")
    switch_to(page, "strongest")
    card(page, "wide").locator(".cw-patch").first.click()
    expect(dialog).to_contain_text("1 of 9")
    expect(dialog).not_to_contain_text("colours")


def test_in_the_dark_attributions_take_the_colours_of_r_there(open_page, zoo, zoo_answers):
    page = open_page(models_of(zoo, pictured="attributions"), zoo_answers, color_scheme="dark")
    unit = state(page)["unit"]
    values = zoo.attributions("conv1", "seed 0", unit)[0].reshape(-1)
    patch = card(page, "seed 0").locator(".cw-patch canvas").first
    red, green, blue = np.array(patch.evaluate(PIXELS, [5, 5]))[values.argmax()]
    assert red > green > blue


@pytest.mark.parametrize("kind", ["deciles", "attributions"])
def test_what_the_result_does_not_hold_is_not_offered_and_said(open_page, kind):
    whole = synthetic_comparison({"a": 6, "b": 6}, ("one",))
    kept = {name: whole._members[name] for name in whole._members if "/deciles/" not in name}
    comparison = Comparison(whole._manifest, kept)
    page = open_page(models_of(comparison, pictured=kind), answers_of(comparison))
    group = page.get_by_role("radiogroup", name="patches shown")
    expect(group.get_by_role("radio")).to_have_text(["strongest"])
    expect(card(page, "a")).to_contain_text("no attributions were made" if kind == "attributions" else "no deciles")
    group.get_by_role("radio").click()
    expect(card(page, "a").locator(".cw-patch:visible")).to_have_count(9)


def test_without_patches_there_is_nothing_to_choose(open_page):
    comparison = synthetic_comparison({"a": 8, "b": 8}, ("one",), pictures=False)
    page = open_page(models_of(comparison), answers_of(comparison))
    expect(page.locator(".cw-gallery .cw-switch")).to_be_hidden()
    expect(card(page, "a")).to_contain_text("no patches were kept")


@pytest.mark.parametrize("method", ["bipartite", "semi"])
def test_held_out_figures_stand_beside_the_others(open_page, comparison, answers, method):
    page = open_page(models_of(comparison, method=method), answers)
    whole = comparison.held_out("conv1", "seed 0", "seed 1", method)
    words = f"mean r {shown(comparison.match('conv1', 'seed 0', 'seed 1', method).mean)}, held out {shown(whole.mean)}"
    words += f", {round(100 * whole.agreement)}\u00a0% the same in both halves, each r ± "
    expect(page.locator(".cw-sentences")).to_contain_text(words)
    for unit in (state(page)["unit"], 7, 5):
        choose(page, unit=unit)
        expect_key(page, key(comparison, "conv1", "seed 0", unit, method))
        for net, one in comparison.counterparts("conv1", "seed 0", unit, method).items():
            if one.unit is None:
                continue
            r = comparison.held_out("conv1", "seed 0", net, method).r[unit]
            said = card(page, net).locator(".cw-facts > div").filter(has_text="held out")
            expect(said).to_have_text(f"held out{shown(r)}")


def test_the_sampling_error_of_r_is_said(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers)
    error = shown(comparison.sampling_error("conv1", "seed 0", "seed 1"), 3)
    expect(page.locator(".cw-sentences")).to_contain_text(f"in both halves, each r ± {error}; baseline")


def test_held_out_figures_come_later_and_move_nothing(open_page, comparison, answers):
    places = [".cw-plots", ".cw-gallery", ".cw-card:last-child", ".cw-sentences"]
    held = "window.gate = new Promise((go) => { window.free = go; });"
    held += "Object.defineProperty(window, 'before', "
    held += "{ get: () => (q) => q.ask === 'held_out' && window.gate, set() {} });"
    for width in (1366, 918, 700, 400):
        page = open_page(models_of(comparison), answers, width=width, script=held, wait=False)
        page.wait_for_function("window.asked?.some((q) => q.ask === 'held_out')")
        expect(page.locator(".cw-gallery[data-key]")).to_have_count(1)
        asked = page.evaluate("window.asked.map((q) => q.ask)")
        assert {"pair", "matrix", "top", "pictures"} <= set(asked[: asked.index("held_out")])
        expect(page.locator(".cw-sentences")).to_contain_text("held out …, … the same in both halves, each r ± …")
        expect(card(page, "seed 1")).to_contain_text("held out…")
        before = [page.locator(place).bounding_box() for place in places]
        page.evaluate("window.free()")
        expect(page.locator(".cw-sentences")).not_to_contain_text("…")
        expect(card(page, "wide")).not_to_contain_text("…")
        assert [page.locator(place).bounding_box() for place in places] == before


def test_a_held_out_figure_that_cannot_be_had_is_a_dash(open_page, comparison, answers):
    broken = "Object.defineProperty(window, 'before', { set() {}, "
    broken += "get: () => (q) => { if (q.ask === 'held_out') throw new Error('gone'); } });"
    page = open_page(models_of(comparison), answers, script=broken)
    expect(page.locator(".cw-sentences")).to_contain_text("held out \u2013, \u2013 the same in both")
    expect(card(page, "wide")).to_contain_text("held out\u2013")
    expect(page.locator(".cw-notice")).to_be_empty()


def test_few_images_are_warned_of(open_page, comparison, answers):
    words = "Few images: 60 images are too few to trust a correlation."
    page = open_page(models_of(comparison), answers)
    expect(page.locator(".cw-warning")).to_have_text(words)
    partial = open_page(models_of(comparison, changes={"complete": False}), answers)
    expect(partial.locator(".cw-warning")).to_have_text(f"Partial result: the run was stopped after 60 images. {words}")
    many = open_page(models_of(comparison, changes={"few_images": False}), answers)
    expect(many.locator(".cw-warning")).to_be_empty()


@pytest.mark.parametrize("width", [1366, 918, 400])
@pytest.mark.parametrize("kind", ["strongest", "deciles", "attributions"])
def test_the_switch_fits_and_moves_nothing(open_page, zoo, zoo_answers, width, kind):
    page = open_page(models_of(zoo), zoo_answers, width=width)
    page.locator(".cw-gallery .cw-switch").scroll_into_view_if_needed()
    before = page.locator(".cw-card:last-child").bounding_box()
    switch_to(page, kind)
    assert page.locator(".cw-card:last-child").bounding_box() == before
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".cw-about .cw-fitted").evaluate("(e) => e.scrollWidth <= e.clientWidth + 1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chosen_switch_stays_readable_under_the_pointer(open_page, comparison, answers, scheme):
    page = open_page(models_of(comparison), answers, color_scheme=scheme)
    chosen = page.get_by_role("radio", name="strongest")
    colours = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    before = chosen.evaluate(colours)
    chosen.hover()
    assert chosen.evaluate(colours) == before
    other = page.get_by_role("radio", name="deciles")
    rest = other.evaluate(colours)
    other.hover()
    assert other.evaluate(colours) != rest


def test_units_that_no_half_could_judge_are_counted(open_page, comparison, answers):
    left = comparison.held_out("conv1", "seed 0", "seed 1").unjudged
    key = json.dumps(["held_out", "conv1", "seed 0", "seed 1", "bipartite"], separators=(",", ":"))
    said, buffers = answers["contents"].answers[0][key]
    assert said["unjudged"] == left
    for unjudged, words in ((3, "3 units could"), (1, "1 unit could"), (0, "")):
        changed = {key: ({**said, "unjudged": unjudged}, buffers)}
        page = open_page(models_of(comparison), amended(answers, 0, changed))
        expect(page.locator(".cw-sentences")).not_to_contain_text("\u2026")
        title = page.get_by_title("matched on one half").first.get_attribute("title")
        assert ("could not be judged: dead in one half, or without a partner" in title) == bool(unjudged)
        assert words in title


@pytest.mark.parametrize(("a", "b"), [("none", "some"), ("some", "none")])
def test_nets_of_dead_units_are_said_to_be_dead(open_page, a, b):
    comparison = synthetic_comparison({"some": 4, "none": 3}, ("one",), dead={"none": (0, 1, 2)})
    page = open_page(models_of(comparison, net_a=a, net_b=b, overview="ranks"), answers_of(comparison))
    sentence = page.locator(".cw-sentences .cw-sentence").first
    expect(sentence).to_contain_text(f"No unit of {a} has a partner in {b}: all units of none are dead.")
    expect(sentence).not_to_contain_text("\u2013")
    choose(page, net_a="none", net_b="none", net="none", unit=None)
    expect(sentence).to_contain_text("All units of none are dead.")
    expect(sentence).not_to_contain_text("\u2013")
    expect(page.locator("svg.cw-rank-plot .cw-label")).to_have_text(
        "All units of none are dead: there is no r to show."
    )


@pytest.mark.parametrize("width", [1366, 918, 700, 400])
def test_the_baseline_is_said_at_every_width(open_page, width):
    nets = {"a rather long name": 12, "another long name": 12, "third": 12}
    comparison = synthetic_comparison(nets, ("features.conv1",))
    page = open_page(models_of(comparison, order="found", overview="ranks"), answers_of(comparison), width=width)
    readout = page.locator(".cw-rank .cw-readout")
    one = comparison.counterparts("features.conv1", "a rather long name", state(page)["unit"])["another long name"]
    expect(readout).to_contain_text(f"r {shown(one.r)}, baseline {shown(one.baseline)}")
    assert readout.locator("span").evaluate("(e) => e.scrollWidth <= e.clientWidth")
