"""The event loop that this package needs: asyncio's."""

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from importlib import import_module
from typing import TypeVar

from mistral_conversations.errors import ConfigurationError

__all__ = [
    "act_for",
    "import_aside",
    "is_exiting",
    "running_loop",
    "this_task",
    "within",
]

T = TypeVar("T")

_acting: ContextVar[tuple[object, object]] = ContextVar("acting", default=(None, None))
"""A task, and the one for which it acts; not for the tasks that it starts."""

# `sys.modules` also has those that another thread is importing.
_imported: set[str] = set()


async def import_aside(module: str) -> None:
    """Import a module in a worker thread, so that the loop continues meanwhile.

    Raises:
        ConfigurationError: asyncio is not running here.
    """
    running_loop()
    if module not in _imported and not is_exiting():
        await asyncio.to_thread(_import, module)


def _import(module: str) -> None:
    import_module(module)
    _imported.add(module)


def is_exiting() -> bool:
    """Return whether the interpreter is exiting: asyncio then starts no threads."""
    return not threading.main_thread().is_alive()


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the running loop.

    Raises:
        ConfigurationError: asyncio is not running here.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "no asyncio event loop is running here: await this client under asyncio, "
            'such as by asyncio.run() or anyio.run(..., backend="asyncio"); trio is '
            "not supported. Without a loop, use the blocking client"
        ) from None


def this_task() -> object:
    """Return a reference to the running task, or to that for which it acts.

    It is weak: a task keeps what it has returned, which may be a stream, and the frames
    of what it has raised.
    """
    task = _this_task()
    acting, principal = _acting.get()
    return principal if acting == task else task


def act_for(principal: object) -> None:
    """Make the running task act for another one, to which there is a reference."""
    _acting.set((_this_task(), principal))


def _this_task() -> object:
    task = asyncio.current_task()
    return None if task is None else weakref.ref(task)


async def within(seconds: float | None, step: Callable[[], Awaitable[T]]) -> T | None:
    """Await a step; after some seconds, cancel it and return None.

    Args:
        seconds: None to wait without a limit.
        step: a step that can be repeated after a cancel, and then loses nothing.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await step()
    except TimeoutError as error:
        if type(error) is not TimeoutError or not limit.expired():
            raise
        return None
