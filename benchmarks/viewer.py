"""What looking costs: the package's result and one of ImageNet's size, in a notebook and as a page without a kernel.

    python benchmarks/viewer.py [--only zoo|large] [--pictures 3000]

The large one has 4 nets, 5 layers of 256 to 384 units, made-up activations, generated pictures of 224 pixels and fields
of up to 163 pixels. Needs Chromium; figures are medians of real clicks.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import sync_playwright

import convergent_widgets as cw
from convergent_widgets.assemble import LayerResult, PictureSet, assemble
from convergent_widgets.fields import Field
from convergent_widgets.pictures import encode, shrink
from convergent_widgets.records import Images, Top

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser.conftest import ARGUMENTS, WHOLE, find_chromium
from browser.lab_server import Lab, notebook, run_all
from synthetic import activations, moments_of

SIDE, KEPT, ROWS = 224, 9, 4000
NETS = ["seed 0", "seed 1", "seed 2", "seed 3"]
LAYERS = {"conv1": (256, 11, 4, 55), "conv2": (256, 51, 8, 27), "conv3": (384, 99, 16, 13), "conv4": (384, 131, 16, 13)}
LAYERS["conv5"] = (256, 163, 16, 13)
READY = ".cw-gallery[data-key]"
NEXT = ".cw-card[aria-current] .cw-step:last-of-type"
FIRST = """new MutationObserver((_, observer) => {
  if (!document.querySelector(".cw-gallery[data-key]")) return;
  window.first = performance.now();
  observer.disconnect();
}).observe(document, { attributes: true, childList: true, subtree: true });"""
# from a click until the selected layer's cards are drawn, in the page itself
CLICKED = """([selector, layer]) => new Promise((resolve) => {
  const gallery = document.querySelector(".cw-gallery"), before = gallery.dataset.key, start = performance.now();
  new MutationObserver((_, observer) => {
    const key = gallery.dataset.key;
    if (key === before || (layer && !key.startsWith(layer + "|"))) return;
    observer.disconnect();
    resolve(performance.now() - start);
  }).observe(gallery, { attributes: true, attributeFilter: ["data-key"] });
  document.querySelector(selector).click();
})"""


def large(pictures: int) -> cw.Comparison:
    """A comparison as large as one of AlexNet-like nets on ImageNet."""
    random = np.random.default_rng(0)
    results = []
    for number, (layer, (units, window, step, grid)) in enumerate(LAYERS.items()):
        nets = dict.fromkeys(NETS, units)
        rows = activations(nets, rows=ROWS, seed=number)
        halves = tuple(moments_of({net: values[half::2] for net, values in rows.items()}) for half in (0, 1))
        field = Field(grid=(grid, grid), size=(window, window), step=(step, step), start=(-window // 2, -window // 2))
        tops = [{net: top(random, units, pictures, grid) for net in NETS} for _ in range(2)]
        results.append(LayerResult(layer, dict.fromkeys(NETS, layer), halves, *tops, dict.fromkeys(NETS, field)))
    encoded = {image: encode(picture(random)) for image in range(pictures)}
    return assemble(
        results,
        Images(tuple(f"image {image}" for image in range(pictures)), None, "generated images"),
        [PictureSet((SIDE, SIDE), (SIDE, SIDE), encoded)],
        dict.fromkeys(NETS, 0),
        settings={"patches": KEPT},
        complete=True,
        images_seen=ROWS,
    )


def top(random: np.random.Generator, units: int, pictures: int, grid: int) -> Top:
    images = np.stack([random.choice(pictures, KEPT, replace=False) for _ in range(units)])
    strengths = -np.sort(-random.uniform(0.1, 5, (units, KEPT)), axis=1).astype(np.float32)
    return Top(images, random.integers(0, grid, (units, KEPT, 2)), strengths)


def picture(random: np.random.Generator) -> np.ndarray:
    """Coarse structure with some grain, which takes about as many bytes as a photograph."""
    coarse = random.integers(0, 255, (SIDE * 2, SIDE * 2, 3), np.uint8)
    small = shrink(coarse, 14).astype(float)
    smooth = np.kron(small, np.ones((SIDE // 14, SIDE // 14, 1)))
    return np.clip(smooth * 3 - 255 + random.normal(0, 6, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)


def look(page, widths: dict[str, int], clicks: int = 20) -> None:
    """Print what a person waits for, and the page's memory before and after a long walk."""
    page.wait_for_timeout(2000)
    layers = list(widths)
    units = [page.evaluate(CLICKED, [NEXT, None]) for _ in range(clicks)]
    there = [*layers[1:], *layers[-2::-1]]
    switches = [page.evaluate(CLICKED, [f".cw-layer[data-layer='{layer}']", layer]) for layer in there]
    for what, times in (("click on a unit", units), ("another layer", switches)):
        print(f"  {what}: median {statistics.median(times):.0f} ms, greatest {max(times):.0f} ms")
    before, whole = heap(page), resident()
    walked = 0
    for layer, units_there in widths.items():
        if layer != layers[0]:
            page.evaluate(CLICKED, [f".cw-layer[data-layer='{layer}']", layer])
        for _ in range(min(100, units_there - 1)):
            page.evaluate(CLICKED, [NEXT, None])
            walked += 1
    print(f"  scripts' memory: {before:.0f} MB, after {walked} more units {heap(page):.0f} MB")
    print(f"  resident memory of the page's processes: {whole:.0f} MB, then {resident():.0f} MB")


def widths_of(comparison: cw.Comparison) -> dict[str, int]:
    """Units of the first net by layer."""
    return {layer: comparison.units(layer, comparison.nets[0]) for layer in comparison.layers}


def resident() -> float:
    """Resident memory in MB of what draws the pages, pictures included."""
    children = psutil.Process().children(recursive=True)
    return sum(one.memory_info().rss for one in children if "--type=renderer" in one.cmdline()) / 1e6


def heap(page) -> float:
    """Memory of the page's scripts in MB, after what is not needed is thrown away."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"] / 1e6


def as_page(browser, path: Path, comparison: cw.Comparison, **options) -> None:
    """The comparison as a page without a kernel."""
    start = time.perf_counter()
    written = cw.Explorer(comparison).export_html(path, overwrite=True, progress=False, **options)
    print(f"page, {written.sizes.total / 1e6:.1f} MB, made in {time.perf_counter() - start:.1f} s")
    times = []
    for _ in range(5):
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.add_init_script(FIRST)
        page.goto(path.as_uri())
        page.wait_for_selector(READY)
        times.append(page.evaluate("window.first"))
        if len(times) < 5:
            page.close()
    print(f"  first picture: median {statistics.median(times):.0f} ms")
    look(page, widths_of(comparison))
    page.close()


def in_notebook(browser, path: Path, widths: dict[str, int]) -> None:
    """The result file in a live notebook."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        try:
            lab.wait()
            show = f"import convergent_widgets as cw\ncw.Explorer(cw.Comparison.load({str(path)!r}))"
            (lab.notebooks / "n.ipynb").write_text(json.dumps(notebook(["import os; print(os.getpid())", show])))
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            start = time.perf_counter()
            run_all(page, lab, "n.ipynb", finish=False)
            page.wait_for_selector(".jp-OutputArea-output pre")
            start = time.perf_counter()
            page.wait_for_selector(READY, timeout=120_000)
            print(f"notebook\n  first picture: {time.perf_counter() - start:.1f} s after the cell was started")
            look(page, widths)
            kernel = psutil.Process(int(page.locator(".jp-OutputArea-output pre").first.inner_text()))
            print(f"  kernel: {kernel.memory_info().rss / 1e6:.0f} MB resident")
            page.close()
        finally:
            lab.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["zoo", "large"])
    parser.add_argument("--pictures", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=find_chromium(WHOLE), args=list(ARGUMENTS))
        for what in ("zoo", "large"):
            if options.only in (None, what):
                print(f"\n{what}")
                comparison = cw.zoo.comparison() if what == "zoo" else large(options.pictures)
                path = folder / f"{what}.npz"
                comparison.save(path)
                print(f"file of {path.stat().st_size / 1e6:.1f} MB")
                nets = {"nets": list(comparison.nets[:2])} if what == "zoo" else {"panels": ["means", "clusters"]}
                as_page(browser, folder / f"{what}.html", comparison, **nets)
                in_notebook(browser, path, widths_of(comparison))


if __name__ == "__main__":
    main()
