"""Make the pictures of README and guide again, from the page that the package's own comparison exports.

Needs the extra [test] and a Chromium ($CHROMIUM, else what is on the PATH): python docs/make_pictures.py
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import convergent_widgets as cw

HERE = Path(__file__).parent
SIZE = {"width": 1366, "height": 900}
LARGEST = 250_000  # bytes of a picture
COLOURS = 256
DRAWN = 1500  # milliseconds, after which the patches of all tiles are decoded and drawn
PICTURES = {
    "wall": ("light", "wall"),
    "ranks": ("dark", "ranks"),
}


def main() -> None:
    """Write docs/wall.png and docs/ranks.png."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        explorer = cw.Explorer(cw.zoo.comparison(), layer="conv2", still=False)
        address = explorer.export_html(Path(folder, "explorer.html")).path.as_uri()
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (scheme, overview) in PICTURES.items():
            explorer.selection.overview = overview
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            page.goto(f"{address}#{explorer.selection.text}")
            page.locator(".cw-gallery[data-key] canvas").first.wait_for()
            page.wait_for_timeout(DRAWN)
            write(HERE / f"{name}.png", page.screenshot(full_page=True))
        browser.close()


def write(path: Path, png: bytes) -> None:
    """Keep a screenshot in few colours; ValueError where it is too large all the same."""
    kept = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        kept, "PNG", optimize=True
    )
    if kept.tell() > LARGEST:
        raise ValueError(f"{path.name} would have {kept.tell()} bytes, more than {LARGEST}")
    path.write_bytes(kept.getvalue())
    print(f"{path}: {kept.tell()} bytes")


if __name__ == "__main__":
    main()
