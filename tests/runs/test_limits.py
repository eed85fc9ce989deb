"""The limits of a run: nothing of the refused turn is executed, nothing is lost."""

import asyncio
import pickle
from typing import Any

import pytest

from mistral_conversations import (
    APITimeoutError,
    ConfigurationError,
    RunLimitError,
    RunLimits,
    RunOptions,
)
from mistral_conversations.server import Trouble, call, flood, say
from tests.support.for_each import for_each
from tests.support.scripted import ADD, MODEL, add, results, scripted, tasks_of_runs

pytestmark = pytest.mark.anyio

SOON = 2.0


def count() -> tuple[list[int], Any]:
    """Return a function and the numbers with which it was called."""
    called: list[int] = []

    def note(number: int) -> int:
        called.append(number)
        return number

    return called, note


def notes(*numbers: int) -> list[Any]:
    return [call("note", number=number) for number in numbers]


REFUSED: dict[str, tuple[RunLimits, list[Any], list[int]]] = {
    "max_calls_per_turn": (
        RunLimits(max_calls_per_turn=2),
        [notes(1, 2), notes(3, 4, 5)],
        [1, 2],
    ),
    "max_calls": (RunLimits(max_calls=3), [notes(1, 2), notes(3, 4)], [1, 2]),
    "max_turns": (RunLimits(max_turns=2), [notes(1), notes(2)], [1]),
    "max_tokens": (
        RunLimits(max_tokens=6),
        [notes(1), [say("a " * 9), *notes(2)]],
        [1],
    ),
}


@for_each("name,case", REFUSED.items())
async def test_a_limit_ends_the_run_before_any_function_of_the_turn(
    name: str, case: tuple[RunLimits, list[Any], list[int]]
) -> None:
    limits, turns, expected = case
    called, note = count()
    async with scripted(*turns, "Done") as local:
        with pytest.raises(RunLimitError, match=f"{name} is") as caught:
            await local.client.run("Go", model=MODEL, tools=[note], limits=limits)
        error = caught.value
        assert error.limit == name
        assert sorted(called) == expected
        assert [c.name for c in error.calls] == ["note"] * len(error.calls) != []
        assert error.calls == error.result.open_calls
        assert len(error.result.calls) == len(expected)
        assert error.result.turns == 2
        assert error.conversation_id == error.result.conversation_id

        result = await local.client.run(
            conversation_id=error.conversation_id, tools=[note]
        )
        assert result.text == "Done"
        assert result.open_calls == ()
        assert len(called) == len(expected) + len(error.calls)
        assert [c.turn for c in result.calls] == [0] * len(error.calls)


async def test_the_last_turn_may_answer() -> None:
    async with scripted([ADD], "3") as local:
        limits = RunLimits(max_turns=2, max_calls=1, max_calls_per_turn=1, max_tokens=4)
        result = await local.client.run("Go", model=MODEL, tools=[add], limits=limits)
    assert (result.text, result.turns) == ("3", 2)


async def test_a_flood_of_calls_is_refused_and_rejected() -> None:
    called, note = count()
    async with scripted([flood(call("note", number=1))], "Sorry") as local:
        args = {"tool_choice": "required"}
        with pytest.raises(RunLimitError, match="91 calls in one turn") as caught:
            await local.client.run(
                "Go", model=MODEL, tools=[note], completion_args=args
            )
        assert called == []
        assert len(caught.value.calls) == 91
        answer = await caught.value.reject_all()
        assert answer.text == "Sorry"
        assert results(local.last) == ["The application did not run this call."] * 91
        assert local.last["completion_args"] == {"tool_choice": "auto"}
        assert await caught.value.reject_all("Again") is None
    assert len(local.posts) == 2


async def test_reject_all_rejects_what_its_answer_calls_too() -> None:
    async with scripted([ADD], [ADD], "Fine") as local:
        limits = RunLimits(max_turns=1)
        with pytest.raises(RunLimitError) as caught:
            await local.client.run("Go", model=MODEL, tools=[add], limits=limits)
        answer = await caught.value.reject_all("No")
        assert [c.name for c in answer.function_calls] == ["add"]
        assert (await caught.value.reject_all("No again")).text == "Fine"
    assert [results(body) for body in local.posts[1:]] == [["No"], ["No again"]]


async def test_reject_all_sends_the_inputs_that_waited() -> None:
    async with scripted([ADD, ADD], "Fine") as local:
        begun = await local.start()
        with pytest.raises(RunLimitError) as caught:
            await local.client.run(
                "And then?",
                conversation_id=begun.conversation_id,
                tools=[add],
                limits=RunLimits(max_calls_per_turn=1),
            )
        await caught.value.reject_all("No")
        kinds = [each["type"] for each in local.last["inputs"]]
        assert kinds == ["function.result", "function.result", "message.input"]


async def test_repeated_failures_end_the_run_and_keep_the_results() -> None:
    def lose() -> None:
        raise ValueError("lost")

    turn = [call("lose"), call("lose"), ADD]
    async with scripted(turn, turn, turn, "Stop") as local:
        with pytest.raises(RunLimitError, match="lose has failed in 2 turns") as caught:
            await local.client.run(
                "Go",
                model=MODEL,
                tools=[lose, add],
                options=RunOptions(max_failures=2),
            )
        error = caught.value
        assert error.limit == "max_failures"
        assert error.result.turns == 2
        assert [c.error for c in error.result.calls] == ["lost", "lost", None] * 2
        assert [c.name for c in error.calls] == ["lose", "lose", "add"]
        await error.reject_all("unused, since all have results")
        assert results(local.last) == ["lost", "lost", "3"]


async def test_a_success_ends_a_row_of_failures() -> None:
    outcomes = iter([True, True, False, True, True])

    def flaky() -> str:
        if next(outcomes):
            raise ValueError("lost")
        return "found"

    async with scripted(*[[call("flaky")]] * 5, "Done") as local:
        result = await local.client.run("Go", model=MODEL, tools=[flaky])
    assert [c.error for c in result.calls] == ["lost", "lost", None, "lost", "lost"]


async def test_the_timeout_ends_a_request() -> None:
    async with scripted([ADD], "Late", latency=SOON) as local:
        with pytest.raises(RunLimitError, match=r"took 0\.05 seconds") as caught:
            await local.client.run(
                "Go", model=MODEL, tools=[add], limits=RunLimits(timeout=0.05)
            )
        assert caught.value.limit == "timeout"
        assert caught.value.result.turns == 0
        assert await caught.value.reject_all() is None


async def test_the_timeout_ends_functions_and_keeps_finished_ones() -> None:
    ended = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.sleep(SOON * 10)
        finally:
            ended.set()

    async with scripted([call("wait"), ADD], "Sorry") as local:
        with pytest.raises(RunLimitError) as caught:
            await local.client.run(
                "Go", model=MODEL, tools=[wait, add], limits=RunLimits(timeout=0.3)
            )
        assert ended.is_set()
        assert tasks_of_runs() == []
        remedy = "its timeout. The calls of the last turn are open: run(conversation"
        assert remedy in str(caught.value)
        assert [c.name for c in caught.value.result.calls] == ["add"]
        assert [c.name for c in caught.value.calls] == ["wait", "add"]
        assert (await caught.value.reject_all("Too slow")).text == "Sorry"
        assert results(local.last) == ["Too slow", "3"]


async def test_the_timeout_ends_the_reading_of_a_history() -> None:
    async with scripted([ADD]) as local:
        begun = await local.start()
        local.server.inflict(Trouble(delay=SOON), times=None)
        with pytest.raises(RunLimitError) as caught:
            await local.client.run(
                conversation_id=begun.conversation_id, limits=RunLimits(timeout=0.05)
            )
        assert caught.value.conversation_id == begun.conversation_id


async def test_a_timeout_of_a_request_is_its_own_error() -> None:
    async with scripted([ADD], "Late", latency=SOON) as local:
        with pytest.raises(APITimeoutError):
            await local.client.run("Go", model=MODEL, tools=[add], timeout=0.05)


async def test_errors_pickle() -> None:
    async with scripted([ADD]) as local:
        with pytest.raises(RunLimitError) as caught:
            await local.client.run(
                "Go", model=MODEL, tools=[add], limits=RunLimits(max_turns=1)
            )
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert (copy.limit, copy.result) == ("max_turns", caught.value.result)
    with pytest.raises(ConfigurationError, match="has no client"):
        copy.reject_all()
