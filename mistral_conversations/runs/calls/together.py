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
        async with asyncio.TaskGroup() as group:
            for index, function in enumerate(functions):
                if not self._failures:  # an eager task may have failed already
                    task = group.create_task(self._run(index, function))
                    self._tasks.append(task)
        if self._failures:
            raise self._failures.pop()
        if any(task.cancelled() for task in self._tasks):
            raise asyncio.CancelledError("a function has cancelled its own task")
        return self._results

    async def _run(
        self, index: int, function: Callable[[], Coroutine[Any, Any, T]]
    ) -> None:
        try:
            self._results[index] = await function()
        except asyncio.CancelledError as error:
            if _is_cancelling():
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


def _is_cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
