"""Approvals of streamed runs, and of runs turn by turn."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import attrs
import pytest

from mistral_conversations import (
    FunctionCallEvent,
    RunPaused,
    RunResult,
)
from mistral_conversations.server import say
from tests.support.scripted import ADD, MODEL, Scripted, results, scripted
from tests.support.till import CODE, INTERPRETER, PAY, Till

pytestmark = pytest.mark.anyio

T = TypeVar("T")

TURNS: list[Any] = [[say("Wait."), PAY, ADD, CODE, say("Two.")], "Done"]


async def paused_by(
    steps: AsyncIterator[T], handle: Callable[[T], object] = id
) -> tuple[list[T], RunPaused]:
    """Iterate until a run pauses; return the steps, and the pause.

    Args:
        steps: the events or the turns of the run.
        handle: receives each step.
    """
    seen: list[T] = []
    try:
        async for step in steps:
            seen.append(step)
            handle(step)
    except RunPaused as paused:
        return seen, paused
    raise AssertionError("the run has not paused")


def comparable(result: RunResult) -> Any:
    """Return what two runs of one script have in common."""
    calls = [attrs.evolve(c, tool_call_id="", seconds=0) for c in result.calls]
    types = [entry.type for entry in result.entries]
    return calls, types, result.text, result.turns, result.usage, result.open_calls


def decided(paused: RunPaused) -> RunPaused:
    """Return the pause, decided, as another process would load it."""
    pay, code = paused.calls
    paused.approve(pay.tool_call_id, {"amount": 2})
    paused.approve(code.tool_call_id)
    return RunPaused.from_json(paused.to_json())


async def plainly(local: Scripted, till: Till) -> RunResult:
    """Run, pause and resume."""
    with pytest.raises(RunPaused) as caught:
        await local.client.run("Go", model=MODEL, tools=till.tools)
    return await local.client.run(decided(caught.value), tools=till.tools)


async def streamed(local: Scripted, till: Till) -> RunResult:
    """Run, pause and resume, event by event."""
    run = local.client.run_stream("Go", model=MODEL, tools=till.tools)
    async with run:
        seen, paused = await paused_by(run)
        for step in (run.result, run.__anext__):
            with pytest.raises(RunPaused) as again:
                await step()
            assert again.value is paused
    assert seen[-1].type == "conversation.response.done"
    assert till.calls == []
    run = local.client.run_stream(decided(paused), tools=till.tools)
    async with run:
        types = [event.type async for event in run]
        result = await run.result()
    assert Counter(types[:4]) == {"run.function.started": 2, "run.function.finished": 2}
    assert types[4:6] == ["run.turn.finished", "run.turn.started"]
    return result


async def test_a_streamed_run_pauses_as_a_plain_one_and_resumes() -> None:
    found: list[Any] = []
    for run in (plainly, streamed):
        till = Till(INTERPRETER)
        async with scripted(*TURNS) as local:
            result = await run(local, till)
            assert results(local.last) == ["paid 2", "3"]
            assert len(local.last["tool_confirmations"]) == 1
            assert len(local.posts) == 2
        found.append(comparable(result))
    assert found[0] == found[1]
    assert (result.text, result.turns) == ("Two.", 2)


async def test_a_pending_call_is_not_lost_in_a_stream() -> None:
    async with scripted([CODE, say("Two.")]) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[INTERPRETER])
        async with run:
            seen, paused = await paused_by(run)
        deltas = [event for event in seen if isinstance(event, FunctionCallEvent)]
        assert {each.confirmation_status for each in deltas} == {"pending"}
        (waiting,) = paused.calls
        assert waiting.is_of_service
        assert waiting.arguments == {"code": "1 + 1"}
        waiting.approve()
        result = await local.client.run_stream(paused, tools=[]).result()
    assert result.text == "Two."


async def test_the_callback_of_a_streamed_run_decides() -> None:
    till = Till()
    async with scripted([PAY, ADD], "Done") as local:
        run = local.client.run_stream(
            "Go", model=MODEL, tools=till.tools, approve=lambda _: False
        )
        assert (await run.result()).text == "Done"
        assert results(local.last) == ["The application did not run this call.", "3"]
    assert till.calls == ["add 1 2"]


async def test_decisions_are_made_turn_by_turn() -> None:
    till = Till()
    turns = [[PAY, ADD, ADD, ADD], [PAY], "Done"]
    async with scripted(*turns) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=till.tools)
        async for turn in run.turns():
            if turn.number == 1:
                pay, first, second, _ = turn.calls
                pay.approve(always=True)
                first.approve({"a": 5, "b": 5})
                second.answer({"sum": 3})
        assert results(local.posts[1]) == ["paid 3", "10", '{"sum":3}', "3"]
        assert results(local.posts[2]) == ["paid 3"]
        with pytest.raises(ValueError, match="has been decided"):
            pay.reject()
        assert (await run.result()).text == "Done"


async def test_an_undecided_call_of_a_turn_pauses() -> None:
    till = Till()
    async with scripted([PAY, ADD], "Done") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=till.tools)
        turns, paused = await paused_by(
            run.turns(), lambda turn: turn.calls[1].reject("Not now.")
        )
        assert till.calls == []
        numbers = [turn.number for turn in turns]
        paused = RunPaused.from_json(paused.to_json())
        (waiting,) = paused.calls
        assert waiting.name == "pay"
        resumed = local.client.run_stream(paused, tools=till.tools)
        async for turn in resumed.turns():
            numbers.append(turn.number)
            if turn.number == 1:
                assert [c.decision is None for c in turn.calls] == [True, False]
                turn.calls[0].approve()
        assert numbers == [1, 1, 2]
        assert results(local.last) == ["paid 3", "Not now."]


async def test_a_missing_function_is_refused_at_once() -> None:
    till = Till()
    async with scripted([PAY]) as local:
        with pytest.raises(RunPaused) as caught:
            await local.client.run("Go", model=MODEL, tools=till.tools)
        caught.value.calls[0].approve()
        with pytest.raises(ValueError, match=r"tools lacks functions.*'pay'"):
            local.client.run_stream(caught.value, tools=[])
