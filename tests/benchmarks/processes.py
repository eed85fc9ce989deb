"""A process that answers lines by lines: the server, or a contender."""

import select
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from .environment import ROOT, clean

__all__ = ["Child"]

_TIMEOUT = 600.0
_GRACE = 5.0


class Child:
    """A process of one's own; it ends with the `with`, whatever happens in it.

    It is in a session of its own, so that Ctrl-C reaches this process alone.

    Args:
        command: what it runs.
        settings: environment variables beside those of this process.
    """

    def __init__(
        self, *command: str, settings: Mapping[str, str] | None = None
    ) -> None:
        self._command = command
        self._settings = settings or {}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**clean(), **self._settings},
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Let it end in good order, unless something went wrong; then make it end."""
        try:
            if kind is None:
                self._process.communicate(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"has to be killed: {' '.join(self._command)}\n")
        finally:
            self._process.kill()
            self._process.communicate()

    def tell(self, line: str) -> None:
        """Write a line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """Wait for its next line."""
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], _TIMEOUT)[0]:
            raise TimeoutError(f"no answer in {_TIMEOUT} s: {' '.join(self._command)}")
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(f"ended without an answer: {' '.join(self._command)}")
        return line.strip()
