"""What must not appear: messages of other packages, and errors that nobody raised."""

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

__all__ = ["Log"]

_OURS = "mistral_conversations"


class Log(logging.Handler):
    """Collect what nobody should have to read, from everywhere.

    These are the messages of any logger from WARNING on, except warnings of this
    package itself, and the errors that Python can only print: those of finalizers,
    among them warnings that are errors, and those of threads.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []
        """The messages, each with its traceback."""

        self.ours = 0
        """How many warnings of this package there were."""

    def emit(self, record: logging.LogRecord) -> None:
        """Collect a message."""
        is_ours = record.name == _OURS or record.name.startswith(f"{_OURS}.")
        if is_ours and record.levelno < logging.ERROR:
            self.ours += 1
        else:
            self.texts.append(f"{record.name}: {self.format(record)}")

    @contextmanager
    def listening(self) -> Iterator["Log"]:
        """Collect until the end of the block."""
        root = logging.getLogger()
        with ExitStack() as stack:
            root.addHandler(self)
            stack.callback(root.removeHandler, self)
            for module, name, hook in (
                (sys, "unraisablehook", self._unraisable),
                (threading, "excepthook", self._of_thread),
            ):
                stack.callback(setattr, module, name, getattr(module, name))
                setattr(module, name, hook)
            yield self

    def _unraisable(self, found: "sys.UnraisableHookArgs") -> None:
        error = found.exc_value
        place = found.err_msg or "exception ignored"
        self._add(f"{place} in {found.object!r:.200}", error)

    def _of_thread(self, found: Any) -> None:
        self._add(f"exception in {found.thread!r}", found.exc_value)

    def _add(self, place: str, error: BaseException | None) -> None:
        lines = [] if error is None else traceback.format_exception(error)
        self.texts.append(f"{place}\n{''.join(lines)}")
