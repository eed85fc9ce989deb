"""The event loop, on its own thread, that the blocking clients of a process share."""

import asyncio
import atexit
import inspect
import os
import threading
from _thread import start_new_thread
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, suppress
from contextvars import Context, copy_context
from functools import partial
from importlib import import_module
from typing import Any, Final, TypeAlias

import anyio

from mistral_conversations._event_loop import is_exiting
from mistral_conversations.sync.caller_loop import CallerLoop
from mistral_conversations.sync.signal_safe_lock import SignalSafeLock

__all__ = ["LoopThread", "SharedLoop", "shared_loop"]

Task: TypeAlias = Callable[[], Coroutine[Any, Any, None]]

_MODULES = (
    "anyio._backends._asyncio",
    "concurrent.futures.thread",
    "mistral_conversations._transport.answer_handler",
    "mistral_conversations._wire.mirrors",
)
"""The modules that are imported on the loop, by calls of any kind."""

# Seconds to wait for the loop to stop. The system closes what is still open then.
_STOP_TIMEOUT = 2.0


class LoopThread:
    """An event loop on a daemon thread, from `start` until `stop`.

    It shares no `Future` or `Event` with its callers, not even the one in which
    `Thread.start` waits: Ctrl-C may interrupt a thread that has just acquired the lock
    inside; the loop would wait for that lock forever.

    At interpreter exit, where Python 3.12.1 starts no thread, the loop runs on the
    thread of its callers.
    """

    def __init__(self) -> None:
        self.pid: int = os.getpid()
        self.is_stopping: bool = False
        """Whether the loop accepts no more calls."""

        self.error: BaseException | None = None
        """Why the loop could not be started."""

        self._is_begun = False
        self._is_closed = False
        self._ended = threading.Lock()
        self._ended.acquire()
        self._waiting: deque[tuple[Context, Task, Callable[[], object]]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._caller_loop: CallerLoop | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._end = asyncio.Event()
        self._cancels = False
        self._thread = threading.Thread(
            target=self._run, name="mistral_conversations", daemon=True
        )
        self._starts = deque([self._thread.start])

    @property
    def failed(self) -> bool:
        """Whether the loop could not be started."""
        return self.error is not None

    @property
    def is_over(self) -> bool:
        """Whether the loop has ended, or could not be started."""
        return self._is_closed

    @property
    def is_here(self) -> bool:
        """Whether the caller would wait for itself."""
        if self._caller_loop is not None:
            return not self._caller_loop.is_free
        return self._thread is threading.current_thread()

    def start(self, *, ended: bool = False) -> None:
        """Start the thread, once; do not wait for it.

        Args:
            ended: whether nothing will stop it.
        """
        if self._is_begun:
            return
        _import_modules()
        try:
            start_new_thread(self._start_thread, ())
        except RuntimeError as error:
            if is_exiting() and threading.current_thread() is threading.main_thread():
                self._caller_loop = CallerLoop(once=ended)
            else:
                self._fail(error)
        self._is_begun = True

    def start_task(self, run: Task, refuse: Callable[[], object]) -> None:
        """Start a task on the loop, in the caller's context.

        Do not wait for it, unless the loop runs on the caller's thread.

        Args:
            run: the task; it must raise nothing.
            refuse: called instead if the loop has stopped, or could not be started.
        """
        if self._caller_loop is not None:
            self._caller_loop.run(run)
            return
        self._waiting.append((copy_context(), run, refuse))
        if self._is_closed:
            self._refuse_tasks()
        else:
            self.soon(self._start_tasks)

    def soon(self, function: Callable[[], object]) -> None:
        """Schedule a function on the loop if it still runs; do not wait for it."""
        if self._caller_loop is not None:
            self._caller_loop.soon(function)
        loop = self._loop
        if loop is None or self.pid != os.getpid():
            return
        try:
            loop.call_soon_threadsafe(function)
        except RuntimeError:  # a RecursionError is one, too
            if not loop.is_closed():
                raise

    def stop(self, *, cancels: bool = False) -> None:
        """Stop the loop when its tasks are done; with `cancels`, cancel them first."""
        self._cancels = cancels
        self.is_stopping = True
        self.soon(self._end.set)

    def join(self) -> None:
        """Wait until the thread has finished, at most 2 seconds."""
        if self._caller_loop is not None:
            self._caller_loop.close()
        elif self._ended.acquire(timeout=_STOP_TIMEOUT):
            self._ended.release()
            if self._thread.ident is not None:
                self._thread.join(_STOP_TIMEOUT)

    def _start_thread(self) -> None:
        """Start the thread from another one, which Ctrl-C does not interrupt."""
        try:
            self._starts.pop()()
        except IndexError:
            pass  # started before, by a call that was interrupted
        except RuntimeError as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self.error = error
        self._end_calls()

    def _run(self) -> None:
        try:
            anyio.run(self._serve)
        except BaseException as error:
            if self._tasks is None:
                self.error = error
            elif not is_exiting():  # asyncio wants a thread, to end its executor
                raise
        finally:
            self._end_calls()

    def _end_calls(self) -> None:
        self._is_closed = True
        self._refuse_tasks()
        self._ended.release()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self.is_stopping:
            self._end.set()
        async with asyncio.TaskGroup() as self._tasks:
            self._start_tasks()
            await self._end.wait()
            if self._cancels:
                for task in self._running:
                    task.cancel()
        await _end_tasks()

    def _start_tasks(self) -> None:
        if self._end.is_set():
            self._refuse_tasks()
        while self._waiting and self._tasks is not None:
            context, run, _ = self._waiting.popleft()
            # Not by anyio, which looks for its backend in the context of the caller.
            task = self._tasks.create_task(run(), context=context)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _refuse_tasks(self) -> None:
        with suppress(IndexError):  # another thread may refuse them too
            while True:
                self._waiting.popleft()[2]()


class SharedLoop:
    """The loop thread of a process: starts with its first user, stops with its last."""

    def __init__(self) -> None:
        self.lock: AbstractContextManager[object] = SignalSafeLock()
        """Guards this object, and what its users record about their use of it."""

        self.ended: bool = False
        """Whether the interpreter is exiting."""

        self._thread: LoopThread | None = None
        self._users: set[object] = set()

    def enter(self, user: object) -> LoopThread:
        """Add a user, unless it is one; start the thread for the first one."""
        with self.lock:
            # Recorded before the start: Ctrl-C may interrupt anywhere from here on.
            if self._thread is None or self._thread.is_over or self._thread.is_stopping:
                self._thread, self._users = LoopThread(), set()
            self._users.add(user)
            self._thread.start(ended=self.ended)
            return self._thread

    def leave(self, user: object) -> LoopThread | None:
        """Remove a user; return the thread if that stops it."""
        with self.lock:
            thread = self._thread
            if thread is None or user not in self._users:
                return None
            if len(self._users) > 1:
                self._users.discard(user)
                return None
            thread.stop()
            self._thread = None
            return thread

    def abandon(self, user: object) -> None:
        """Remove a user, without waiting: the garbage collector may call this."""
        thread = self._thread
        if thread is not None:
            thread.soon(partial(self.leave, user))

    def end(self) -> None:
        """Stop the thread despite its users: the interpreter is exiting."""
        self.ended = True
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop(cancels=True)
            thread.join()

    def forget(self) -> None:
        """Forget the thread after a fork: it runs in the parent process only."""
        self.lock = SignalSafeLock()
        self._thread = None
        self._users = set()


async def _end_tasks() -> None:
    """Cancel what dropped runs have left, and wait for the sessions that then close.

    A session is an async generator. The one that the last task held closes in a task
    that asyncio makes, and which the end of the loop would destroy.
    """
    here = asyncio.current_task()
    await _turn()
    while left := asyncio.all_tasks() - {here}:
        closing = {task for task in left if not inspect.iscoroutine(task.get_coro())}
        for task in () if closing else left:
            task.cancel()
        _, pending = await asyncio.wait(closing or left, timeout=_STOP_TIMEOUT)
        if pending:
            return
        await _turn()


async def _turn() -> None:
    """Let callbacks run that others have scheduled, and those that these schedule."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def _import_modules() -> None:
    """Import what the loop needs before its thread starts.

    A fork during an import on that thread would leave the module locked in the child.
    """
    for module in _MODULES:
        with suppress(ImportError, RuntimeError):  # some refuse at interpreter exit
            import_module(module)


shared_loop: Final = SharedLoop()
atexit.register(shared_loop.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared_loop.forget)
