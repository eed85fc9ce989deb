"""Ctrl-C, for a program that goes on after it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Interrupts"]


class Interrupts:
    """Lets Ctrl-C end what it may end, once, and nothing else.

    While an answer is stopped, and between a prompt and the next, somebody who leans
    on the keys does no harm. Use it in the main thread.
    """

    def __init__(self) -> None:
        self._heeded = False
        self._before: Any = None

    def __enter__(self) -> Self:
        """Take Ctrl-C over."""
        self._before = signal.signal(signal.SIGINT, self._strike)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Give it back."""
        signal.signal(signal.SIGINT, self._before)

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Let Ctrl-C raise KeyboardInterrupt meanwhile, once."""
        self._heeded = True
        try:
            yield
        finally:
            self._heeded = False

    def _strike(self, _number: int, _frame: FrameType | None) -> None:
        if self._heeded:
            self._heeded = False
            raise KeyboardInterrupt
