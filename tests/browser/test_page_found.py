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
    page = open_page(models_of(comparison, order="found", method=method), answers)
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
            words = "to itself" if arrived == unit else "breaks off" if arrived < 0 else f"to /{arrived}"
            said = card(opened, net).locator(".cw-facts > div").filter(has_text="round trip")
            expect(said).to_have_text(f"round trip{words}")
            seen.add(words[:4])
    assert {"to i", "brea"} <= seen


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


def passing(comparison, which, net="seed 0", layer="conv1"):
    """The live units that are found in all other nets, or in none, the greatest r to seed 1 first."""
    wanted = len(comparison.nets) - 1 if which == "all" else 0
    widely, dead = comparison.found_in(layer, net), comparison.dead(layer, net)
    best = np.nan_to_num(comparison.correlation(layer, net, "seed 1"), nan=-2).max(axis=1)
    units = [unit for unit in range(len(widely)) if widely[unit] == wanted and not dead[unit]]
    return sorted(units, key=lambda unit: (-best[unit], unit))


def dots(page, faint):
    """How many dots of units are drawn faint, or not."""
    which = ".cw-faint" if faint else ":not(.cw-faint)"
    look = "svg.cw-rank-plot path.cw-dots:is(.cw-above, .cw-below)" + which
    return page.locator(look).evaluate_all(
        "(paths) => paths.reduce((n, p) => n + p.getAttribute('d').split('M').length - 1, 0)"
    )


@pytest.mark.parametrize(("which", "words"), [("all", "in all other nets"), ("none", "in no other net")])
def test_units_found_in_all_or_none_stand_out_and_are_counted(opened, comparison, which, words):
    units = passing(comparison, which)
    matched = set(comparison.match("conv1", "seed 0", "seed 1").rows.tolist())
    assert 0 < len(units) < 23
    assert (comparison.found_in("conv1", "seed 0")[5], which) != (3, "all")
    before = pixel(opened, 0, 0)
    filter_by(opened, which)
    assert state(opened)["found"] == which
    said = f"{len(units)} of 23 live units of seed 0 {'is' if len(units) == 1 else 'are'} found {words}"
    expect(opened.locator(".cw-rank .cw-head")).to_have_attribute("title", said)
    assert dots(opened, faint=False) == len(matched & set(units))
    assert dots(opened, faint=True) == len(matched - set(units))
    expect(opened.locator(".cw-canvas")).to_have_attribute("data-passing", str(len(units)))
    rows, _ = best_first(comparison)
    assert (pixel(opened, 0, 0) == before) == (int(rows[0]) in units)
    filter_by(opened, "")
    assert state(opened)["found"] is None
    assert dots(opened, faint=True) == 0
    assert pixel(opened, 0, 0) == before
    assert opened.locator(".cw-canvas").get_attribute("data-passing") is None


def test_rows_that_do_not_pass_are_faint(opened, comparison):
    rows, _ = best_first(comparison)
    places = range(0, len(rows), 3)
    before = {place: pixel(opened, place, place)[:3] for place in places}
    filter_by(opened, "all")
    expect(opened.locator(".cw-canvas")).to_have_attribute("data-passing", str(len(passing(comparison, "all"))))
    seen = set()
    for place in places:
        stays = int(rows[place]) in passing(comparison, "all")
        now = pixel(opened, place, place)[:3]
        assert (
            now == before[place] if stays else all(n > b or n == 255 for n, b in zip(now, before[place], strict=True))
        )
        seen.add(stays)
    assert seen == {True, False}


def test_arrow_keys_skip_what_does_not_pass(opened, comparison):
    units = passing(comparison, "all")
    filter_by(opened, "all")
    plot = opened.locator("svg.cw-rank-plot")
    plot.focus()
    opened.keyboard.press("Home")
    for unit in units:
        expect(plot).to_have_attribute("data-selected", str(unit))
        opened.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("data-selected", str(units[-1]))
    left_out = [int(unit) for unit in best_first(comparison)[0] if unit not in units]
    rows = [int(unit) for unit in best_first(comparison)[0]]
    middle = next(unit for unit in left_out if 0 < rows.index(unit) < len(rows) - 1)
    after = next((unit for unit in rows[rows.index(middle) :] if unit in units), None)
    if after is None:
        after = [unit for unit in rows if unit in units][-1]
    choose(opened, unit=middle)
    expect(opened.locator(".cw-canvas")).to_have_attribute("data-row", str(middle))
    opened.locator(".cw-canvas").focus()
    opened.keyboard.press("ArrowDown")
    expect(opened.locator(".cw-canvas")).to_have_attribute("data-row", str(after))


@pytest.mark.parametrize("width", [1366, 918, 700, 400])
def test_the_filter_fits_its_head_and_moves_nothing(open_page, comparison, answers, width):
    page = open_page(models_of(comparison), answers, width=width)
    before = page.locator(".cw-rank .cw-plot").bounding_box()
    filter_by(page, "none")
    count = len(passing(comparison, "none"))
    expect(page.locator(".cw-rank .cw-head")).to_contain_text(f"{count} of 23")
    assert page.locator(".cw-rank .cw-plot").bounding_box() == before
    head = page.locator(".cw-rank .cw-head .cw-fitted")
    assert head.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dead_units_are_not_found_in_none(open_page):
    comparison = synthetic_comparison({"a": 8, "b": 8, "c": 8}, ("conv1",), dead={"a": (0, 4, 6)})
    page = open_page(models_of(comparison, order="found", found="none"), answers_of(comparison))
    widely = comparison.found_in("conv1", "a")
    live = -np.sort(-widely[~comparison.dead("conv1", "a")])
    expect(page.locator(".cw-canvas")).to_have_attribute("data-groups", f"{groups(live)} dead:3")
    expect(page.locator(".cw-canvas")).to_have_attribute("data-passing", str(int((live == 0).sum())))


def test_every_group_is_named_also_where_it_is_narrow(open_page, comparison, answers):
    page = open_page(models_of(comparison, order="found"), answers, width=918)
    live = ~comparison.dead("conv1", "seed 0")
    there_is = sorted(set(comparison.found_in("conv1", "seed 0")[live].tolist()), reverse=True)
    labels = page.locator(".cw-group").all_text_contents()
    assert [int(label.removeprefix("found in ")[0]) for label in labels] == there_is
