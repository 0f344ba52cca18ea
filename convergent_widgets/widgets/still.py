"""The still picture beside a live Explorer or Run: displayed with it, drawn again when the selection is at rest.

A saved notebook then shows the current view wherever no kernel runs. In a live page js/still.js hides it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import uuid
from collections.abc import Callable
from typing import Any

from convergent_widgets.widgets.still_picture import CAPTION, Picture

_log = logging.getLogger(__name__)

REST = 1.5  # seconds


class Still:
    """A displayed picture that can be replaced in place."""

    def __init__(self, draw: Callable[[], Picture | None]) -> None:
        """`draw` makes the picture of the moment; where it gives None, an output without words keeps the place."""
        self._draw = draw
        self._id = f"convergent-widgets-still-{uuid.uuid4().hex}"
        self._shown = False
        self._timer: asyncio.TimerHandle | None = None

    def show(self) -> None:
        """Display the picture as an output of its own. A picture that can't be drawn is logged, never raised."""
        self._shown = True
        self._publish(update=False)

    def changed(self, _change: object = None) -> None:
        """Draw anew once nothing has changed for a while; nothing happens where no loop runs or none is shown."""
        self.cancel()
        if self._shown:
            with contextlib.suppress(RuntimeError):
                self._timer = asyncio.get_running_loop().call_later(REST, self.now)

    def cancel(self) -> None:
        """Draw no more until the next change."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def now(self, *, only_due: bool = False) -> None:
        """Draw anew at once, where one is shown; with `only_due` only what a change has made due."""
        if self._shown and (self._timer is not None or not only_due):
            self.cancel()
            self._publish(update=True)

    def _publish(self, *, update: bool) -> None:
        from IPython.display import publish_display_data

        try:
            picture = self._draw()
        except Exception:  # noqa: BLE001 - the widget itself is there
            _log.exception("the still picture could not be drawn")
            return
        data: dict[str, Any] = {"text/plain": ""}
        about: dict[str, Any] = {}
        if picture is not None:
            data = {"image/png": base64.b64encode(picture.png).decode("ascii"), "text/plain": CAPTION}
            about = {"image/png": {"width": picture.width, "height": picture.height, "alt": picture.alt}}
        publish_display_data(data, about, transient={"display_id": self._id}, update=update)


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this, so that what is displayed may be saved with a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None
