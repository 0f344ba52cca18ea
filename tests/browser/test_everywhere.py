"""One script of clicks for every place that shows the views: an exported page, JupyterLab, and Voila."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import pytest
from browser.acting import best_first, card_numbers, click_matrix, expect_key, key, shown
from browser.lab_server import Lab, notebook, run_all
from browser.voila_server import Served

import convergent_widgets as cw

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

A, B = "seed 0", "seed 1"
PATIENCE = 30_000
CELLS = [
    """
import json
import ipywidgets
import convergent_widgets as cw
explorer = cw.Explorer(cw.Comparison.load("comparison.npz"))
explorer
""",
    """
kernel = ipywidgets.Label().add_class("kernel")
def tell(change=None):
    kernel.value = json.dumps({**explorer.selection.state(), "panels": explorer.selection.panels})
explorer.selection.observe(tell)
tell()
kernel
""",
]


@pytest.fixture(scope="module")
def comparison():
    """Two nets of the zoo, all layers."""
    return cw.zoo.comparison().subset([A, B])


@contextmanager
def in_lesson(page, comparison, folder):
    path = folder / "page.html"
    cw.Explorer(comparison).export_html(path, progress=False)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    yield
    own = [path.as_uri()]
    assert [url for url in requests if not url.startswith(("blob:", "data:"))] == own


@contextmanager
def in_lab(page, comparison, folder):
    lab = Lab(folder)
    try:
        lab.wait()
        comparison.save(lab.notebooks / "comparison.npz")
        (lab.notebooks / "everywhere.ipynb").write_text(json.dumps(notebook(CELLS)))
        run_all(page, lab, "everywhere.ipynb")
        yield
    finally:
        lab.stop()


@contextmanager
def in_voila(page, comparison, folder):
    pytest.importorskip("voila")
    served = Served(folder, comparison)
    try:
        served.wait()
        page.goto(served.address)
        yield
        page.goto("about:blank")  # closing a page would not let it say good-bye
    finally:
        served.stop()


PLACES = {"lesson": in_lesson, "lab": in_lab, "voila": in_voila}


def card(page, net):
    return page.locator(f".cw-gallery .cw-card[data-net='{net}']")


def in_kernel(page, **expected):
    """Wait until the kernel says so too, where it is there to be asked."""
    if page.locator(".kernel").count():
        page.wait_for_function(
            """(expected) => {
                const state = JSON.parse(document.querySelector(".kernel").innerText);
                return Object.entries(expected).every(([k, v]) => JSON.stringify(state[k]) === JSON.stringify(v));
            }""",
            arg=expected,
            timeout=10_000,
        )


def expect_unit(page, comparison, layer, net, unit, method="bipartite"):
    """The gallery, its cards' numbers, the sentence and the kernel agree with the Comparison."""
    unit = int(unit)
    expect_key(page, key(comparison, layer, net, unit, method))
    (other,) = (name for name in comparison.nets if name != net)
    one = comparison.counterparts(layer, net, unit, method)[other]
    expect(card(page, net)).to_have_attribute("aria-current", "true")
    expect(card(page, net)).to_contain_text(shown(comparison.mean(layer, net)[unit]))
    if one.unit is not None:
        expect(card(page, other)).to_have_attribute("data-unit", str(one.unit))
        for words in (*card_numbers(one), f"{one.rank} of {comparison.units(layer, other)}"):
            expect(card(page, other)).to_contain_text(words)
    expect(page.locator(".cw-sentences")).to_contain_text(f"{net} {layer}/{unit}")
    in_kernel(page, layer=layer, net=net, unit=unit, method=method)


@pytest.mark.parametrize("place", list(PLACES))
def test_the_same_clicks_show_the_same(place, page, comparison, tmp_path):
    with PLACES[place](page, comparison, tmp_path):
        page.wait_for_selector(".cw-gallery[data-key]", timeout=60_000)
        start = comparison.best_unit("conv1", A, B)
        expect_unit(page, comparison, "conv1", A, start)
        ones = [comparison.counterparts("conv1", A, unit)[B] for unit in range(24)]
        above = sum(one.r > one.baseline for one in ones)
        expect(page.locator(".cw-sentences b").first).to_have_text(f"{above} of 24")
        click_through(page, comparison)
        # back to where it began
        page.locator(".cw-search").fill(f"layer=conv1&net_a={A}&net_b={B}&net={A}&unit={start}".replace(" ", "+"))
        page.locator(".cw-search").press("Enter")
        expect_unit(page, comparison, "conv1", A, start)
        expect(page.locator(".cw-means-head, .cw-prediction, .cw-clusters")).to_have_count(0)
        expect(page.locator("[role=alert]")).to_have_count(0)


def click_through(page, comparison):
    rows, columns = best_first(comparison, "conv1", A, B)
    click_matrix(page, row=4, column=4)
    expect_unit(page, comparison, "conv1", A, rows[4])

    tiles = page.locator(f".cw-pair[data-unit='{rows[2]}'] .cw-tile")
    tiles.last.click()
    expect_unit(page, comparison, "conv1", B, columns[2])
    tiles.first.click()
    expect_unit(page, comparison, "conv1", A, rows[2])

    card(page, B).locator(".cw-card-title").click()
    expect_unit(page, comparison, "conv1", B, columns[2])

    page.locator(".cw-layer[data-layer='conv3']").click()
    expect_unit(page, comparison, "conv3", A, comparison.best_unit("conv3", A, B))

    page.locator(".cw-swap").click()
    expect(page.locator("select[data-trait='net_a']")).to_have_value(B)
    expect(page.locator(".cw-canvas").first).to_have_attribute("data-key", f"conv3|{B}|{A}|best|bipartite")
    in_kernel(page, net_a=B, net_b=A)

    page.locator("select[data-trait='order']").select_option("original")
    expect(page.locator(".cw-canvas").first).to_have_attribute("data-key", f"conv3|{B}|{A}|original|bipartite")
    click_matrix(page, row=5, column=9)
    expect_unit(page, comparison, "conv3", B, 5)

    page.locator("select[data-trait='method']").select_option("semi")
    expect_unit(page, comparison, "conv3", B, 5, "semi")
    page.locator("select[data-trait='method']").select_option("bipartite")

    page.locator(".cw-canvas").first.focus()
    for pressed, unit in (("ArrowDown", 6), ("ArrowDown", 7), ("ArrowUp", 6)):
        page.keyboard.press(pressed)
        expect_unit(page, comparison, "conv3", B, unit)

    page.locator(".cw-search").fill("conv3/17")
    page.locator(".cw-search").press("Enter")
    expect_unit(page, comparison, "conv3", B, 17)
    click_in_panels(page, comparison)


def click_in_panels(page, comparison):
    page.locator(".cw-disclosure[data-panel='means']").click()
    counterpart = comparison.counterparts("conv3", B, 17)[A]
    unit = counterpart.best.unit if counterpart.unit is None else counterpart.unit
    entry = page.locator(f".cw-means-entry[data-net='{A}']")
    expect(entry).to_contain_text(f"{A} / {unit} mean {shown(comparison.mean('conv3', A)[unit])}", timeout=PATIENCE)
    entry.click()
    expect_unit(page, comparison, "conv3", A, unit)

    page.locator(".cw-disclosure[data-panel='prediction']").click()
    panel = page.locator(".cw-prediction")
    expect(panel).to_have_attribute("data-key", f"conv3|{B} > {A}/{unit}|.1", timeout=PATIENCE)
    found = comparison.predict("conv3", B, A)
    cards = panel.locator(".cw-card[data-kind='predictor']:visible")
    expect(cards).to_have_count(int(found.predictors[2, unit]))
    expect(panel).to_contain_text(shown(1 - 2 * found.held_out_loss[2, unit]))
    predictor = int(cards.first.get_attribute("data-unit"))
    cards.first.locator(".cw-card-title").click()
    expect_unit(page, comparison, "conv3", B, predictor)

    page.locator(".cw-disclosure[data-panel='clusters']").click()
    clustering = comparison.clusters("conv3", B, A)
    members = page.locator(f".cw-clusters [data-net='{B}']")
    expect(members).to_have_attribute("data-cluster", str(clustering.labels[predictor]), timeout=PATIENCE)
    page.get_by_role("button", name="next cluster").click()
    expect(members).not_to_have_attribute("data-cluster", str(clustering.labels[predictor]))
    shown_cluster = int(members.get_attribute("data-cluster"))
    in_kernel(page, cluster=shown_cluster, unit=predictor)
    title = page.locator(".cw-clusters .cw-member-title").first
    title.click()
    current = page.locator(".cw-gallery .cw-card[aria-current]")
    expect(current).not_to_have_attribute("data-unit", str(predictor))
    net, unit = current.get_attribute("data-net"), int(current.get_attribute("data-unit"))
    labels = clustering.labels[:64] if net == B else clustering.labels[64:]
    assert labels[unit] == shown_cluster
    expect_unit(page, comparison, "conv3", net, unit)
    in_kernel(page, panels=["means", "prediction", "clusters"])
    for name in ("means", "prediction", "clusters"):
        page.locator(f".cw-disclosure[data-panel='{name}']").click()
        expect(page.locator(f".cw-disclosure[data-panel='{name}']")).to_have_attribute(
            "aria-expanded", re.compile("false")
        )
