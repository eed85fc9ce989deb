"""Asking a person for the next message, without holding the event loop or the exit."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

__all__ = ["answer_of_person", "asked"]

T = TypeVar("T")


def asked(ask: Callable[[], T]) -> T | None:
    """Return what a plain function answers; None if it has no more answers."""
    try:
        return ask()
    except (EOFError, StopIteration):
        return None


async def answer_of_person(ask: Callable[[], T]) -> T | None:
    """Ask in a thread of its own, with the context variables of this task.

    The thread does not keep the program running: a person may never answer. A cancel
    abandons it, and its answer is lost.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[tuple[T | None, BaseException | None]]
    outcome = loop.create_future()

    def settle(answer: T | None, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_result((answer, error))

    def run() -> None:
        answer, error = None, None
        try:
            answer = asked(ask)
        except BaseException as raised:  # noqa: BLE001 - raised where it is awaited
            error = raised
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, answer, error)

    context = copy_context()
    threading.Thread(target=context.run, args=(run,), daemon=True).start()
    answer, error = await outcome
    if error is not None:
        raise error
    return answer
