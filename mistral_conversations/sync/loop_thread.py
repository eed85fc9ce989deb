"""An event loop on a thread, which the blocking clients of a process share."""

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

# Seconds to wait for the loop to end. What it has not closed by then is left to the
# system.
_LONGEST_END = 2.0


class LoopThread:
    """An event loop on a daemon thread, from `start` until `stop`."""

    def __init__(self) -> None:
        self.pid: int = os.getpid()
        self.is_stopping: bool = False
        """Whether it takes no more calls."""

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
        """Whether it was started, and does not run any more."""
        return self._thread.ident is not None and not self._thread.is_alive()

    @property
    def is_here(self) -> bool:
        """Whether the caller is on this thread."""
        return self._thread is threading.current_thread()

    def start(self) -> None:
        """Start the thread, unless it is started."""
        if self._thread.ident is None:
            self._thread.start()

    def soon(self, function: Callable[[], object]) -> None:
        """Call a function on the loop, if it still runs; nothing here waits."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function)

    def stop(self, *, cancels: bool = False) -> None:
        """Let the loop end with the tasks that it has, or cancel them."""
        self.is_stopping = True
        self._cancels = cancels
        self._started.add_done_callback(lambda _: self.soon(self._end.set))

    def join(self) -> None:
        """Wait for the end of the thread."""
        self._thread.join(_LONGEST_END)

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
    """The thread of a process: it starts with its first user, ends with its last."""

    def __init__(self) -> None:
        self.lock: AbstractContextManager[object] = threading.RLock()
        """For what users note of their own use, too."""

        self.ended: bool = False
        """Whether the interpreter ends."""

        self._thread: LoopThread | None = None
        self._users = 0

    def enter(self) -> LoopThread:
        """Become a user."""
        with self.lock:
            # Kept before it is started: Ctrl-C may strike anywhere from here on.
            if self._thread is None or self._thread.is_over:
                self._thread, self._users = LoopThread(), 0
            self._thread.start()
            self._users += 1
            return self._thread

    def leave(self, thread: LoopThread) -> bool:
        """Be a user of a thread no more; tell whether that lets it end."""
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
        """End the thread, whoever uses it: the interpreter ends."""
        self.ended = True
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop(cancels=True)
            thread.join()

    def forget(self) -> None:
        """Leave the thread to the process that this one was forked from."""
        self.lock = threading.RLock()
        self._thread = None
        self._users = 0


shared_loop: Final = SharedLoop()
atexit.register(shared_loop.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared_loop.forget)
