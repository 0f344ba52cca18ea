"""The gallery in a page without a kernel: cards, patches and whole images, in a real Chromium."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import replace

import numpy as np
import pytest
from browser.acting import (
    best_first,
    card,
    card_numbers,
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

import convergent_widgets as cw

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
        r, baseline, runner_up, _ = card_numbers(one)
        for words in (f"conv1/{one.unit}", "made-up images", f"r {r}"):
            expect(other).to_contain_text(words)
        rank = f"rank{one.rank} of {comparison.units('conv1', net)}"
        expect(other).to_contain_text(f"baseline{baseline}best other{runner_up}{rank}")
        expect(other.locator(".cw-facts > div").filter(has_text="rank")).to_have_attribute(
            "title", f"1 + the number of {net}'s units with a greater r to this unit"
        )
        expect(other.locator(".cw-card-title")).to_have_attribute(
            "title", f"{net}, module features.0\nselect this unit"
        )
        words = "above baseline" if one.above else "not above baseline"
        expect(other.get_by_text(words, exact=True)).to_be_visible()
        expect(other.get_by_text("both matchings agree", exact=True)).to_have_count(int(one.agrees))


@pytest.mark.parametrize("height", [700, 768, 900])
def test_the_patches_stay_above_what_the_card_says_below_them(open_page, height):
    zoo = cw.zoo.comparison()
    page = open_page(models_of(zoo, layer="fc1"), answers_of(zoo, ["fc1"]), height=height)
    expect(page.locator(".cw-loading")).to_have_count(0)
    words = page.locator(".cw-sentence").first.bounding_box()
    assert words["height"] > 30, "two lines take room only when they are known"
    for one in page.locator(".cw-gallery .cw-card").all():
        foot = one.locator(".cw-foot").bounding_box()
        boxes = [patch.bounding_box() for patch in one.locator(".cw-patch").all()]
        assert len(boxes) == 9
        assert max(box["y"] + box["height"] for box in boxes) <= foot["y"]


def test_only_what_is_selected_has_the_accent_colour(opened):
    tag = """(el) => { const s = getComputedStyle(el); return [s.color, s.backgroundColor]; }"""
    accent = card(opened, "seed 0").get_by_text("selected", exact=True).evaluate(tag)
    agree = opened.get_by_text("both matchings agree", exact=True)
    assert agree.count() > 0
    for words in [*agree.all(), *opened.locator(".cw-card:not([aria-current]) .cw-tag").all()]:
        assert not set(words.evaluate(tag)) & set(accent)


def test_numbers_that_differ_do_not_read_alike(open_page):
    zoo = cw.zoo.comparison()
    page = open_page(models_of(zoo, layer="conv2"), answers_of(zoo, ["conv2"]))

    def alike(one, places):
        return len({shown(value, places) for value in (one.r, one.baseline, one.runner_up)}) < 3

    found = [
        (unit, other, one)
        for unit in range(zoo.units("conv2", "seed 0"))
        for other, one in zoo.counterparts("conv2", "seed 0", unit).items()
        if one.unit is not None and one.unit == one.best.unit and not alike(one, 3)
    ]
    for places, (unit, other, one) in [
        (3, next(each for each in found if alike(each[2], 2))),
        (2, next(each for each in found if not alike(each[2], 2))),
    ]:
        choose(page, net="seed 0", unit=unit)
        r, baseline, runner_up = (shown(value, places) for value in (one.r, one.baseline, one.runner_up))
        expect(card(page, other).locator(".cw-number")).to_have_text(f"r {r}")
        expect(card(page, other)).to_contain_text(f"baseline{baseline}best other{runner_up}rank")


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
    matching = comparison.match("conv1", net, other)
    owner = dict(zip(matching.columns.tolist(), matching.rows.tolist(), strict=True))[one.best.unit]
    best = card_numbers(one)[3]
    expect(card(opened, other)).to_contain_text(
        f"best is conv1/{one.best.unit} (r {best}), taken by {net} conv1/{owner}"
    )
    expect(opened.locator(".cw-sentences")).to_contain_text(
        f"its best, conv1/{one.best.unit} (r {shown(one.best.r)}), is taken"
    )


def test_a_unit_with_nothing_left_shows_its_most_similar_unit(opened, comparison):
    choose(opened, net_a="wide", net="wide", unit=0)
    matching = comparison.match("conv1", "wide", "seed 0")
    unit = int(matching.unmatched_rows[0])
    choose(opened, unit=unit)
    expect_key(opened, key(comparison, "conv1", "wide", unit))
    found = comparison.counterparts("conv1", "wide", unit)["seed 0"]
    best = found.best
    owner = dict(zip(matching.columns.tolist(), matching.rows.tolist(), strict=True))[best.unit]
    runner_up = np.nanmax(np.delete(comparison.correlation("conv1", "wide", "seed 0")[unit], best.unit))
    r, baseline, second, _ = card_numbers(replace(found, r=best.r, runner_up=float(runner_up)))
    one = card(opened, "seed 0")
    expect(one).to_have_attribute("data-kind", "taken")
    expect(one.locator(".cw-card-title")).to_contain_text(f"conv1/{best.unit}")
    expect(one.locator(".cw-number")).to_have_text("no partner left")
    expect(one.locator(".cw-facts")).to_have_text(
        f"most similar/{best.unit}its r{r}baseline{baseline}best other{second}"
    )
    foot = f"most similar: conv1/{best.unit}, taken by wide conv1/{owner}"
    expect(one.locator(".cw-foot")).to_have_text(foot)
    expect(one.locator(".cw-bar")).to_be_hidden()
    expect(one.locator(".cw-tag")).to_have_count(0)
    assert one.evaluate("(el) => getComputedStyle(el).borderTopStyle") == "dashed"
    partners = [c for c in comparison.counterparts("conv1", "wide", unit).values() if c.unit is not None]
    mean = np.mean([c.r for c in partners]) if partners else np.nan
    expect(card(opened, "wide")).to_contain_text(f"partners{len(partners)} of 3their mean r{shown(mean)}")
    expect(one.locator(".cw-patch:not(.cw-empty)")).to_have_count(9)
    one.locator(".cw-card-title").click()
    assert state(opened) | {"net": "seed 0", "unit": best.unit} == state(opened)


def test_a_best_partner_comes_with_what_one_to_one_gives(opened, comparison):
    def words(net, unit, other):
        if comparison.counterparts("conv1", net, unit, "semi")[other].agrees:
            return "both matchings agree"
        given = comparison.counterparts("conv1", net, unit)[other].unit
        return "one-to-one leaves nothing for it" if given is None else f"one-to-one gives it conv1/{given}"

    choose(opened, method="semi")
    cases = {}
    for net, other in itertools.permutations(comparison.nets, 2):
        for unit in np.flatnonzero(~comparison.dead("conv1", net)).tolist():
            expected = words(net, unit, other)
            cases.setdefault(expected.rstrip("0123456789"), (net, unit, other, expected))
    assert len(cases) == 3
    for net, unit, other, expected in cases.values():
        choose(opened, net_a=net, net_b=other, net=net, unit=unit)
        expect(card(opened, other).locator(".cw-note")).to_have_text(expected)


def test_dead_units_are_shown_as_such(opened, comparison):
    choose(opened, unit=5)
    expect_key(opened, "conv1|seed 0/5|seed 1/-|seed 2/-|wide/-")
    expect(card(opened, "seed 0")).to_contain_text("dead: it never varies")
    expect(card(opened, "seed 0").locator(".cw-patch:visible")).to_have_count(0)
    expect(card(opened, "seed 0")).to_contain_text("A dead unit correlates with nothing.")
    expect(card(opened, "wide")).to_contain_text("a dead unit has no counterpart")
    expect(opened.locator(".cw-sentences")).to_contain_text("a dead unit: it never varies")
    assert "NaN" not in opened.locator("body").inner_text()


# Distance of an element's text from the edge of its box, in pixels; negative where it sticks out.
MARGIN = """(el) => {
    const range = document.createRange();
    range.selectNodeContents(el);
    const [text, box] = [range.getBoundingClientRect(), el.getBoundingClientRect()];
    return Math.min(text.left - box.left, box.right - text.right, text.top - box.top, box.bottom - text.bottom);
}"""


@pytest.mark.parametrize("width", [1366, 918, 700, 400])
def test_a_dead_units_words_stay_inside_their_boxes(open_page, comparison, answers, width):
    page = open_page(models_of(comparison), answers, width=width)
    choose(page, unit=5)
    expect_key(page, "conv1|seed 0/5|seed 1/-|seed 2/-|wide/-")
    boxes = page.locator(".cw-instead:visible").all()
    assert len(boxes) == 4
    assert min(box.evaluate(MARGIN) for box in boxes) >= 8


@pytest.mark.parametrize("width", [1366, 918, 700, 400])
def test_the_same_lines_are_at_the_same_heights_whatever_a_card_says(open_page, comparison, answers, width):
    page = open_page(models_of(comparison), answers, width=width, height=900)
    parts = (".cw-patch-room", ".cw-number", ".cw-card-facts", ".cw-foot")
    left = int(comparison.match("conv1", "wide", "seed 0").unmatched_rows[0])
    seen = set()
    for net, unit in [("seed 0", 2), ("seed 0", 5), ("wide", left)]:
        choose(page, net_a=net, net=net, unit=unit)
        expect(card(page, net)).to_have_attribute("data-unit", str(unit))
        expect(card(page, net)).to_have_attribute("aria-current", "true")
        for one in page.locator(".cw-card").all():
            top = one.bounding_box()
            seen.add((*(round(one.locator(p).bounding_box()["y"] - top["y"]) for p in parts), round(top["height"])))
            assert one.evaluate("(el) => el.scrollWidth <= el.clientWidth")
            assert one.locator(".cw-foot").evaluate("(el) => el.scrollHeight <= el.clientHeight")
    assert len(seen) == 1


@pytest.mark.parametrize("width", [918, 700, 400])
def test_patches_fill_a_narrow_card(open_page, width):
    comparison = synthetic_comparison({f"seed {i}": 8 for i in range(5)}, ("one",))
    page = open_page(models_of(comparison), answers_of(comparison), width=width)
    grid = card(page, "seed 1").locator(".cw-patches").bounding_box()
    assert grid["width"] >= 0.9 * card(page, "seed 1").locator(".cw-card-title").bounding_box()["width"]
    patch = card(page, "seed 1").locator(".cw-patch").first.bounding_box()
    assert patch["width"] == patch["height"]
    assert patch["width"] % 5 == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("sign", ["el.classList.add('cw-stale')", "el.setAttribute('aria-busy', 'true')"])
def test_cards_that_wait_for_new_data_ignore_clicks(opened, sign):
    before = state(opened)
    opened.locator(".cw-gallery").evaluate(f"(el) => {{ {sign}; }}")
    for part in (".cw-patch", ".cw-card-title"):
        pressed = card(opened, "seed 1").locator(part).first
        box = pressed.bounding_box()
        opened.mouse.click(box["x"] + 9, box["y"] + 9)
        pressed.focus()
        opened.keyboard.press("Enter")
    expect(opened.locator("dialog.cw-lightbox[open]")).to_have_count(0)
    assert state(opened) == before
    opened.locator(".cw-gallery").evaluate(
        "(el) => { el.classList.remove('cw-stale'); el.removeAttribute('aria-busy'); }"
    )
    card(opened, "seed 1").locator(".cw-patch").first.click()
    expect(opened.locator("dialog.cw-lightbox[open]")).to_have_count(1)


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
    tip, patches = (opened.locator(part).bounding_box() for part in (".cw-tip", ".cw-card[aria-current] .cw-patches"))
    assert patches["y"] - 8 <= tip["y"] + tip["height"] <= patches["y"], "above the patches, and near them"
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
    expect(patches.nth(2)).to_have_attribute("tabindex", "0")
    expect(card(opened, "seed 0").locator(".cw-patch[tabindex='0']")).to_have_count(1)
    assert state(opened)["unit"] == unit


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_image_fits_a_phone(open_page, comparison, answers, scheme):
    page = open_page(models_of(comparison), answers, width=400, height=700, color_scheme=scheme)
    card(page, "seed 0").locator(".cw-patch").first.click()
    dialog = page.locator("dialog.cw-lightbox[open]")
    expect(dialog).to_contain_text("From: made-up images.")
    box, image = dialog.bounding_box(), dialog.locator("canvas").bounding_box()
    assert box["x"] >= 8
    assert box["x"] + box["width"] <= 392
    assert box["y"] + box["height"] <= 700
    assert image["width"] >= 0.75 * box["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


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
