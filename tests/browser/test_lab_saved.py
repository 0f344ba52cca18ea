"""A saved notebook: beside a live Explorer its still picture is not seen, without a kernel it stands in its place."""

import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browser.acting import best_first, card, click_matrix, expect_key, key
from browser.lab_server import CONNECTED, Lab, notebook, run_all
from PIL import Image
from synthetic import synthetic_comparison

from convergent_widgets.widgets import Explorer
from convergent_widgets.widgets.explorer import WITHOUT_KERNEL
from convergent_widgets.widgets.still_picture import CAPTION, draw

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.browser, pytest.mark.long]

CELL = 'import convergent_widgets as cw\nexplorer = cw.Explorer(cw.Comparison.load("comparison.npz"))\nexplorer'
STILL = ".jp-OutputArea-child img[src^='data:image/png']"
# Counts the frames in which the picture could be seen.
WATCH = """
window.seen = 0;
const look = () => {
    for (const still of document.querySelectorAll(".jp-OutputArea-child img")) if (still.offsetHeight) window.seen += 1;
    requestAnimationFrame(look);
};
requestAnimationFrame(look); 0
"""

RUN = """
import sys
sys.path.insert(0, TESTS)
import convergent_widgets as cw
from small_nets import Images, Small
run = cw.Run({"a": Small(0), "b": Small(1)}, Images(40), ["conv1"], device="cpu")
run
"""

CLOSE = """window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({code: "explorer.close()"}).done.then(() => null)"""


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison({"seed 0": 24, "seed 1": 24, "wide": 30}, ("conv1",))


def server(folder):
    folder.mkdir()
    return Lab(folder)


def png_of(source):
    """The pixels' bytes in a data URI."""
    return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("RGB").tobytes()


def drawn(comparison, **selected):
    explorer = Explorer(comparison, still=False, **selected)
    picture = draw(comparison, explorer.selection.state())
    explorer.close()
    return Image.open(io.BytesIO(picture.png)).convert("RGB").tobytes()


def wait_for_picture(page, pixels, nth=0, seconds=15):
    for _ in range(seconds * 5):
        if png_of(page.locator(STILL).nth(nth).get_attribute("src")) == pixels:
            return
        page.wait_for_timeout(200)
    raise AssertionError("the still picture does not show the current view")


@pytest.fixture(scope="module")
def saved(browser, comparison, tmp_path_factory):
    """A notebook that was run, clicked in, and saved; the server it ran on is gone."""
    folder = tmp_path_factory.mktemp("saved")
    lab = server(folder / "first")
    try:
        lab.wait()
        comparison.save(lab.notebooks / "comparison.npz")
        (lab.notebooks / "saved.ipynb").write_text(json.dumps(notebook([CELL, "explorer"])))
        page = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
        page.add_init_script(WATCH)
        run_all(page, lab, "saved.ipynb")
        page.wait_for_function("document.querySelectorAll('.cw-gallery[data-key]').length === 2")
        expect(page.locator(STILL)).to_have_count(2)
        expect(page.locator(f"{STILL}:visible")).to_have_count(0)
        rows, _ = best_first(comparison)
        click_matrix(page, row=7, column=7)
        expect_key(page, key(comparison, "conv1", "seed 0", int(rows[7])))
        pixels = drawn(comparison, unit=int(rows[7]))
        wait_for_picture(page, pixels, 1)  # the newest display is the one that follows
        expect(page.locator(f"{STILL}:visible")).to_have_count(0)
        assert page.evaluate("window.seen") == 0
        page.evaluate(CLOSE)
        expect(page.locator(f"{STILL}:visible")).to_have_count(2)  # nothing live is left beside it
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
        page.context.close()
        shutil.copy(lab.notebooks / "saved.ipynb", folder)
    finally:
        lab.stop()
    return folder / "saved.ipynb", pixels


def test_the_saved_file_shows_the_current_view(saved):
    path, pixels = saved
    for cell in json.loads(path.read_text())["cells"]:
        widget, still = (output["data"] for output in cell["outputs"])
        assert "application/vnd.jupyter.widget-view+json" in widget
        assert "".join(widget["text/plain"]) == WITHOUT_KERNEL
        assert "".join(still["text/plain"]) == CAPTION
        assert png_of(f"data:image/png;base64,{''.join(still['image/png'])}") == pixels


def test_opened_again_it_shows_the_picture_and_how_to_make_it_live(saved, new_page, comparison, tmp_path):
    path, pixels = saved
    lab = server(tmp_path / "second")
    try:
        lab.wait()
        comparison.save(lab.notebooks / "comparison.npz")
        shutil.copy(path, lab.notebooks)
        page = new_page(height=1200)
        page.goto(f"{lab.address}/lab/workspaces/again/tree/saved.ipynb?reset")
        page.wait_for_function(CONNECTED, timeout=60_000)
        expect(page.locator(f"{STILL}:visible")).to_have_count(2, timeout=20_000)
        assert png_of(page.locator(STILL).first.get_attribute("src")) == pixels
        expect(page.locator(".jp-OutputArea-child").first).to_have_text(WITHOUT_KERNEL)
        expect(page.locator(".jp-OutputArea").filter(has_text="Error")).to_have_count(0)
        folder = Path(os.environ.get("CONVERGENT_WIDGETS_SCREENSHOTS") or tmp_path)
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / "lab-saved.png")

        run_all(page, lab, "saved.ipynb")
        page.wait_for_function("document.querySelectorAll('.cw-gallery[data-key]').length === 2")
        expect(page.locator(STILL)).to_have_count(2)
        expect(page.locator(f"{STILL}:visible")).to_have_count(0)
        card(page, "wide").first.locator(".cw-card-title").click()
        page.wait_for_timeout(2500)
        expect(page.locator(f"{STILL}:visible")).to_have_count(0)
        page.evaluate(CLOSE)
        expect(page.locator(f"{STILL}:visible")).to_have_count(2)  # nothing live is left beside it
        page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs').then(() => null)")
        expect(page.locator(STILL)).to_have_count(0)
        page.goto("about:blank")
    finally:
        lab.stop()


def test_a_page_made_of_it_shows_the_picture(saved, tmp_path):
    path, pixels = saved
    command = [sys.executable, "-m", "nbconvert", "--to", "html", str(path), "--output-dir", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    page = (tmp_path / "saved.html").read_text()
    (shown,) = set(re.findall(r'<img[^>]*src="(data:image/png;base64,[^"]+)"', page))
    assert png_of(shown) == pixels


def test_a_run_leaves_the_picture_of_its_result(browser, new_page, tmp_path):
    pytest.importorskip("torch")
    lab = server(tmp_path / "run")
    try:
        lab.wait()
        code = RUN.replace("TESTS", repr(str(Path(__file__).parents[1])))
        (lab.notebooks / "run.ipynb").write_text(json.dumps(notebook([code])))
        page = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
        page.add_init_script(WATCH)
        run_all(page, lab, "run.ipynb")
        start = page.locator(".jp-OutputArea").get_by_role("button", name="Start")
        expect(start).to_be_enabled(timeout=30_000)
        outputs = page.locator(".jp-OutputArea-child")
        expect(outputs).to_have_count(2)
        assert outputs.nth(1).inner_text().strip() == ""
        start.click()
        page.wait_for_function("document.querySelectorAll('.cw-gallery[data-key]').length === 1")
        expect(page.locator(STILL)).to_have_count(1, timeout=20_000)
        page.wait_for_timeout(500)
        expect(page.locator(f"{STILL}:visible")).to_have_count(0)
        assert page.evaluate("window.seen") == 0
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
        page.context.close()
        (cell,) = json.loads((lab.notebooks / "run.ipynb").read_text())["cells"]
        widget, still = (output["data"] for output in cell["outputs"])
        assert "".join(widget["text/plain"]) == "No kernel runs here: run this cell to start."
        assert "".join(still["text/plain"]) == CAPTION
        shutil.copy(lab.notebooks / "run.ipynb", tmp_path)
    finally:
        lab.stop()
    lab = server(tmp_path / "again")
    try:
        lab.wait()
        shutil.copy(tmp_path / "run.ipynb", lab.notebooks)
        page = new_page(height=1200)
        page.goto(f"{lab.address}/lab/workspaces/again/tree/run.ipynb?reset")
        page.wait_for_function(CONNECTED, timeout=60_000)
        expect(page.locator(f"{STILL}:visible")).to_have_count(1, timeout=20_000)
        expect(page.locator(".jp-OutputArea-child").first).to_have_text("No kernel runs here: run this cell to start.")
        page.goto("about:blank")
    finally:
        lab.stop()
