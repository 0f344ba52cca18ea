"""Ctrl-C as a wish that is granted between two batches; a second one raises at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from convergent_widgets.compute.telling import tell


class Interrupt:
    """How often the person has asked to stop, and whether they were told what comes of it."""

    def __init__(self) -> None:
        self.asked = 0
        self._answered = False
        self._at_once = ""

    def __bool__(self) -> bool:
        return self.asked > 0

    def ask(self) -> None:
        """Note the wish; KeyboardInterrupt where it is not the first."""
        self.asked += 1
        self.check()
        if self._at_once:
            self.answer(self._at_once)

    def wish(self) -> None:
        """Note the wish of a function that is told of progress: said once or often, answered by the result alone."""
        self.asked = max(self.asked, 1)
        self._answered = True

    def check(self) -> None:
        """KeyboardInterrupt after a second wish, also one whose own was lost (Python drops it in a destructor)."""
        if self.asked > 1:
            raise KeyboardInterrupt

    @contextmanager
    def answering(self, message: str) -> Iterator[None]:
        """Inside, a first wish is answered the moment it comes; one that came before, on entering."""
        self._at_once = message
        try:
            self.answer(message)
            yield
        finally:
            self._at_once = ""

    def answer(self, message: str) -> None:
        """Warn, once, of what the first wish leads to; KeyboardInterrupt after a second one."""
        self.check()
        if self and not self._answered:
            self._answered = True
            tell(message)


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Inside, the first Ctrl-C only sets the Interrupt. In another thread no Ctrl-C arrives."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    previous = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: FrameType | None) -> None:
        interrupt.ask()

    signal.signal(signal.SIGINT, ask)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, previous or signal.default_int_handler)
