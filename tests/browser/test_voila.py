"""The Explorer as an application: the real command, clicked in a browser."""

import os
import re
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from browser.acting import best_first, click_matrix, expect_key, key
from browser.voila_server import Served

import convergent_widgets as cw

pytest.importorskip("voila")
expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.browser, pytest.mark.long]

MOST_MEMORY = 200e6


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    server = Served(tmp_path_factory.mktemp("voila"), cw.zoo.comparison())
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture
def comparison():
    return cw.zoo.comparison()


@contextmanager
def visit(page, served, theme=""):
    page.goto(f"{served.address}{theme}")
    page.wait_for_selector(".cw-gallery[data-key]", timeout=60_000)
    yield
    page.goto("about:blank")  # closing a page would not let it say good-bye


def wait_for_kernels(served, count):
    end = time.monotonic() + 20
    while len(served.kernels()) != count and time.monotonic() < end:
        time.sleep(0.2)
    assert len(served.kernels()) == count


def picture(page, name, folder):
    folder = Path(os.environ.get("CONVERGENT_WIDGETS_SCREENSHOTS") or folder)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")


def test_it_is_the_explorer_alone_and_follows_clicks(served, page, comparison, tmp_path):
    with visit(page, served):
        assert page.title() == served.name
        expect(page.locator(".cw-explorer")).to_have_count(1)
        expect(page.locator(".jp-InputArea, .jp-OutputPrompt:visible, img[src^='data:image/png']")).to_have_count(0)
        assert page.locator(".cw-explorer").bounding_box()["width"] > 1366 - 80
        rows, columns = best_first(comparison)
        for place in (4, 20):
            click_matrix(page, row=place, column=place)
            expect_key(page, key(comparison, "conv1", "seed 0", int(rows[place])))
        click_matrix(page, column=3)
        expect_key(page, key(comparison, "conv1", "seed 1", int(columns[3])))
        picture(page, "voila", tmp_path)


def test_the_panels_open_and_the_kernel_stays_small(served, page, comparison):
    with visit(page, served):
        wait_for_kernels(served, 1)
        page.locator(".cw-layer[data-layer='conv2']").click()
        expect(page.locator(".cw-gallery")).to_have_attribute(
            "data-key", key(comparison, "conv2", "seed 0", comparison.best_unit("conv2", "seed 0", "seed 1"))
        )
        rows, _ = best_first(comparison, "conv2")
        for place in (30, 7, 12):
            click_matrix(page, row=place, column=0)
            expect_key(page, key(comparison, "conv2", "seed 0", int(rows[place])))
        (kernel,) = served.kernels()
        clicked = kernel.memory_info().rss
        print(f"the kernel's memory after clicks: {clicked / 1e6:.0f} MB")
        assert clicked < MOST_MEMORY
        for panel, shows in (
            ("means", ".cw-means svg"),
            ("prediction", ".cw-prediction"),
            ("clusters", ".cw-clusters"),
        ):
            page.locator(f".cw-disclosure[data-panel='{panel}']").click()
            expect(page.locator(shows).first).to_be_visible(timeout=30_000)
        expect(page.locator(".cw-clusters [data-net='seed 0']")).to_have_attribute(
            "data-cluster", re.compile(r"\d"), timeout=30_000
        )
        found = comparison.predict("conv2", "seed 1", "seed 0").predictors[2, int(rows[12])]
        cards = page.locator(".cw-prediction .cw-card[data-kind='predictor']:visible")
        expect(cards).to_have_count(int(found), timeout=30_000)
        print(f"with all panels open: {kernel.memory_info().rss / 1e6:.0f} MB")
        expect(page.locator("[role=alert]")).to_have_count(0)


def test_each_visitor_has_a_kernel_that_ends_with_the_visit(served, new_page, comparison):
    wait_for_kernels(served, 0)
    first, second = new_page(), new_page()
    with visit(first, served), visit(second, served):
        wait_for_kernels(served, 2)
        before = second.locator(".cw-gallery").get_attribute("data-key")
        rows, _ = best_first(comparison)
        click_matrix(first, row=9, column=9)
        expect_key(first, key(comparison, "conv1", "seed 0", int(rows[9])))
        second.wait_for_timeout(500)
        assert second.locator(".cw-gallery").get_attribute("data-key") == before
    wait_for_kernels(served, 0)


def test_it_follows_the_theme(served, new_page, tmp_path):
    grounds = []
    for theme in ("?theme=light", "?theme=dark"):
        page = new_page()
        with visit(page, served, theme):
            expect(page.locator(".cw-root")).to_be_visible()
            color = page.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
            inner = page.locator("#rendered_cells").evaluate("(cells) => getComputedStyle(cells).backgroundColor")
            assert color == inner
            grounds.append(np.mean([int(part) for part in color[4:-1].split(",")]))
            picture(page, f"voila-{theme[7:]}", tmp_path)
    light, dark = grounds
    assert light > 240
    assert dark < 40
