"""Real clicks in JupyterLab: what a person sees and what the kernel holds."""

import json
import os
import re
import shutil
import statistics
import time
from pathlib import Path

import numpy as np
import pytest
from browser.acting import card_numbers
from browser.lab_server import CONNECTED, Lab, change_theme, notebook, run_all
from synthetic import synthetic_comparison

import convergent_widgets as cw

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    server = Lab(tmp_path_factory.mktemp("lab"))
    try:
        server.wait()
        yield server
    finally:
        server.stop()


class Watched:
    """A page whose errors, and whose requests to other hosts, are collected."""

    def __init__(self, browser, lab):
        self.page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        self.errors, self.strangers = [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        own = (lab.address, lab.address.replace("http", "ws", 1), "blob:", "data:")
        self.page.on("request", lambda r: None if r.url.startswith(own) else self.strangers.append(r.url))
        self.page.on("websocket", lambda s: None if s.url.startswith(own) else self.strangers.append(s.url))

    def picture(self, name, folder):
        """Keep a screenshot, in $CONVERGENT_WIDGETS_SCREENSHOTS where that is set."""
        folder = Path(os.environ.get("CONVERGENT_WIDGETS_SCREENSHOTS") or folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")
        print(f"screenshot: {folder / name}.png")

    def check(self):
        assert self.errors == []
        assert self.strangers == []


CELLS = [
    """
import json
import ipywidgets
import convergent_widgets as cw
comparison = cw.Comparison.load("comparison.npz")
explorer = cw.Explorer(comparison)
selection = explorer.selection
explorer
""",
    """
kernel = ipywidgets.Label().add_class("kernel")
def tell(change=None):
    kernel.value = json.dumps({**selection.state(), "panels": selection.panels})
selection.observe(tell)
tell()
command = ipywidgets.Text(continuous_update=False).add_class("command")
command.observe(lambda change: exec(change["new"], globals()), "value")
ipywidgets.VBox([kernel, command])
""",
    "explorer",
    "cw.Gallery(selection=explorer.selection)",
]


@pytest.fixture(scope="module")
def comparison(lab):
    made = synthetic_comparison(
        {"seed 0": 24, "seed 1": 24, "seed 2": 24, "wide": 30}, ("conv1", "conv2"), dead={"seed 1": (3,)}
    )
    made.save(lab.notebooks / "comparison.npz")
    return made


@pytest.fixture(scope="module")
def opened(lab, browser, comparison):
    (lab.notebooks / "explorer.ipynb").write_text(json.dumps(notebook(CELLS)))
    watched = Watched(browser, lab)
    run_all(watched.page, lab, "explorer.ipynb")
    watched.page.wait_for_selector(".cw-gallery[data-key]")
    yield watched
    watched.page.context.close()


@pytest.fixture
def page(opened, comparison, request, tmp_path):
    """The notebook, with the selection of a fresh Explorer; afterwards nothing may have gone wrong in it."""
    start = "layer='conv1', net_a='seed 0', net_b='seed 1', net='seed 0', unit=0, order='best', method='bipartite'"
    start += ", pictured='strongest', penalty=.1, clusters=None, overview='wall', only=None, least_r=None"
    python(opened.page, f"selection.panels = []; selection.select({start})")
    wait_for_key(opened.page, key(comparison, "conv1", "seed 0", 0))
    opened.page.locator(".cw-explorer").first.scroll_into_view_if_needed()
    yield opened.page
    if getattr(request.node, "failed_call", False) or opened.errors:
        opened.picture(re.sub(r"\W+", "-", request.node.name), tmp_path)
    opened.check()


def python(page, statement):
    """Run a statement in the kernel, as a cell of the notebook would."""
    box = page.locator(".command input")
    box.fill(f"{statement}  # {time.monotonic_ns()}")
    box.press("Enter")


def state(page):
    """What the kernel holds, as it says itself."""
    return json.loads(page.locator(".kernel").inner_text())


def wait_for_state(page, **expected):
    page.wait_for_function(
        """(expected) => {
            const state = JSON.parse(document.querySelector(".kernel").innerText);
            return Object.entries(expected).every(([k, v]) => JSON.stringify(state[k]) === JSON.stringify(v));
        }""",
        arg=expected,
        timeout=10_000,
    )


def key(comparison, layer, net, unit, method="bipartite"):
    """The name that the gallery gives to what it shows."""
    found = comparison.counterparts(layer, net, unit, method).items()
    others = [f"{other}/{'-' if one.unit is None else one.unit}" for other, one in found]
    return "|".join([layer, f"{net}/{unit}", *others])


def wait_for_key(page, expected, view=".cw-gallery", nth=0):
    locator = page.locator(view).nth(nth)
    expect(locator).to_have_attribute("data-key", expected, timeout=10_000)


def click_cell(page, row, column, nth=0):
    """Click the matrix in that row and column, by place; tells which units these are."""
    canvas = page.locator(".cw-matrix canvas").nth(nth)
    left, top, cell = (float(canvas.get_attribute(f"data-{name}")) for name in ("left", "top", "cell"))
    canvas.click(position={"x": left + (column + 0.5) * cell, "y": top + (row + 0.5) * cell})


def card(page, net, nth=0):
    return page.locator(".cw-explorer").nth(nth).locator(f".cw-card[data-net='{net}']")


def in_two_decimals(r):
    return f"{abs(r):.2f}".replace("0.", ".", 1) if r >= 0 else f"\u2212{abs(r):.2f}".replace("0.", ".", 1)


def test_it_opens_on_the_best_match(opened, comparison):
    matching = comparison.match("conv1", "seed 0", "seed 1")
    best = int(matching.rows[matching.values.argmax()])
    for nth in range(3):
        wait_for_key(opened.page, key(comparison, "conv1", "seed 0", best), nth=nth)
    wait_for_state(opened.page, layer="conv1", net_a="seed 0", net_b="seed 1", net="seed 0", unit=best)
    sentence = opened.page.locator(".cw-sentences").first
    above = int(comparison.baseline("conv1", "seed 0", "seed 1").above.sum())
    expect(sentence).to_contain_text(f"{above} of 24 units of seed 0")
    expect(sentence).to_contain_text(in_two_decimals(matching.mean))
    opened.check()


def test_all_of_it_fits_the_first_screen(page):
    page.locator(".cw-explorer").first.evaluate("(root) => root.scrollIntoView({block: 'start'})")
    tall = page.locator(".cw-explorer").first.bounding_box()["height"]
    room = page.locator(".jp-WindowedPanel-outer, .jp-Notebook").first.bounding_box()["height"]
    assert tall <= room


def test_a_click_on_the_matrix_selects_the_row(page, comparison):
    for row, column in [(2, 5), (0, 0), (20, 3)]:
        click_cell(page, row, column)
        page.mouse.move(0, 0)
        unit = int(page.locator(".cw-matrix canvas").first.get_attribute("data-row"))
        assert unit == row_unit(comparison, row)
        wait_for_key(page, key(comparison, "conv1", "seed 0", unit))
        wait_for_state(page, net="seed 0", unit=unit)
        show_what_the_comparison_says(page, comparison, "conv1", "seed 0", unit)


def row_unit(comparison, row):
    """The unit in a row of the matrix in its order of best matches."""
    matching = comparison.match("conv1", "seed 0", "seed 1")
    best_first = matching.rows[np.argsort(-matching.values, kind="stable")]
    return int(best_first[row])


def show_what_the_comparison_says(page, comparison, layer, net, unit):
    """Every card says of its net what the Comparison says."""
    expect(card(page, net)).to_have_attribute("aria-current", "true")
    expect(card(page, net)).to_have_attribute("data-unit", str(unit))
    expect(card(page, net)).to_contain_text(in_two_decimals(comparison.mean(layer, net)[unit]))
    for other, one in comparison.counterparts(layer, net, unit).items():
        shown = card(page, other)
        expect(shown).to_have_attribute("data-unit", str(one.best.unit if one.unit is None else one.unit))
        expect(shown).to_contain_text("made-up images")
        if one.unit is not None:
            for words in (*card_numbers(one), f"{one.rank} of {comparison.units(layer, other)}"):
                expect(shown).to_contain_text(words)
        expect(shown.locator(".cw-patch:not(.cw-empty)")).to_have_count(9)


def test_a_click_on_the_rank_plot_selects_the_nearest_unit(page, comparison):
    r = np.nan_to_num(comparison.correlation("conv1", "seed 0", "seed 1"), nan=-2).max(axis=1)
    order = np.argsort(-r, kind="stable")
    page.get_by_role("radio", name="ranks").first.click()
    wait_for_state(page, overview="ranks")
    plot = page.locator("svg.cw-rank-plot").first
    left, right = (float(plot.get_attribute(f"data-{name}")) for name in ("left", "right"))
    for place in (4, 17):
        plot.click(position={"x": left + (right - left) * place / 23, "y": 150})
        unit = int(order[place])
        wait_for_key(page, key(comparison, "conv1", "seed 0", unit))
        wait_for_state(page, net="seed 0", unit=unit)


def test_a_click_on_a_tile_selects_its_unit(page, comparison):
    matching = comparison.match("conv1", "seed 0", "seed 1")
    place = np.argsort(-matching.values, kind="stable")[3]
    unit, partner = int(matching.rows[place]), int(matching.columns[place])
    wall = page.locator(".cw-wall").first
    wall.get_by_role("listbox").press("Home")
    wait_for_state(page, net="seed 0", unit=row_unit(comparison, 0))
    tile = wall.locator(f".cw-pair[data-unit='{unit}'][data-painted] .cw-tile")
    for net, which in (("seed 0", unit), ("seed 1", partner)):
        tile.and_(page.locator(f"[data-net='{net}']")).click()
        wait_for_key(page, key(comparison, "conv1", net, which))
        wait_for_state(page, net=net, unit=which)
    python(page, "selection.least_r = .9")
    few = int((matching.values >= 0.9).sum())
    expect(wall.get_by_role("listbox")).to_have_attribute("data-shown", str(few))
    wall.get_by_role("slider", name="least r").fill("-1")
    wait_for_state(page, least_r=None)


def test_a_click_on_a_counterpart_selects_it(page, comparison):
    unit = comparison.counterparts("conv1", "seed 0", 0)["seed 1"].unit
    card(page, "seed 1").locator(".cw-card-title").click()
    wait_for_key(page, key(comparison, "conv1", "seed 1", unit))
    wait_for_state(page, net_a="seed 0", net_b="seed 1", net="seed 1", unit=unit)


def test_a_counterpart_in_a_third_net_becomes_net_a(page, comparison):
    unit = comparison.counterparts("conv1", "seed 0", 0)["wide"].unit
    card(page, "wide").locator(".cw-card-title").click()
    wait_for_key(page, key(comparison, "conv1", "wide", unit))
    wait_for_state(page, net_a="wide", net_b="seed 1", net="wide", unit=unit)
    expect(page.locator(".cw-matrix").first).to_contain_text("rows wide, columns seed 1")


def test_a_patch_opens_its_whole_image(page, comparison):
    top = comparison.top("conv1", "seed 0", 0)
    patch = card(page, "seed 0").locator(".cw-patch").nth(1)
    expect(patch).to_have_attribute("aria-label", re.compile(f"image {top.images[1]} "))
    patch.click()
    expect(page.locator("dialog.cw-lightbox[open]")).to_contain_text(f"image {top.images[1]}")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.cw-lightbox[open]")).to_have_count(0)
    wait_for_state(page, net="seed 0", unit=0)


def test_arrow_keys_walk_and_leave_the_notebook_alone(page, comparison):
    click_cell(page, 3, 3)
    wait_for_state(page, unit=row_unit(comparison, 3))
    cells = page.locator(".jp-CodeCell").count()
    page.keyboard.press("ArrowDown")
    wait_for_state(page, unit=row_unit(comparison, 4))
    for pressed in "dd":
        page.keyboard.press(pressed)
    page.keyboard.press("ArrowUp")
    wait_for_state(page, unit=row_unit(comparison, 3))
    assert page.locator(".jp-CodeCell").count() == cells


def test_the_pickers_write_the_selection(page, comparison):
    page.locator(".cw-layer[data-layer='conv2']").first.click()
    matching = comparison.match("conv2", "seed 0", "seed 1")
    best = int(matching.rows[matching.values.argmax()])
    wait_for_state(page, layer="conv2", net="seed 0", unit=best)
    wait_for_key(page, key(comparison, "conv2", "seed 0", best))
    for trait, value in [("order", "original"), ("order", "cycles"), ("method", "semi")]:
        page.locator(f"select[data-trait='{trait}']").first.select_option(value)
        wait_for_state(page, **{trait: value})
    wait_for_key(page, key(comparison, "conv2", "seed 0", best, "semi"))
    page.locator("select[data-trait='net_b']").first.select_option("seed 0")
    wait_for_state(page, net_a="seed 0", net_b="seed 0", unit=best)
    expect(page.locator(".cw-matrix").first).to_contain_text("within seed 0")


def test_what_python_sets_is_shown(page, comparison):
    python(page, "selection.unit = 11")
    wait_for_key(page, key(comparison, "conv1", "seed 0", 11))
    show_what_the_comparison_says(page, comparison, "conv1", "seed 0", 11)
    python(page, "selection.select(layer='conv2', net='wide', unit=29)")
    wait_for_key(page, key(comparison, "conv2", "wide", 29))
    expect(page.locator(".cw-layer[aria-checked='true']").first).to_contain_text("conv2")
    python(page, "selection.net = 'seed 1'; selection.unit = 3")
    expect(card(page, "seed 1")).to_have_attribute("data-dead", "")
    expect(card(page, "seed 1")).to_contain_text("dead")


def test_single_views_follow_the_selection_they_are_given(lab, browser, comparison):
    cells = [
        'import convergent_widgets as cw\ncomparison = cw.Comparison.load("comparison.npz")',
        "explorer = cw.Explorer(comparison)\ncw.Matrix(selection=explorer.selection)",
        "cw.RankPlot(comparison, selection=explorer.selection)",
        "cw.Gallery(selection=explorer.selection)",
    ]
    (lab.notebooks / "linked.ipynb").write_text(json.dumps(notebook(cells)))
    watched = Watched(browser, lab)
    page = watched.page
    run_all(page, lab, "linked.ipynb")
    expect(page.locator(".cw-gallery")).to_have_attribute("data-key", re.compile("."), timeout=30_000)
    for row in (4, 11):
        click_cell(page, row, row)
        unit = row_unit(comparison, row)
        wait_for_key(page, key(comparison, "conv1", "seed 0", unit))
        expect(page.locator("svg.cw-rank-plot")).to_have_attribute("data-selected", str(unit))
    watched.check()
    page.context.close()


def test_displays_and_linked_views_stay_in_step(page, comparison):
    for row in (1, 6):
        click_cell(page, row, 9, nth=row % 2)
        for nth in range(3):
            wait_for_key(page, key(comparison, "conv1", "seed 0", row_unit(comparison, row)), nth=nth)
    card(page, "seed 2", nth=1).locator(".cw-card-title").click()
    wait_for_state(page, net_a="seed 2")
    assert len({page.locator(".cw-gallery").nth(nth).get_attribute("data-key") for nth in range(3)}) == 1


def test_the_panel_of_clusters_opens_follows_and_closes(page, comparison):
    expect(page.locator(".cw-clusters")).to_have_count(0)
    page.locator("[data-panel='clusters']").first.click()
    wait_for_state(page, panels=["clusters"])
    panel = page.locator(".cw-clusters").first
    labels = comparison.clusters("conv1", "seed 0", "seed 1").labels[:24]
    expect(panel.locator("[data-net='seed 0']")).to_have_attribute("data-cluster", str(labels[0]), timeout=20_000)
    panel.get_by_role("button", name="next cluster").click()
    expect(panel.locator("[data-net='seed 0']")).not_to_have_attribute("data-cluster", str(labels[0]))
    shown = int(panel.locator("[data-net='seed 0']").get_attribute("data-cluster"))
    wait_for_state(page, cluster=shown, unit=0)
    tile = panel.locator("[data-net='seed 1'] .cw-member").first
    unit = int(tile.get_attribute("data-unit"))
    tile.locator(".cw-member-title").click()
    wait_for_state(page, net="seed 1", unit=unit, cluster=None)
    wait_for_key(page, key(comparison, "conv1", "seed 1", unit))
    number = panel.locator(".cw-clusters-number input")
    number.fill("3")
    number.press("Enter")
    wait_for_state(page, clusters=3)
    expect(panel.locator("canvas.cw-canvas")).to_have_attribute("data-clusters", "3")
    panel.get_by_role("button", name="Close this panel").click()
    wait_for_state(page, panels=[])
    expect(page.locator(".cw-clusters")).to_have_count(0)


def test_the_panel_of_means_opens_follows_and_closes(page, comparison):
    expect(page.locator(".bqplot")).to_have_count(0)
    page.locator("[data-panel='means']").first.click()
    wait_for_state(page, panels=["means"])
    panel = page.locator(".cw-means").first
    expect(panel.locator(".bqplot svg").first).to_be_visible(timeout=20_000)
    expect(panel.locator("path.line")).to_have_count(4)
    places = marked(page)
    assert len(places) == 4
    counterpart = comparison.counterparts("conv1", "seed 0", 0)["wide"].unit
    expect(panel.locator("[data-net='wide']")).to_contain_text(f"wide / {counterpart}")
    click_cell(page, 8, 8)
    unit = row_unit(comparison, 8)
    expect(panel.locator("[data-net='seed 0']")).to_contain_text(f"seed 0 / {unit}")
    page.wait_for_function(f"(before) => JSON.stringify(({MARKED})()) !== JSON.stringify(before)", arg=places)
    for one in ("[role='radio'][tabindex='0']", ".cw-close", "[data-net='seed 0']"):
        cells = page.locator(".jp-Notebook .jp-Cell").count()
        panel.locator(one).focus()
        page.keyboard.press("d")
        page.keyboard.press("d")
        page.wait_for_timeout(200)
        assert page.locator(".jp-Notebook .jp-Cell").count() == cells
        expect(panel.locator(one)).to_be_focused()
    wide = comparison.counterparts("conv1", "seed 0", unit)["wide"].unit
    panel.locator("[data-net='wide']").click()
    wait_for_state(page, net="wide", unit=wide)
    other = comparison.counterparts("conv1", "wide", wide)["seed 2"].unit
    nets = [net for net in comparison.nets if net != "wide"]
    expect(panel.locator("[data-net='seed 2']")).to_contain_text(f"seed 2 / {other}")
    panel.locator(".object_grp").nth(nets.index("seed 2")).click()
    wait_for_state(page, net="seed 2", unit=other)
    panel.locator("button[title='Close this panel']").focus()
    page.keyboard.press("Enter")
    wait_for_state(page, panels=[])
    expect(page.locator(".bqplot")).to_have_count(0)
    expect(page.locator("[data-panel='means']").first).to_be_focused()


CURVE = """() => [...document.querySelectorAll(".cw-prediction-panel .object_grp, .cw-prediction-panel .dot_grp")]
    .map((mark) => mark.getAttribute("transform"))"""


def test_the_panel_of_prediction_follows_its_slider_and_its_predictors(page, comparison):
    page.locator("[data-panel='prediction']").first.click()
    wait_for_state(page, panels=["prediction"])
    panel = page.locator(".cw-prediction-panel").first
    expect(panel.locator(".bqplot svg").first).to_be_visible(timeout=20_000)
    cards = panel.locator(".cw-card[data-kind='predictor']:visible")
    found = comparison.predict("conv1", "seed 1", "seed 0")
    expect(cards).to_have_count(int(found.predictors[2, 0]))
    expect(panel.locator("[data-curve='held out']")).to_contain_text("seed 0 conv1/0")
    page.wait_for_function(f"() => ({CURVE})().length > 2")
    before = page.evaluate(CURVE)
    panel.get_by_role("slider").press("ArrowRight")
    wait_for_state(page, penalty=0.3)
    expect(cards).to_have_count(int(found.predictors[1, 0]))
    expect(panel.locator("[data-curve='penalty']")).to_contain_text("penalty .3")
    page.wait_for_function(f"(before) => JSON.stringify(({CURVE})()) !== JSON.stringify(before)", arg=before)
    python(page, "selection.penalty = .1")
    expect(cards).to_have_count(int(found.predictors[2, 0]))
    unit = int(np.abs(found.weights[2, :, 0]).argmax())
    cards.first.locator(".cw-card-title").click()
    wait_for_state(page, net="seed 1", unit=unit, penalty=0.1)
    wait_for_key(page, key(comparison, "conv1", "seed 1", unit))
    expect(panel.locator("[data-curve='held out']")).to_contain_text(f"seed 1 conv1/{unit}")
    python(page, "selection.unit = 3")
    expect(panel.locator(".cw-prediction")).to_contain_text("seed 1 conv1/3 is dead")
    expect(panel.locator(".bqplot")).not_to_be_visible()
    assert panel.bounding_box()["height"] < 150, "no room is kept for a curve that does not come"
    panel.locator("button[title='Close this panel']").click()
    wait_for_state(page, panels=[])
    expect(page.locator(".bqplot")).to_have_count(0)


MARKED = """() => [...document.querySelector(".cw-means").querySelectorAll(".dot_grp, .object_grp")]
    .map((mark) => mark.getAttribute("transform"))"""


def marked(page):
    """Where the panel of means marks units."""
    page.wait_for_function(f"() => ({MARKED})().length === 4")
    return page.evaluate(MARKED)


LATENCY = """(root) => {
    window.latencies = [];
    let start = null;
    addEventListener("pointerup", () => { start = performance.now(); }, true);
    new MutationObserver(() => {
        if (start !== null) window.latencies.push(performance.now() - start);
        start = null;
    }).observe(root, { attributes: true, attributeFilter: ["data-key"] });
}"""


def latencies(page, clicks=20):
    """Milliseconds from a click on the matrix to the changed patches and counterparts, for that many clicks."""
    page.locator(".cw-gallery").first.evaluate(LATENCY)
    rows = int(page.locator(".cw-matrix canvas").first.get_attribute("data-rows"))
    for click in range(clicks):
        before = page.locator(".cw-gallery").first.get_attribute("data-key")
        click_cell(page, (click * 7 + 1) % rows, click % rows)
        page.wait_for_function(
            "(before) => document.querySelector('.cw-gallery').dataset.key !== before", arg=before, timeout=10_000
        )
    found = page.evaluate("window.latencies")
    print(f"{len(found)} clicks: median {statistics.median(found):.1f} ms, greatest {max(found):.1f} ms")
    return found


def test_twenty_clicks_change_the_gallery_twenty_times(page):
    assert len(latencies(page)) == 20


def test_many_fast_clicks_end_on_the_last(page, comparison):
    for row in (*range(12), 5):
        click_cell(page, row, 0)
    wait_for_key(page, key(comparison, "conv1", "seed 0", row_unit(comparison, 5)))
    wait_for_state(page, unit=row_unit(comparison, 5))
    page.wait_for_timeout(500)
    wait_for_key(page, key(comparison, "conv1", "seed 0", row_unit(comparison, 5)))
    wait_for_state(page, unit=row_unit(comparison, 5))


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_it_looks_as_the_theme_does(opened, page, theme, tmp_path):
    change_theme(page, theme)
    root = page.locator(".cw-root").first
    expect(root).to_have_attribute("data-theme", theme.split()[-1].lower())
    page.locator(".cw-explorer").first.evaluate("(root) => root.scrollIntoView({block: 'start'})")
    opened.picture(f"lab-{theme.split()[-1].lower()}", tmp_path)
    page.locator("[data-panel='means']").first.click()
    panel = page.locator(".cw-means .bqplot").first
    expect(panel).to_be_visible(timeout=20_000)
    panel.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    opened.picture(f"lab-means-{theme.split()[-1].lower()}", tmp_path)
    python(page, "selection.panels = ['prediction']")
    panel = page.locator(".cw-prediction-panel .bqplot").first
    expect(panel).to_be_visible(timeout=20_000)
    panel.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    opened.picture(f"lab-prediction-{theme.split()[-1].lower()}", tmp_path)


def test_a_reloaded_page_shows_the_living_kernel_again(page, comparison):
    python(page, "selection.select(layer='conv2', net='wide', unit=29)")
    wait_for_key(page, key(comparison, "conv2", "wide", 29))
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
    page.reload(wait_until="domcontentloaded")
    page.wait_for_function(CONNECTED, timeout=60_000)
    expect(page.locator(".cw-gallery").first).to_have_attribute(
        "data-key", key(comparison, "conv2", "wide", 29), timeout=30_000
    )
    click_cell(page, 4, 4)
    unit = int(page.locator(".cw-matrix canvas").first.get_attribute("data-row"))
    wait_for_state(page, layer="conv2", net="wide", unit=unit)
    wait_for_key(page, key(comparison, "conv2", "wide", unit))


def test_it_shows_and_answers_clicks_while_the_kernel_is_busy(lab, browser, comparison):
    busy = """import time
from pathlib import Path
for _ in range(600):
    time.sleep(0.1)
    if Path("go").exists():
        break"""
    cells = ['import convergent_widgets as cw\ncw.Explorer(cw.Comparison.load("comparison.npz"))', busy]
    (lab.notebooks / "busy.ipynb").write_text(json.dumps(notebook(cells)))
    watched = Watched(browser, lab)
    page = watched.page
    run_all(page, lab, "busy.ipynb", finish=False)
    best = comparison.best_unit("conv1", "seed 0", "seed 1")
    wait_for_key(page, key(comparison, "conv1", "seed 0", best))
    click_cell(page, 5, 5)
    wait_for_key(page, key(comparison, "conv1", "seed 0", row_unit(comparison, 5)))
    card(page, "wide").locator(".cw-card-title").click()
    unit = comparison.counterparts("conv1", "seed 0", row_unit(comparison, 5))["wide"].unit
    wait_for_key(page, key(comparison, "conv1", "wide", unit))
    patch = card(page, "wide").locator(".cw-patch").first.bounding_box()
    page.locator(".cw-layer[data-layer='conv2']").click()
    expect(page.locator(".cw-notice")).to_have_text("Waiting for the kernel, which is busy.")
    expect(page.locator(".cw-stale")).to_have_count(4)
    page.mouse.click(patch["x"] + 9, patch["y"] + 9)
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert card(page, "wide").locator(".cw-patch").first.bounding_box() == patch
    assert page.locator(".jp-CodeCell .jp-InputPrompt").nth(1).inner_text().strip() == "[*]:"
    (lab.notebooks / "go").touch()
    expect(page.locator(".cw-gallery")).to_have_attribute("data-key", re.compile("^conv2"), timeout=40_000)
    expect(page.locator(".cw-stale")).to_have_count(0)
    expect(page.locator(".cw-notice")).to_be_empty()
    watched.check()
    page.context.close()


@pytest.mark.parametrize("name", ["01_tour.ipynb"])
def test_the_tour_runs_and_answers_clicks(lab, browser, name, tmp_path):
    shutil.copy(ROOT / "notebooks" / name, lab.notebooks / name)
    watched = Watched(browser, lab)
    page = watched.page
    run_all(page, lab, name)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
    expect(page.get_by_text("images through 4 nets, just now")).to_have_count(1)
    gallery = page.locator(".cw-gallery").first
    gallery.scroll_into_view_if_needed()
    expect(gallery).to_have_attribute("data-key", re.compile("."), timeout=30_000)
    assert len(latencies(page)) == 20
    page.locator(".cw-explorer").first.evaluate("(root) => root.scrollIntoView({block: 'start'})")
    watched.picture(f"lab-{Path(name).stem}", tmp_path)
    watched.check()
    page.context.close()


RAN = """() => [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
    .every((prompt) => /\\[\\d+\\]/.test(prompt.innerText))"""


@pytest.mark.long
def test_the_paper_runs_and_each_of_its_panels_answers_clicks(lab, browser, tmp_path):
    shutil.copy(ROOT / "notebooks" / "02_the_paper.ipynb", lab.notebooks)
    watched = Watched(browser, lab)
    page = watched.page
    run_all(page, lab, "02_the_paper.ipynb")
    page.wait_for_function(RAN, timeout=240_000)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
    zoo = cw.zoo.comparison()

    few = page.locator(".jp-OutputArea-output").filter(has=page.locator(".cw-prediction-panel"))
    few.scroll_into_view_if_needed()
    cards = few.locator(".cw-prediction .cw-card[data-kind='predictor']:visible")
    selected = ".cw-gallery .cw-card[aria-current='true']"
    unit = int(few.locator(selected).get_attribute("data-unit"))
    found = zoo.predict("conv1", "seed 1", "seed 0")
    expect(cards).to_have_count(int(found.predictors[2, unit]), timeout=30_000)
    few.get_by_role("slider", name="L1 penalty").press("ArrowRight")
    expect(cards).to_have_count(int(found.predictors[1, unit]))
    strongest = int(np.abs(found.weights[1, :, unit]).argmax())
    cards.first.locator(".cw-card-title").click()
    expect(few.locator(selected)).to_have_attribute("data-unit", str(strongest))
    expect(few.locator(".cw-gallery")).to_have_attribute("data-key", key(zoo, "conv1", "seed 1", strongest))
    watched.picture("lab-paper-few", tmp_path)

    many = page.locator(".jp-OutputArea-output").filter(has=page.locator(".cw-clusters"))
    many.scroll_into_view_if_needed()
    members = many.locator(".cw-clusters [data-net='seed 0']")
    expect(members).to_have_attribute("data-cluster", re.compile(r"\d"), timeout=30_000)
    before = members.get_attribute("data-cluster")
    canvas = many.locator(".cw-clusters canvas.cw-canvas")
    box = canvas.bounding_box()
    for share in (0.9, 0.2):
        canvas.click(position={"x": share * box["width"], "y": share * box["height"]})
        if members.get_attribute("data-cluster") != before:
            break
    expect(members).not_to_have_attribute("data-cluster", before)
    tile = many.locator(".cw-clusters [data-net='seed 1'] .cw-member").first
    unit = tile.get_attribute("data-unit")
    tile.locator(".cw-member-title").click()
    expect(many.locator(selected)).to_have_attribute("data-unit", unit)
    watched.picture("lab-paper-many", tmp_path)

    means = page.locator(".jp-OutputArea-output").filter(has=page.locator(".cw-means"))
    means.scroll_into_view_if_needed()
    means.get_by_role("radio", name="deciles").click()
    expect(means.locator(".cw-gallery")).to_have_attribute("data-pictured", "deciles")
    expect(means.locator(".cw-means [data-net='seed 0']")).to_contain_text("(selected)")
    watched.check()
    page.context.close()
