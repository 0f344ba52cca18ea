"""An exported module within a page of MyST: its theme's own renderer, in a shadow root.

It is skipped where `npm install` has not brought the renderer, unless CONVERGENT_WIDGETS_NODE_MODULES says where it is.
"""

from __future__ import annotations

import html
import json
import os
import subprocess
from pathlib import Path

import pytest
from browser.acting import best_first, key
from playwright.sync_api import expect

import convergent_widgets as cw

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
A, B = "seed 0", "seed 1"
QUESTION = {"text": "Show conv2.", "answer": {"layer": "conv2"}, "start": {"layer": "conv4"}}
PAGE = """<!doctype html><meta charset="utf-8"><title>theirs</title><link rel="icon" href="data:,">
<style>button {{ color: lime !important; font-size: 40px }} p {{ line-height: 4 }}</style>
<h1 id="top">Theirs</h1>{places}<p>after</p><script type="module" src="host.js"></script>"""


@pytest.fixture(scope="module")
def zoo():
    return cw.zoo.comparison().subset([A, B])


@pytest.fixture(scope="module")
def folder(zoo, tmp_path_factory):
    """The renderer, bundled, and beside it the module."""
    named = os.environ.get("CONVERGENT_WIDGETS_NODE_MODULES")
    modules = Path(named or HERE.parents[1] / "node_modules")
    if not (modules / "@myst-theme" / "anywidget").exists():
        if named:
            pytest.fail(f"There is no renderer of MyST in {modules}.")
        pytest.skip("The renderer of MyST is not installed; npm install brings it.")
    folder = tmp_path_factory.mktemp("myst")
    command = [str(modules / ".bin" / "esbuild"), str(HERE / "myst_host.js"), "--bundle", "--format=esm"]
    command += ["--define:process.env.NODE_ENV='production'", f"--outfile={folder / 'host.js'}", "--log-level=warning"]
    subprocess.run(command, check=True, env=os.environ | {"NODE_PATH": str(modules)})
    cw.Explorer(zoo).export_html(folder / "lesson.html", progress=False, module=True, questions=[QUESTION])
    return folder


@pytest.fixture
def visit(page, folder, serve):
    """Opens a page with a directive for each JSON body; gives the page."""

    def open_(*bodies, fragment="#top"):
        nodes = [
            {"type": "anywidget", "esm": "./lesson.mjs", "model": body, "id": str(i)} for i, body in enumerate(bodies)
        ]
        places = "".join(f'<div data-node="{html.escape(json.dumps(node))}"></div>' for node in nodes)
        (folder / "index.html").write_text(PAGE.format(places=places), encoding="utf-8")
        page.goto(serve(folder) + "index.html" + fragment)
        expect(page.locator(".cw-gallery[data-key]")).to_have_count(len(bodies))
        return page

    return open_


def directive(page, number=0):
    return page.locator("[data-node]").nth(number)


def expect_key(place, wanted):
    expect(place.locator(".cw-gallery")).to_have_attribute("data-key", wanted)


def click_matrix(place, row, column):
    canvas = place.locator(".cw-matrix .cw-canvas").first
    g = {n: float(canvas.get_attribute(f"data-{n}")) for n in ("left", "top", "cell", "cell-height")}
    canvas.click(position={"x": g["left"] + (column + 0.5) * g["cell"], "y": g["top"] + (row + 0.5) * g["cell-height"]})


def test_a_directive_is_clicked_like_a_page(visit, zoo):
    page = visit({})
    place = directive(page)
    assert page.evaluate("document.querySelector('.cw-root')") is None, "it is in a shadow root"
    expect_key(place, key(zoo, "conv4", A, zoo.best_unit("conv4", A, B)))
    place.locator(".cw-layer[data-layer='conv2']").click()
    rows, columns = best_first(zoo, "conv2", A, B)
    click_matrix(place, 6, 6)
    expect_key(place, key(zoo, "conv2", A, int(rows[6])))
    place.locator(f".cw-pair[data-unit='{rows[6]}'] .cw-tile").last.click()
    expect_key(place, key(zoo, "conv2", B, int(columns[6])))
    place.locator(f".cw-gallery .cw-card[data-net='{A}'] .cw-card-title").click()
    expect_key(place, key(zoo, "conv2", A, int(rows[6])))
    place.get_by_role("button", name="This is my answer").click()
    expect(place.locator(".cw-question-result")).to_have_text("Right.")
    expect(place.get_by_role("heading", name="Question")).to_be_focused()
    place.locator(".cw-canvas").first.focus()
    page.keyboard.press("ArrowDown")
    expect_key(place, key(zoo, "conv2", A, int(rows[7])))
    place.locator(".cw-search").fill("conv3/17")
    place.locator(".cw-search").press("Enter")
    expect_key(place, key(zoo, "conv3", A, 17))
    patch = place.locator(".cw-gallery .cw-patch:visible").first
    patch.hover()
    expect(place.locator(".cw-gallery .cw-tip")).to_contain_text("activation")
    patch.click()
    dialog = place.locator("dialog[open]")
    expect(dialog.first).to_contain_text("conv3/17")
    assert dialog.first.evaluate("(d) => d.matches(':modal')")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(patch).to_be_focused()
    switch = place.locator(".cw-switch[data-trait='overview']:visible")
    switch.get_by_role("radio", name="ranks").click()
    expect(switch.get_by_role("radio", name="ranks")).to_be_focused()
    for name, shows in (
        ("means", "[data-inline='means'] svg"),
        ("prediction", ".cw-prediction[data-key]"),
        ("clusters", ".cw-clusters[data-key]"),
    ):
        place.locator(f".cw-disclosure[data-panel='{name}']").click()
        expect(place.locator(shows).first).to_be_visible()
    place.locator(f".cw-means-entry[data-net='{B}']").click()
    expect(place.locator(f".cw-gallery .cw-card[data-net='{B}']")).to_have_attribute("aria-current", "true")
    place.locator(".cw-clusters").get_by_role("button", name="Close this panel").press("Enter")
    expect(place.locator(".cw-disclosure[data-panel='clusters']")).to_be_focused()
    page.wait_for_timeout(300)
    assert page.evaluate("location.hash") == "#top", "the address of their page is not ours"
    color = place.locator(".cw-layer").first.evaluate("(b) => getComputedStyle(b).color")
    assert color != "rgb(0, 255, 0)"


def test_each_directive_opens_its_state_and_disturbs_no_other(visit, zoo):
    texts = [f"layer=conv{i}&net_a=seed+0&net_b=seed+1&net=seed+1&unit={i}&panels=means" for i in (1, 2)]
    page = visit(
        *({"state": text} for text in texts), fragment="#layer=conv3&net_a=seed+0&net_b=seed+1&net=seed+1&unit=3"
    )
    first, second = directive(page), directive(page, 1)
    expect_key(first, key(zoo, "conv1", B, 1))
    expect_key(second, key(zoo, "conv2", B, 2))
    expect(page.locator("[data-inline='means']")).to_have_count(2)
    rows, _ = best_first(zoo, "conv1", A, B)
    click_matrix(first, 3, 3)
    expect_key(first, key(zoo, "conv1", A, int(rows[3])))
    second.locator(".cw-layer[data-layer='conv3']").click()
    expect_key(second, key(zoo, "conv3", A, zoo.best_unit("conv3", A, B)))
    expect_key(first, key(zoo, "conv1", A, int(rows[3])))
    second.locator(".cw-disclosure[data-panel='means']").click()
    expect(page.locator("[data-inline='means']")).to_have_count(1)
    second.dispatch_event("leave")
    expect(page.locator(".cw-gallery")).to_have_count(1)
    click_matrix(first, 4, 4)
    expect_key(first, key(zoo, "conv1", A, int(rows[4])))


def test_a_state_that_is_no_view_is_said(visit, zoo):
    page = visit({"state": "layer=conv9&net_a=seed+0&net_b=seed+1&net=seed+1&unit=1"}, {"state": 7})
    expect(directive(page).get_by_role("alert")).to_have_text(
        "The given state is no view of this page. There is no layer conv9."
    )
    expect_key(directive(page), key(zoo, "conv4", A, zoo.best_unit("conv4", A, B)))
    expect(directive(page, 1).get_by_role("alert")).to_have_count(0)
