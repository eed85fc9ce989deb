"""A run turn by turn: the caller decides about the calls before they are executed."""

from typing import Any

import anyio
import pytest

from mistral_conversations import (
    ArgumentsError,
    ConfigurationError,
    OpenCall,
    RunPaused,
    RunTurn,
)
from mistral_conversations.server import call, say
from tests.support.for_each import for_each
from tests.support.scripted import ADD, MODEL, add, results, scripted
from tests.support.till import PAY, Till

pytestmark = pytest.mark.anyio


async def test_each_turn_comes_before_its_calls_are_executed() -> None:
    called: list[int] = []

    def note(number: int) -> int:
        called.append(number)
        return number

    notes = [call("note", number=1), call("note", number=2)]
    async with scripted(
        [say("Well."), *notes], call("note", number=3), "Fin."
    ) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[note])
        seen: list[Any] = []
        async with run:
            async for turn in run.turns():
                assert isinstance(turn, RunTurn)
                assert turn.response is not None
                assert turn.response == run.snapshot.response
                seen.append((turn.number, turn.response.text, len(turn.calls)))
                assert len(called) == sum(count for *_, count in seen[:-1])
                assert all(isinstance(each, OpenCall) for each in turn.calls)
                assert len(local.posts) == turn.number
        assert seen == [(1, "Well.", 2), (2, "", 1), (3, "Fin.", 0)]
        assert sorted(called) == [1, 2, 3]
        result = await run.result()
    assert (result.text, result.turns, len(result.calls)) == ("Fin.", 3, 3)


async def test_calls_are_rejected_edited_and_answered() -> None:
    calls = [call("add", a=number, b=0) for number in (1, 2, 3, 4)]
    async with scripted(calls, "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        async for turn in run.turns():
            if not turn.calls:
                break
            first, second, third, fourth = turn.calls
            first.reject("Not this one.")
            with pytest.raises(ArgumentsError):
                second.approve(arguments={"a": "much"})
            second.approve(arguments={"a": 20, "b": 1})
            third.answer({"made": "elsewhere"})
            assert fourth.arguments == {"a": 4, "b": 0}
        assert results(local.last) == [
            "Not this one.",
            "21",
            '{"made":"elsewhere"}',
            "4",
        ]
        assert [each.arguments for each in run.snapshot.calls][1] == {"a": 20, "b": 1}


async def test_an_approval_runs_what_would_have_paused() -> None:
    till = Till()
    async with scripted(PAY, call("pay", amount=4)) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=till.tools)
        turns = run.turns()
        first = await anext(turns)
        first.calls[0].approve()
        assert (await anext(turns)).number == 2
        with pytest.raises(RunPaused) as caught:
            await anext(turns)
        assert till.calls == ["pay 3"]
        assert [each.arguments for each in caught.value.calls] == [{"amount": 4}]


async def test_a_paused_run_is_resumed_as_a_stream() -> None:
    till = Till()
    async with scripted([PAY, ADD], "Thanks.") as local:
        tools = till.tools
        run = local.client.run_stream("Go", model=MODEL, tools=tools)
        with pytest.raises(RunPaused) as caught:
            await run.result()
        assert local.posts[0]["stream"] is True
        paused = RunPaused.from_json(caught.value.to_json())
        paused.approve(paused.calls[0].tool_call_id)
        resumed = local.client.run_stream(paused, tools=tools)
        kinds = [str(event.type) async for event in resumed]
        own = [kind for kind in kinds if kind.startswith("run.")]
        assert sorted(own[:4]) == sorted(
            ["run.function.started", "run.function.finished"] * 2
        )
        assert own[4:] == ["run.turn.finished", "run.turn.started", "run.turn.finished"]
        result = await resumed.result()
        assert (result.text, result.turns, len(result.calls)) == ("Thanks.", 2, 2)
        assert sorted(till.calls) == ["add 1 2", "pay 3"]


async def test_leaving_early_leaves_the_calls_open() -> None:
    async with scripted(ADD, "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        async with run:
            async for turn in run.turns():
                assert len(turn.calls) == 1
                break
        assert [each.name for each in run.snapshot.open_calls] == ["add"]
        assert len(local.posts) == 1
        result = await local.client.run(
            conversation_id=run.conversation_id, tools=[add]
        )
        assert (result.text, results(local.last)) == ("Done.", ["3"])


async def test_the_result_after_leaving_executes_the_rest() -> None:
    async with scripted(ADD, ADD, "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        async for turn in run.turns():
            turn.calls[0].answer("by hand")
            break
        result = await run.result()
        assert [each.result for each in result.calls] == ["by hand", "3"]
        with pytest.raises(ConfigurationError, match="has been read"):
            run.turns()


async def test_the_calls_of_the_history_are_turn_0() -> None:
    async with scripted(ADD, "Done.") as local:
        response = await local.start()
        run = local.client.run_stream(
            "And?", conversation_id=response.conversation_id, tools=[add]
        )
        async with run:
            seen = []
            async for turn in run.turns():
                seen.append((turn.number, len(turn.calls)))
                if turn.number == 0:
                    assert turn.response is not None
                    assert turn.response.function_calls == response.function_calls
                    turn.calls[0].reject("Too late.")
        assert seen == [(0, 1), (1, 0)]
        sent = next(each for each in reversed(local.posts) if "inputs" in each)
        assert sent["inputs"][0]["result"] == "Too late."


async def test_a_cancelled_step_shows_the_turn_once() -> None:
    async with scripted(ADD, "Done.", latency=0.01) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        turns, seen = run.turns(), []
        while True:
            with anyio.move_on_after(0.004):
                turn = await anext(turns, None)
                if turn is None:
                    break
                seen.append(turn.number)
        assert seen == [1, 2]


@for_each("at", [1, 2])
async def test_closing_ends_the_turns(at: int) -> None:
    async with scripted(ADD, "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        seen = []
        async for turn in run.turns():
            seen.append(turn.number)
            assert len(seen) <= at
            if turn.number == at:
                await run.aclose()
        assert seen == list(range(1, at + 1))
