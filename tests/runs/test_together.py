"""Coroutines that run at the same time, and what ends them all."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from mistral_conversations.runs.calls.together import run_together

pytestmark = pytest.mark.anyio

COUNT: ContextVar[int] = ContextVar("COUNT")
ONE_OR_TWO = pytest.mark.parametrize("number", [1, 2])


def waiting(log: list[str], name: str) -> Callable[[], Coroutine[Any, Any, int]]:
    async def wait() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append(name)
        return 0

    return wait


async def test_results_come_in_the_order_of_the_functions() -> None:
    async def late(number: int) -> int:
        for _ in range(5 - number):
            await asyncio.sleep(0)
        return number

    assert await run_together([partial(late, number) for number in range(5)]) == [
        *range(5)
    ]
    assert await run_together(list[Callable[[], Coroutine[Any, Any, int]]]()) == []


@pytest.mark.parametrize(
    "error",
    [
        LookupError("mine"),
        ExceptionGroup("mine", [LookupError()]),
        SystemExit("mine"),
        KeyboardInterrupt("mine"),
        GeneratorExit("mine"),
        asyncio.CancelledError("mine"),
    ],
)
async def test_exception_is_raised_as_it_is_after_the_others_have_ended(
    error: BaseException,
) -> None:
    log, before = list[str](), asyncio.all_tasks()

    async def fail() -> int:
        await asyncio.sleep(0)
        raise error

    functions = [waiting(log, "first"), fail, waiting(log, "last")]
    with pytest.raises(type(error)) as raised:
        await run_together(functions)
    assert raised.value is error
    assert sorted(log) == ["first", "last"]
    with pytest.raises(type(error)) as raised:
        await run_together([fail])
    assert raised.value is error
    assert asyncio.all_tasks() == before


async def test_first_of_several_exceptions_is_raised() -> None:
    async def fail(number: int) -> int:
        try:
            await asyncio.sleep(0 if number == 1 else 20)
        finally:
            raise LookupError(number)

    with pytest.raises(LookupError, match="1"):
        await run_together([partial(fail, number) for number in range(3)])


@ONE_OR_TWO
async def test_cancel_ends_all_of_them_before_it_comes_out(number: int) -> None:
    log, before = list[str](), asyncio.all_tasks()
    functions = [waiting(log, "first"), waiting(log, "last")][:number]
    task = asyncio.create_task(run_together(functions))
    for _ in range(2):  # the functions have begun
        await asyncio.sleep(0)
    task.cancel("from outside")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(log) == ["first", "last"][:number]
    assert asyncio.all_tasks() == before


@ONE_OR_TWO
async def test_function_that_cancels_its_own_task_is_a_cancel(number: int) -> None:
    async def cancel_itself() -> int:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)
        return 1

    with pytest.raises(asyncio.CancelledError, match="its own task"):
        await run_together([cancel_itself] * number)


async def test_eager_task_that_fails_keeps_the_later_ones_from_starting() -> None:
    loop = asyncio.get_running_loop()
    factory: Any = getattr(asyncio, "eager_task_factory", None)
    if factory is None:
        pytest.skip("eager tasks came with Python 3.12")
    log: list[str] = []

    async def fail() -> int:
        raise LookupError("at once")

    async def note() -> int:
        log.append("ran")
        return 1

    loop.set_task_factory(factory)
    try:
        with pytest.raises(LookupError, match="at once"):
            await run_together([waiting(log, "first"), fail, note])
    finally:
        loop.set_task_factory(None)
    assert log == ["first"]


@ONE_OR_TWO
async def test_each_function_has_a_task_of_its_own(number: int) -> None:
    async def task() -> asyncio.Task[Any] | None:
        return asyncio.current_task()

    tasks = await run_together([task] * number)
    assert len({*tasks, asyncio.current_task()}) == number + 1


@ONE_OR_TWO
async def test_task_group_that_fails_in_a_function_cancels_nobody(number: int) -> None:
    """Python 3.11 leaves a cancel request on the task of such a group."""

    async def fail() -> None:
        raise LookupError("mine")

    async def divide() -> str:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
        except* LookupError:
            pass
        return "caught"

    assert await run_together([divide] * number) == ["caught"] * number
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@ONE_OR_TWO
async def test_context_variables_that_a_function_sets_are_its_own(number: int) -> None:
    async def count() -> tuple[int, int]:
        before = COUNT.get()
        COUNT.set(before + 1)
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(60)
        return before, COUNT.get()

    COUNT.set(5)
    assert await run_together([count] * number) == [(5, 6)] * number
    assert COUNT.get() == 5


async def test_cancel_reaches_the_caller_even_if_the_function_swallows_it() -> None:
    async def swallow() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return "swallowed"

    task = asyncio.create_task(run_together([swallow]))
    for _ in range(2):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
