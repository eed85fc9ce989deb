"""`run` to its end, and what a streamed run shares with it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mistral_conversations.errors import BadRequestError
from mistral_conversations.models.runs import RunResult
from mistral_conversations.runs.exchange.requests import Request
from mistral_conversations.runs.machine import OwnEvent, Run
from mistral_conversations.runs.turn import RunTurn

if TYPE_CHECKING:
    from mistral_conversations._observing.runs import RunWatch

__all__ = ["deadline_of", "run_to_end", "sent", "within_limit"]

T = TypeVar("T")


async def run_to_end(run: Run) -> RunResult:
    """Send requests and answer calls until the model is done.

    Raises:
        RunError: the run ended before. Other errors have a note on the run.
    """
    if run.watch is not None:
        return await _watched(run, run.watch)
    return await _to_end(run)


async def _watched(run: Run, watch: "RunWatch") -> RunResult:
    """Run to the end in view of observers."""
    watch.begin()
    with watch.entered():
        try:
            result = await _to_end(run)
        except BaseException as error:
            await run.report_end(error)
            raise
        await run.report_end(None)
    return result


async def _to_end(run: Run) -> RunResult:
    try:
        await within_limit(run, deadline_of(run), partial(_run, run))
    except Exception as error:
        run.explain(error)
        raise
    return run.result()


def deadline_of(run: Run) -> float | None:
    """Return when a run that begins now must end; None without a limit."""
    limit = run.plan.limits.timeout
    return None if limit is None else asyncio.get_running_loop().time() + limit


async def within_limit(
    run: Run, deadline: float | None, work: Callable[[], Awaitable[T]]
) -> T:
    """Do some work of a run, until its deadline at most.

    Raises:
        RunLimitError: the deadline has passed.
    """
    timeout = asyncio.timeout_at(deadline)
    try:
        async with timeout:
            return await work()
    except TimeoutError:
        if not timeout.expired():
            raise
    limit = run.plan.limits.timeout
    raise run.limit_error("timeout", f"the run took {limit:g} seconds, its timeout")


async def sent(run: Run, send: Callable[[], Awaitable[T]]) -> T | RunTurn:
    """Send a request and return the answer, or the calls that must be answered first.

    Args:
        run: the run.
        send: sends the request.
    """
    await run.list_again()
    run.begin_request()
    try:
        return await send()
    except BadRequestError as error:
        return await run.open_turn(error)


async def _run(run: Run) -> None:
    step: Request | RunTurn | None = await run.begin()
    while step is not None:
        turn = step if isinstance(step, RunTurn) else await _answer(run, step)
        step = await run.settle(turn, _ignore)


async def _answer(run: Run, request: Request) -> RunTurn:
    answer = await sent(run, partial(request.send, run.operations))
    return answer if isinstance(answer, RunTurn) else run.accept(answer)


def _ignore(_: OwnEvent) -> None:
    """Drop an event: only a stream shows them."""
