"""The way of one blocking client to the event loop."""

import inspect
import os
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Coroutine
from functools import partial
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from mistral_conversations.errors import ConfigurationError
from mistral_conversations.sync.loop_thread import LoopThread, shared_loop

__all__ = ["Portal"]

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = __name__.rpartition(".")[0]
_OF_COROUTINES = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_CLOSED = "this client is closed: make a new one"


class Portal:
    """Runs coroutines on the shared loop while their callers wait.

    A client has one, and so have its views and streams. It uses the loop from its first
    call until it is closed, or until all of them are gone.

    Args:
        remedy: what to use from a coroutine instead.
    """

    def __init__(self, remedy: str) -> None:
        self._remedy: str | None = remedy
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None
        self._leaving: weakref.finalize[..., Portal] | None = None
        self._closed = False

    def call(
        self,
        function: Callable[P, Coroutine[Any, Any, R]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a coroutine; whatever ends the wait for it, such as Ctrl-C, cancels it.

        Raises:
            ConfigurationError: the client is closed.
        """
        self._warn_coroutines()
        portal = self._entered().portal
        try:
            future = portal.start_task_soon(partial(function, *args, **kwargs))
        except RuntimeError:
            raise ConfigurationError(_CLOSED) from None
        try:
            result: R = future.result()
        except BaseException:
            future.cancel()
            raise
        return result

    def close(self, aclose: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Close what was opened on the loop, and use it no more.

        Args:
            aclose: closes the client; it is not called if nothing was opened.
        """
        if self._is_entered():
            self.call(aclose)
        with self._lock:
            self._closed = True
            leaving, self._leaving = self._leaving, None
        if leaving is not None and leaving.detach():
            ended = shared_loop.leave()
            if ended is not None:
                ended.join()

    def _is_entered(self) -> bool:
        """Whether this process has used the loop, and not a process it comes from."""
        thread = self._thread
        return not self._closed and thread is not None and thread.pid == os.getpid()

    def _entered(self) -> LoopThread:
        with self._lock:
            if self._closed:
                raise ConfigurationError(_CLOSED)
            if self._thread is None or not self._is_entered():
                self._thread = shared_loop.enter()
                self._leaving = weakref.finalize(self, _leave, self._thread)
                self._leaving.atexit = False
            return self._thread

    def _warn_coroutines(self) -> None:
        """Warn, once, who blocks an event loop; in a notebook that is as it should."""
        frame, level = _caller()
        if self._remedy is None or not _is_coroutine(frame):
            return
        remedy, self._remedy = self._remedy, None
        warnings.warn(
            f"this call blocks the event loop: use {remedy} in a coroutine",
            RuntimeWarning,
            stacklevel=level,
        )


def _leave(thread: LoopThread) -> None:
    """Leave from wherever the garbage collector runs: nothing here waits."""
    if thread.pid == os.getpid():
        thread.soon(shared_loop.leave)


def _caller() -> tuple[FrameType | None, int]:
    """Give the frame that calls into this package, and the stacklevel to warn of it."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - documented
    level = 2
    while frame is not None and frame.f_globals.get("__name__", "").startswith(
        _PACKAGE
    ):
        frame, level = frame.f_back, level + 1
    return frame, level


def _is_coroutine(frame: FrameType | None) -> bool:
    if frame is None or not frame.f_code.co_flags & _OF_COROUTINES:
        return False
    ipython = sys.modules.get("IPython")
    return ipython is None or ipython.get_ipython() is None
