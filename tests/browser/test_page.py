"""The views in a page without a kernel: what a person sees and does, in a real Chromium."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import numpy as np
import pytest
from browser.pages import answers_of, models_of, page as page_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

pytestmark = pytest.mark.browser

NETS = {"seed 0": 24, "seed 1": 24, "seed 2": 24, "wide": 30}
CASES = json.loads((Path(__file__).parents[1] / "settle_cases.json").read_text(encoding="utf-8"))
CLICK_TO_PATCHES = 50


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison(NETS, dead={"seed 0": (5,), "seed 1": (3,)})


@pytest.fixture(scope="module")
def answers(comparison):
    return answers_of(comparison)


@pytest.fixture
def open_page(new_page, tmp_path):
    """Opens a page with these models and answers."""

    def open_(models, answers, places=None, style="", wait=True, script="", **options):
        path = tmp_path / "page.html"
        html = page_of(models, answers, places, style)
        path.write_text(html.replace("<script", f"<script>{script}</script><script", 1), encoding="utf-8")
        page = new_page(**options)
        page.goto(path.as_uri())
        if wait:
            page.wait_for_function("window.ready && [...document.querySelectorAll('.cw-gallery')].every((g) => g.dataset.key)")
        return page

    return open_


@pytest.fixture
def opened(open_page, comparison, answers):
    """The Explorer on the made-up comparison."""
    return open_page(models_of(comparison), answers)


def key(comparison, layer, net, unit, method="bipartite"):
    others = comparison.counterparts(layer, net, unit, method).items()
    return "|".join([layer, f"{net}/{unit}", *(f"{o}/{'-' if c.unit is None else c.unit}" for o, c in others)])


def expect_key(page, wanted, nth=0):
    expect(page.locator(".cw-gallery").nth(nth)).to_have_attribute("data-key", wanted)


def state(page):
    return page.evaluate(
        "Object.fromEntries(['layer', 'net_a', 'net_b', 'net', 'unit', 'order', 'method']"
        ".map((k) => [k, window.page.models.selection.get(k)]))"
    )


def choose(page, **traits):
    page.evaluate("(traits) => { for (const k in traits) window.page.models.selection.set(k, traits[k]) }", traits)


def card(page, net):
    return page.locator(f".cw-card[data-net={json.dumps(net)}]")


def geometry(page):
    canvas = page.locator(".cw-canvas").first
    return {n: float(canvas.get_attribute(f"data-{n}")) for n in ("left", "top", "cell", "cell-height")}


def click_matrix(page, row=None, column=None):
    """Click a cell by its place, or the margin where one of both is None."""
    g = geometry(page)
    x = g["left"] / 2 if column is None else g["left"] + (column + 0.5) * g["cell"]
    y = g["top"] / 2 if row is None else g["top"] + (row + 0.5) * g["cell-height"]
    page.locator(".cw-canvas").first.click(position={"x": x, "y": y})


def best_first(comparison, layer="conv1", a="seed 0", b="seed 1"):
    """Units of A and of B in the order of best matches."""
    matching = comparison.match(layer, a, b)
    order = np.argsort(-matching.values, kind="stable")
    return matching.rows[order], matching.columns[order]


def shown(r):
    return f"{r:.2f}".replace("0.", ".", 1).replace("-", "\u2212")


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_the_selection_settles_as_in_python(settled, case):
    assert settled[CASES.index(case)] == case["after"]


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
    expect(words).to_contain_text(f"mean r {shown(matching.mean)}, baseline {shown(baseline.mean)}")
    expect(words).to_contain_text(f"Selected: seed 0 conv1/{rows[0]}; its partner in seed 1 is conv1/{columns[0]}")
    expect(words).to_contain_text("1 unit of seed 0 is dead.")


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
        "title", f"seed 0/{rows[9]} \u00d7 seed 1/{columns[4]}: r {shown(r)}"
    )


def pixel(page, row, column, selector=".cw-canvas"):
    g = geometry(page)
    x, y = g["left"] + (column + 0.5) * g["cell"], g["top"] + (row + 0.5) * g["cell-height"]
    return page.locator(selector).evaluate(
        "(c, [x, y]) => [...c.getContext('2d').getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data]", [x, y]
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
    followed = sum(partner.get(unit) == after for unit, after in zip(units, units[1:], strict=False))
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
    page = open_page(models, answers_of(comparison), style="[data-mount] { width: 200px; --cw-plots: 160px }", wait=False)
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
    prevented = "(c, ctrl) => !c.dispatchEvent(new WheelEvent('wheel', { deltaY: -300, ctrlKey: ctrl, cancelable: true, clientX: 150, clientY: 250 }))"
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
    opened.keyboard.press("End")
    expect(canvas).to_have_attribute("data-row", str(unit))
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


def test_the_rank_plot_selects_the_nearest_rank(opened, comparison):
    r = np.nan_to_num(comparison.correlation("conv1", "seed 0", "seed 1"), nan=-2).max(axis=1)
    order = np.argsort(-r, kind="stable")[: int((r > -2).sum())]
    plot = opened.locator("svg.cw-rank-plot")
    expect(plot).to_have_attribute("data-units", str(len(order)))
    left, right = (float(plot.get_attribute(f"data-{side}")) for side in ("left", "right"))
    step = (right - left) / (len(order) - 1)
    for rank in (0, 4, 17, 22):
        plot.click(position={"x": left + (rank + 0.3 if rank < 22 else rank) * step, "y": 120})
        expect_key(opened, key(comparison, "conv1", "seed 0", int(order[rank])))
        readout = opened.locator(".cw-rank .cw-readout")
        expect(readout).to_contain_text(f"rank {rank + 1}: seed 0 conv1/{order[rank]}")
    opened.keyboard.press("ArrowLeft")
    expect_key(opened, key(comparison, "conv1", "seed 0", int(order[21])))
    expect(plot).to_have_attribute("data-selected", str(order[21]))


def test_every_card_says_what_the_comparison_says(opened, comparison):
    unit = 7
    choose(opened, unit=unit)
    expect_key(opened, key(comparison, "conv1", "seed 0", unit))
    counterparts = comparison.counterparts("conv1", "seed 0", unit)
    own = card(opened, "seed 0")
    expect(own).to_contain_text(f"{shown(comparison.mean('conv1', 'seed 0')[unit])}mean activation")
    found = sum(c.above for c in counterparts.values() if c.unit is not None)
    expect(own).to_contain_text(f"found in{found} of 3")
    for net, one in counterparts.items():
        other = card(opened, net)
        for words in (f"conv1/{one.unit}", "made-up images", shown(one.r), f"{one.rank} / {NETS[net]}"):
            expect(other).to_contain_text(words)
        expect(other).to_contain_text(f"baseline{shown(one.baseline)}runner-up{shown(one.runner_up)}")
        expect(other.locator(".cw-card-title")).to_have_attribute("title", f"{net}, module features.0\nselect this unit")
        words = "both matchings agree" if one.agrees else "above baseline" if one.above else "below the baseline"
        expect(other).to_contain_text(words)


def test_a_taken_best_unit_is_named(opened, comparison):
    for unit in range(24):
        one = comparison.counterparts("conv1", "seed 0", unit)["seed 2"]
        if one.unit is not None and one.best.unit != one.unit:
            break
    else:
        pytest.skip("every one-to-one partner is the unit's best")
    choose(opened, unit=unit)
    expect(card(opened, "seed 2")).to_contain_text(f"best is conv1/{one.best.unit} ({shown(one.best.r)}), taken")


def test_a_unit_with_nothing_left_shows_its_most_similar_unit(opened, comparison):
    choose(opened, net_a="wide", net="wide", unit=0)
    matched = set(comparison.match("conv1", "wide", "seed 0").rows.tolist())
    unit = next(u for u in range(30) if u not in matched)
    choose(opened, unit=unit)
    expect_key(opened, key(comparison, "conv1", "wide", unit))
    best = comparison.counterparts("conv1", "wide", unit)["seed 0"].best
    one = card(opened, "seed 0")
    expect(one).to_have_attribute("data-kind", "taken")
    expect(one).to_contain_text("nothing left for it")
    expect(one).to_contain_text(f"most similar is conv1/{best.unit}, taken")
    expect(one.locator(".cw-patch:not(.cw-empty)")).to_have_count(9)
    one.locator(".cw-card-title").click()
    assert state(opened) | {"net": "seed 0", "unit": best.unit} == state(opened)


def test_dead_units_are_shown_as_such(opened, comparison):
    choose(opened, unit=5)
    expect_key(opened, "conv1|seed 0/5|seed 1/-|seed 2/-|wide/-")
    expect(card(opened, "seed 0")).to_contain_text("dead: it never varies")
    expect(card(opened, "seed 0").locator(".cw-patch:visible")).to_have_count(0)
    expect(card(opened, "wide")).to_contain_text("a dead unit has no counterpart")
    expect(opened.locator(".cw-sentences")).to_contain_text("a dead unit: it never varies")
    assert "NaN" not in opened.locator("body").inner_text()


def test_clicking_a_counterpart_selects_it_and_a_third_net_becomes_net_a(opened, comparison):
    unit = state(opened)["unit"]
    partner = comparison.counterparts("conv1", "seed 0", unit)["seed 1"].unit
    card(opened, "seed 1").locator(".cw-card-title").click()
    assert state(opened) | {"net_a": "seed 0", "net_b": "seed 1", "net": "seed 1", "unit": partner} == state(opened)
    third = comparison.counterparts("conv1", "seed 1", partner)["wide"].unit
    card(opened, "wide").locator(".cw-number").click()
    assert state(opened) | {"net_a": "wide", "net_b": "seed 1", "net": "wide", "unit": third} == state(opened)
    expect(opened.locator(".cw-canvas")).to_have_attribute("data-rows", "30")


def test_within_one_net(opened):
    opened.locator("select[data-trait='net_b']").select_option("seed 0")
    expect(opened.locator(".cw-sentences")).to_contain_text("No baseline is defined within one net.")
    expect(opened.locator(".cw-matrix")).to_contain_text("within seed 0")
    expect(opened.locator(".cw-rank")).to_contain_text("No baseline is defined within one net.")
    expect(opened.locator(".cw-band, .cw-rank .cw-dots")).to_have_count(0)
    red, green, blue, _ = pixel(opened, 8, 8)
    assert max(red, green, blue) - min(red, green, blue) < 20


def test_pickers_swap_and_search(opened, comparison):
    unit = state(opened)["unit"]
    opened.get_by_role("button", name="exchange net A and net B").click()
    assert state(opened) | {"net_a": "seed 1", "net_b": "seed 0", "net": "seed 0", "unit": unit} == state(opened)
    opened.get_by_role("radio", name="conv2").click()
    assert state(opened) | {"layer": "conv2", "net": "seed 1"} == state(opened)
    search = opened.get_by_placeholder("unit")
    for text, expected in [("17", ("conv2", 17)), ("conv1/4", ("conv1", 4)), (" conv2 / 0 ", ("conv2", 0))]:
        search.fill(text)
        search.press("Enter")
        assert (state(opened)["layer"], state(opened)["unit"], state(opened)["net"]) == (*expected, "seed 1")
    for text, words in [("24", "units 0 to 23"), ("conv9/1", "no layer conv9"), ("first", "Write a unit")]:
        search.fill(text)
        search.press("Enter")
        expect(opened.get_by_role("alert").filter(has_text=words)).to_be_visible()
    assert state(opened)["unit"] == 0
    opened.locator("select[data-trait='method']").select_option("semi")
    expect_key(opened, key(comparison, "conv2", "seed 1", 0, "semi"))


def test_layers_are_chosen_by_keyboard(opened):
    opened.get_by_role("radio", name="conv1").focus()
    opened.keyboard.press("ArrowRight")
    assert state(opened)["layer"] == "conv2"
    expect(opened.get_by_role("radio", name="conv2")).to_be_focused()


def test_patches_are_cut_from_their_pictures(opened, comparison):
    choose(opened, unit=2)
    expect_key(opened, key(comparison, "conv1", "seed 0", 2))
    top = comparison.top("conv1", "seed 0", 2)
    for i in range(9):
        box = comparison.field("conv1", "seed 0", tuple(int(p) for p in top.positions[i]))
        picture = comparison.picture("seed 0", int(top.images[i]))
        canvas = card(opened, "seed 0").locator(".cw-patch canvas").nth(i)
        got = np.array(
            canvas.evaluate(
                """(c, n) => Array.from({ length: n * n }, (_, i) => {
                    const at = (k) => Math.floor((k + .5) * c.width / n);
                    return [...c.getContext("2d").getImageData(at(i % n), at(Math.floor(i / n)), 1, 1).data];
                })""",
                box[2] - box[0],
            )
        ).reshape(box[2] - box[0], box[3] - box[1], 4)
        for row, column in np.ndindex(got.shape[:2]):
            y, x = row + box[0], column + box[1]
            if 0 <= y < 28 and 0 <= x < 28:
                assert np.abs(got[row, column, :3] - picture[y, x]).max() <= 1
            else:
                assert got[row, column, 3] == 0


def test_a_patch_says_what_it_is_on_hover_and_focus(opened, comparison):
    unit = state(opened)["unit"]
    top = comparison.top("conv1", "seed 0", unit)
    words = f"activation {shown(top.activations[3])} \u00b7 image {top.images[3]} \u00b7 {comparison.images.labels[top.images[3]]}"
    patch = card(opened, "seed 0").locator(".cw-patch").nth(3)
    patch.hover()
    expect(opened.get_by_role("tooltip")).to_have_text(words)
    opened.mouse.move(0, 0)
    expect(opened.get_by_role("tooltip")).to_be_hidden()
    first = card(opened, "seed 0").locator(".cw-patch").first
    first.focus()
    opened.keyboard.press("ArrowDown")
    expect(patch).to_be_focused()
    expect(opened.get_by_role("tooltip")).to_have_text(words)


def test_a_patch_opens_the_whole_image(opened, comparison):
    unit = state(opened)["unit"]
    top = comparison.top("conv1", "seed 0", unit)
    patches = card(opened, "seed 0").locator(".cw-patch")
    patches.first.focus()
    opened.keyboard.press("Enter")
    dialog = opened.locator("dialog.cw-lightbox[open]")
    expect(dialog).to_contain_text(f"seed 0 conv1/{unit}, 1 of 9")
    expect(dialog).to_contain_text(f"image {top.images[0]}")
    expect(dialog).to_contain_text("made-up images")
    opened.keyboard.press("ArrowRight")
    opened.get_by_role("button", name="next patch").click()
    expect(dialog).to_contain_text(f"image {top.images[2]}")
    opened.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(patches.nth(2)).to_be_focused()
    assert state(opened)["unit"] == unit


def test_questions_are_asked_once_and_pictures_travel_once(opened, comparison):
    opened.wait_for_function(
        "(n) => window.asked.filter((q) => q.ask === 'pair').length >= n", arg=len(NETS) ** 2 - len(NETS)
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


def test_a_click_changes_the_patches_at_once(opened, comparison):
    opened.wait_for_timeout(1000)
    opened.locator(".cw-gallery").evaluate(
        """(root) => {
            window.latencies = [];
            let start = null;
            addEventListener("pointerup", () => { start = performance.now(); }, true);
            new MutationObserver(() => { if (start !== null) window.latencies.push(performance.now() - start); start = null; })
                .observe(root, { attributes: true, attributeFilter: ["data-key"] });
        }"""
    )
    rows = best_first(comparison)[0]
    for i in range(20):
        place = (7 * i + 3) % len(rows)
        click_matrix(opened, place, i)
        expect_key(opened, key(comparison, "conv1", "seed 0", int(rows[place])))
    latencies = opened.evaluate("window.latencies")
    assert len(latencies) == 20
    assert statistics.median(latencies) <= CLICK_TO_PATCHES


def test_the_newest_selection_wins(open_page, comparison, answers):
    slow = "window.late = true"
    page = open_page(models_of(comparison), answers, script=slow)
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
    script = "window.addEventListener('DOMContentLoaded', () => 0)"
    page = open_page(models_of(comparison), answers, script=script)
    page.evaluate("() => { window.before = (q) => { if (q.layer === 'conv2') throw new Error('the file is gone'); }; }")
    choose(page, layer="conv2", unit=0)
    expect(page.locator(".cw-notice.cw-alarm").first).to_have_text("the file is gone")
    page.evaluate("() => { window.before = () => new Promise(() => {}); }")
    choose(page, unit=1)
    expect(page.locator(".cw-notice:visible").first).to_contain_text("Waiting for the kernel", timeout=4000)
    page.evaluate("() => { window.before = null; }")
    choose(page, layer="conv1", unit=1)
    expect_key(page, key(comparison, "conv1", "seed 0", 1))
    expect(page.locator(".cw-notice:visible")).to_have_count(0)


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
    assert len(page.evaluate("window.asked.filter((q) => q.ask === 'pair' && q.a === 'seed 0' && q.b === 'seed 1')")) == 1


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
    expect(page.locator(".cw-gallery")).to_have_attribute("data-key", key(comparison, "conv1", "seed 0", state(page)["unit"]))
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
    boxes = [page.locator(f".cw-{name}").bounding_box() for name in ("matrix", "rank", "gallery")]
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


def test_no_patches_kept(open_page):
    comparison = synthetic_comparison({"a": 8, "b": 8}, ("one",), pictures=False)
    page = open_page(models_of(comparison), answers_of(comparison))
    expect(page.locator(".cw-card").first).to_contain_text("no patches were kept")


def test_everything_is_reached_by_the_keyboard(opened):
    reached = []
    opened.locator("body").click(position={"x": 1, "y": 1})
    for _ in range(40):
        opened.keyboard.press("Tab")
        reached.append(opened.evaluate("document.activeElement?.className?.baseVal ?? document.activeElement?.className ?? ''"))
    for wanted in ("cw-layer", "cw-select", "cw-swap", "cw-search", "cw-canvas", "cw-zoom", "cw-rank-plot", "cw-card-title", "cw-patch"):
        assert any(wanted in name for name in reached), wanted
