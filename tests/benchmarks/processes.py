"""A child process that answers each line with a line: server or contender."""

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
    """A child process that ends when its `with` block does, whatever happens there.

    It has a session of its own, so that Ctrl-C reaches only the parent.

    Args:
        command: the program and its arguments.
        settings: environment variables added to those of the parent.
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
        """Close stdin and wait for the process to exit; kill it otherwise."""
        try:
            if kind is None:
                self._process.communicate(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"has to be killed: {' '.join(self._command)}\n")
        finally:
            self._process.kill()
            self._process.communicate()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def send(self, line: str) -> None:
        """Write a line to the stdin of the process."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def receive(self) -> str:
        """Return the next line of its stdout.

        Raises:
            TimeoutError: no line comes in time.
            RuntimeError: the process has ended.
        """
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], _TIMEOUT)[0]:
            raise TimeoutError(f"no answer in {_TIMEOUT} s: {' '.join(self._command)}")
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(f"ended without an answer: {' '.join(self._command)}")
        return line.strip()
