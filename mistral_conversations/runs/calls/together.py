"""Coroutines that run at the same time, one for each call of a turn."""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextvars import copy_context
from types import coroutine
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

    Each sees the context variables of the caller, and sets only its own. One function
    alone runs in the task of the caller: most turns have one call, and a task would
    add a third to what a run costs beside its requests.
    """
    if len(functions) == 1:
        return [await _alone(functions[0])]
    return await _Siblings[T](len(functions)).run(functions)


async def _alone(function: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a function; a cancel that it swallows cancels the caller nevertheless."""
    task = asyncio.current_task()
    before = 0 if task is None else task.cancelling()
    result = await _in_own_context(function())
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return result


@coroutine
def _in_own_context(awaited: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
    """Await a coroutine in a copy of the context, as a task of its own would."""
    run = copy_context().run
    step: Callable[[Any], Any] = awaited.send
    value: Any = None
    while True:
        try:
            future = run(step, value)
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            step, value = awaited.send, (yield future)
        except BaseException as error:  # noqa: BLE001 - raised in the coroutine
            step, value = awaited.throw, error


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
