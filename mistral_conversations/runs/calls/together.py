"""Coroutines that run at the same time, one for each call of a turn."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

__all__ = ["run_together"]

T = TypeVar("T")


async def run_together(
    functions: Sequence[Callable[[], Coroutine[Any, Any, T]]],
) -> list[T]:
    """Run async functions at the same time; return their results in their order.

    If one raises, the others are cancelled and awaited, and its exception is raised as
    it is. No exception is raised in the tasks themselves: SystemExit would stop the
    event loop there, which other runs may share.

    Each has a task of its own, even one alone: what a function leaves behind on its
    task, such as a context variable, never reaches the caller.
    """
    return await _Siblings[T](len(functions)).run(functions)


class _Siblings(Generic[T]):
    def __init__(self, number: int) -> None:
        self._results: list[Any] = [None] * number
        self._tasks: list[asyncio.Task[None]] = []
        self._failures: list[BaseException] = []

    async def run(
        self, functions: Sequence[Callable[[], Coroutine[Any, Any, T]]]
    ) -> list[T]:
        if len(functions) == 1:
            await self._run_alone(functions[0])
        else:
            await self._run_all(functions)
        if self._failures:
            raise self._failures.pop()
        if any(task.cancelled() for task in self._tasks):
            raise asyncio.CancelledError("a function has cancelled its own task")
        return self._results

    async def _run_all(
        self, functions: Sequence[Callable[[], Coroutine[Any, Any, T]]]
    ) -> None:
        async with asyncio.TaskGroup() as group:
            for index, function in enumerate(functions):
                if not self._failures:  # an eager task may have failed already
                    task = group.create_task(self._run(index, function))
                    self._tasks.append(task)

    async def _run_alone(self, function: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Run the only function, as most turns have, without the cost of a group."""
        before = _cancel_requests()
        task = asyncio.create_task(self._run(0, function))
        self._tasks.append(task)
        try:
            await task
        except asyncio.CancelledError:
            if _cancel_requests() > before:
                raise
        if _cancel_requests() > before:  # the function has swallowed the cancel
            raise asyncio.CancelledError

    async def _run(
        self, index: int, function: Callable[[], Coroutine[Any, Any, T]]
    ) -> None:
        try:
            self._results[index] = await function()
        except asyncio.CancelledError as error:
            if _cancel_requests():
                raise
            self._fail(error)  # raised by the function itself
        except BaseException as error:  # noqa: BLE001 - raised by `run`
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if self._failures:
            return
        self._failures.append(error)
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()


def _cancel_requests() -> int:
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
