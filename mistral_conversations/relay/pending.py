"""A wait for events that outlasts the step of its reader."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from mistral_conversations._event_loop import act_for, running_loop, this_task
from mistral_conversations.errors import ConfigurationError

__all__ = ["Pending"]


class Pending:
    """One wait at a time, in a task of its own, which a timeout leaves running.

    Cancelling the wait instead would end a stream that is being opened.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[bool | BaseException] | None = None

    async def wait(
        self, start: Callable[[], Coroutine[Any, Any, bool]], seconds: float | None
    ) -> bool | None:
        """Return the result of the wait; None if it takes longer than some seconds.

        Args:
            start: begins a wait, unless there is one.
            seconds: how long to wait; None for as long as it takes.

        Raises:
            ConfigurationError: the wait began on another event loop.
            BaseException: what the wait raises.
        """
        task = self._task
        if task is None:
            task = self._task = running_loop().create_task(_outcome(start, this_task()))
        elif task.get_loop() is not running_loop():
            raise ConfigurationError("this relay is being read on another event loop")
        done, _ = await asyncio.wait([task], timeout=seconds)
        if not done:
            return None
        self._task = None
        outcome = not task.cancelled() and task.result()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def end(self) -> None:
        """Cancel the wait, and wait for its end."""
        task, self._task = self._task, None
        if task is not None and task.get_loop() is running_loop():
            task.cancel()
            await asyncio.wait([task])

    def abandon(self) -> None:
        """Cancel the wait, from any thread, without waiting for its end."""
        task = self._task
        if task is not None and not task.done():
            with suppress(RuntimeError):  # the loop is closed, which has ended the task
                task.get_loop().call_soon_threadsafe(task.cancel)


async def _outcome(
    start: Callable[[], Coroutine[Any, Any, bool]], reader: object
) -> bool | BaseException:
    """Return the exception of a wait: as that of a task, some would end the loop.

    Args:
        start: begins the wait.
        reader: the task that reads.
    """
    act_for(reader)
    try:
        return await start()
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 - raised in the step of the reader
        return error
