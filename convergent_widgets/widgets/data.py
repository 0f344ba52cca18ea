"""The model that speaks for a Comparison: it answers the views' questions, so that nothing is sent unseen."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from convergent_widgets.widgets.answers import answer, facts

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

_log = logging.getLogger(__name__)


class Data(anywidget.AnyWidget):
    """Answers `{id, ask, ...}` with `{id, meta}` and buffers, or `{id, error}` in words; every id exactly once."""

    _esm = traitlets.Unicode("export default {}").tag(sync=True)

    facts = traitlets.Dict(
        help="Nets, layers, units, data set and best matches of the comparison. Written once, by Python."
    ).tag(sync=True)
    known: traitlets.List[dict[str, Any]] = traitlets.List(
        help="Answers that the first picture needs, sent along so that it waits for no busy kernel. Written by Python."
    ).tag(sync=True)

    def __init__(self, comparison: Comparison) -> None:
        """Speak for `comparison`."""
        self.comparison = comparison
        super().__init__(facts=facts(comparison))
        self.on_msg(self._reply)

    def close(self) -> None:
        """Close the model and its layout, and answer no more."""
        if self.comm is not None:
            self.on_msg(self._reply, remove=True)
            self.layout.close()
        super().close()

    def _reply(self, _model: object, content: object, _buffers: object) -> None:
        question = dict(content) if isinstance(content, dict) else {}
        identity, ask = question.pop("id", None), question.pop("ask", None)
        reply: dict[str, Any] = {"id": identity}
        buffers: list[bytes] = []
        try:
            reply["meta"], buffers = answer(self.comparison, ask, question)
        except ValueError as error:
            reply["error"] = str(error)
        except Exception as error:  # noqa: BLE001 - every id is answered
            _log.exception("the question %r of the browser could not be answered", ask)
            reply["error"] = f"{type(error).__name__}: {error}"
        self.send(reply, buffers)
