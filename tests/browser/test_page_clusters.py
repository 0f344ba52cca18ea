"""The panel of clusters in a page without a kernel: block matrix, members, patches, in a real Chromium."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from browser.acting import choose, shown, state
from browser.pages import amended, answers_of, models_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.widgets.answers import answer

pytestmark = pytest.mark.browser

CONV3 = {"layer": "conv3", "net_a": "seed 0", "net_b": "seed 1"}


@pytest.fixture(scope="module")
def zoo():
    return cw.zoo.comparison()


@pytest.fixture(scope="module")
def zoo_answers(zoo):
    return answers_of(zoo, ["conv3"])


def with_panels(models):
    """The models of an Explorer's page, where panels can be opened and closed."""
    models["selection"]["panels"] = ["clusters"]
    return models


@pytest.fixture
def panel(open_page, zoo, zoo_answers):
    """The panel on a layer of the zoo, beside the Explorer that it follows."""
    models = with_panels(models_of(zoo, ["explorer", "clusters"], **CONV3))
    places = '<div data-mount="clusters"></div><div data-mount="explorer"></div>'
    page = open_page(models, zoo_answers, places)
    page.wait_for_selector(".cw-clusters[data-key]")
    return page


def clusters_of(zoo, layer="conv3", a="seed 0", b="seed 1"):
    """The labels of the units of A and of B, and the labels along the diagonal with the places of their blocks."""
    found = zoo.clusters(layer, a, b)
    meta, _ = answer(zoo, "clusters", {"layer": layer, "a": a, "b": b, "clusters": None})
    ends = np.cumsum([sum(meta["sizes"][label]) for label in meta["order"]])
    starts = [0, *ends[:-1].tolist()]
    return found.labels[: zoo.units(layer, a)], found.labels[zoo.units(layer, a) :], meta, starts, ends.tolist()


def canvas_of(page):
    return page.locator(".cw-clusters canvas.cw-canvas")


def click_at(page, row, column):
    """Click the block matrix by places on its diagonal; None for the margin."""
    canvas = canvas_of(page)
    left, top, cell = (float(canvas.get_attribute(f"data-{name}")) for name in ("left", "top", "cell"))
    x = left / 2 if column is None else left + (column + 0.5) * cell
    y = top / 2 if row is None else top + (row + 0.5) * cell
    canvas.click(position={"x": x, "y": y})


def side(page, net):
    return page.locator(f".cw-members[data-net={json.dumps(net)}]")


def units_shown(page, net):
    return [int(tile.get_attribute("data-unit")) for tile in side(page, net).locator(".cw-member").all()]


def expect_members(page, zoo, label):
    """Both nets' units of a cluster are there, all that are asked for."""
    labels_a, labels_b, *_ = clusters_of(zoo)
    for net, labels in (("seed 0", labels_a), ("seed 1", labels_b)):
        expect(side(page, net)).to_have_attribute("data-cluster", str(label))
        more = side(page, net).get_by_role("button", name="show all")
        if more.is_visible():
            more.click()
        assert sorted(units_shown(page, net)) == np.flatnonzero(labels == label).tolist()


def test_it_shows_the_cluster_of_the_selected_unit(panel, zoo):
    labels_a, labels_b, meta, *_ = clusters_of(zoo)
    for net, labels in (("seed 0", labels_a), ("seed 1", labels_b)):
        for unit in (0, 41):
            choose(panel, net=net, unit=unit, cluster=None)
            expect(panel.locator(".cw-clusters")).to_have_attribute(
                "data-key", f"conv3|seed 0|seed 1|{len(meta['sizes'])}|{labels[unit]}"
            )
            expect(side(panel, net).locator("[aria-current]")).to_have_attribute("data-unit", str(unit))
            expect(panel.locator(".cw-member[aria-current]")).to_have_count(1)
            expect_members(panel, zoo, labels[unit])


def test_a_click_on_a_block_shows_its_units_and_leaves_the_selected_one(panel, zoo):
    _, _, meta, starts, ends = clusters_of(zoo)
    before = state(panel)
    for label, start, end in zip(meta["order"], starts, ends, strict=True):
        click_at(panel, (start + end) // 2, (start + end) // 2)
        expect_members(panel, zoo, label)
        assert state(panel) == {**before, "cluster": label}
        expect(canvas_of(panel)).to_have_attribute("data-cluster", str(label))


def test_a_click_in_its_rows_or_on_its_columns_margin_shows_it_too(panel, zoo):
    _, _, meta, starts, ends = clusters_of(zoo)
    click_at(panel, starts[-1], starts[0])
    expect_members(panel, zoo, meta["order"][-1])
    click_at(panel, None, ends[1] - 1)
    expect_members(panel, zoo, meta["order"][1])
    click_at(panel, starts[0] + 1, None)
    expect_members(panel, zoo, meta["order"][0])


def test_it_says_how_much_is_shared_and_sums_all_up(panel, zoo):
    _, _, meta, *_ = clusters_of(zoo)
    sharing = zoo.cluster_sharing("conv3", "seed 0", "seed 1")
    number = len(meta["sizes"])
    for label, (a, b) in enumerate(meta["sizes"]):
        choose(panel, cluster=label)
        expect(panel.locator(".cw-clusters-words .cw-sentence")).to_have_text(
            f"Cluster {label}, one of {number}: {a} units of seed 0 and {b} of seed 1; "
            f"{sharing.inside[label]:.0%} shared ({sharing.outside[label]:.0%} with units outside it).".replace(
                "%", "\u00a0%"
            )
        )
    both = sum(bool(a and b) for a, b in meta["sizes"])
    expect(panel.locator(".cw-clusters-summary")).to_have_text(
        f"{number} clusters by the largest eigengap; {both} hold units of both nets."
    )


def test_arrow_keys_and_buttons_step_along_the_diagonal(panel, zoo):
    _, _, meta, *_ = clusters_of(zoo)
    order = meta["order"]
    choose(panel, cluster=order[0])
    canvas_of(panel).focus()
    for label in order[1:]:
        panel.keyboard.press("ArrowRight")
        expect(side(panel, "seed 0")).to_have_attribute("data-cluster", str(label))
    panel.keyboard.press("ArrowDown")
    assert state(panel)["cluster"] == order[-1]
    panel.keyboard.press("Home")
    assert state(panel)["cluster"] == order[0]
    panel.get_by_role("button", name="next cluster").click()
    assert state(panel)["cluster"] == order[1]
    panel.get_by_role("button", name="previous cluster").click()
    assert state(panel)["cluster"] == order[0]


def test_a_click_on_a_member_selects_it_in_every_view(panel, zoo):
    _, labels_b, *_ = clusters_of(zoo)
    choose(panel, cluster=int(labels_b[0]) or 1)
    tile = side(panel, "seed 1").locator(".cw-member").nth(3)
    unit = int(tile.get_attribute("data-unit"))
    tile.locator(".cw-member-title").click()
    assert state(panel) | {"net": "seed 1", "unit": unit, "cluster": None} == state(panel)
    expect(tile).to_have_attribute("aria-current", "true")
    expect(panel.locator(".cw-card[aria-current]")).to_have_attribute("data-unit", str(unit))
    expect(panel.locator(".cw-sentences")).to_contain_text(f"Selected: seed 1 conv3/{unit}")


def test_members_stand_by_their_affinity_to_the_other_net(panel, zoo):
    labels_a, labels_b, *_ = clusters_of(zoo)
    r = np.maximum(zoo.correlation("conv3", "seed 0", "seed 1"), 0)
    choose(panel, cluster=1)
    expect_members(panel, zoo, 1)
    expected = r[labels_a == 1][:, labels_b == 1].mean(1)
    order = np.argsort(-expected, kind="stable")
    assert units_shown(panel, "seed 0") == np.flatnonzero(labels_a == 1)[order].tolist()
    for tile, value in zip(side(panel, "seed 0").locator(".cw-member-title span").all(), expected[order], strict=True):
        assert tile.inner_text() == shown(value)


def test_a_large_cluster_shows_the_first_and_the_selected_unit_until_all_are_asked_for(panel, zoo):
    labels_a, *_ = clusters_of(zoo)
    label = int(np.bincount(labels_a).argmax())
    total = int((labels_a == label).sum())
    assert total > 13
    choose(panel, cluster=label)
    one = side(panel, "seed 0")
    expect(one).to_have_attribute("data-cluster", str(label))
    first = units_shown(panel, "seed 0")
    last = next(unit for unit in np.flatnonzero(labels_a == label).tolist() if unit not in first)
    choose(panel, net="seed 0", unit=last, cluster=None)
    expect(one.locator(".cw-member")).to_have_count(13)
    expect(one.locator("[aria-current]")).to_have_attribute("data-unit", str(last))
    one.get_by_role("button", name=f"{total - 13} more: show all {total}").click()
    expect(one.locator(".cw-member")).to_have_count(total)
    expect(one.get_by_role("button", name="show all")).to_be_hidden()
    expect(one.locator(".cw-member-title:focus")).to_have_count(1)


def test_patches_are_drawn_say_what_they_are_and_open_the_whole_image(panel, zoo):
    tile = side(panel, "seed 0").locator(".cw-member").first
    unit = int(tile.get_attribute("data-unit"))
    top = zoo.top("conv3", "seed 0", unit)
    patches = tile.locator(".cw-patch:not(.cw-loading)")
    expect(patches).to_have_count(3)
    colours = patches.first.locator("canvas").evaluate(
        "(c) => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    )
    assert colours > 3
    patches.nth(1).hover()
    tip = panel.locator(".cw-clusters").get_by_role("tooltip")
    expect(tip).to_contain_text(f"activation {shown(top.activations[1])}")
    before = state(panel)
    patches.nth(1).click()
    dialog = panel.locator(".cw-clusters dialog.cw-lightbox[open]")
    expect(dialog).to_contain_text(f"seed 0 conv3/{unit}, 2 of 9")
    panel.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(patches.nth(1)).to_be_focused()
    assert state(panel) == before


def test_members_are_walked_through_by_keys(panel):
    tiles = side(panel, "seed 0").locator(".cw-member")
    assert side(panel, "seed 0").locator("[tabindex='0']").count() == 2
    tiles.first.locator(".cw-member-title").focus()
    for key, nth in [("ArrowRight", 1), ("ArrowDown", 4), ("ArrowUp", 1), ("End", tiles.count() - 1), ("Home", 0)]:
        panel.keyboard.press(key)
        expect(tiles.nth(nth).locator(".cw-member-title")).to_be_focused()
    panel.keyboard.press("Tab")
    panel.keyboard.press("ArrowRight")
    expect(tiles.first.locator(".cw-patch").nth(1)).to_be_focused()
    expect(panel.locator(".cw-clusters").get_by_role("tooltip")).to_contain_text("activation")
    assert side(panel, "seed 0").locator("[tabindex='0']").count() == 2
    panel.keyboard.press("Shift+Tab")
    panel.keyboard.press("ArrowRight")
    panel.keyboard.press("Enter")
    assert state(panel)["unit"] == int(tiles.nth(1).get_attribute("data-unit"))


def test_borders_and_blocks_are_drawn_where_the_clusters_are(open_page, zoo, zoo_answers):
    _, _, meta, starts, _ = clusters_of(zoo)
    grounds = {}
    for scheme in ("light", "dark"):
        page = open_page(
            models_of(zoo, ["clusters"], **CONV3, cluster=meta["order"][0]),
            zoo_answers,
            wait=False,
            color_scheme=scheme,
        )
        page.wait_for_selector(".cw-clusters[data-key]")
        line = canvas_of(page).evaluate(
            """(c, [start, wide]) => {
                const [left, top, cell] = ["left", "top", "cell"].map((name) => Number(c.dataset[name]));
                const at = top + Math.round(start * cell);
                const rows = [...c.getContext("2d").getImageData(left + wide * cell, at - 8, 1, 17).data];
                return Array.from({ length: 17 }, (_, i) => rows.slice(4 * i, 4 * i + 3));
            }""",
            [starts[-1], starts[-1] + 1.5],
        )
        text = page.locator(".cw-clusters").evaluate("(el) => getComputedStyle(el).color")
        colour = [int(part) for part in text[4:-1].split(",")]
        assert np.abs(np.array(line[8]) - colour).max() <= 2
        assert sum(np.abs(np.array(pixel) - colour).max() <= 2 for pixel in line) == 1
        grounds[scheme] = line[8]
    assert np.abs(np.array(grounds["light"]) - grounds["dark"]).min() > 100


def test_another_number_of_clusters_is_asked_for(open_page, zoo, zoo_answers):
    meta, buffers = answer(zoo, "clusters", {"layer": "conv3", "a": "seed 0", "b": "seed 1", "clusters": 9})
    key = json.dumps(["clusters", "conv3", "seed 0", "seed 1", 9], separators=(",", ":"))
    answers = amended(zoo_answers, 0, {key: (meta, buffers)})
    page = open_page(models_of(zoo, ["clusters"], **CONV3), answers, wait=False)
    page.wait_for_selector(".cw-clusters[data-key]")
    number = page.locator(".cw-clusters-number input")
    automatic = zoo.clusters("conv3", "seed 0", "seed 1").clusters
    expect(number).to_have_attribute("placeholder", f"auto ({automatic})")
    number.fill("9")
    number.press("Enter")
    expect(canvas_of(page)).to_have_attribute("data-clusters", "9")
    expect(page.locator(".cw-clusters-summary")).to_contain_text("9 clusters as asked for")
    assert state(page)["clusters"] == 9
    for wrong in ("0", "129", "2.5"):
        number.fill(wrong)
        number.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Write a whole number from 1 to 128, or nothing.")
        assert state(page)["clusters"] == 9
    number.fill("")
    number.press("Enter")
    expect(canvas_of(page)).to_have_attribute("data-clusters", str(automatic))
    expect(page.get_by_role("alert")).to_have_count(0)
    assert state(page)["clusters"] is None
    number.fill("0")
    number.press("Enter")
    expect(number).to_have_attribute("aria-invalid", "true")
    number.blur()
    choose(page, cluster=1)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(number).not_to_have_attribute("aria-invalid", "true")


def test_nothing_stands_there_for_a_cluster_that_does_not_exist(panel, zoo):
    number = zoo.clusters("conv3", "seed 0", "seed 1").clusters
    choose(panel, cluster=100)
    words = panel.locator(".cw-clusters-words .cw-sentence")
    expect(words).to_contain_text(f"There is no cluster 100: the units fall into {number}, numbered from 0.")
    expect(panel.locator(".cw-members:visible")).to_have_count(0)


def test_it_is_opened_by_its_button_and_closes_itself(panel):
    opener = panel.locator("[data-panel='clusters']")
    expect(opener).to_have_attribute("aria-expanded", "true")
    panel.get_by_role("button", name="Close this panel").click()
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.click()
    assert panel.evaluate("window.page.models.selection.get('panels')") == ["clusters"]


def test_it_waits_in_words_and_takes_no_clicks_meanwhile(open_page, zoo, zoo_answers):
    page = open_page(models_of(zoo, ["clusters"], **CONV3), zoo_answers, wait=False)
    page.wait_for_selector(".cw-clusters[data-key]")
    page.evaluate("window.before = (q) => q.ask === 'clusters' && new Promise((go) => { window.go = go; }); 0")
    choose(page, net_b="seed 2")
    expect(page.locator(".cw-notice")).to_contain_text("Waiting for the kernel")
    expect(page.locator(".cw-clusters")).to_have_attribute("aria-busy", "true")
    before, tile = state(page), side(page, "seed 1").locator(".cw-member-title").first.bounding_box()
    page.mouse.click(tile["x"] + 9, tile["y"] + 9)
    canvas_of(page).focus()
    page.keyboard.press("ArrowRight")
    assert state(page) == before
    page.evaluate("window.go()")
    expect(side(page, "seed 2")).to_be_visible()
    expect(page.locator(".cw-notice")).to_have_text("")


def sentence(open_page, comparison, **options):
    page = open_page(models_of(comparison, ["clusters"], **options), answers_of(comparison), wait=False)
    page.wait_for_function("window.ready")
    return page, page.locator(".cw-clusters-words .cw-sentence")


def test_a_dead_unit_is_in_no_cluster(open_page, comparison):
    page, words = sentence(open_page, comparison, unit=5)
    expect(words).to_have_text("seed 0 conv1/5 is dead and in no cluster. Click one in the matrix to see its units.")
    expect(page.locator(".cw-clusters-summary")).to_contain_text("2 dead units are left out.")
    canvas_of(page).focus()
    page.keyboard.press("ArrowRight")
    expect(words).to_contain_text("% shared")


def test_no_selected_unit_has_no_cluster(open_page):
    half = synthetic_comparison({"a": 2, "b": 3}, ("one",), dead={"a": (0, 1)})
    page, words = sentence(open_page, half)
    expect(words).to_have_text("No unit is selected, hence no cluster. Click one in the matrix to see its units.")
    canvas_of(page).focus()
    page.keyboard.press("ArrowRight")
    expect(words).to_contain_text("nothing is shared.")
    expect(side(page, "a")).to_contain_text("none of a")


def test_a_layer_of_dead_units_has_nothing_to_cluster(open_page):
    silent = synthetic_comparison({"a": 2, "b": 3}, ("one",), dead={"a": (0, 1), "b": (0, 1, 2)})
    page, _ = sentence(open_page, silent)
    expect(page.locator(".cw-clusters-summary")).to_contain_text("All units of both nets are dead in this layer")
    expect(canvas_of(page)).to_be_hidden()


def test_a_net_and_itself_have_no_clusters(open_page, comparison):
    page, words = sentence(open_page, comparison, net_a="wide", net_b="wide")
    expect(words).to_have_text("Clusters are of the units of two nets; net A and net B are both wide.")
    expect(canvas_of(page)).to_be_hidden()
    assert not [question for question in page.evaluate("window.asked") if question["ask"] == "clusters"]
    choose(page, net_b="seed 0")
    expect(canvas_of(page)).to_be_visible()


def test_layers_of_one_unit_and_no_pictures(open_page):
    page, words = sentence(open_page, synthetic_comparison({"a": 1, "b": 1}, ("one",), pictures=False))
    expect(words).to_contain_text("Cluster 0, one of 1: 1 unit of a and 1 of b;")
    for net in "ab":
        expect(side(page, net)).to_contain_text("No patches were kept.")
        expect(side(page, net).locator(".cw-member")).to_have_count(1)


@pytest.mark.parametrize("width", [1366, 918, 700, 400])
def test_it_fits_every_width(open_page, zoo, zoo_answers, width):
    page = open_page(models_of(zoo, ["clusters"], **CONV3), zoo_answers, wait=False, width=width)
    page.wait_for_selector(".cw-clusters[data-key]")
    expect(page.locator(".cw-member").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".cw-member").evaluate_all("(all) => all.every((el) => el.scrollWidth <= el.clientWidth)")
    canvas, place = canvas_of(page).bounding_box(), page.locator(".cw-clusters-matrix").bounding_box()
    assert canvas["width"] <= place["width"] + 1
    assert canvas["height"] <= place["height"]
    assert canvas["width"] >= 0.7 * min(place["width"], place["height"])


def test_closing_by_keyboard_gives_the_focus_back(panel):
    close = panel.locator(".cw-clusters").get_by_role("button", name="Close this panel")
    close.focus()
    panel.keyboard.press("Enter")
    assert panel.evaluate("window.page.models.selection.get('panels')") == []
    expect(panel.get_by_role("button", name="Many to many")).to_be_focused()


def test_the_field_says_no_number_where_there_are_no_clusters(open_page, comparison):
    page, words = sentence(open_page, comparison, net_a="seed 0", net_b="seed 1")
    field = page.locator(".cw-clusters-number input")
    expect(field).to_have_attribute("placeholder", re.compile(r"^auto \(\d+\)$"))
    choose(page, net_b="seed 0")
    expect(words).to_contain_text("net A and net B are both seed 0")
    expect(field).to_have_attribute("placeholder", "auto")
    expect(field).to_have_value("")
