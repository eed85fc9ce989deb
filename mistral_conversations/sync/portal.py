"""The portal through which one blocking client runs coroutines on the event loop."""

import inspect
import os
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Coroutine
from contextlib import nullcontext, suppress
from functools import partial
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from mistral_conversations._event_loop import is_exiting
from mistral_conversations._serving import serves_here
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.sync.caller_thread import CallerThread
from mistral_conversations.sync.loop_thread import LoopThread, shared_loop
from mistral_conversations.sync.portal_call import PortalCall
from mistral_conversations.sync.signal_safe_lock import SignalSafeLock

__all__ = ["Portal"]

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = __name__.rpartition(".")[0]
_OF_COROUTINES = (
    inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
)
_COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
_RUNNERS = {"IPython", "ipykernel", "marimo", "mistral_conversations"}
"""Packages whose coroutines run cells, or the functions that a client is given."""
_ON_LOOP = "this call would wait for itself: use the async client on this thread"
_OWN_SERVER = (
    "this call blocks the event loop of the LocalServer at {} and would wait forever: "
    "use the async client here, or run the server on a thread (`with LocalServer()`)"
)
_CLOSED = "this client is closed: create a new one"
_CLOSED_AT_EXIT = "this client was closed at interpreter exit: create a new one"

# The frames needed to start a call and, if the wait for it fails, to cancel it.
_FRAMES = 30

# Seconds for a cancelled call to remove what it has not finished, such as half a file.
_SETTLING = 0.5


class Portal:
    """Run coroutines on the shared loop while their callers wait.

    A client shares its portal with its views and streams. The portal uses the loop from
    its first call until it is closed or garbage collected.

    Args:
        remedy: the name of the class to use instead in a coroutine.
        base_url: the server that the coroutines call.
    """

    def __init__(self, remedy: str, base_url: str = "") -> None:
        self._base_url = base_url
        self._remedy: str | None = remedy
        self._thread: LoopThread | None = None
        self._user = object()
        self._calls: set[PortalCall[Any]] = set()
        self._closing = SignalSafeLock()
        self._closed = False
        weakref.finalize(self, shared_loop.abandon, self._user).atexit = False
        _portals.add(self)

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._closed

    @property
    def is_over(self) -> bool:
        """Whether no call can run any more: closed, or the loop has stopped."""
        return self._closed or (self._thread is not None and self._thread.is_stopping)

    def call(
        self,
        function: Callable[P, Coroutine[Any, Any, R]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a coroutine; warn a caller that runs in a coroutine itself.

        Raises:
            ConfigurationError: the client is closed, or the caller blocks the loop of
                the `LocalServer` that would answer.
        """
        return self.call_for(None, partial(function, *args, **kwargs))

    def call_for(
        self,
        caller: CallerThread | None,
        function: Callable[[], Coroutine[Any, Any, R]],
    ) -> R:
        """Run a coroutine as `call` does; meanwhile, call functions for it.

        Args:
            caller: has the functions that the coroutine calls in this thread.
            function: returns the coroutine.
        """
        if serves_here(self._base_url):
            raise ConfigurationError(_OWN_SERVER.format(self._base_url))
        self._warn_coroutines()
        return self.run(function, caller)

    def run(
        self,
        function: Callable[[], Coroutine[Any, Any, R]],
        caller: CallerThread | None = None,
    ) -> R:
        """Run a coroutine; cancel it if the wait is interrupted, such as by Ctrl-C.

        Raises:
            ConfigurationError: the client is closed, or the caller runs on the loop's
                thread.
        """
        thread = self._entered()
        if thread.is_here:
            raise ConfigurationError(_ON_LOOP)
        call = PortalCall(function, caller)
        self._calls.add(call)
        try:
            with nullcontext() if caller is None else caller.waiting(call.wake):
                self._wait_for(call, thread)
        finally:
            self._calls.discard(call)
        return call.result()

    def close(self, aclose: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Close what was opened on the loop, then stop using the loop.

        Args:
            aclose: closes the client; not called if nothing was opened.
        """
        with self._closing:
            thread = self._thread
            if thread is not None and self._is_entered():
                with suppress(ConfigurationError):  # the loop stopped before
                    self.run(aclose)
            with shared_loop.lock:
                self._closed = True
            if thread is not None:
                for call in list(self._calls):
                    thread.soon(call.cancel)
            if stopped := shared_loop.leave(self._user):
                stopped.join()

    def renew(self) -> None:
        """Replace the lock after a fork: a thread of the parent may have held it."""
        self._closing = SignalSafeLock()

    def _wait_for(self, call: PortalCall[Any], thread: LoopThread) -> None:
        if thread.is_stopping:
            raise _closed()
        _check_stack()
        try:
            thread.start_task(call.run, call.end)
            call.wait()
        except BaseException:
            call.is_cancelled = True
            thread.soon(call.cancel)
            call.settle(_SETTLING)
            raise
        if thread.error is not None:
            message = f"no event loop could be started: {thread.error}"
            if is_exiting():
                message += "; make the first blocking call before the interpreter exits"
            raise ConfigurationError(message) from thread.error
        if call.was_cancelled:
            raise _closed()

    def _is_entered(self) -> bool:
        """Whether this process, not the one it was forked from, has used the loop."""
        thread = self._thread
        if self._closed or thread is None or thread.failed:
            return False
        return thread.pid == os.getpid()

    def _entered(self) -> LoopThread:
        with shared_loop.lock:
            if self._closed:
                raise ConfigurationError(_CLOSED)
            if self._thread is None or not self._is_entered():
                self._thread = shared_loop.enter(self._user)
            return self._thread

    def _warn_coroutines(self) -> None:
        """Warn a caller that blocks an event loop, once; not a notebook's cell."""
        if self._remedy is None:
            return
        frame, level = _caller()
        if not _is_in_coroutine(frame):
            return
        remedy, self._remedy = self._remedy, None
        warnings.warn(
            f"this call blocks the event loop: use {remedy} in a coroutine",
            RuntimeWarning,
            stacklevel=level,
        )


def _closed() -> ConfigurationError:
    """Return the error for a loop that has stopped.

    At interpreter exit, block a daemon thread instead: it would print the error to
    stderr, or drop a stream whose loop is just stopping.
    """
    if shared_loop.ended and threading.current_thread().daemon:
        threading.Event().wait()
    return ConfigurationError(_CLOSED_AT_EXIT if shared_loop.ended else _CLOSED)


def _check_stack(frames: int = _FRAMES) -> None:
    """Raise RecursionError while no call runs yet, if the stack is nearly full."""
    if frames:
        _check_stack(frames - 1)


def _caller() -> tuple[FrameType | None, int]:
    """Return the frame that called into this package, and its stacklevel."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - documented
    level = 2
    while frame is not None and frame.f_globals.get("__name__", "").startswith(
        _PACKAGE
    ):
        frame, level = frame.f_back, level + 1
    return frame, level


def _is_in_coroutine(frame: FrameType | None) -> bool:
    """Return whether a coroutine calls, directly or through other functions.

    A notebook's cell is none, even one that awaits, nor are the coroutines that run it:
    it has the loop to itself.
    """
    while frame is not None:
        code = frame.f_code
        if code.co_flags & _OF_COROUTINES and code.co_name not in _COMPREHENSIONS:
            module = frame.f_globals.get("__name__", "").partition(".")[0]
            is_cell = code.co_name.startswith(("<module>", "<cell "))
            return not is_cell and module not in _RUNNERS
        frame = frame.f_back
    return False


_portals: "weakref.WeakSet[Portal]" = weakref.WeakSet()


def _renew_portals() -> None:
    for portal in list(_portals):
        portal.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_portals)
