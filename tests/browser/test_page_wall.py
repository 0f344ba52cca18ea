"""The wall: order, counterparts, filters, keys and scrolling, in a real Chromium."""

from __future__ import annotations

import json
import statistics

import numpy as np
import pytest
from browser.acting import best_first, choose, click_matrix, expect_key, key, shown, state
from browser.pages import answers_of, models_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

import convergent_widgets as cw

pytestmark = pytest.mark.browser

TALL = {"height": 2400}
OUTSIDE = {"light": 0xB3, "dark": 0x4C}


def wall(page):
    return page.locator(".cw-list")


def pairs(page):
    """(unit, partner or None) of all places that stand in the page, in the order of the wall."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.cw-pair')].sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)"
        ".map((e) => [+e.dataset.unit, e.dataset.partner === undefined ? null : +e.dataset.partner])"
    )


def tile(page, unit, net="seed 0"):
    """The tile of a unit of net A."""
    return page.locator(f".cw-tile[data-net={json.dumps(net)}][data-unit='{unit}']")


def expected_order(comparison, a="seed 0", b="seed 1", method="bipartite", layer="conv1"):
    """Units of A with their partner's place: by r, then those without one, then dead ones."""
    matching = comparison.match(layer, a, b, method)
    r = dict(zip(matching.rows.tolist(), matching.values.tolist(), strict=True))
    partner = dict(zip(matching.rows.tolist(), matching.columns.tolist(), strict=True))
    dead = comparison.dead(layer, a)
    units = sorted(range(comparison.units(layer, a)), key=lambda unit: (dead[unit], -r.get(unit, -2), unit))
    return [[unit, partner.get(unit)] for unit in units]


@pytest.fixture
def tall(open_page, comparison, answers):
    """The wall alone, high enough for all units of the widest net, which has more units than the other."""
    models = models_of(comparison, ["wall"], net_a="wide", net_b="seed 1")
    return open_page(models, answers, style="[data-mount] { --cw-plots: 1600px }", **TALL)


@pytest.mark.parametrize("method", ["bipartite", "semi"])
def test_the_best_match_comes_first_and_dead_units_last(open_page, comparison, answers, method):
    models = models_of(comparison, ["wall"], method=method)
    page = open_page(models, answers, style="[data-mount] { --cw-plots: 1600px }", **TALL)
    expect(wall(page)).to_have_attribute("data-shown", "24")
    expected = expected_order(comparison, method=method)
    assert pairs(page) == expected
    assert expected[-1] == [5, None]
    last = page.locator(".cw-pair[data-unit='5']")
    expect(last).to_have_attribute("data-kind", "dead")
    expect(last).to_contain_text("dead")
    expect(last).to_have_attribute("aria-label", "seed 0 conv1/5, dead")
    matching, baseline = (f("conv1", "seed 0", "seed 1", method) for f in (comparison.match, comparison.baseline))
    for unit, partner in expected[:-1]:
        r = shown(matching.values[matching.rows.tolist().index(unit)])
        where = "above baseline" if baseline.above[unit] else "not above baseline"
        one = page.locator(f".cw-pair[data-unit='{unit}']")
        expect(one).to_have_attribute("aria-label", f"seed 0 conv1/{unit} and seed 1 conv1/{partner}, r {r}, {where}")
        expect(one.locator(".cw-bar.cw-faint")).to_have_count(0 if baseline.above[unit] else 1)


def test_units_that_nothing_was_left_for_come_after_the_matched(tall, comparison):
    expected = expected_order(comparison, "wide")
    expect(tall.locator(".cw-pair")).to_have_count(len(expected))
    assert pairs(tall) == expected
    left = [unit for unit, partner in expected if partner is None]
    assert len(left) == 30 - 23
    assert tall.locator(".cw-tile-none").all_text_contents() == ["none left"] * len(left)
    expect(tall.locator(f".cw-pair[data-unit='{left[0]}']")).to_have_attribute(
        "aria-label", f"wide conv1/{left[0]}, nothing left in seed 1"
    )


@pytest.mark.parametrize("order", ["original", "cycles", "found"])
def test_another_order_is_that_of_the_matrix(open_page, comparison, answers, order):
    models = models_of(comparison, ["matrix", "wall"], order=order)
    page = open_page(models, answers, style="[data-mount] { --cw-plots: 1600px }", **TALL)
    expect(page.locator(".cw-pair")).to_have_count(24)
    units = [unit for unit, _ in pairs(page)]
    assert sorted(units) == list(range(24))
    if order == "original":
        assert units == sorted(units)
    page.locator(".cw-canvas").focus()
    page.keyboard.press("Home")
    for unit in units[:8]:
        expect(page.locator(".cw-canvas")).to_have_attribute("data-row", str(unit))
        page.keyboard.press("ArrowDown")


@pytest.mark.parametrize("theme", OUTSIDE)
def test_the_tiles_show_the_strongest_patches(open_page, comparison, answers, theme):
    page = open_page(models_of(comparison, ["wall"]), answers)
    expect(page.locator(".cw-pair:not([data-painted])")).to_have_count(0)
    page.evaluate("(theme) => { document.body.dataset.theme = theme; }", theme)
    expect(page.locator(".cw-root")).to_have_attribute("data-theme", theme)
    expect(page.locator(".cw-pair:not([data-painted])")).to_have_count(0)
    unit, partner = expected_order(comparison)[0]
    for net, which in (("seed 0", unit), ("seed 1", partner)):
        top = comparison.top("conv1", net, which)
        drawn = tile(page, which, net).locator("canvas")
        for place in range(4):
            patch = comparison.patches("conv1", net, which)[place, ..., 0].astype(int)
            upper, left, _, _ = comparison.field("conv1", net, top.positions[place])
            rows, columns = (start + np.arange(n) for start, n in zip((upper, left), patch.shape, strict=True))
            patch[(rows < 0) | (rows >= 28)] = OUTSIDE[theme]
            patch[:, (columns < 0) | (columns >= 28)] = OUTSIDE[theme]
            inside = drawn.evaluate(
                "(c, [p, h, w]) => { const s = (c.width - 2 * devicePixelRatio) / 2, g = 2 * devicePixelRatio;"
                "const [x, y] = [(p % 2) * (s + g), Math.floor(p / 2) * (s + g)];"
                "return [...Array(h * w)].map((_, i) => c.getContext('2d').getImageData("
                "x + ((i % w) + .5) * s / w, y + (Math.floor(i / w) + .5) * s / h, 1, 1).data[0]) }",
                [place, *patch.shape],
            )
            assert inside == patch.ravel().tolist()
        assert len(top.images) >= 4


def test_a_click_selects_the_unit_or_its_counterpart(opened, comparison):
    unit, partner = expected_order(comparison)[3]
    tile(opened, unit).click()
    expect_key(opened, key(comparison, "conv1", "seed 0", unit))
    expect(tile(opened, unit)).to_have_class("cw-tile cw-selected")
    tile(opened, partner, "seed 1").click()
    expect_key(opened, key(comparison, "conv1", "seed 1", partner))
    expect(opened.locator(".cw-wall .cw-selected")).to_have_count(1)
    expect(tile(opened, partner, "seed 1")).to_have_class("cw-tile cw-selected")
    marked = opened.locator(".cw-pair[aria-selected='true']")
    expect(marked).to_have_attribute("data-unit", str(unit))
    expect(wall(opened)).to_have_attribute("aria-activedescendant", marked.get_attribute("id"))


def passing(comparison, only, least, a, b, method="bipartite"):
    """Units of A in the order of the wall that pass, straight from the Comparison."""
    baseline, dead = comparison.baseline("conv1", a, b, method), comparison.dead("conv1", a)
    matching, widely = comparison.match("conv1", a, b, method), comparison.found_in("conv1", a, method)
    r = dict(zip(matching.rows.tolist(), matching.values.tolist(), strict=True))
    is_one = {
        None: lambda _: True,
        "above": lambda unit: baseline.above[unit],
        "below": lambda unit: unit in r and not baseline.above[unit],
        "everywhere": lambda unit: not dead[unit] and widely[unit] == 3,
        "nowhere": lambda unit: not dead[unit] and widely[unit] == 0,
        "unmatched": lambda unit: not dead[unit] and unit not in r,
        "dead": lambda unit: dead[unit],
    }[only]
    units = [unit for unit, _ in expected_order(comparison, a, b, method)]
    return [u for u in units if is_one(u) and (least is None or r.get(u, -2) >= least)]


@pytest.mark.parametrize("least", [None, 0.5])
@pytest.mark.parametrize("only", [None, "above", "below", "everywhere", "nowhere", "unmatched", "dead"])
def test_only_those_that_pass_are_shown(open_page, comparison, answers, only, least):
    nets = ("seed 0", "seed 1") if only in ("below", "dead") else ("wide", "seed 1")
    models = models_of(comparison, ["wall"], net_a=nets[0], net_b=nets[1])
    page = open_page(models, answers, style="[data-mount] { --cw-plots: 1600px }", **TALL)
    page.get_by_role("combobox", name="units of net A that stand out").select_option(only or "")
    if least is not None:
        page.get_by_role("slider", name="least r").fill(str(least))
    assert (state(page)["only"], state(page)["least_r"]) == (only, least)
    expected = passing(comparison, only, least, *nets)
    every = comparison.units("conv1", nets[0])
    expect(wall(page)).to_have_attribute("data-shown", str(len(expected)))
    assert [unit for unit, _ in pairs(page)] == expected
    if least is None:
        assert expected
    if only or least:
        expect(page.locator(".cw-wall .cw-head")).to_have_text(f"{len(expected)} of {every} shown")
        assert len(expected) < every
    else:
        expect(page.locator(".cw-wall .cw-head")).to_have_text(f"{every} units")
    if not expected:
        expect(page.locator(".cw-none")).to_contain_text(f"No unit of {nets[0]} is ")
        page.get_by_role("button", name="show all units").click()
        assert (state(page)["only"], state(page)["least_r"]) == (None, None)
        expect(page.locator(".cw-pair")).to_have_count(every)
        expect(page.locator(".cw-none")).to_be_hidden()


def test_the_slider_ends_in_any_r(open_page, comparison, answers):
    page = open_page(models_of(comparison, ["wall"], net_a="wide", net_b="seed 1", least_r=0.3), answers)
    slider = page.get_by_role("slider", name="least r")
    expect(slider).to_have_attribute("aria-valuetext", ".30")
    slider.fill("-1")
    assert state(page)["least_r"] is None
    expect(wall(page)).to_have_attribute("data-shown", "30")
    expect(slider).to_have_attribute("aria-valuetext", "any")
    # -1 from Python is an r: what has none does not pass
    choose(page, least_r=-1.0)
    expect(wall(page)).to_have_attribute("data-shown", "23")


def test_the_keys_walk_over_the_grid(opened, comparison):
    units = [unit for unit, _ in expected_order(comparison)]
    tops = opened.locator(".cw-pair").evaluate_all("(all) => all.map((e) => e.getBoundingClientRect().top)")
    columns = tops.count(min(tops))
    assert 4 < columns < 12
    wall(opened).focus()
    at = 0
    for press, to in (
        ("ArrowRight", 1),
        ("ArrowDown", 1 + columns),
        ("ArrowLeft", columns),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", 23),
        ("ArrowRight", 23),
        ("Home", 0),
        ("ArrowLeft", 0),
    ):
        opened.keyboard.press(press)
        at = to
        expect_key(opened, key(comparison, "conv1", "seed 0", units[at]))
        marked = opened.locator(".cw-pair[aria-selected='true']")
        expect(wall(opened)).to_have_attribute("aria-activedescendant", marked.get_attribute("id"))
        expect(marked).to_have_attribute("aria-posinset", str(at + 1))
    opened.keyboard.press("PageDown")
    paged = units.index(state(opened)["unit"])
    assert paged > columns
    assert paged % columns == 0
    opened.keyboard.press("PageUp")
    assert units.index(state(opened)["unit"]) == 0


def inside(page, selector):
    """Whether it lies wholly in the part of the wall that is seen."""
    one, all_ = page.locator(selector).bounding_box(), wall(page).bounding_box()
    return all_["y"] <= one["y"] and one["y"] + one["height"] <= all_["y"] + all_["height"]


def test_what_is_selected_elsewhere_is_scrolled_into_view(opened, comparison):
    rows, columns = best_first(comparison)
    assert wall(opened).evaluate("(e) => e.scrollTop") == 0
    for place in (22, 0, 21):
        click_matrix(opened, place, place)
        expect_key(opened, key(comparison, "conv1", "seed 0", int(rows[place])))
        assert inside(opened, f".cw-pair[data-unit='{rows[place]}']")
        assert (wall(opened).evaluate("(e) => e.scrollTop") > 0) == (place > 0)
    choose(opened, net="seed 1", unit=int(columns[0]))
    expect(tile(opened, columns[0], "seed 1")).to_have_class("cw-tile cw-selected")
    assert inside(opened, f".cw-pair[data-partner='{columns[0]}']")


def test_within_one_net_each_unit_stands_alone(open_page, comparison, answers):
    page = open_page(models_of(comparison, ["wall"], net_b="seed 0"), answers)
    r = np.nan_to_num(comparison.correlation("conv1", "seed 0", "seed 0"), nan=-2).copy()
    np.fill_diagonal(r, -2)
    first = int(r.max(axis=1).argmax())
    assert pairs(page)[0] == [first, None]
    assert page.locator(".cw-pair").first.locator(".cw-tile:visible").count() == 1
    page.get_by_role("combobox", name="units of net A").select_option("above")
    expect(page.locator(".cw-none")).to_contain_text("Within one net no baseline is defined.")


def test_the_switch_shows_the_ranks_and_keeps_the_focus(opened):
    switch = opened.locator(".cw-switch[data-trait='overview']:visible")
    switch.get_by_role("radio", name="ranks").click()
    assert state(opened)["overview"] == "ranks"
    expect(opened.locator("svg.cw-rank-plot")).to_be_visible()
    expect(wall(opened)).to_be_hidden()
    expect(switch.get_by_role("radio", name="ranks")).to_be_focused()
    opened.keyboard.press("ArrowLeft")
    expect(switch.get_by_role("radio", name="patches")).to_be_focused()
    expect(wall(opened)).to_be_visible()
    labels = opened.locator(".cw-rank-plot .cw-label")
    choose(opened, net_b="wide")
    choose(opened, overview="ranks")
    expect(labels.filter(has_text="rotation baseline")).to_have_count(1)
    plot, boxes = opened.locator(".cw-rank-plot").bounding_box(), [label.bounding_box() for label in labels.all()]
    assert all(box["x"] + box["width"] <= plot["x"] + plot["width"] + 1 for box in boxes)


def test_names_are_shown_as_text(open_page):
    a, b = "<img src=x onerror=alert(1)>", "</script><b>bold"
    comparison = synthetic_comparison({a: 6, b: 6}, ("<i>one",), dead={a: (2,)})
    page = open_page(models_of(comparison, only="above", least_r=1.0), answers_of(comparison))
    expect(page.locator(".cw-none")).to_contain_text(f"No unit of {a} is above the baseline")
    page.get_by_role("button", name="show all units").click()
    expect(page.locator(".cw-sides")).to_have_text(f"left {a}, right {b}")
    assert f"{a} <i>one/2, dead" in page.locator(".cw-pair").evaluate_all("(all) => all.map((e) => e.ariaLabel)")
    assert page.locator(".cw-wall img, .cw-wall b").count() == page.locator(".cw-wall .cw-bar b").count()


@pytest.mark.parametrize(("overview", "view"), [("wall", ".cw-wall"), ("ranks", ".cw-rank")])
def test_of_a_single_net_the_dead_units_are_picked(open_page, overview, view):
    alone = synthetic_comparison({"a": 9}, ("conv1",), dead={"a": (2, 6)})
    page = open_page(models_of(alone, overview=overview), answers_of(alone))
    picker = page.locator(view).get_by_role("combobox", name="units of net A that stand out: dead")
    assert picker.locator("option").all_text_contents() == ["all units", "dead"]
    picker.select_option("dead")
    expect(page.locator(f"{view} .cw-head")).to_have_attribute("title", "2 of 9 units of a are dead")
    if overview == "wall":
        assert [unit for unit, _ in pairs(page)] == [2, 6]
    choose(page, only="nowhere")
    expect(picker).to_have_value("nowhere")
    choose(page, only=None)
    assert picker.locator("option").all_text_contents() == ["all units", "dead"]


@pytest.mark.parametrize("width", [1366, 918, 700, 400])
def test_its_head_fits_and_moves_nothing(open_page, comparison, answers, width):
    page = open_page(models_of(comparison, net_a="wide", net_b="seed 1"), answers, width=width)
    before = wall(page).bounding_box()
    choose(page, only="below", least_r=0.25)
    expect(page.locator(".cw-wall .cw-head")).to_contain_text("of 30")
    assert wall(page).bounding_box() == before
    panel = page.locator(".cw-wall").bounding_box()
    for part in page.locator(".cw-wall header > *, .cw-wall .cw-filters > *").all():
        box = part.bounding_box()
        assert panel["x"] <= box["x"]
        assert box["x"] + box["width"] <= panel["x"] + panel["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    words = page.locator(".cw-wall .cw-head .cw-fitted")
    assert words.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1")


CUT = """() => [...document.querySelectorAll(".cw-wall .cw-fitted")].filter((words) => {
  const text = document.createRange();
  text.selectNodeContents(words);
  return text.getBoundingClientRect().width > words.getBoundingClientRect().width + 0.01;
}).map((words) => words.textContent)"""


def test_at_no_width_is_a_wording_cut(open_page):
    zoo = cw.zoo.comparison()
    page = open_page(models_of(zoo, layer="fc1"), answers_of(zoo, ["fc1"]), width=400)
    said = set()
    for width in range(390, 411):
        page.set_viewport_size({"width": width, "height": 768})
        page.evaluate("() => new Promise((go) => requestAnimationFrame(() => setTimeout(go, 50)))")
        assert page.evaluate(CUT) == []
        said.add(page.locator(".cw-wall .cw-readout").text_content())
    assert len(said) > 1


@pytest.fixture(scope="module")
def many():
    """A layer as wide as conv3 of AlexNet, and its answers."""
    comparison = synthetic_comparison({"a": 384, "b": 384}, ("conv3",), images=200)
    return comparison, answers_of(comparison)


FRAMES = """() => {
  window.frames = []; window.long = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((e) => e.duration)))
    .observe({ type: 'longtask' });
  let last = performance.now();
  const tick = (now) => { window.frames.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  window.draws = 0;
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    if (this.canvas.closest(".cw-pair")) window.draws += 1;
    return drawImage.apply(this, given);
  };
}"""


def test_many_units_are_scrolled_through_with_few_in_the_page(open_page, many):
    comparison, answers = many
    page = open_page(models_of(comparison), answers)
    expect(wall(page)).to_have_attribute("data-shown", "384")
    expect(page.locator(".cw-pair:not([data-painted])")).to_have_count(0)
    box = wall(page).bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(400)
    before = [place for place, _ in pairs(page)]
    page.evaluate(FRAMES)
    for _ in range(40):
        page.mouse.wheel(0, 120)
        page.wait_for_timeout(25)
        assert page.locator(".cw-pair").count() < 80
    frames, long, draws = page.evaluate("[window.frames.slice(1), window.long, window.draws]")
    greatest = max(long, default=0)
    median = statistics.median(frames)
    print(f"{len(frames)} frames: median {median:.1f} ms, longest task {greatest:.0f} ms; {draws} draws")
    assert median <= 34
    assert greatest <= 200
    # two tiles of four patches each, and none a second time
    assert 0 < draws <= 8 * (384 - len(before))
    page.mouse.wheel(0, 1_000_000)
    expected = expected_order(comparison, "a", "b", layer="conv3")
    last = page.locator(f".cw-pair[data-unit='{expected[-1][0]}']")
    expect(last).to_be_visible()
    expect(page.locator(".cw-pair:not([data-painted])")).to_have_count(0)
    assert pairs(page) == expected[-len(pairs(page)) :]
    assert page.locator(".cw-pair").count() < 80


@pytest.mark.parametrize("view", ["matrix", "wall"])
def test_a_screen_of_finer_pixels_is_drawn_for(open_page, comparison, answers, view):
    first = expected_order(comparison)[0][0]
    drawn = {"matrix": ".cw-matrix canvas", "wall": f".cw-pair[data-unit='{first}'] canvas"}[view]
    style = "[data-mount] { width: 700px; --cw-plots: 400px }"
    page = open_page(models_of(comparison, ["matrix", "wall"]), answers, style=style)
    unpainted = page.locator(".cw-pair:not([data-painted])")
    expect(unpainted).to_have_count(0)
    canvas = page.locator(drawn).first
    size, box = "(c) => [c.width, c.height]", canvas.bounding_box()
    before = canvas.evaluate(size)
    screen = page.context.new_cdp_session(page)
    for ratio in (2, 3, 1):
        # the browser tells of an emulated ratio only together with another size of the window, which moves nothing here
        metrics = {"width": 1366, "height": 768 + ratio, "deviceScaleFactor": ratio, "mobile": False}
        screen.send("Emulation.setDeviceMetricsOverride", metrics)
        page.wait_for_function("(ratio) => devicePixelRatio === ratio", arg=ratio)
        page.wait_for_function(
            "([drawn, width]) => Math.abs(document.querySelector(drawn)?.width - width) <= 2",
            arg=[drawn, ratio * before[0]],
            timeout=5000,
        )
        assert canvas.evaluate(size) == pytest.approx([ratio * side for side in before], abs=2)
        assert canvas.bounding_box() == box
        expect(unpainted).to_have_count(0)


def test_what_was_scrolled_past_is_not_asked_for(open_page, many):
    comparison, answers = many
    page = open_page(
        models_of(comparison, ["wall"]), answers, script="window.gate = new Promise(() => {});", wait=False
    )
    page.wait_for_function("window.ready")
    expect(page.locator(".cw-pair:not([data-painted])")).to_have_count(0)
    page.evaluate("window.asked.length = 0; 0")
    wall(page).evaluate(
        "async (e) => { for (let i = 0; i < 60; i++) { e.scrollTop += 60; "
        "await new Promise((go) => requestAnimationFrame(go)); } }"
    )
    expect(page.locator(".cw-pair:not([data-painted])")).to_have_count(0)
    asked = page.evaluate("window.asked.filter((q) => q.ask === 'pictures').length")
    assert asked <= 6
