"""Waiting until the service has finished something, by polling."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, repeat
from typing import TypeVar

from mistral_conversations._event_loop import running_loop
from mistral_conversations.errors import APITimeoutError

__all__ = ["delays", "follow", "in_time"]

T = TypeVar("T")

_FIRST_DELAY = 0.25
_LONGEST_DELAY = 30.0
_GROWTH = 1.25


async def in_time(
    timeout: float | None,
    run: Callable[[], Awaitable[T]],
    message: str,
) -> T:
    """Return what a function returns within a number of seconds.

    Args:
        timeout: the seconds; None for no limit.
        run: the function.
        message: the message of the error, without the seconds.

    Raises:
        APITimeoutError: the time has elapsed; its `phase` is `total`.
    """
    running_loop()
    scope = asyncio.timeout(timeout)
    try:
        async with scope:
            return await run()
    except TimeoutError:
        if not scope.expired():
            raise
    raise APITimeoutError(f"{message} within {timeout:g} seconds", phase="total")


async def follow(
    fetch: Callable[[], Awaitable[T]],
    has_ended: Callable[[T], bool],
    poll: Iterator[float],
    progress: Callable[[T], object] | None,
) -> T:
    """Poll a state; return the first that has ended.

    Args:
        fetch: fetches the state.
        has_ended: returns whether a state never changes again.
        poll: the seconds before each further fetch.
        progress: called with each state.
    """
    while True:
        state = await fetch()
        if progress is not None:
            progress(state)
        if has_ended(state):
            return state
        await asyncio.sleep(next(poll))


def delays(poll: float | None, longest: float = _LONGEST_DELAY) -> Iterator[float]:
    """Return the seconds before each further fetch.

    Args:
        poll: the seconds; None lets them grow.
        longest: the seconds up to which they grow.
    """
    if poll is not None:
        return repeat(poll)
    return chain(_growing(longest), repeat(longest))


def _growing(longest: float) -> Iterator[float]:
    delay = _FIRST_DELAY
    while delay < longest:
        yield delay
        delay *= _GROWTH
