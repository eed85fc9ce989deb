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
        self._context = session
        self._closing = closing
        self._opened = asyncio.Event()
        self._end = asyncio.Event()
        self._session: Any = None
        self._problem = "it was cancelled"
        self._task: asyncio.Task[None] | None = None

    async def open(self, limit: float) -> Any:
        """Open the session and return it.

        Raises:
            MCPServerError: that failed, or took longer than `limit` seconds.
        """
        self._task = task = asyncio.create_task(self._hold())
        try:
            async with asyncio.timeout(limit):
                await self._opened.wait()
        except TimeoutError:
            self._problem = f"it did not answer within {limit:g} seconds"
            await self._cancel(task)
        except asyncio.CancelledError:
            await self._cancel(task)
            raise
        if self._session is None:
            raise MCPServerError(
                f"the MCP server {self._name!r} could not be opened: {self._problem}"
            )
        return self._session

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

    async def _hold(self) -> None:
        try:
            async with self._context as session:
                self._session = session
                self._opened.set()
                await self._end.wait()
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - not the caller's
            self._note(problem_of(error))
        finally:
            self._opened.set()

    def _note(self, problem: str) -> None:
        if self._session is None:
            self._problem = problem
        elif not self._end.is_set():
            _logger.warning("The MCP server %r was lost: %s", self._name, problem)

    async def _cancel(self, task: "asyncio.Task[None]") -> None:
        """Cancel the opening, and wait until it has ended what it has started."""
        self._session = None
        task.cancel()
        await asyncio.wait([task], timeout=self._closing)
