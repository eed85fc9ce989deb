"""A coroutine that runs on the loop while somebody on another thread waits."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

__all__ = ["Job"]

R = TypeVar("R")


class Job(Generic[R]):
    """One call. What it raises is kept for its caller.

    Not even SystemExit, from a function of the caller's own, is raised on the loop: it
    would end the loop for all.
    """

    def __init__(self, function: Callable[[], Coroutine[Any, Any, R]]) -> None:
        self._function = function
        self._task: asyncio.Task[Any] | None = None
        self._given_up = False
        self._results: list[R] = []
        self._errors: list[BaseException] = []

    async def run(self) -> None:
        """Run the coroutine, on the loop."""
        if self._given_up:
            raise asyncio.CancelledError
        self._task = asyncio.current_task()
        try:
            self._results.append(await self._function())
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - for the caller to raise
            self._errors.append(error)
        finally:
            self._task = None

    def give_up(self) -> None:
        """Cancel the coroutine, or do not begin with it; on the loop."""
        self._given_up = True
        if self._task is not None:
            self._task.cancel()

    def result(self) -> R:
        """Give what the coroutine gave, or raise what it raised, once."""
        if self._errors:
            raise self._errors.pop()
        return self._results.pop()
