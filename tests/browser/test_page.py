"""Selecting units in a page without a kernel: matrix, rank plot, pickers and keys, in a real Chromium."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
import traitlets
from browser.acting import (
    best_first,
    card,
    choose,
    click_matrix,
    expect_key,
    geometry,
    key,
    pixel,
    shown,
    state,
)
from browser.pages import answers_of, models_of
from browser.pages import page as page_of
from playwright.sync_api import expect
from settling import CASES
from synthetic import synthetic_comparison

from convergent_widgets.widgets.selection import settle

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_the_selection_settles_as_in_python(settled, case):
    assert settled[CASES.index(case)] == case["after"]


def test_every_change_of_nets_and_unit_settles_as_in_python(opened):
    known = CASES[0]["facts"]
    nets = known["nets"]
    shown = [(a, b, net) for a, b in itertools.product(nets, nets) for net in sorted({a, b})]
    asked, expected = [], []
    for a, b, net in shown:
        before = {"layer": "early", "net_a": a, "net_b": b, "net": net, "unit": 1, "order": "best", "method": "semi"}
        before |= {"pictured": "deciles", "penalty": 0.1, "clusters": 4, "cluster": 2}
        before |= {"only": "everywhere", "least_r": 0.25, "overview": "ranks"}
        for wanted in itertools.product((None, "late"), *[(None, *nets)] * 3, (None, 0, 4)):
            names = ("layer", "net_a", "net_b", "net", "unit")
            changes = {name: value for name, value in zip(names, wanted, strict=True) if value is not None}
            asked.append((before, changes))
            try:
                expected.append(settle(known, before, changes))
            except traitlets.TraitError:
                expected.append(None)
    found = opened.evaluate("([f, asked]) => asked.map(([b, c]) => window.settle(f, b, c))", [known, asked])
    assert found == expected
    assert 0 < expected.count(None) < len(expected) / 2


@pytest.fixture(scope="module")
def settled(browser, comparison, answers, tmp_path_factory):
    path = tmp_path_factory.mktemp("settle") / "page.html"
    path.write_text(page_of(models_of(comparison), answers), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("window.ready")
    found = page.evaluate("(cases) => cases.map((c) => window.settle(c.facts, c.before, c.changes))", CASES)
    page.close()
    return found


def test_it_opens_on_the_best_match(opened, comparison):
    rows, columns = best_first(comparison)
    expect_key(opened, key(comparison, "conv1", "seed 0", int(rows[0])))
    matching, baseline = comparison.match("conv1", "seed 0", "seed 1"), comparison.baseline("conv1", "seed 0", "seed 1")
    words = opened.locator(".cw-sentences")
    expect(words).to_contain_text(f"{int(baseline.above.sum())} of 24 units of seed 0 have a partner in seed 1")
    expect(words).to_contain_text(f"mean r {shown(matching.mean)}, held out ")
    expect(words).to_contain_text(f"; baseline {shown(baseline.mean)}; about")
    expect(words).to_contain_text(f"Selected: seed 0 conv1/{rows[0]}; its partner in seed 1 is conv1/{columns[0]}")
    expect(words).to_contain_text("Dead: 1 of seed 0, 1 of seed 1.")


@pytest.mark.parametrize("place", [(2, 5), (0, 0), (19, 3), (7, None)])
def test_a_click_on_a_cell_or_row_selects_the_unit_of_a(opened, comparison, place):
    click_matrix(opened, *place)
    unit = int(best_first(comparison)[0][place[0]])
    expect_key(opened, key(comparison, "conv1", "seed 0", unit))
    assert state(opened) | {"net": "seed 0", "unit": unit} == state(opened)


def test_a_click_on_a_column_selects_the_unit_of_b(opened, comparison):
    click_matrix(opened, None, 6)
    unit = int(best_first(comparison)[1][6])
    expect_key(opened, key(comparison, "conv1", "seed 1", unit))
    expect(card(opened, "seed 1")).to_have_attribute("aria-current", "true")
    assert state(opened) | {"net_a": "seed 0", "net": "seed 1", "unit": unit} == state(opened)


def test_the_matrix_tells_units_and_r_under_the_pointer(opened, comparison):
    rows, columns = best_first(comparison)
    g = geometry(opened)
    opened.locator(".cw-canvas").hover(position={"x": g["left"] + 4.5 * g["cell"], "y": g["top"] + 9.5 * g["cell"]})
    r = comparison.correlation("conv1", "seed 0", "seed 1")[rows[9], columns[4]]
    expect(opened.locator(".cw-matrix .cw-readout")).to_have_attribute(
        "title", f"seed 0 conv1/{rows[9]} \u00d7 seed 1 conv1/{columns[4]}: r {shown(r)}"
    )


def test_matches_are_red_on_the_diagonal_and_dead_units_grey(opened):
    for i in range(1, 12):
        red, green, blue, alpha = pixel(opened, i, i)
        assert red > 1.4 * max(green, blue)
        assert alpha == 255
    for row, column in [(23, 4), (4, 23)]:
        red, green, blue, _ = pixel(opened, row, column)
        assert max(red, green, blue) - min(red, green, blue) < 20
        assert 150 < red < 220


@pytest.mark.parametrize("order", ["best", "original", "cycles"])
def test_matches_lie_where_the_order_says(opened, comparison, order):
    opened.locator("select[data-trait='order']").select_option(order)
    expect(opened.locator(".cw-canvas")).to_have_attribute("data-key", f"conv1|seed 0|seed 1|{order}|bipartite")
    matching = comparison.match("conv1", "seed 0", "seed 1")
    partner = dict(zip(matching.rows.tolist(), matching.columns.tolist(), strict=True))
    for place in (1, 8, 15):
        click_matrix(opened, place, None)
        unit = state(opened)["unit"]
        canvas = opened.locator(".cw-canvas")
        expect(canvas).to_have_attribute("data-row", str(unit))
        if order == "original":
            assert unit == place
        elif unit in partner:
            click_matrix(opened, None, place)
            assert state(opened)["unit"] == partner[unit]


def test_cycle_order_follows_the_permutation(opened, comparison):
    opened.locator("select[data-trait='order']").select_option("cycles")
    matching = comparison.match("conv1", "seed 0", "seed 1")
    partner = dict(zip(matching.rows.tolist(), matching.columns.tolist(), strict=True))
    units = []
    for place in range(24):
        click_matrix(opened, place, None)
        units.append(state(opened)["unit"])
    assert sorted(units) == list(range(24))
    followed = sum(partner.get(unit) == after for unit, after in itertools.pairwise(units))
    starts = {unit for unit in partner if unit not in partner.values()} | {5}
    assert followed >= 24 - len(starts) - sum(1 for _ in cycles(partner)) - 1


def cycles(partner):
    left = dict(partner)
    while left:
        unit = next(iter(left))
        while unit in left:
            unit = left.pop(unit)
        yield unit


def test_many_units_on_few_pixels_keep_their_matches(open_page):
    comparison = synthetic_comparison({"a": 160, "b": 160}, ("one",), images=20)
    models = models_of(comparison, ["matrix"], order="original")
    page = open_page(
        models, answers_of(comparison), style="[data-mount] { width: 200px; --cw-plots: 160px }", wait=False
    )
    canvas = page.locator(".cw-canvas")
    expect(canvas).to_have_attribute("data-rows", "160")
    g = geometry(page)
    assert g["cell"] < 1
    corr = comparison.correlation("one", "a", "b")
    strong = np.argwhere(corr > np.quantile(corr, 0.9995))
    for row, column in strong[:8]:
        red, green, blue, _ = pixel(page, int(row), int(column))
        assert red > max(green, blue) + 30, (row, column)


def test_the_wheel_belongs_to_the_page_unless_with_control(opened):
    canvas = opened.locator(".cw-canvas")
    prevented = """(c, ctrl) => !c.dispatchEvent(new WheelEvent("wheel", {
        deltaY: -300, ctrlKey: ctrl, cancelable: true, clientX: 150, clientY: 250,
    }))"""
    assert canvas.evaluate(prevented, False) is False
    expect(canvas).to_have_attribute("data-zoom", "1.00")
    assert canvas.evaluate(prevented, True) is True
    assert float(canvas.get_attribute("data-zoom")) > 1
    opened.get_by_role("button", name="show all").click()
    expect(canvas).to_have_attribute("data-zoom", "1.00")


def test_zoomed_in_it_can_be_dragged_and_the_selection_stays(opened, comparison):
    unit = state(opened)["unit"]
    for _ in range(3):
        opened.get_by_role("button", name="zoom in").click()
    canvas = opened.locator(".cw-canvas")
    box = canvas.bounding_box()
    opened.mouse.move(box["x"] + 200, box["y"] + 200)
    opened.mouse.down()
    opened.mouse.move(box["x"] + 60, box["y"] + 90, steps=4)
    opened.mouse.up()
    assert state(opened)["unit"] == unit
    assert geometry(opened)["cell"] > 2 * box["width"] / 30
    canvas.focus()
    opened.keyboard.press("ArrowDown")
    expect_key(opened, key(comparison, "conv1", "seed 0", int(best_first(comparison)[0][1])))


def test_arrows_walk_in_the_current_order(opened, comparison):
    rows, columns = best_first(comparison)
    opened.locator(".cw-canvas").focus()
    for pressed, place in [("ArrowDown", 1), ("ArrowRight", 2), ("ArrowUp", 1), ("PageDown", 11), ("Home", 0)]:
        opened.keyboard.press(pressed)
        expect_key(opened, key(comparison, "conv1", "seed 0", int(rows[place])))
    choose(opened, net="seed 1", unit=int(columns[3]))
    opened.keyboard.press("ArrowRight")
    expect_key(opened, key(comparison, "conv1", "seed 1", int(columns[4])))
    card(opened, "seed 1").get_by_role("button", name="previous unit").click()
    expect_key(opened, key(comparison, "conv1", "seed 1", int(columns[3])))


def test_the_rank_plot_selects_the_nearest_unit(ranks, comparison):
    r = np.nan_to_num(comparison.correlation("conv1", "seed 0", "seed 1"), nan=-2).max(axis=1)
    order = np.argsort(-r, kind="stable")[: int((r > -2).sum())]
    plot = ranks.locator("svg.cw-rank-plot")
    expect(plot).to_have_attribute("data-units", str(len(order)))
    left, right = (float(plot.get_attribute(f"data-{side}")) for side in ("left", "right"))
    step = (right - left) / (len(order) - 1)
    for place in (0, 4, 17, 22):
        plot.click(position={"x": left + (place + 0.3 if place < 22 else place) * step, "y": 120})
        expect_key(ranks, key(comparison, "conv1", "seed 0", int(order[place])))
        readout = ranks.locator(".cw-rank .cw-readout")
        expect(readout).to_contain_text(f"{place + 1} of 23: seed 0 conv1/{order[place]}")
    ranks.keyboard.press("ArrowLeft")
    expect_key(ranks, key(comparison, "conv1", "seed 0", int(order[21])))
    expect(plot).to_have_attribute("data-selected", str(order[21]))


def test_within_one_net(ranks):
    ranks.locator("select[data-trait='net_b']").select_option("seed 0")
    expect(ranks.locator(".cw-sentences")).to_contain_text("No baseline is defined within one net.")
    expect(ranks.locator(".cw-matrix")).to_contain_text("within seed 0")
    expect(ranks.locator(".cw-rank")).to_contain_text("No baseline is defined within one net.")
    expect(ranks.locator(".cw-band, .cw-rank .cw-dots")).to_have_count(0)
    red, green, blue, _ = pixel(ranks, 8, 8)
    assert max(red, green, blue) - min(red, green, blue) < 20


def test_pickers_swap_and_search(opened, comparison):
    unit = state(opened)["unit"]
    opened.get_by_role("button", name="exchange net A and net B").click()
    assert state(opened) | {"net_a": "seed 1", "net_b": "seed 0", "net": "seed 0", "unit": unit} == state(opened)
    opened.get_by_role("radio", name="conv2").click()
    assert state(opened) | {"layer": "conv2", "net": "seed 1"} == state(opened)
    search = opened.locator(".cw-search")
    expect(search).to_have_attribute("placeholder", "unit, e.g. conv2/17")
    for text, expected in [("17", ("conv2", 17)), ("conv1/4", ("conv1", 4)), (" conv2 / 0 ", ("conv2", 0))]:
        search.fill(text)
        search.press("Enter")
        assert (state(opened)["layer"], state(opened)["unit"], state(opened)["net"]) == (*expected, "seed 1")
    opened.locator("select[data-trait='method']").select_option("semi")
    expect_key(opened, key(comparison, "conv2", "seed 1", 0, "semi"))


@pytest.mark.parametrize(
    ("text", "layer", "net", "unit"),
    [
        ("CONV2/3", "conv2", "seed 0", 3),
        ("seed 2/5", "conv1", "seed 2", 5),
        ("seed 2 conv2/5", "conv2", "seed 2", 5),
        ("Seed2/Conv2/5", "conv2", "seed 2", 5),
        ("wide / 29", "conv1", "wide", 29),
        ("seed 1/0", "conv1", "seed 1", 0),
    ],
)
def test_the_search_finds_units_by_layer_and_net_as_people_write_them(opened, comparison, text, layer, net, unit):
    search = opened.locator(".cw-search")
    search.fill(text)
    search.press("Enter")
    expect_key(opened, key(comparison, layer, net, unit))
    expect(search).to_have_value("")
    assert state(opened)["net_b"] == "seed 1"
    assert state(opened)["net_a"] == ("seed 0" if net == "seed 1" else net)


@pytest.mark.parametrize("width", [1366, 918, 700])
def test_the_search_says_what_is_wrong_beside_the_sentence(open_page, comparison, answers, width):
    page = open_page(models_of(comparison), answers, width=width)
    before = state(page)
    search = page.locator(".cw-search")
    for text, words in [
        ("24", "conv1 of seed 0 has units 0 to 23."),
        ("wide/30", "conv1 of wide has units 0 to 29."),
        ("conv9/1", "There is no layer or net conv9."),
        ("seed 2 conv9/1", "There is no layer or net seed 2 conv9."),
        ("first", "Write a unit\u2019s number"),
    ]:
        search.fill(text)
        search.press("Enter")
        said = page.get_by_role("alert")
        expect(said).to_contain_text(words)
        box = said.bounding_box()
        for lines in page.locator(".cw-sentence").evaluate_all(LINES):
            for left, top, right, bottom in lines:
                beside = box["x"] >= right or box["y"] >= bottom - 2 or box["y"] + box["height"] <= top + 2
                assert beside or box["x"] + box["width"] <= left, text
        assert said.evaluate("(e) => e.scrollWidth <= e.clientWidth"), "all of it can be read"
    search.press("Escape")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert state(page) == before


# where the words of each paragraph stand, cut where the paragraph cuts them
LINES = """(paragraphs) => paragraphs.map((p) => {
    const range = document.createRange();
    range.selectNodeContents(p);
    const edge = p.getBoundingClientRect().right;
    return [...range.getClientRects()].map((r) => [r.left, r.top, Math.min(r.right, edge), r.bottom]);
})"""


def test_every_layer_says_how_many_units_it_has(opened):
    expect(opened.locator(".cw-layer small")).to_have_text(["24", "24"])
    opened.locator("select[data-trait='net_b']").select_option("wide")
    expect(opened.locator(".cw-layer small")).to_have_text(["24\u00d730", "24\u00d730"])
    expect(opened.get_by_role("radio", name="conv2")).to_have_attribute(
        "title", "conv2: 24 units of seed 0, 30 of wide"
    )
    opened.set_viewport_size({"width": 918, "height": 768})
    for count in opened.locator(".cw-layer small").all():
        expect(count).to_be_visible()


@pytest.mark.parametrize("width", [1366, 1182, 918])
def test_nets_of_other_width_move_nothing(opened, width):
    opened.set_viewport_size({"width": width, "height": 768})
    places = (
        "() => [...document.querySelectorAll('.cw-toolbar > *, .cw-matrix')].map((e) => e.getBoundingClientRect().y)"
    )
    before = opened.evaluate(places)
    for net in ("wide", "seed 2"):
        opened.locator("select[data-trait='net_b']").select_option(net)
        expect(opened.locator(".cw-sentences")).to_contain_text(f"have a partner in {net}")
        assert opened.evaluate(places) == before


def test_dead_units_are_said_of_their_net(opened):
    opened.locator("select[data-trait='net_b']").select_option("wide")
    expect(opened.locator(".cw-sentences")).to_contain_text("Dead: 1 of seed 0.")
    opened.locator("select[data-trait='net_b']").select_option("seed 0")
    expect(opened.locator(".cw-sentences")).to_contain_text("Dead: 1 of seed 0.")
    expect(opened.locator(".cw-matrix .cw-legend, .cw-matrix footer").first).to_contain_text("itself, dead")


def test_an_arrow_key_hides_what_the_pointer_points_at(ranks, comparison):
    rows, columns = best_first(comparison)
    g = geometry(ranks)
    canvas, readout = ranks.locator(".cw-canvas"), ranks.locator(".cw-matrix .cw-readout")
    canvas.click(position={"x": g["left"] + 0.5 * g["cell"], "y": g["top"] + 4.5 * g["cell"]})
    canvas.hover(position={"x": g["left"] + 9.5 * g["cell"], "y": g["top"] + 12.5 * g["cell"]})
    expect(readout).to_have_attribute("title", re.compile(f"seed 0 conv1/{rows[12]} . seed 1 conv1/{columns[9]}:"))
    ranks.keyboard.press("ArrowDown")
    expect(readout).to_have_attribute("title", re.compile(f"seed 0 conv1/{rows[5]} . seed 1 conv1/{columns[5]}:"))
    box = canvas.bounding_box()
    ranks.mouse.move(box["x"] + g["left"] + 3.5 * g["cell"], box["y"] + g["top"] + 2.5 * g["cell"])
    expect(readout).to_have_attribute("title", re.compile(f"seed 0 conv1/{rows[2]} . seed 1 conv1/{columns[3]}:"))

    plot, hair = ranks.locator("svg.cw-rank-plot"), ranks.locator(".cw-hair")
    plot.click(position={"x": 200, "y": 120})
    plot.hover(position={"x": 400, "y": 120})
    expect(hair).to_have_attribute("visibility", "visible")
    ranks.keyboard.press("ArrowRight")
    expect(hair).to_have_attribute("visibility", "hidden")
    unit = state(ranks)["unit"]
    expect(ranks.locator(".cw-rank .cw-readout")).to_contain_text(f"seed 0 conv1/{unit} ")
    plot.hover(position={"x": 410, "y": 120})
    expect(hair).to_have_attribute("visibility", "visible")


@pytest.mark.parametrize("method", ["bipartite", "semi"])
@pytest.mark.parametrize("width", [1366, 700, 430])
def test_every_mark_of_the_rank_plot_is_named_once(open_page, comparison, answers, method, width):
    page = open_page(models_of(comparison, method=method, overview="ranks"), answers, width=width)
    labels = page.locator(".cw-rank-plot .cw-label")
    words = labels.all_text_contents()
    named = {"best partner", "one-to-one", "rotation baseline", "not above"}
    assert {name: sum(name in text for text in words) for name in named} == dict.fromkeys(named, 1)
    if method == "semi":
        expect(page.locator(".cw-rank-plot circle.cw-hollow")).to_have_count(1)
    plot = page.locator(".cw-rank-plot").bounding_box()
    boxes = [label.bounding_box() for label in labels.all()]
    for box in boxes:
        assert plot["x"] + 26 <= box["x"]
        assert box["x"] + box["width"] <= plot["x"] + plot["width"] + 1
    for one, other in itertools.combinations(boxes, 2):
        apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        assert apart or abs(one["y"] - other["y"]) >= 14


@pytest.mark.parametrize("width", [1366, 918, 790, 430])
def test_a_layer_with_dead_units_explains_grey_at_every_width(open_page, comparison, answers, width):
    page = open_page(models_of(comparison), answers, width=width, height=600)
    expect(page.locator(".cw-matrix .cw-swatch")).to_be_visible()
    expect(page.locator(".cw-legend").get_by_text("dead")).to_be_visible()
    for cut in page.locator(":is(.cw-head, .cw-readout) .cw-fitted, .cw-panel h3").all():
        assert cut.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1"), cut.inner_text()


def test_words_that_no_longer_fit_give_way_to_shorter_ones(open_page, comparison, answers):
    page = open_page(models_of(comparison), answers)
    readout = page.locator(".cw-matrix .cw-readout")
    words = readout.get_attribute("title")
    r = words.rsplit(": ")[1]
    for size, expected in [(4, words), (12, re.compile(f"^\\d+ . \\d+: {r}$")), (20, r), (4, words)]:
        page.add_style_tag(content=f".cw-root {{ --size: {size}px }} .cw-readout {{ font-size: var(--size) }}")
        expect(readout).to_have_text(expected)
        assert readout.locator("span").evaluate("(e) => e.scrollWidth <= e.clientWidth")


def test_layers_are_chosen_by_keyboard(opened):
    opened.get_by_role("radio", name="conv1").focus()
    opened.keyboard.press("ArrowRight")
    assert state(opened)["layer"] == "conv2"
    expect(opened.get_by_role("radio", name="conv2")).to_be_focused()
