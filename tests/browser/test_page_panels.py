"""Panels that the Explorer mounts itself, in a page without a kernel: what they show, their curves, how they close."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from browser.acting import best_first, choose, click_matrix, expect_key, key, shown, state
from browser.pages import answers_of, models_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.analysis.prediction import PENALTIES

pytestmark = pytest.mark.browser

ALL = ["means", "prediction", "clusters"]
ROOTS = {"means": ".cw-means-head", "prediction": ".cw-prediction", "clusters": ".cw-clusters"}
WIDTHS = {"a": 20, "b": 24, "c": 31}
MEANS, LOSS = ".cw-means-head .cw-chart", ".cw-loss .cw-chart"


@pytest.fixture(scope="module")
def comparison():
    """Three nets of different widths, two of them with a dead unit."""
    return synthetic_comparison(WIDTHS, dead={"a": (5,), "b": (3,)})


@pytest.fixture(scope="module")
def answers(comparison):
    return answers_of(comparison, panels=("clusters", "prediction"))


@pytest.fixture
def open_panels(open_page, comparison, answers):
    """Opens an Explorer that has these panels opened, of those that it offers."""

    def open_(panels=(), offered=ALL, other=None, width=1366, **options):
        of, known = other or (comparison, answers)
        models = models_of(of, **options)
        models["explorer"]["inline_panels"] = list(offered)
        models["selection"]["panels"] = list(panels)
        return open_page(models, known, width=width)

    return open_


def panel(page, name):
    return page.locator(f"[data-inline='{name}']")


def scale(page, chart, axis):
    """A function from numbers on an axis ("x" or "y") of a chart to pixels in it, taken from its outermost ticks."""
    anchor = "middle" if axis == "x" else "end"
    ticks = page.locator(f"{chart} text[data-tick][text-anchor='{anchor}']").evaluate_all(
        "(ticks) => ticks.map((t) => [Number(t.dataset.tick), Number(t.dataset.at)])"
    )
    assert len(ticks) >= 2
    chosen = "[data-trait='scale'] [aria-checked='true']"
    log = axis == "y" and chart == MEANS and page.locator(chosen).get_attribute("data-value") == "log"
    of = np.log if log else np.asarray
    (low, at_low), (high, at_high) = ticks[0], ticks[-1]
    return lambda value: at_low + (of(value) - of(low)) / (of(high) - of(low)) * (at_high - at_low)


def points(page, chart, line):
    """The corners of a line in pixels."""
    path = page.locator(f"{chart} path[data-line='{line}']").get_attribute("d")
    return np.array([[float(v) for v in pair.split(" ")] for pair in path[1:].split("L")])


def expect_line(page, chart, line, across, along):
    x, y = scale(page, chart, "x"), scale(page, chart, "y")
    expected = np.column_stack([x(np.asarray(across, float)), y(np.asarray(along, float))])
    assert points(page, chart, line) == pytest.approx(expected, abs=0.05)


def mark(page, chart, words):
    return page.locator(f"{chart} [role='button'][aria-label*='{words}']")


def place_of(one):
    return [float(one.get_attribute(name)) for name in ("cx", "cy")]


def percent(place, units):
    return 100 * (place - 0.5) / units


def place_among(means, unit):
    return 1 + int((means > means[unit]).sum())


# opening and closing


def test_only_what_is_offered_has_a_button(open_panels):
    page = open_panels(offered=["clusters", "means", "no such panel"])
    assert page.locator(".cw-disclosure").all_text_contents() == ["Mean activations", "Many to many"]


def test_an_empty_list_has_no_buttons(open_panels):
    page = open_panels(["means"], offered=[])
    expect(page.locator(".cw-disclosure, [data-inline]")).to_have_count(0)


def test_where_python_puts_the_panels_the_page_mounts_none(open_page, comparison, answers):
    models = models_of(comparison)
    models["selection"]["panels"] = ALL
    page = open_page(models, answers)
    expect(page.locator(".cw-disclosure")).to_have_count(3)
    expect(page.locator("[data-inline]")).to_have_count(0)


def test_panels_stand_in_the_order_they_were_opened_in(open_panels):
    page = open_panels(unit=7)
    for name in ("clusters", "means", "prediction"):
        page.locator(f"[data-panel='{name}']").click()
        expect(page.locator(f"[data-inline='{name}'] {ROOTS[name]}")).to_be_visible()
    order = "[...document.querySelectorAll('[data-inline]')].map((e) => e.dataset.inline)"
    assert page.evaluate(order) == ["clusters", "means", "prediction"]
    choose(page, panels=["means", "clusters"])
    expect(page.locator("[data-inline]")).to_have_count(2)
    assert page.evaluate(order) == ["means", "clusters"]


@pytest.mark.parametrize("name", ALL)
def test_a_closed_panel_asks_no_more(open_panels, name):
    asked = {"means": "means", "prediction": "prediction", "clusters": "clusters"}[name]
    page = open_panels([name], unit=7)
    expect(panel(page, name).locator(ROOTS[name])).to_be_visible()
    page.wait_for_function("(ask) => window.asked.some((question) => question.ask === ask)", arg=asked)
    panel(page, name).get_by_role("button", name="Close this panel").focus()
    page.keyboard.press("Enter")
    expect(panel(page, name)).to_have_count(0)
    expect(page.locator(f"[data-panel='{name}']")).to_be_focused()
    page.evaluate("window.asked.length = 0")
    choose(page, layer="conv2", net_b="c", net="b" if name == "means" else "a", unit=3)
    choose(page, net_b="b", net="b", unit=4)
    page.wait_for_timeout(300)
    # the gallery asks for the means too
    if name != "means":
        assert asked not in page.evaluate("window.asked.map((question) => question.ask)")
    assert page.evaluate("document.querySelector('[data-inline]')") is None


LISTENERS = """for (const proto of [EventTarget.prototype]) {
    window.live = 0;
    const add = proto.addEventListener;
    proto.addEventListener = function (type, listener, options) {
        if (this === window || this === document) {
            window.live += 1;
            options?.signal?.addEventListener("abort", () => { window.live -= 1; });
        }
        return add.call(this, type, listener, options);
    };
}
const Observer = window.ResizeObserver;
window.observers = 0;
window.ResizeObserver = class extends Observer {
    constructor(f) { super(f); window.observers += 1; }
    disconnect() { super.disconnect(); window.observers -= 1; }
};
"""


def test_opening_and_closing_again_leaves_nothing_behind(open_page, comparison, answers):
    models = models_of(comparison, unit=7)
    models["explorer"]["inline_panels"] = ALL
    page = open_page(models, answers, script=LISTENERS)
    before = page.evaluate("[window.live, window.observers, document.querySelectorAll('*').length]")
    for _ in range(3):
        choose(page, panels=ALL)
        expect(page.locator("[data-inline]")).to_have_count(3)
        expect(panel(page, "prediction").locator(".cw-prediction")).to_have_attribute("data-key", "conv1|b > a/7|.1")
        during = page.evaluate("window.observers")
        choose(page, panels=[])
        expect(page.locator("[data-inline]")).to_have_count(0)
    assert during > before[1]
    assert page.evaluate("[window.live, window.observers, document.querySelectorAll('*').length]") == before


# what they follow


def test_all_follow_a_click_in_the_matrix(open_panels, comparison):
    page = open_panels(ALL)
    rows, columns = best_first(comparison, a="a", b="b")
    before = [page.locator(chart).inner_html() for chart in (MEANS, LOSS)]
    click_matrix(page, 4, 4)
    unit, partner = int(rows[4]), int(columns[4])
    expect_key(page, key(comparison, "conv1", "a", unit))
    expect(panel(page, "means").locator("[data-net='a']")).to_contain_text(f"a / {unit}")
    expect(panel(page, "means").locator("[data-net='b']")).to_contain_text(f"b / {partner}")
    expect(page.locator(".cw-prediction")).to_have_attribute("data-key", f"conv1|b > a/{unit}|.1")
    expect(panel(page, "prediction").locator("[data-curve='held out']")).to_have_text(f"a conv1/{unit}, held out")
    expect(panel(page, "clusters").locator(f"[data-unit='{unit}'][aria-current]").first).to_be_visible()
    assert all(page.locator(chart).inner_html() != html for chart, html in zip((MEANS, LOSS), before, strict=True))


def test_entries_are_the_counterparts_with_mean_and_place(open_panels, comparison):
    page = open_panels(["means"], net="b", unit=7)
    for net, one in comparison.counterparts("conv1", "b", 7).items():
        unit = one.best.unit if one.unit is None else one.unit
        means = comparison.mean("conv1", net)
        words = f"{net} / {unit} mean {shown(means[unit])}, no. {place_among(means, unit)} of {WIDTHS[net]}"
        taken = " (most similar, taken by another)" if one.unit is None else ""
        expect(panel(page, "means").locator(f"[data-net='{net}']")).to_have_text(words + taken)
    expect(panel(page, "means").locator("[data-net='b']")).to_contain_text("(selected)")


def test_an_entry_is_one_line_on_a_wide_page(open_panels):
    zoo = cw.zoo.comparison()
    page = open_panels(["means"], other=(zoo, answers_of(zoo, ["fc1"])), layer="fc1", net="wide", unit=171)
    entries = panel(page, "means").locator(".cw-means-entry")
    expect(entries.last).to_contain_text("(selected)")
    heights = [entry.bounding_box()["height"] for entry in entries.all()]
    assert len(heights) == 5
    assert max(heights) < 24


def test_a_unit_that_nothing_was_left_for_shows_its_most_similar(open_panels, comparison):
    left = int(next(u for u in comparison.match("conv1", "c", "a").unmatched_rows))
    page = open_panels(["means"], net_a="c", net_b="a", net="c", unit=left)
    best = comparison.counterparts("conv1", "c", left)["a"].best.unit
    expect(panel(page, "means").locator("[data-net='a']")).to_contain_text(f"a / {best}")
    expect(panel(page, "means").locator("[data-net='a']")).to_contain_text("(most similar, taken by another)")


def test_a_dead_unit_is_marked_and_predicted_by_nothing(open_panels):
    page = open_panels(["means", "prediction"], net="b", unit=3)
    expect(panel(page, "means").locator("[data-net='b']")).to_contain_text("mean .00, no. 24 of 24 (selected)")
    for net in ("a", "c"):
        expect(panel(page, "means").locator(f"[data-net='{net}']")).to_have_text(f"{net} no counterpart")
        expect(panel(page, "means").locator(f"[data-net='{net}']")).to_be_disabled()
    expect(page.locator(f"{MEANS} [role='button']")).to_have_count(1)
    expect(panel(page, "prediction")).to_contain_text("b conv1/3 is dead")
    expect(page.locator(LOSS)).not_to_be_visible()
    choose(page, unit=4)
    expect(page.locator(LOSS)).to_be_visible()
    expect(page.locator(f"{LOSS} [role='button']")).to_have_count(len(PENALTIES))


def test_without_a_unit_nothing_is_marked(open_panels):
    page = open_panels(["means", "prediction"], unit=7)
    expect(page.locator(f"{MEANS} [role='button']")).to_have_count(3)
    choose(page, unit=None)
    expect(page.locator(f"{MEANS} [role='button']")).to_have_count(0)
    expect(panel(page, "means").locator("[data-net='b']")).to_have_text("b")
    expect(page.locator(LOSS)).not_to_be_visible()


def test_one_net_twice(open_panels, comparison):
    page = open_panels(ALL, net_a="a", net_b="a", unit=7)
    counterpart = comparison.counterparts("conv1", "a", 7)["b"].unit
    expect(panel(page, "means").locator("[data-net='b']")).to_contain_text(f"b / {counterpart}")
    expect(panel(page, "prediction")).to_contain_text("Choose two different nets")
    expect(page.locator(LOSS)).not_to_be_visible()
    expect(panel(page, "clusters").locator(".cw-clusters")).to_be_visible()


# the curves of mean activations


@pytest.mark.parametrize("which", ["linear", "log"])
def test_every_net_is_a_curve_of_its_sorted_means(open_panels, comparison, which):
    page = open_panels(["means"], unit=7)
    page.get_by_role("radio", name=which).click()
    expect(page.get_by_role("radio", name=which)).to_have_attribute("aria-checked", "true")
    floor = max(comparison.mean("conv1", net).max() for net in WIDTHS) / 1000 if which == "log" else 0
    for net, units in WIDTHS.items():
        means = np.sort(comparison.mean("conv1", net))[::-1]
        means = means[means >= floor]
        assert len(means) < units or which == "linear" or net == "c"
        expect_line(page, MEANS, net, percent(np.arange(1, len(means) + 1), units), means)
    silent = "2 units that hardly fire are left out"
    heading = panel(page, "means").locator(".cw-means-heading")
    if which == "log":
        expect(heading).to_contain_text(silent)
    else:
        expect(heading).to_have_text("conv1.")


def test_marks_stand_at_the_selected_unit_and_its_counterparts(open_panels, comparison):
    page = open_panels(["means"], unit=7)
    x, y = scale(page, MEANS, "x"), scale(page, MEANS, "y")
    found = {"a": 7} | {net: one.unit for net, one in comparison.counterparts("conv1", "a", 7).items()}
    for net, unit in found.items():
        means = comparison.mean("conv1", net)
        at = [x(percent(place_among(means, unit), WIDTHS[net])), y(means[unit])]
        assert place_of(mark(page, MEANS, f"{net} conv1/{unit}:")) == pytest.approx(at, abs=0.05)
    chosen = page.locator(f"{MEANS} [aria-current]")
    expect(chosen).to_have_attribute("aria-label", f"a conv1/7: {words_of(comparison, 'a', 7)}")
    accent = page.evaluate("getComputedStyle(document.querySelector('.cw-means-entry[aria-current] i, .cw-core')).fill")
    assert chosen.evaluate("(c) => getComputedStyle(c).fill") == accent


def words_of(comparison, net, unit):
    means = comparison.mean("conv1", net)
    return f"mean {shown(means[unit])}, no. {place_among(means, unit)} of {WIDTHS[net]}"


@pytest.mark.parametrize("how", ["click", "keyboard"])
def test_a_mark_selects_its_unit(open_panels, comparison, how):
    page = open_panels(["means"], unit=7)
    unit = comparison.counterparts("conv1", "a", 7)["c"].unit
    one = mark(page, MEANS, f"c conv1/{unit}:")
    if how == "click":
        one.click()
    else:
        page.locator(f"{MEANS} [tabindex='0']").focus()
        for _ in range(3):
            if one.evaluate("(c) => c === document.activeElement"):
                break
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
    expect_key(page, key(comparison, "conv1", "c", unit))
    words = f"c conv1/{unit}: {words_of(comparison, 'c', unit)}"
    expect(page.locator(f"{MEANS} [aria-current]")).to_have_attribute("aria-label", words)
    if how == "keyboard":
        assert page.evaluate("document.activeElement.closest('.cw-chart') !== null")
    assert page.locator(f"{MEANS} [tabindex='0']").count() == 1


def test_any_unit_of_a_curve_says_what_it_is_and_is_selected(open_panels, comparison):
    page = open_panels(["means"], unit=7)
    means = comparison.mean("conv1", "b")
    unit = int(np.argmax(means))
    page.locator(MEANS).scroll_into_view_if_needed()
    box = page.locator(MEANS).bounding_box()
    at = points(page, MEANS, "b")[0]
    page.mouse.move(box["x"] + at[0] + 1, box["y"] + at[1] - 1)
    expect(page.locator(f"{MEANS} .cw-tip")).to_have_text(f"b conv1/{unit}: {words_of(comparison, 'b', unit)}")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 12)
    expect(page.locator(f"{MEANS} .cw-tip")).not_to_be_visible()
    page.mouse.click(box["x"] + at[0] + 1, box["y"] + at[1] - 1)
    assert (state(page)["net"], state(page)["unit"]) == ("b", unit)


def test_nets_of_one_width_are_counted_in_units(open_panels):
    alike = synthetic_comparison({"a": 9, "b": 9}, ("conv1",))
    page = open_panels(["means"], other=(alike, answers_of(alike)), unit=2)
    expect(page.locator(f"{MEANS} .cw-chart-label").first).to_have_text("units, most active first")
    expect_line(page, MEANS, "a", np.arange(1, 10), np.sort(alike.mean("conv1", "a"))[::-1])


# the curve of the loss


def test_the_loss_is_drawn_against_the_number_of_predictors(open_panels, comparison):
    page = open_panels(["prediction"], net="b", unit=7)
    found = comparison.predict("conv1", "a", "b")
    live = np.isfinite(found.loss[0])
    across = found.predictors[:, 7]
    expect(page.locator(LOSS)).to_be_visible()
    expect_line(page, LOSS, "held out", across, found.held_out_loss[:, 7])
    expect_line(page, LOSS, "in sample", across, found.loss[:, 7])
    median = np.median(found.held_out_loss[:, live], axis=1)
    expect_line(page, LOSS, "layer", found.predictors[:, live].mean(axis=1), median)
    assert points(page, LOSS, "zero")[:, 1] == pytest.approx(scale(page, LOSS, "y")(0.5), abs=0.05)
    x, y = scale(page, LOSS, "x"), scale(page, LOSS, "y")
    for i, penalty in enumerate(PENALTIES):
        text = f"{penalty:g}".replace("0.", ".", 1)
        one = mark(page, LOSS, f"penalty {text}:")
        assert place_of(one) == pytest.approx([x(across[i]), y(found.held_out_loss[i, 7])], abs=0.05)
    expect(page.locator(f"{LOSS} [aria-current]")).to_have_count(1)
    expect(mark(page, LOSS, "penalty .1:")).to_have_attribute("aria-current", "true")
    expect(panel(page, "prediction").locator("[data-curve='layer']")).to_contain_text("all 24 units of b")


@pytest.mark.parametrize(("how", "penalty"), [("click", 0.3), ("keyboard", 0.03)])
def test_a_dot_chooses_its_penalty(open_panels, comparison, how, penalty):
    page = open_panels(["prediction"], net="b", unit=7)
    text = f"{penalty:g}".removeprefix("0")
    one = mark(page, LOSS, f"penalty {text}:")
    many = int(comparison.predict("conv1", "a", "b").predictors[PENALTIES.index(penalty), 7])
    words = f"penalty {text}: {many} predictor{'' if many == 1 else 's'}, held-out loss"
    if how == "click":
        others = [place_of(dot) for dot in page.locator(f"{LOSS} [role='button']").all()]
        apart = sorted(np.hypot(*(np.array(others) - place_of(one)).T))
        assert apart[1] > 4, "a click can mean this dot only where no other lies upon it"
        one.click()
    else:
        page.locator(f"{LOSS} [tabindex='0']").focus()
        page.keyboard.press("ArrowRight")
        expect(one).to_be_focused()
        expect(page.locator(f"{LOSS} .cw-tip")).to_contain_text(words)
        page.keyboard.press("Space")
        expect(one).to_be_focused()
    expect(one).to_have_attribute("aria-current", "true")
    assert state(page)["penalty"] == penalty
    expect(panel(page, "prediction").locator("[data-curve='penalty']")).to_have_text(f"penalty {text}")
    expect(page.locator(".cw-penalty-value")).to_have_text(text)


@pytest.mark.parametrize("width", [400, 1366])
def test_all_fit_their_width(open_panels, width):
    page = open_panels(ALL, width=width, net="b", unit=7)
    for chart in (MEANS, LOSS):
        expect(page.locator(chart)).to_be_visible()
        box, inner = page.locator(chart).bounding_box(), page.locator(f"{chart} svg").first.bounding_box()
        assert inner["width"] == pytest.approx(box["width"], abs=1)
        boxes = page.locator(f"{chart} text[text-anchor='middle'][data-tick]").evaluate_all(
            "(t) => t.map((e) => e.getBoundingClientRect()).map((b) => [b.left, b.right])"
        )
        assert all(a[1] < b[0] for a, b in itertools.pairwise(boxes))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 700, "height": 768})
    expect(page.locator(f"{MEANS} svg")).not_to_have_attribute("width", str(int(box["width"])))
    page.wait_for_function("document.documentElement.scrollWidth <= 700")  # once the charts have followed
