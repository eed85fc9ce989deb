"""`run` to its end."""

import asyncio

from mistral_conversations.errors import BadRequestError
from mistral_conversations.models.runs import RunResult
from mistral_conversations.runs.machine import OwnEvent, Request, Run, Turn

__all__ = ["run_to_end"]


async def run_to_end(run: Run) -> RunResult:
    """Send requests and answer calls until the model is done.

    Raises:
        RunError: the run ended before.
    """
    limit = run.plan.limits.timeout
    try:
        async with asyncio.timeout(limit) as deadline:
            await _run(run)
    except TimeoutError:
        if not deadline.expired():
            raise
        raise run.limit_error("timeout", f"the run took {limit:g} seconds") from None
    return run.result()


async def _run(run: Run) -> None:
    step: Request | Turn | None = await run.begin()
    while step is not None:
        turn = step if isinstance(step, Turn) else await _answer(run, step)
        step = await run.settle(turn, _ignore)


async def _answer(run: Run, request: Request) -> Turn:
    try:
        response = await request.send(run.operations)
    except BadRequestError as error:
        return await run.open_turn(error)
    return run.accept(response)


def _ignore(_: OwnEvent) -> None:
    """Drop an event: only a stream shows them."""
