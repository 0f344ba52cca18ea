"""How widely units are found: the order by it, its groups, and the way around all nets, in a real Chromium."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from browser.acting import card, choose, click_matrix, expect_key, key, state
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
    expect(canvas).to_have_attribute("data-groups", groups(widely[expected]))
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
