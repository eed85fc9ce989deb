"""The task that holds an MCP server open."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from typing import Any

from mistral_conversations.runs.errors import MCPServerError
from mistral_conversations.runs.mcp.results import problem_of

__all__ = ["Owner"]

_logger = logging.getLogger("mistral_conversations")


class Owner:
    """A task that enters the session with a server, and leaves it.

    The cancel scopes of the session are those of this task, whatever tasks open and
    close the server.

    Args:
        name: the server, for errors.
        session: opens the session.
        closing: the maximum time to close it in seconds; it is cancelled then.
    """

    def __init__(
        self, name: str, session: AbstractAsyncContextManager[Any], closing: float
    ) -> None:
        self._name = name
        self._session = session
        self._closing = closing
        self._end = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self, limit: float) -> Any:
        """Open the session and return it.

        Raises:
            MCPServerError: that failed, or took longer than `limit` seconds.
        """
        ready = asyncio.get_running_loop().create_future()
        self._task = task = asyncio.create_task(self._hold(ready))
        try:
            await asyncio.wait(
                [task, ready], timeout=limit, return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            await self._cancelled(task)
            raise
        if ready.done():
            return ready.result()
        if not task.done():
            await self._cancelled(task)
            raise self._failed(f"it did not answer within {limit:g} seconds")
        raise self._failed("it was cancelled")

    async def aclose(self) -> None:
        """Close the session, and wait until it is closed, even if cancelled."""
        self._end.set()
        task, cancelled = self._task, None
        if task is None:
            return
        timer = asyncio.get_running_loop().call_later(self._closing, task.cancel)
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                cancelled = error
        timer.cancel()
        if cancelled is not None:
            raise cancelled

    async def _hold(self, ready: "asyncio.Future[Any]") -> None:
        try:
            async with self._session as session:
                ready.set_result(session)
                await self._end.wait()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            if not ready.done():
                ready.set_exception(self._failed(problem_of_group(error)))
            elif not self._end.is_set():
                _logger.warning("An MCP server was lost: %s", problem_of_group(error))

    async def _cancelled(self, task: "asyncio.Task[None]") -> None:
        """Cancel the task, and wait for it, but not for longer than a closing may take."""
        task.cancel()
        await asyncio.wait([task], timeout=self._closing)

    def _failed(self, problem: str) -> MCPServerError:
        return MCPServerError(
            f"the MCP server {self._name!r} could not be opened: {problem}"
        )


def problem_of_group(error: BaseException) -> str:
    """Return the message of the first exception in a group of anyio's."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return problem_of(error) if isinstance(error, Exception) else type(error).__name__
