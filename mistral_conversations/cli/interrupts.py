"""Ctrl-C handling for a program that continues after Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Interrupts"]


class Interrupts:
    """Restrict Ctrl-C to certain blocks of code, and to one interrupt in each.

    Repeated Ctrl-C does no harm while an answer is being stopped, or between two
    prompts. Use it in the main thread.
    """

    def __init__(self) -> None:
        self._enabled = False
        self._before: Any = None

    def __enter__(self) -> Self:
        """Install the handler."""
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Restore the previous handler."""
        signal.signal(signal.SIGINT, self._before)

    @contextmanager
    def enabled(self) -> Iterator[None]:
        """Within the block, raise KeyboardInterrupt at the first Ctrl-C."""
        self._enabled = True
        try:
            yield
        finally:
            self._enabled = False

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._enabled:
            self._enabled = False
            raise KeyboardInterrupt
