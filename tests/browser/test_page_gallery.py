"""The gallery in a page without a kernel: cards, patches and whole images, in a real Chromium."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from browser.acting import (
    best_first,
    card,
    choose,
    click_matrix,
    expect_key,
    key,
    shown,
    state,
)
from browser.pages import answers_of, models_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

pytestmark = pytest.mark.browser

CLICK_TO_PATCHES = 50


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
        rank = f"{one.rank} / {comparison.units('conv1', net)}"
        for words in (f"conv1/{one.unit}", "made-up images", shown(one.r), rank):
            expect(other).to_contain_text(words)
        expect(other).to_contain_text(f"baseline{shown(one.baseline)}runner-up{shown(one.runner_up)}")
        expect(other.locator(".cw-card-title")).to_have_attribute(
            "title", f"{net}, module features.0\nselect this unit"
        )
        words = "both matchings agree" if one.agrees else "above baseline" if one.above else "below the baseline"
        expect(other).to_contain_text(words)


def test_a_taken_best_unit_is_named(opened, comparison):
    taken = [
        (net, unit, other, one)
        for net in comparison.nets
        for unit in range(24)
        for other, one in comparison.counterparts("conv1", net, unit).items()
        if one.unit is not None and one.best.unit != one.unit
    ]
    net, unit, other, one = taken[0]
    choose(opened, net_a=net, net_b=other, net=net, unit=unit)
    expect(card(opened, other)).to_contain_text(f"best is conv1/{one.best.unit} ({shown(one.best.r)}), taken")
    expect(opened.locator(".cw-sentences")).to_contain_text(
        f"its best, conv1/{one.best.unit} (r {shown(one.best.r)}), is taken"
    )


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
    image = top.images[3]
    words = f"activation {shown(top.activations[3])} \u00b7 image {image} \u00b7 {comparison.images.labels[image]}"
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


def test_no_patches_kept(open_page):
    comparison = synthetic_comparison({"a": 8, "b": 8}, ("one",), pictures=False)
    page = open_page(models_of(comparison), answers_of(comparison))
    expect(page.locator(".cw-card").first).to_contain_text("no patches were kept")


def test_a_click_changes_the_patches_at_once(opened, comparison):
    opened.wait_for_timeout(1000)
    opened.locator(".cw-gallery").evaluate(
        """(root) => {
            window.latencies = [];
            let start = null;
            addEventListener("pointerup", () => { start = performance.now(); }, true);
            new MutationObserver(() => {
                if (start !== null) window.latencies.push(performance.now() - start);
                start = null;
            }).observe(root, { attributes: true, attributeFilter: ["data-key"] });
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
