"""Run: a comparison started, watched and stopped by clicks, in a thread, so that the notebook goes on."""

from __future__ import annotations

import asyncio
import html
import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from convergent_widgets.comparison import Comparison
from convergent_widgets.widgets.explorer import Explorer
from convergent_widgets.widgets.selection import STATE
from convergent_widgets.widgets.still import Still, in_notebook

if TYPE_CHECKING:
    from torch import nn

    from convergent_widgets.compute.asked import Asked
    from convergent_widgets.compute.nets import Net
    from convergent_widgets.compute.plan import Layers
    from convergent_widgets.widgets.still_picture import Picture

_log = logging.getLogger(__name__)

WORKING = ("estimating", "running", "cancelling")
LEAST_SECONDS = 0.1
SHOWN = 6
DOUBLE_CLICK = 1.0  # seconds

# What is shown in place of a widget that is no longer there.
WITHOUT_KERNEL = "No kernel runs here: run this cell to start."

STEPS = {
    "binning": "looking at the range of the activations",
    "comparing": "images",
    "attributing": "what drives the units",
    "keeping": "keeping the pictures",
    "matching": "matching the units",
}


class Run(ipywidgets.VBox):  # type: ignore[misc]
    """Compare nets in a thread: an estimate, Start, progress, Cancel, and the Explorer of the result.

    The last line of a cell shows it::

        run = cw.Run(nets, "folder_of_images", layers=["layer1", "layer2"], batch_size=64)
        run

    Other cells run meanwhile; leave the nets themselves alone until it is done. `run.comparison` is the result, after a
    cancel the partial one (`complete` False); `run.explorer` shows it. In a script: `run.start()`, then `run.wait()`.

    A saved notebook keeps a still picture of the result's Explorer, seen where no kernel runs.
    """

    status = traitlets.Enum(
        ("estimating", "ready", "running", "cancelling", "done", "cancelled", "failed"),
        "estimating",
        help="What it is doing. Written by this widget.",
    )
    estimate = traitlets.Any(None, help="What it would take, as `cw.estimate` says; None while that is unknown.")
    comparison = traitlets.Instance(Comparison, allow_none=True, help="The result, perhaps partial; else None.")
    explorer = traitlets.Instance(Explorer, allow_none=True, help="What shows the result; else None.")
    error = traitlets.Unicode("", help="What went wrong, in words; empty where nothing did.")

    def __init__(
        self,
        nets: Mapping[str, Net | nn.Module],
        images: Any,  # noqa: ANN401
        layers: Layers = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Take what `compare` takes, all but `progress`, and `layout`.

        Arguments are checked at once. What does not fit (a layer that is not there, a folder without images, a value
        out of range) is said in the widget: `status` is "failed", `error` has the words, `start` raises RuntimeError
        with them, and `wait` the ValueError, TypeError, LookupError or OSError itself. An option that there is not
        raises TypeError at once, with the closest name. The estimate follows in a thread, by some seconds of work.
        """
        own = {"layout": options.pop("layout")} if "layout" in options else {}
        _check_names(options)
        self._refused: Exception | None = None
        try:
            self._asked = _checked(nets, images, layers, options)
        except (ValueError, TypeError, LookupError, OSError) as reason:
            self._refused = reason
        self._loop, self._home = _running_loop(), threading.get_ident()
        self._lock, self._news = threading.RLock(), threading.Event()
        self._pending: dict[str, Callable[[], None]] = {}
        self._thread: threading.Thread | None = None
        self._wishes, self._cancelled, self._closed, self._step = 0, 0.0, False, ""
        self._failure: BaseException | None = self._refused
        self._warnings: list[str] = []
        self._what, self._forecast, self._notes = (ipywidgets.HTML() for _ in range(3))
        self._start = ipywidgets.Button(description="Start", icon="play", button_style="primary")
        self._cancel = ipywidgets.Button(description="Cancel", icon="stop")
        self._bar = ipywidgets.FloatProgress(0, min=0, max=1, layout={"width": "240px"})
        self._told = ipywidgets.HTML()
        self._row = ipywidgets.HBox([self._start, self._cancel, self._bar, self._told])
        self._start.on_click(lambda _button: self.start())
        self._cancel.on_click(self._click_cancel)
        self._parts = [self._what, self._forecast, self._row, self._notes]
        self._still = Still(self._picture)
        super().__init__(self._parts, **own)
        if self._refused is not None:
            self.error, self.status = _words(self._refused), "failed"
        self._show()
        if self._refused is None:
            self._work(self._estimating)

    def __repr__(self) -> str:
        """What it runs and how far it is."""
        nets = "" if self._refused else f"{', '.join(self._asked.nets)}: "
        return f"Run({nets}{self.status})"

    def _ipython_display_(self) -> None:
        """The widget, then the still picture, which is empty until there is an Explorer."""
        if not in_notebook():
            raise NotImplementedError
        from IPython.display import publish_display_data

        publish_display_data({**self._repr_mimebundle_(), "text/plain": WITHOUT_KERNEL})
        self._still.show()

    def _picture(self) -> Picture | None:
        return None if self.explorer is None else self.explorer.picture()

    def start(self) -> None:
        """Start, or start again. Raises RuntimeError where it runs already or was closed, and where nothing fits."""
        if self._refused is not None:
            raise RuntimeError(f"this Run cannot start: {self.error}") from self._refused
        if self._closed or self.status in ("running", "cancelling"):
            raise RuntimeError("this Run was closed" if self._closed else "it runs already; cancel() ends it")
        self._wishes, self._step, self._failure, self._warnings = 0, "", None, []
        self._drop_explorer()
        self._still.now()
        with self._lock:
            self._set(comparison=None, error="", status="running")
            self._work(self._running)
        self._progress("", 0, 1, None)

    def cancel(self) -> None:
        """End the run within one batch and keep what was seen; called once more, give that up too."""
        if self.status not in ("running", "cancelling"):
            return
        self._wishes += 1
        self._cancelled = time.monotonic()
        self._set(status="cancelling")
        self._show()

    def _click_cancel(self, _button: object) -> None:
        """Cancel; the second click of a double click, which meets the button as "Give up", is not meant so."""
        if self.status != "cancelling" or time.monotonic() - self._cancelled >= DOUBLE_CLICK:
            self.cancel()

    def wait(self, timeout: float | None = None) -> Comparison | None:
        """Block until nothing runs, and return the Comparison: None where there is none.

        For scripts, and for notebooks run from top to bottom: a kernel that waits answers no clicks. Raises what the
        run raised, TimeoutError after `timeout` seconds. Ctrl-C meanwhile cancels the run.
        """
        end = None if timeout is None else time.monotonic() + timeout
        try:
            while self.status in WORKING and not self._closed:
                if end is not None and time.monotonic() > end:
                    raise TimeoutError(f"the run is not over after {timeout:g} s: it is {self.status}")
                self._news.wait(LEAST_SECONDS)
                self._news.clear()
                self._notice_lost()
                if self._loop is not None and threading.get_ident() == self._home:
                    self._apply()
        except KeyboardInterrupt:
            self.cancel()
            raise
        self._still.now(only_due=True)
        if self._failure is not None:
            raise self._failure
        return self.comparison

    def close(self) -> None:
        """Close the widget and its Explorer; what runs is given up within one batch."""
        self._closed = True
        if self.comm is not None:
            self._drop_explorer()
            for part in (*self._row.children, *self._parts):
                part.layout.close()
                if part.has_trait("style"):
                    part.style.close()
                part.close()
            self.layout.close()
        super().close()

    def _work(self, target: Callable[[], None]) -> None:
        """Run `target` in a thread of its own, after the one before; it does not outlive the process."""
        before = self._thread

        def work() -> None:
            if before is not None:
                before.join()
            if not self._closed:
                target()

        self._thread = threading.Thread(target=work, name="convergent_widgets run", daemon=True)
        self._thread.start()

    def _estimating(self) -> None:
        """In the thread: what it would take."""
        try:
            found = self._asked.estimate()
        except Exception as reason:  # noqa: BLE001 - said in the widget
            failure = reason
            self._post("estimated", lambda: self._estimated(None, failure))
        else:
            self._post("estimated", lambda: self._estimated(found, None))

    def _running(self) -> None:
        """In the thread: the run itself."""
        comparison, failure = None, None
        try:
            if not self._wishes:
                comparison = self._asked.run(self._teller(), self._warn)
        except KeyboardInterrupt:
            pass
        except (Exception, SystemExit) as reason:  # noqa: BLE001 - said in the widget
            _log.debug("the run failed", exc_info=True)
            failure = reason
        self._post("ended", lambda: self._ended(comparison, failure))

    def _teller(self) -> Callable[[str, float, float], bool]:
        """What the run calls as it proceeds: tells the widget, ten times a second at most, and answers "go on"."""
        step, started, first, last = "", 0.0, 0.0, 0.0

        def tell(now: str, done: float, of: float) -> bool:
            nonlocal step, started, first, last
            if self._closed or self._wishes > 1:
                raise KeyboardInterrupt
            moment = time.monotonic()
            if now != step:
                step, started, first, last = now, moment, done, 0.0
            if moment - last >= LEAST_SECONDS or done >= of:
                last = moment
                left = (moment - started) * (of - done) / (done - first) if done > first else None
                self._post("progress", lambda: self._progress(now, done, of, left))
            return not self._wishes

        return tell

    def _warn(self, message: str) -> None:
        def add() -> None:
            self._warnings.append(message)
            self._show()

        self._post(f"warning: {message}", add)

    def _post(self, what: str, change: Callable[[], None]) -> None:
        """Have a change made on the kernel's loop, at once without one; a newer one of the same kind replaces it."""
        with self._lock:
            waiting = bool(self._pending)
            self._pending[what] = change
        self._news.set()
        if self._loop is None:
            self._apply()
        elif not waiting:
            with suppress(RuntimeError):  # the loop is closed: the kernel ends
                self._loop.call_soon_threadsafe(self._apply)

    def _apply(self) -> None:
        with self._lock:
            changes, self._pending = list(self._pending.values()), {}
            for change in changes:
                if not self._closed:
                    try:
                        change()
                    except Exception:  # noqa: BLE001 - the next ones matter as much
                        _log.exception("a change of the Run could not be shown")

    def _set(self, **values: Any) -> None:  # noqa: ANN401
        """Set traits one by one; an observer that raises is logged, and keeps none of them from being set."""
        for name, value in values.items():
            try:
                setattr(self, name, value)
            except Exception:  # noqa: BLE001 - not ours, and in the log
                _log.exception("an observer of `%s` failed", name)

    def _notice_lost(self) -> None:
        """The run failed where its thread is gone and left no word."""
        with self._lock:
            thread = self._thread
            lost = not self._pending and self.status in WORKING and thread is not None and not thread.is_alive()
        if lost:
            failure = RuntimeError("the thread ended without a result")
            self._post("ended", lambda: self._ended(None, failure))

    def _estimated(self, found: Any, failure: Exception | None) -> None:  # noqa: ANN401
        self._set(estimate=found)
        if self.status == "estimating":
            self._failure = failure
            self._set(error=_words(failure), status="ready" if failure is None else "failed")
        self._show()

    def _progress(self, step: str, done: float, of: float, left: float | None) -> None:
        self._step = step
        self._bar.max, self._bar.value = max(of, 1e-9), done
        said = STEPS.get(step, "getting ready …")
        if step == "comparing":
            said = f"{done:,.0f} of {of:,.0f} images"
        if left is not None and done < of:
            said += f" · {_left(left)}"
        self._told.value = html.escape(said)
        self._show()

    def _ended(self, comparison: Comparison | None, failure: BaseException | None) -> None:
        self._failure = failure
        self._set(error=_words(failure), comparison=comparison)
        status = "failed" if failure else "done" if comparison is not None and comparison.complete else "cancelled"
        if comparison is not None:
            seen, of = comparison.images_seen, len(self._asked.images)
            self._bar.max, self._bar.value = of, of if comparison.complete else seen
            self._told.value = html.escape(f"{seen:,} of {of:,} images")
            try:
                explorer = Explorer(comparison)
            except Exception as reason:  # noqa: BLE001 - said in the widget
                _log.exception("the Explorer could not be opened")
                self._failure, status = reason, "failed"
                self._set(error=f"The Explorer could not be opened. {_words(reason)}")
            else:
                self._set(explorer=explorer, children=[*self._parts, explorer])
                explorer.selection.observe(self._still.changed, [*STATE])
                self._still.changed()
        else:
            self._told.value = ""
        self._set(status=status)
        self._show()

    def _drop_explorer(self) -> None:
        if self.explorer is not None:
            self._still.cancel()
            shown = self.explorer
            shown.selection.unobserve(self._still.changed, [*STATE])
            self._set(explorer=None, children=self._parts)
            shown.close()

    def _show(self) -> None:
        """Write all words and buttons anew, from the traits."""
        status, result = self.status, self.comparison
        runs = status in ("running", "cancelling")
        self._start.disabled = runs or status == "done" or self._refused is not None
        again = status in ("cancelled", "failed") and self._refused is None
        self._start.description = "Start again" if again else "Start"
        self._cancel.disabled = not runs
        self._cancel.description = "Give up" if status == "cancelling" else "Cancel"
        waits = status in ("estimating", "ready") or self._refused is not None
        self._bar.layout.visibility = "hidden" if waits else "visible"
        self._bar.bar_style = {"done": "success", "cancelled": "warning", "failed": "danger"}.get(status, "info")
        self._what.value = _line(self._described())
        self._forecast.value = _line(self._taken())
        notes = [_line(self.error, alert=True)] if self.error else []
        if status == "cancelling":
            notes.append(
                _line("Ends after this batch, and keeps what was seen.")
                if self._step in ("", "binning", "comparing")
                else _line("All that was seen is kept: its result is being made. Give up would lose it.")
            )
        if status == "cancelled":
            notes.append(_line(self._partial()))
        notes += [_line(f"Note: {message}") for message in self._warnings]
        if result is not None:
            notes.append(_line('To keep the result: .comparison.save("result.npz") of this Run'))
        self._notes.value = "".join(notes)

    def _described(self) -> str:
        if self._refused is not None:
            return ""
        labels = self._asked.labels
        if labels is None and self.estimate is not None:
            labels = [layer.label for layer in self.estimate.layers]
        found = "layers as they are found" if labels is None else f"layers {_listed(labels)}"
        return f"{_listed(list(self._asked.nets))} on {len(self._asked.images):,} images; {found}"

    def _taken(self) -> str:
        if self.estimate is None:
            return "Estimating time and memory …" if self.status == "estimating" else ""
        return "Estimate: " + "; ".join(str(self.estimate).splitlines()[:2])

    def _partial(self) -> str:
        again = " Start again goes on from the checkpoint." if self._asked.options.get("checkpoint") else ""
        if self.comparison is None:
            return f"Cancelled; nothing was kept.{again}"
        return f"Partial: {self.comparison.images_seen:,} of {len(self._asked.images):,} images.{again}"


def _check_names(options: dict[str, Any]) -> None:
    try:
        from convergent_widgets.compute.asked import check_names
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "torchvision", "tqdm"):
            raise
        raise ModuleNotFoundError(
            f'Run runs nets and needs {error.name}: pip install "convergent_widgets[compute]"', name=error.name
        ) from error
    check_names(options)


def _checked(nets: Any, images: Any, layers: Any, options: dict[str, Any]) -> Asked:  # noqa: ANN401
    from convergent_widgets.compute.asked import Asked

    return Asked.checked(nets, images, layers, options)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    with suppress(RuntimeError):
        return asyncio.get_running_loop()
    return None


def _line(words: str, *, alert: bool = False) -> str:
    if not words:
        return ""
    if alert:
        return f'<p role="alert" style="color: var(--jp-error-color1, #b00020); margin: 2px">{html.escape(words)}</p>'
    return f'<p style="margin: 2px; line-height: 1.4">{html.escape(words)}</p>'


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _left(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(round(seconds), 1)} s left"
    return f"about {seconds / 60:.0f} min left" if seconds < 90 * 60 else f"about {seconds / 3600:.1f} h left"


def _words(failure: BaseException | None) -> str:
    """Its own message; with its class where that is not of a kind whose messages are sentences."""
    if failure is None:
        return ""
    said = " ".join(str(failure).split())
    return said if said and isinstance(failure, ValueError | OSError) else f"{type(failure).__name__}: {said}"
