"""Run: start, progress, cancel, errors in words, and traits that change on the kernel's loop only."""

import asyncio
import base64
import gc
import html
import os
import re
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import nbformat
from ipykernel.kernelspec import write_kernel_spec
from ipywidgets.widgets.widget import _instances
from nbclient import NotebookClient
from small_nets import LAYERS, Images, Small
from torch import nn

import convergent_widgets as cw
import convergent_widgets.widgets.run as run_module
import convergent_widgets.widgets.still as still_module
from convergent_widgets.comparison import Comparison

OPTIONS = {"device": "cpu", "batch_size": 4}


class Gated(Images):
    """Images that are read up to `free` and no further, until the gate is opened. Before it is `shut` all are."""

    def __init__(self, count=40, free=12):
        super().__init__(count)
        self.free, self.gate, self.reached = free, threading.Event(), threading.Event()
        self.gate.set()

    def shut(self):
        self.gate.clear()
        self.reached.clear()

    def __getitem__(self, index):
        if index >= self.free:
            self.reached.set()
            assert self.gate.wait(60)
        return super().__getitem__(index)


def nets():
    return {"a": Small(0), "b": Small(1)}


@pytest.fixture
def make():
    made = []

    def make(images=None, layers=LAYERS, **options):
        made.append(cw.Run(nets(), images or Images(), layers, **OPTIONS | options))
        return made[-1]

    yield make
    for run in made:
        run.close()
        if run._thread is not None:
            run._thread.join(60)
            assert not run._thread.is_alive()


def held_back(make):
    """A run that has read some of its images and reads no more until their gate is set, and these images."""
    images = Gated()
    run = make(images)
    run.wait(60)
    images.shut()
    run._start.click()
    assert images.reached.wait(60)
    return run, images


def text(run):
    """All words that are shown, above the Explorer."""
    return " ".join(part.value for part in (run._what, run._forecast, run._told, run._notes))


def test_runs_to_the_end_and_shows_the_explorer(make):
    run = make()
    seen = []
    run.observe(lambda change: seen.append(change["new"]), "status")
    run.wait(60)
    assert run.status == "ready"
    assert "a, b on 21 images; layers conv1, conv2, fc" in text(run)
    assert "Estimate: 21 images: about" in text(run)
    assert "of memory, a file of at most" in text(run)
    run.start()
    comparison = run.wait(60)
    assert seen == ["ready", "running", "done"]
    assert comparison is run.comparison
    assert comparison.complete
    assert comparison.images_seen == 21
    assert run.explorer is run.children[-1]
    assert run.explorer.comparison is comparison
    assert run.error == ""
    assert "21 of 21 images" in text(run)
    assert "To keep the result: .comparison.save(&quot;result.npz&quot;) of this Run" in text(run)
    assert (run._start.disabled, run._cancel.disabled) == (True, True)
    direct = cw.compare(nets(), Images(), LAYERS, progress=False, **OPTIONS)
    assert (comparison.correlation("conv2", "a", "b") == direct.correlation("conv2", "a", "b")).all()


def test_cancel_keeps_what_was_seen_and_start_begins_again(make):
    run, images = held_back(make)
    assert run.status == "running"
    assert " of 40 images" in text(run)
    run._cancel.click()
    assert run.status == "cancelling"
    assert run._cancel.description == "Give up"
    images.gate.set()
    partial = run.wait(60)
    assert run.status == "cancelled"
    assert not partial.complete
    assert partial.images_seen == 16
    assert "Partial: 16 of 40 images." in text(run)
    assert (run._bar.value, run._bar.max) == (16, 40)
    assert "Note:" not in text(run)
    assert run.explorer.data.facts["complete"] is False
    first = run.explorer
    assert run._start.description == "Start again"
    run._start.click()
    assert run.wait(60).images_seen == 40
    assert run.status == "done"
    assert first not in run.children
    assert first.comm is None


def test_a_second_cancel_gives_up(make):
    run, images = held_back(make)
    run.cancel()
    run.cancel()
    images.gate.set()
    assert run.wait(60) is None
    assert (run.status, run.explorer) == ("cancelled", None)
    assert "nothing was kept" in text(run)


def test_a_double_click_on_cancel_is_one_cancel(make, monkeypatch):
    run, images = held_back(make)
    run._cancel.click()
    run._cancel.click()
    images.gate.set()
    assert run.wait(60).images_seen == 16
    monkeypatch.setattr(run_module, "DOUBLE_CLICK", 0.05)
    images.shut()
    run.start()
    assert images.reached.wait(60)
    run._cancel.click()
    time.sleep(0.1)
    run._cancel.click()
    images.gate.set()
    assert run.wait(60) is None


def test_a_displayed_run_leaves_a_still_picture(make, monkeypatch):
    outputs = []

    def publish(data, metadata=None, *, transient=None, update=False):
        outputs.append((data, metadata, transient, update))

    monkeypatch.setattr("IPython.display.publish_display_data", publish)
    monkeypatch.setattr(run_module, "in_notebook", lambda: True)
    monkeypatch.setattr(still_module, "REST", 0.2)

    async def main():
        run = make()
        run._ipython_display_()
        run.start()
        run.wait(60)  # a notebook that runs from top to bottom leaves no time to rest
        assert set(outputs[-1][0]) == {"image/png", "text/plain"}
        drawn = len(outputs)
        run.explorer.selection.unit = 0 if run.explorer.selection.unit else 1
        await asyncio.sleep(0.5)
        assert len(outputs) == drawn + 1
        assert base64.b64decode(outputs[-1][0]["image/png"]) == run.explorer.picture().png
        run.start()
        assert outputs[-1][0] == {"text/plain": ""}
        run.wait(60)
        return run

    run = asyncio.run(main())
    (widget, *_), (before, _, first, update) = outputs[:2]
    assert widget["application/vnd.jupyter.widget-view+json"]["model_id"] == run.model_id
    assert widget["text/plain"] == run_module.WITHOUT_KERNEL
    assert (before, update) == ({"text/plain": ""}, False)
    assert all(update and transient == first for _, _, transient, update in outputs[2:])
    assert base64.b64decode(outputs[-1][0]["image/png"]) == run.explorer.picture().png


def test_closing_ends_the_thread(make):
    run, images = held_back(make)
    assert run._thread.daemon
    run.close()
    images.gate.set()
    run._thread.join(60)
    assert not run._thread.is_alive()
    assert run.comparison is None
    with pytest.raises(RuntimeError, match="closed"):
        run.start()


class Failing(Small):
    """A net that runs out of something after a few batches."""

    calls = 0

    def forward(self, images):
        if len(images) > 1:
            type(self).calls += 1
        if type(self).calls > 3:
            raise MemoryError("no <room> left")
        return super().forward(images)


def test_errors_are_said_in_the_widget(monkeypatch):
    monkeypatch.setattr(Failing, "calls", 4)
    run = cw.Run({"a": Failing(0)}, Images(), ["conv1"], **OPTIONS)
    with pytest.raises(MemoryError):
        run.wait(60)
    assert run.status == "failed"
    assert run.error == "MemoryError: no <room> left"
    assert 'role="alert"' in text(run)
    assert "no &lt;room&gt; left" in text(run)
    monkeypatch.setattr(Failing, "calls", 0)
    run.start()
    with pytest.raises(MemoryError):
        run.wait(60)
    assert run.status == "failed"
    monkeypatch.setattr(Failing, "calls", -99)
    run.start()
    assert run.wait(60).complete
    assert run.error == ""
    run.close()


def test_what_the_nets_do_not_share_is_said_by_the_estimate(make):
    run = cw.Run({"a": nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), "b": Small(0)}, Images(), **OPTIONS)
    with pytest.raises(ValueError, match="share no layer"):
        run.wait(60)
    assert "the nets share no layer name" in text(run)
    run.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batchsize": 4}, r"there is no option 'batchsize'; the closest are 'batch_size'"),
        ({"progress": True}, "the widget shows it"),
    ],
)
def test_options_that_there_are_not_raise_at_once(options, message):
    with pytest.raises(TypeError, match=message):
        cw.Run(nets(), Images(), LAYERS, **options)


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"batch_size": 0}, ValueError, "`batch_size` must be"),
        ({"layers": ["conv9"]}, ValueError, r"no layer 'conv9'.*closest are 'conv"),
        ({"images": "no such folder"}, FileNotFoundError, "no such folder"),
        ({"checkpoint": "no/such/folder/run.ckpt"}, ValueError, "`checkpoint` must be a file in a folder"),
        ({"images": "empty"}, ValueError, "empty"),
        ({"nets": {}}, TypeError, "`nets` must map"),
    ],
)
def test_what_does_not_fit_is_said_in_the_widget(given, kind, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    before = threading.active_count()
    run = cw.Run(**{"nets": nets(), "images": Images(), "layers": LAYERS} | given)
    assert threading.active_count() == before
    assert (run.status, repr(run)) == ("failed", "Run(failed)")
    assert re.search(message, run.error)
    assert 'role="alert"' in text(run)
    assert html.escape(run.error) in text(run)
    assert (run._start.disabled, run._cancel.disabled) == (True, True)
    with pytest.raises(RuntimeError, match=re.escape(run.error)):
        run.start()
    with pytest.raises(kind, match=message):
        run.wait(1)
    run.close()


def test_layers_may_come_from_an_iterator(make):
    run = make(layers=iter(LAYERS))
    run.wait(60)
    run.start()
    assert list(run.wait(60).layers) == LAYERS


class Torn(Images):
    """One image cannot be read."""

    def __getitem__(self, index):
        if index == 5:
            raise OSError("torn")
        return super().__getitem__(index)


def test_warnings_are_lines_of_the_widget(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = make(Torn())
        run.wait(60)
        assert "Estimate: 21 images" in text(run)
        run.start()
        run.wait(60)
    assert "1 of 21 images could not be read and were skipped" in text(run)
    assert [str(one.message) for one in caught if "could not be read" in str(one.message)] == []


def test_wait_says_when_it_takes_too_long(make):
    images = Gated()
    run = make(images)
    run.wait(60)
    images.shut()
    run.start()
    with pytest.raises(TimeoutError, match=r"not over after 0\.2 s: it is running"):
        run.wait(0.2)
    with pytest.raises(RuntimeError, match="runs already"):
        run.start()
    images.gate.set()
    assert run.wait(60).complete


def test_traits_change_on_the_loop_only(make):
    """All of them, those of the parts too; the loop's own work goes on meanwhile."""
    threads, ticks = set(), []
    images = Gated()

    async def main():
        run = make(images)
        for widget in (run, *run.children, *run._row.children):
            widget.observe(lambda change: threads.add(threading.get_ident()))
        ready = asyncio.Event()
        run.observe(lambda change: ready.set(), "status")
        await asyncio.wait_for(ready.wait(), 60)
        images.shut()
        run.start()
        while run.status == "running":
            ticks.append(run._told.value)
            if len(ticks) > 3 and images.reached.is_set():
                images.gate.set()
            await asyncio.sleep(0.005)
        return run

    run = asyncio.run(main())
    assert run.status == "done"
    assert isinstance(run.comparison, Comparison)
    assert threads == {threading.get_ident()}
    assert any(" of 40 images" in tick for tick in ticks)


def test_wait_on_the_loop_itself_shows_what_happens(make):
    async def main():
        run = make()
        run.start()
        return run, run.wait(60)

    run, comparison = asyncio.run(main())
    assert run.status == "done"
    assert comparison.complete


def test_progress_is_told_ten_times_a_second_at_most(make):
    run = make(Images(400), batch_size=1)
    run.wait(60)
    values = []
    run._bar.observe(lambda change: values.append(change["new"]), "value")
    started = time.monotonic()
    run.start()
    run.wait(60)
    steps = 3  # comparing, keeping, matching: each is told when it begins and when it ends
    assert len(values) <= 10 * (time.monotonic() - started) + 3 * steps
    assert max(values) == 400


CELLS = [
    """
import sys, time
from pathlib import Path
sys.path.insert(0, TESTS)
import convergent_widgets as cw
from small_nets import Images, Small
class Slow(Images):
    def __getitem__(self, index):
        while index >= 12 and not GATE.exists():
            time.sleep(0.01)
        return super().__getitem__(index)
GATE = Path(OPENED)
run = cw.Run({"a": Small(0), "b": Small(1)}, Slow(40), ["conv1", "conv2"], device="cpu", batch_size=4)
run.start()
run
""",
    """
before = run.status
total = sum(number * number for number in range(200_000))
print(before, total, run.status, GATE.exists())
GATE.touch()
""",
]
ASKED = "print(run.status)"


def test_other_cells_run_meanwhile_and_it_ends_while_the_kernel_is_idle(tmp_path, monkeypatch):
    write_kernel_spec(tmp_path / "kernels" / "python3")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    tests = Path(__file__).parents[1]
    names = {"TESTS": repr(str(tests)), "OPENED": repr(str(tmp_path / "opened"))}
    sources = [cell.replace("TESTS", names["TESTS"]).replace("OPENED", names["OPENED"]) for cell in CELLS]
    cells = [nbformat.v4.new_code_cell(source) for source in [*sources, ASKED]]
    client = NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=120)
    paths = [str(tests.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    with client.setup_kernel(env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)}):
        for index in (0, 1):
            client.execute_cell(cells[index], index)
        assert cells[1].outputs[0].text == "running 2666646666700000 running False\n"
        for _ in range(120):  # each time the kernel is idle between
            client.execute_cell(cells[2], 2)
            if cells[2].outputs[0].text != "running\n":
                break
            time.sleep(0.5)
    assert cells[2].outputs[0].text == "done\n"


def test_the_nets_layers_can_be_asked_for_meanwhile(make):
    own = nets()
    images = Gated()
    run = cw.Run(own, images, LAYERS, **OPTIONS)
    run.wait(60)
    images.shut()
    run.start()
    asked = 0
    while run.status == "running":
        assert cw.layers(own["a"], Images()[0]).suggested == LAYERS
        asked += 1
        if asked > 3 and images.reached.is_set():
            images.gate.set()
        with suppress(TimeoutError):
            run.wait(0.001)  # where a loop runs in this thread, the traits change in here only
    direct = cw.compare(nets(), Images(40), LAYERS, progress=False, **OPTIONS)
    found = run.wait(60).correlation("fc", "a", "b")
    np.testing.assert_allclose(found, direct.correlation("fc", "a", "b"), atol=1e-6)  # NaN where a unit is dead
    assert not any(part._forward_hooks for part in own["a"].modules())
    run.close()


def test_nothing_stays_behind(make):
    run = make()
    run.start()
    run.wait(60)
    run.close()
    gc.collect()
    assert not any(thread.name == "convergent_widgets run" and thread.is_alive() for thread in threading.enumerate())


def test_every_model_is_closed_again():
    before = set(_instances)
    run = cw.Run(nets(), Images(), LAYERS, **OPTIONS)
    run.start()
    run.wait(60)
    assert run.explorer is not None
    run.close()
    run._thread.join(60)
    assert set(_instances) == before


@pytest.mark.parametrize("looped", [True, False], ids=["on a loop", "without a loop"])
@pytest.mark.parametrize("trait", ["estimate", "comparison", "explorer", "status", "error", "children"])
def test_an_observer_that_raises_is_logged_and_does_not_end_the_run(make, caplog, trait, looped):
    def observe(change):
        raise ZeroDivisionError(f"in an observer of {trait}")

    async def main():
        run = make()
        run.observe(observe, trait)
        run.wait(60)
        run.start()
        return run, run.wait(60)

    if looped:
        run, comparison = asyncio.run(main())
    else:
        run = make()
        run.observe(observe, trait)
        run.wait(60)
        run.start()
        comparison = run.wait(60)
    assert run.status == "done"
    assert comparison.complete
    assert run.explorer in run.children
    if trait != "error":  # it stays empty
        assert "in an observer of" in caplog.text
    run.unobserve(observe, trait)


class Ending(Images):
    """Images whose reading ends any thread but the first, while `ends`."""

    ends = True

    def __getitem__(self, index):
        if self.ends and threading.current_thread() is not threading.main_thread():
            raise SystemExit
        return super().__getitem__(index)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("looped", [True, False], ids=["on a loop", "without a loop"])
def test_a_thread_that_is_gone_without_a_word_is_noticed(make, looped):
    images = Ending()

    async def main():
        run = make(images)
        with pytest.raises(RuntimeError, match="the thread ended without a result"):
            run.wait(60)
        return run

    if looped:
        run = asyncio.run(main())
    else:
        run = make(images)
        with pytest.raises(RuntimeError, match="the thread ended without a result"):
            run.wait(60)
    assert run.status == "failed"
    assert run.error == "RuntimeError: the thread ended without a result"
    images.ends = False
    run.start()
    assert run.wait(60).complete
