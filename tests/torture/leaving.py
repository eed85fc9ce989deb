"""The ways in which a caller leaves a call before its end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, TypeVar

import anyio

from mistral_conversations import MistralConversationsError

from .outcomes import LeftError, ProblemError
from .plans import Plan

__all__ = ["leave"]

T = TypeVar("T")
Call: TypeAlias = Callable[[], Awaitable[T]]


async def leave(plan: Plan, call: Call[T]) -> T:
    """Make a call and leave it as planned, unless it ends before.

    Raises:
        LeftError: the caller has left.
        ProblemError: the call has confused the task.
    """
    try:
        return await _WAYS[plan.leaving](plan, call)
    finally:
        task = asyncio.current_task()
        assert task is not None
        if task.cancelling():
            raise ProblemError(f"the task is left with {task.cancelling()} cancels")


async def _stay(_: Plan, call: Call[T]) -> T:
    return await call()


async def _cancel(plan: Plan, call: Call[T]) -> T:
    task = asyncio.ensure_future(call())
    await asyncio.wait({task}, timeout=plan.seconds)
    return await _cancelled(task)


async def _cancel_soon(plan: Plan, call: Call[T]) -> T:
    task = asyncio.ensure_future(call())
    for _ in range(plan.turns):
        if not task.done():
            await asyncio.sleep(0)
    return await _cancelled(task)


async def _cancel_twice(plan: Plan, call: Call[T]) -> T:
    task = asyncio.ensure_future(call())
    await asyncio.wait({task}, timeout=plan.seconds)
    return await _cancelled(task, times=2)


async def _cancelled(task: "asyncio.Future[T]", times: int = 1) -> T:
    cancelled = [task.cancel() for _ in range(times)]
    try:
        return await task
    except asyncio.CancelledError:
        if not any(cancelled):
            raise ProblemError("it was cancelled by nobody") from None
        raise LeftError from None


async def _timeout(plan: Plan, call: Call[T]) -> T:
    try:
        async with asyncio.timeout(plan.seconds) as scope:
            return await call()
    except TimeoutError as error:
        raise _left(error, expired=scope.expired()) from None


async def _wait_for(plan: Plan, call: Call[T]) -> T:
    try:
        return await asyncio.wait_for(call(), plan.seconds)
    except TimeoutError as error:
        raise _left(error, expired=True) from None


async def _fail_after(plan: Plan, call: Call[T]) -> T:
    try:
        with anyio.fail_after(plan.seconds):
            return await call()
    except TimeoutError as error:
        raise _left(error, expired=True) from None


async def _move_on(plan: Plan, call: Call[T]) -> T:
    with anyio.move_on_after(plan.seconds):
        return await call()
    raise LeftError


def _left(error: TimeoutError, *, expired: bool) -> Exception:
    """Return what to raise for a timeout, the caller's or one of the library."""
    if isinstance(error, MistralConversationsError):
        return error
    return LeftError() if expired else ProblemError(f"nobody's timeout: {error!r}")


_WAYS: Mapping[str, Callable[[Plan, Call[T]], Awaitable[T]]] = {
    "stay": _stay,
    "cancel": _cancel,
    "cancel soon": _cancel_soon,
    "cancel twice": _cancel_twice,
    "timeout": _timeout,
    "wait_for": _wait_for,
    "move_on": _move_on,
    "fail_after": _fail_after,
}
