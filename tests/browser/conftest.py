"""One Chromium for all browser tests, and pages in which nothing may go wrong: no error, no request to another host.

The browser is $CHROMIUM, else what is on the PATH. Where there is none the tests are skipped, unless
CONVERGENT_WIDGETS_REQUIRE_BROWSER=1. Screenshots of failed tests go to $CONVERGENT_WIDGETS_SCREENSHOTS, else beside the
test's other temporary files.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from browser.pages import answers_of, models_of
from browser.pages import page as page_of
from synthetic import synthetic_comparison

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# The shell is the same engine without the windows of a desktop browser: half the time.
WHOLE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NAMES = ("chromium-headless-shell", *WHOLE)
NETS = {"seed 0": 24, "seed 1": 24, "seed 2": 24, "wide": 30}
# Asked once a frame: nothing was waited for in the last frame and in this one.
DRAWN = """() => {
  window.calm = window.ready && !window.waiting ? (window.calm ?? 0) + 1 : 0;
  return window.calm > 1 && [...document.querySelectorAll(".cw-gallery")].every((g) => g.dataset.key);
}"""
OWN_HOSTS = {"127.0.0.1", "localhost", None}


def find_chromium(names: Sequence[str] = NAMES) -> str | None:
    """The path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, names)), None)


def unavailable(reason: str) -> None:
    """Skip, or fail where a browser is required."""
    if os.environ.get("CONVERGENT_WIDGETS_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Watch:
    """What went wrong in a page."""

    def __init__(self, page) -> None:
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", lambda m: self.problems.append(f"console: {m.text}") if m.type == "error" else None)
        page.on("request", lambda request: self._foreign(request.url))
        page.on("websocket", lambda socket: self._foreign(socket.url))

    def _foreign(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).hostname not in OWN_HOSTS:
            self.problems.append(f"request to another host: {url}")

    def check(self) -> None:
        """Fail if anything went wrong."""
        assert not self.problems, "\n".join(self.problems)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """A headless Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("Playwright is not installed; the extra [test] brings it.")
    path = find_chromium()
    if path is None or not Path(path).exists():
        unavailable("No Chromium was found; set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def chromium(browser):
    """Another name of `browser`."""
    return browser


@pytest.fixture
def new_page(browser, request, tmp_path) -> Iterator:
    """A function that opens a page, 1366 x 768 and light unless told otherwise; each is checked when the test ends."""
    opened = []

    def new(width: int = 1366, height: int = 768, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        page = context.new_page()
        opened.append((page, Watch(page)))
        return page

    yield new
    failed = getattr(request.node, "failed_call", False)
    try:
        for page, watch in opened:
            if failed or watch.problems:
                screenshot(page, request.node.nodeid, tmp_path)
        for _, watch in opened:
            watch.check()
    finally:
        for page, _ in opened:
            page.context.close()


@pytest.fixture
def page(new_page):
    """A page in which nothing may go wrong."""
    return new_page()


@pytest.fixture(scope="session")
def comparison():
    """Four made-up nets, one of them wider; two dead units."""
    return synthetic_comparison(NETS, dead={"seed 0": (5,), "seed 1": (3,)})


@pytest.fixture(scope="session")
def answers(comparison):
    """All answers of the made-up comparison, ready to lie in a page."""
    return answers_of(comparison)


@pytest.fixture
def open_page(new_page, tmp_path):
    """Opens a page with these models and answers, after a script that runs before all others."""

    def open_(models, answers, places=None, style="", wait=True, script="", **options):
        path = tmp_path / "page.html"
        path.write_text(page_of(models, answers, places, style), encoding="utf-8")
        page = new_page(**options)
        if script:
            page.add_init_script(script)
        page.goto(path.as_uri())
        if wait:
            page.wait_for_function(DRAWN)
        return page

    return open_


@pytest.fixture
def opened(open_page, comparison, answers):
    """The Explorer on the made-up comparison."""
    return open_page(models_of(comparison), answers)


@pytest.fixture
def ranks(open_page, comparison, answers):
    """The same with the rank plot beside the matrix."""
    return open_page(models_of(comparison, overview="ranks"), answers)


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def serve() -> Iterator:
    """A function that serves a folder on a port of its own, and gives its address."""
    servers = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def screenshot(page, name: str, folder: Path) -> None:
    """Keep what a failing test saw."""
    folder = Path(os.environ.get("CONVERGENT_WIDGETS_SCREENSHOTS") or folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')}.png"
    page.screenshot(path=path, timeout=5_000)
    print(f"screenshot: {path}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Tell the fixtures whether the test failed."""
    outcome = yield
    if call.when == "call":
        item.failed_call = outcome.get_result().failed
