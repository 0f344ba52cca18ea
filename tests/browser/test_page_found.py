"""How widely units are found: the order by it, its groups, and the way around all nets, in a real Chromium."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from browser.acting import best_first, card, choose, click_matrix, expect_key, key, pixel, state
from browser.pages import answers_of, models_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

pytestmark = pytest.mark.browser


def matched_r(comparison, a, b):
    """r with the partner, -2 where there is none."""
    matching = comparison.match("conv1", a, b)
    r = np.full(comparison.units("conv1", a), -2.0)
    r[matching.rows] = matching.values
    return r


def groups(widely):
    return " ".join(f"{k}:{len(list(units))}" for k, units in itertools.groupby(widely))


def order_by_found(page):
    page.locator("select[data-trait='order']").select_option("found")
    assert state(page)["order"] == "found"


def test_the_matrix_puts_what_most_nets_have_first(opened, comparison):
    order_by_found(opened)
    widely, r = comparison.found_in("conv1", "seed 0"), matched_r(comparison, "seed 0", "seed 1")
    expected = sorted(range(24), key=lambda unit: (-widely[unit], -r[unit], unit))
    canvas = opened.locator(".cw-canvas")
    live = [unit for unit in expected if unit != 5]
    expected = [*live, 5]
    expect(canvas).to_have_attribute("data-groups", f"{groups(widely[live])} dead:1")
    assert len(set(widely.tolist())) > 1
    for place in (0, 9, 17, 23):
        click_matrix(opened, place, None)
        expect(canvas).to_have_attribute("data-row", str(expected[place]))
    partner = dict(
        zip(*[getattr(comparison.match("conv1", "seed 0", "seed 1"), n) for n in ("rows", "columns")], strict=True)
    )
    columns = [partner[unit] for unit in expected if unit in partner]
    click_matrix(opened, None, 5)
    expect(canvas).to_have_attribute("data-column", str(columns[5]))
    opened.locator("select[data-trait='order']").select_option("best")
    expect(canvas).to_have_attribute("data-key", "conv1|seed 0|seed 1|best|bipartite")
    assert canvas.get_attribute("data-groups") is None


def test_arrows_walk_in_that_order(opened, comparison):
    order_by_found(opened)
    widely, r = comparison.found_in("conv1", "seed 0"), matched_r(comparison, "seed 0", "seed 1")
    expected = sorted(range(24), key=lambda unit: (-widely[unit], -r[unit], unit))
    click_matrix(opened, 0, None)
    opened.locator(".cw-canvas").focus()
    for unit in expected[1:8]:
        opened.keyboard.press("ArrowDown")
        expect_key(opened, key(comparison, "conv1", "seed 0", unit))
    card(opened, "seed 0").get_by_role("button", name="next unit in order").click()
    expect_key(opened, key(comparison, "conv1", "seed 0", expected[8]))


@pytest.mark.parametrize("method", ["bipartite", "semi"])
def test_the_rank_plot_follows_and_names_its_groups(open_page, comparison, answers, method):
    page = open_page(models_of(comparison, order="found", method=method, overview="ranks"), answers)
    widely = comparison.found_in("conv1", "seed 0", method)
    best = np.nan_to_num(comparison.correlation("conv1", "seed 0", "seed 1"), nan=-2).max(axis=1)
    expected = sorted(np.flatnonzero(best > -2).tolist(), key=lambda unit: (-widely[unit], -best[unit], unit))
    plot = page.locator("svg.cw-rank-plot")
    expect(plot).to_have_attribute("data-groups", groups(widely[expected]))
    expect(page.locator(".cw-border")).to_have_count(len(set(widely[expected].tolist())) - 1)
    left, right = (float(plot.get_attribute(f"data-{side}")) for side in ("left", "right"))
    for place in (0, 11, 22):
        plot.click(position={"x": left + place * (right - left) / 22, "y": 120})
        expect(plot).to_have_attribute("data-selected", str(expected[place]))
        said = f"found in {widely[expected[place]]} of 3"
        expect(page.locator(".cw-rank .cw-readout")).to_contain_text(said)
        expect(card(page, "seed 0")).to_contain_text(f"found in{widely[expected[place]]} of 3")
    expect(page.locator(".cw-rank")).to_contain_text("most widely found first")
    largest = max(set(widely.tolist()), key=widely.tolist().count)
    expect(page.locator(".cw-group").filter(has_text=f"found in {largest} of 3")).to_have_count(1)


def test_it_works_within_one_net_and_for_another_net(opened, comparison):
    order_by_found(opened)
    opened.locator("select[data-trait='net_a']").select_option("wide")
    widely, r = comparison.found_in("conv1", "wide"), matched_r(comparison, "wide", "seed 1")
    expected = sorted(range(30), key=lambda unit: (-widely[unit], -r[unit], unit))
    expect(opened.locator(".cw-canvas")).to_have_attribute("data-groups", groups(widely[expected]))
    opened.locator("select[data-trait='net_b']").select_option("wide")
    expect(opened.locator(".cw-canvas")).to_have_attribute("data-groups", groups(sorted(widely.tolist())[::-1]))


def test_the_way_around_all_nets_is_on_the_card(opened, comparison):
    nets = list(comparison.nets)
    seen = set()
    for net in ("seed 0", "wide"):
        ring = [*nets[nets.index(net) :], *nets[: nets.index(net)]]
        cycle = comparison.cycle("conv1", ring)
        for unit in np.flatnonzero(~comparison.dead("conv1", net)).tolist()[:14]:
            choose(opened, net_a=net, net_b="seed 1", net=net, unit=unit)
            arrived = int(cycle.arrived[unit])
            words = "to itself" if arrived == unit else "broken" if arrived < 0 else f"to /{arrived}"
            said = card(opened, net).locator(".cw-facts > div").filter(has_text="round trip")
            expect(said).to_have_text(f"round trip{words}")
            seen.add(words[:4])
    assert {"to i", "brok"} <= seen


def test_two_nets_have_no_way_around(open_page):
    comparison = synthetic_comparison({"a": 8, "b": 8}, ("conv1",))
    page = open_page(models_of(comparison, order="found"), answers_of(comparison))
    expect(page.locator(".cw-canvas")).to_have_attribute(
        "data-groups", groups(-np.sort(-comparison.found_in("conv1", "a")))
    )
    expect(card(page, "a")).to_contain_text("their mean r")
    expect(card(page, "a")).not_to_contain_text("round trip")


def filter_by(page, name):
    page.get_by_role("combobox", name="units of net A that stand out").select_option(name)


def passing(comparison, which, net="wide", layer="conv1"):
    """The live units that are found in all other nets, or in none, the greatest r to seed 1 first."""
    wanted = len(comparison.nets) - 1 if which == "everywhere" else 0
    widely, dead = comparison.found_in(layer, net), comparison.dead(layer, net)
    best = np.nan_to_num(comparison.correlation(layer, net, "seed 1"), nan=-2).max(axis=1)
    units = [unit for unit in range(len(widely)) if widely[unit] == wanted and not dead[unit]]
    return sorted(units, key=lambda unit: (-best[unit], unit))


def rows_of_wide(comparison):
    """The rows of the matrix of wide and seed 1: matched ones by r, then the others."""
    matched = best_first(comparison, a="wide")[0].tolist()
    return [*matched, *(unit for unit in range(30) if unit not in matched)]


def dots(page, faint):
    """How many dots of matched units are drawn faint, or not."""
    which = ".cw-faint" if faint else ":not(.cw-faint)"
    drawn = page.locator(f"svg.cw-rank-plot path.cw-dots:is(.cw-above, .cw-below){which}")
    return sum(path.get_attribute("d").count("M") for path in drawn.all())


@pytest.fixture
def wide(open_page, comparison, answers):
    """The Explorer on the widest net, of which no other net has all units."""
    return open_page(models_of(comparison, net_a="wide", net_b="seed 1", overview="ranks"), answers)


@pytest.mark.parametrize(("which", "words"), [("everywhere", "in all other nets"), ("nowhere", "in no other net")])
def test_units_found_in_all_or_none_stand_out_and_are_counted(wide, comparison, which, words):
    units, rows = passing(comparison, which), rows_of_wide(comparison)
    matched = set(best_first(comparison, a="wide")[0].tolist())
    assert 5 < len(units) < 25
    before = [pixel(wide, place, 0) for place in range(30)]
    filter_by(wide, which)
    assert state(wide)["only"] == which
    said = f"{len(units)} of 30 units of wide are found {words}"
    expect(wide.locator(".cw-rank .cw-head")).to_have_attribute("title", said)
    assert dots(wide, faint=False) == len(matched & set(units))
    assert dots(wide, faint=True) == len(matched - set(units))
    expect(wide.locator(".cw-canvas")).to_have_attribute("data-passing", str(len(units)))
    now = [pixel(wide, place, 0) for place in range(30)]
    faded = [sum(n[:3]) > sum(b[:3]) for n, b in zip(now, before, strict=True)]
    assert faded == [unit not in units for unit in rows]
    filter_by(wide, "")
    assert state(wide)["only"] is None
    assert dots(wide, faint=True) == 0
    assert [pixel(wide, place, 0) for place in range(30)] == before
    assert wide.locator(".cw-canvas").get_attribute("data-passing") is None


def test_the_least_r_is_set_and_cleared_beside_the_rank_plot_too(wide, comparison):
    r = comparison.match("conv1", "wide", "seed 1").values
    slider = wide.locator(".cw-rank").get_by_role("slider", name="least r")
    slider.fill("0.6")
    assert state(wide)["least_r"] == 0.6
    passed = int((r >= 0.6).sum())
    assert 0 < passed < len(r)
    assert dots(wide, faint=True) == len(r) - passed
    said = f"{passed} of 30 units of wide have r \u2265 .60"
    expect(wide.locator(".cw-rank .cw-head")).to_have_attribute("title", said)
    slider.focus()
    wide.keyboard.press("Home")
    assert state(wide)["least_r"] is None
    assert dots(wide, faint=True) == 0


def test_arrow_keys_skip_what_does_not_pass(wide, comparison):
    units, rows = passing(comparison, "nowhere"), rows_of_wide(comparison)
    filter_by(wide, "nowhere")
    plot = wide.locator("svg.cw-rank-plot")
    plot.focus()
    wide.keyboard.press("Home")
    for unit in units:
        expect(plot).to_have_attribute("data-selected", str(unit))
        wide.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("data-selected", str(units[-1]))
    canvas = wide.locator(".cw-canvas")
    filter_by(wide, "everywhere")
    kept = [unit for unit in rows if unit in passing(comparison, "everywhere")]
    left_out = next(unit for unit in rows if unit not in kept)
    following = [unit for unit in kept if rows.index(unit) > rows.index(left_out)]
    preceding = [unit for unit in kept if rows.index(unit) < rows.index(left_out)]
    assert following
    assert preceding
    for press, unit in (("ArrowDown", following[0]), ("ArrowUp", preceding[-1])):
        choose(wide, net="wide", unit=left_out)
        expect(canvas).to_have_attribute("data-row", str(left_out))
        canvas.focus()
        wide.keyboard.press(press)
        expect(canvas).to_have_attribute("data-row", str(unit))


@pytest.mark.parametrize("width", [1366, 918, 700, 400])
def test_the_filter_fits_its_head_and_moves_nothing(open_page, comparison, answers, width):
    page = open_page(models_of(comparison, net_a="wide", net_b="seed 1", overview="ranks"), answers, width=width)
    before = page.locator(".cw-rank .cw-plot").bounding_box()
    filter_by(page, "nowhere")
    expect(page.locator(".cw-rank .cw-head")).to_contain_text(f"{len(passing(comparison, 'nowhere'))} of 30")
    assert page.locator(".cw-rank .cw-plot").bounding_box() == before
    head = page.locator(".cw-rank .cw-head .cw-fitted")
    assert head.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dead_units_are_not_found_in_none(open_page):
    comparison = synthetic_comparison({"a": 8, "b": 8, "c": 8}, ("conv1",), dead={"a": (0, 4, 6)})
    page = open_page(models_of(comparison, order="found", only="nowhere"), answers_of(comparison))
    widely = comparison.found_in("conv1", "a")
    live = -np.sort(-widely[~comparison.dead("conv1", "a")])
    expect(page.locator(".cw-canvas")).to_have_attribute("data-groups", f"{groups(live)} dead:3")
    expect(page.locator(".cw-canvas")).to_have_attribute("data-passing", str(int((live == 0).sum())))


def test_every_group_is_named_also_where_it_is_narrow(open_page, comparison, answers):
    page = open_page(models_of(comparison, order="found", overview="ranks"), answers, width=918)
    live = ~comparison.dead("conv1", "seed 0")
    there_is = sorted(set(comparison.found_in("conv1", "seed 0")[live].tolist()), reverse=True)
    labels = page.locator(".cw-group").all_text_contents()
    assert [int(label.removeprefix("found in ")[0]) for label in labels] == there_is
