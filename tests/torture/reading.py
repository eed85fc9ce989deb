"""The ways in which a caller reads a stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, TypeAlias

from mistral_conversations import (
    AsyncConversationStream,
    AsyncRunStream,
    MessageOutputEvent,
    MistralConversationsError,
    RunError,
    StreamInterruptedError,
)

from .outcomes import Answer, LeftError, ProblemError
from .plans import Plan

__all__ = ["Stream", "read"]

Stream: TypeAlias = AsyncConversationStream | AsyncRunStream
_STEP = 0.05


async def read(plan: Plan, stream: Stream) -> Any:
    """Read a stream as planned; return its response, or the result of a run.

    Raises:
        LeftError: the caller has left early, as planned.
        ProblemError: what came in pieces differs from the whole.
    """
    return await _WAYS[plan.reading](plan, stream)


async def _whole(_: Plan, stream: Stream) -> Any:
    return await _result(stream)


async def _result(stream: Stream) -> Any:
    if isinstance(stream, AsyncRunStream):
        return await stream.result()
    return await stream.response()


async def _events(_: Plan, stream: Stream) -> Any:
    async with stream:
        pieces = [_text(event) async for event in stream]
    return await _checked(stream, pieces)


async def _texts(_: Plan, stream: Stream) -> Any:
    async with stream:
        pieces = [text async for text in stream.text()]
    return await _checked(stream, pieces)


async def _checked(stream: Stream, pieces: list[str]) -> Any:
    """Return the result; its text must be that of the pieces."""
    result = await _result(stream)
    if "".join(pieces) != result.text:
        raise ProblemError(f"{''.join(pieces)!r} came in pieces of {result.text!r}")
    return result


async def _steps(plan: Plan, stream: Stream) -> Any:
    """Give each step little time, and continue after those that take more.

    A recovery needs the time of a reading.
    """
    seconds = _STEP if plan.recovers else min(plan.seconds, _STEP)
    pieces = []
    async with stream:
        events = aiter(stream)
        while True:
            try:
                async with asyncio.timeout(seconds):
                    pieces.append(_text(await anext(events)))
            except StopAsyncIteration:
                break
            except TimeoutError as error:
                if isinstance(error, MistralConversationsError):
                    raise
    return await _checked(stream, pieces)


async def _hops(plan: Plan, stream: Stream) -> Any:
    """Take each step in a task of its own, and cancel every third one."""
    pieces: list[str] = []
    async with stream:
        events: AsyncIterator[Any] = aiter(stream)
        for number in count():
            cancels = number % 3 == 1
            step = await _hop(events, plan.turns if cancels else None)
            if not step:
                break
            pieces += map(_text, step[0])
    return await _checked(stream, pieces)


async def _hop(events: AsyncIterator[Any], turns: int | None) -> list[list[Any]]:
    """Return the next event in a list, an empty list if the step was cancelled.

    Returns:
        That list in another one, which is empty at the end of the stream.
    """
    step = asyncio.create_task(_next(events))
    try:
        if turns is not None:
            for _ in range(turns):
                await asyncio.sleep(0)
            step.cancel()
        await asyncio.wait({step})
    finally:
        if not step.done():
            step.cancel()
            await asyncio.wait({step})
    return [[]] if step.cancelled() else step.result()


async def _next(events: AsyncIterator[Any]) -> list[list[Any]]:
    try:
        return [[await anext(events)]]
    except StopAsyncIteration:
        return []


async def _break(plan: Plan, stream: Stream) -> Any:
    pieces: list[str] = []
    async with stream:
        async for event in stream:
            pieces.append(_text(event))
            if len(pieces) > plan.turns:
                raise _left(stream, pieces)
    return await _checked(stream, pieces)


async def _drop(plan: Plan, stream: Stream) -> Any:
    pieces: list[str] = []
    async for event in stream:
        pieces.append(_text(event))
        if len(pieces) > plan.turns:
            raise _left(stream, pieces)
    return await _checked(stream, pieces)


async def _closed(plan: Plan, stream: Stream) -> Any:
    """Read until another task closes the stream."""
    closing = asyncio.create_task(_close_after(plan.seconds, stream))
    try:
        pieces = [_text(event) async for event in stream]
        try:
            return await _checked(stream, pieces)
        except (StreamInterruptedError, RunError):
            raise _left(stream, pieces) from None
    finally:
        closing.cancel()
        with suppress(asyncio.CancelledError):
            await closing


async def _close_after(seconds: float, stream: Stream) -> None:
    await asyncio.sleep(seconds)
    await stream.aclose()


def _text(event: Any) -> str:
    is_text = isinstance(event, MessageOutputEvent) and isinstance(event.content, str)
    return event.content if is_text else ""


def _left(stream: Stream, pieces: list[str]) -> LeftError:
    text = "".join(pieces)
    return LeftError(Answer(conversation_id=stream.conversation_id, text=text))


_WAYS: Mapping[str, Callable[[Plan, Stream], Awaitable[Any]]] = {
    "response": _whole,
    "events": _events,
    "text": _texts,
    "steps": _steps,
    "hops": _hops,
    "break": _break,
    "drop": _drop,
    "closed": _closed,
}
