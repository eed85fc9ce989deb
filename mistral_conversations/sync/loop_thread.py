"""The event loop, on its own thread, that the blocking clients of a process share."""

import asyncio
import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, suppress
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = ["LoopThread", "SharedLoop", "shared_loop"]

Task: TypeAlias = Callable[[], Coroutine[Any, Any, None]]

# Seconds to wait for the loop to stop. The system closes what is still open then.
_STOP_TIMEOUT = 2.0


class LoopThread:
    """An event loop on a daemon thread, from `start` until `stop`.

    It shares no `Future` or `Event` with its callers: Ctrl-C may interrupt a thread
    that has just acquired the lock inside; the loop would wait for that lock forever.
    """

    def __init__(self) -> None:
        self.pid: int = os.getpid()
        self.is_stopping: bool = False
        """Whether the loop accepts no more calls."""

        self.error: BaseException | None = None
        """Why the loop could not be started."""

        self._is_closed = False
        self._waiting: deque[tuple[Context, Task, Callable[[], object]]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: TaskGroup | None = None
        self._end = asyncio.Event()
        self._cancels = False
        self._thread = threading.Thread(
            target=self._run, name="mistral_conversations", daemon=True
        )

    @property
    def failed(self) -> bool:
        """Whether the loop could not be started."""
        return self.error is not None

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

    def start_task(self, run: Task, refuse: Callable[[], object]) -> None:
        """Start a task on the loop, in the caller's context; do not wait for it.

        Args:
            run: the task; it must raise nothing.
            refuse: called instead if the loop has stopped, or could not be started.
        """
        self._waiting.append((copy_context(), run, refuse))
        if self._is_closed:
            self._refuse_tasks()
        else:
            self.soon(self._start_tasks)

    def soon(self, function: Callable[[], object]) -> None:
        """Schedule a function on the loop if it still runs; do not wait for it."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function)

    def stop(self, *, cancels: bool = False) -> None:
        """Stop the loop when its tasks are done; with `cancels`, cancel them first."""
        self._cancels = cancels
        self.is_stopping = True
        self.soon(self._end.set)

    def join(self) -> None:
        """Wait until the thread has finished, at most 2 seconds."""
        self._thread.join(_STOP_TIMEOUT)

    def _run(self) -> None:
        try:
            anyio.run(self._serve)
        except BaseException as error:
            if self._tasks is not None:
                raise
            self.error = error
        finally:
            self._is_closed = True
            self._refuse_tasks()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self.is_stopping:
            self._end.set()
        async with anyio.create_task_group() as self._tasks:
            self._start_tasks()
            await self._end.wait()
            if self._cancels:
                self._tasks.cancel_scope.cancel()

    def _start_tasks(self) -> None:
        if self._end.is_set():
            self._refuse_tasks()
        while self._waiting and self._tasks is not None:
            context, run, _ = self._waiting.popleft()
            context.run(self._tasks.start_soon, run)

    def _refuse_tasks(self) -> None:
        with suppress(IndexError):  # another thread may refuse them too
            while True:
                self._waiting.popleft()[2]()


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
