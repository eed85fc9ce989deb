"""The event loop, on its own thread, that the blocking clients of a process share."""

import asyncio
import atexit
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from typing import Final

import anyio
from anyio.from_thread import BlockingPortal

__all__ = ["LoopThread", "SharedLoop", "shared_loop"]

# Seconds to wait for the loop to stop. The system closes what is still open then.
_STOP_TIMEOUT = 2.0


class LoopThread:
    """An event loop on a daemon thread, from `start` until `stop`."""

    def __init__(self) -> None:
        self.pid: int = os.getpid()
        self.is_stopping: bool = False
        """Whether the loop accepts no more calls."""

        self._started: Future[BlockingPortal] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()
        self._cancels = False
        self._thread = threading.Thread(
            target=self._run, name="mistral_conversations", daemon=True
        )

    @property
    def portal(self) -> BlockingPortal:
        """The way to the loop from other threads."""
        return self._started.result()

    @property
    def failed(self) -> bool:
        """Whether the loop could not be started."""
        return self._started.done() and self._started.exception() is not None

    @property
    def is_over(self) -> bool:
        """Whether the thread was started and has finished."""
        return self._thread.ident is not None and not self._thread.is_alive()

    @property
    def is_here(self) -> bool:
        """Whether the caller runs on this thread."""
        return self._thread is threading.current_thread()

    def start(self) -> None:
        """Start the thread, once."""
        if self._thread.ident is None:
            self._thread.start()

    def soon(self, function: Callable[[], object]) -> None:
        """Schedule a function on the loop if it still runs; do not wait for it."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function)

    def stop(self, *, cancels: bool = False) -> None:
        """Stop the loop when its tasks are done; with `cancels`, cancel them first."""
        self.is_stopping = True
        self._cancels = cancels
        self._started.add_done_callback(lambda _: self.soon(self._end.set))

    def join(self) -> None:
        """Wait until the thread has finished, at most 2 seconds."""
        self._thread.join(_STOP_TIMEOUT)

    def _run(self) -> None:
        try:
            anyio.run(self._serve)
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with BlockingPortal() as portal:
            self._started.set_result(portal)
            await self._end.wait()
            await portal.stop(cancel_remaining=self._cancels)


class SharedLoop:
    """The loop thread of a process: starts with its first user, stops with its last."""

    def __init__(self) -> None:
        self.lock: AbstractContextManager[object] = threading.RLock()
        """Guards this object, and what its users record about their use of it."""

        self.ended: bool = False
        """Whether the interpreter is exiting."""

        self._thread: LoopThread | None = None
        self._users = 0

    def enter(self) -> LoopThread:
        """Add a user; start the thread for the first one."""
        with self.lock:
            # Assigned before it starts: Ctrl-C may interrupt anywhere from here on.
            if self._thread is None or self._thread.is_over:
                self._thread, self._users = LoopThread(), 0
            self._thread.start()
            self._users += 1
            return self._thread

    def leave(self, thread: LoopThread) -> bool:
        """Remove a user of a thread; return whether that stops the thread."""
        with self.lock:
            if thread is not self._thread:
                return False
            self._users -= 1
            if self._users:
                return False
            self._thread = None
        thread.stop()
        return True

    def end(self) -> None:
        """Stop the thread despite its users: the interpreter is exiting."""
        self.ended = True
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop(cancels=True)
            thread.join()

    def forget(self) -> None:
        """Forget the thread after a fork: it runs in the parent process only."""
        self.lock = threading.RLock()
        self._thread = None
        self._users = 0


shared_loop: Final = SharedLoop()
atexit.register(shared_loop.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared_loop.forget)
