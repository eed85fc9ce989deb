"""Answers in odd forms: no function runs whose result could not be sent."""

from collections.abc import Mapping
from typing import Any

import pytest

from mistral_conversations import RunError, RunResult, UnknownEntry
from tests.support.bodies import function_call, message, response, tool_execution
from tests.support.client_and_server import answered_with
from tests.support.for_each import for_each
from tests.support.raw_server import RawServer, json_answer
from tests.support.scripted import results

pytestmark = pytest.mark.anyio


class Notes:
    """A function, and what it was called with."""

    def __init__(self) -> None:
        self.called: list[Any] = []

    def note(self, number: int = 0) -> int:
        """Note a number."""
        self.called.append(number)
        return number


def a_call(id: str = "call_1", arguments: Any = '{"number": 1}', **others: Any) -> Any:
    return function_call(
        tool_call_id=id, name="note", **{"arguments": arguments, **others}
    )


def without_id() -> dict[str, Any]:
    call = a_call()
    del call["tool_call_id"]
    return dict(call)


UNREADABLE: list[Mapping[str, Any]] = [
    without_id(),
    a_call(id=5),  # type: ignore[arg-type]
    {**a_call(), "tool_call_id": None},
    {**a_call(), "name": None},
    {**a_call(), "name": 3},
    {**a_call(), "arguments": [1]},
    {**a_call(), "arguments": 7},
    {**a_call(), "arguments": None},
    {**a_call(), "tool_call_id": ""},
    a_call(confirmation_status="later"),
]


@for_each("entry", UNREADABLE)
@for_each("beside", [[], [a_call("call_2")]])
async def test_a_call_that_cannot_be_answered_ends_the_run(
    entry: Mapping[str, Any], beside: list[Any]
) -> None:
    notes = Notes()
    answer = json_answer(response(message("Wait."), *beside, entry))
    async with answered_with(answer) as (client, server):
        with pytest.raises(RunError, match="function call") as caught:
            await client.run("Hi", model="m", tools=[notes.note])
        assert len(server.requests) == 1
    assert notes.called == []
    result = caught.value.result
    assert result.text == "Wait."
    assert result.turns == 1
    assert len(result.entries) == 2 + len(beside)
    if isinstance(result.entries[-1], UnknownEntry):
        assert result.entries[-1].raw == entry
        assert len(result.open_calls) == len(beside)


async def test_different_calls_with_one_id_end_the_run() -> None:
    notes = Notes()
    answer = json_answer(response(a_call(), a_call(arguments='{"number": 2}')))
    async with answered_with(answer) as (client, _):
        with pytest.raises(RunError, match="different function calls with the id"):
            await client.run("Hi", model="m", tools=[notes.note])
    assert notes.called == []


async def run(*outputs: Mapping[str, Any]) -> tuple[RunResult, Notes, RawServer]:
    """Run with these outputs in the first answer, and text in the second."""
    notes = Notes()
    answers = json_answer(response(*outputs)), json_answer(response(message("Done")))
    async with answered_with(*answers) as (client, server):
        result = await client.run("Hi", model="m", tools=[notes.note])
    return result, notes, server


async def test_equal_calls_with_one_id_are_one_call() -> None:
    result, notes, server = await run(a_call(), a_call())
    assert notes.called == [1]
    assert results(server.requests[1].json) == ["1"]
    assert len(result.calls) == 1
    assert len(result.entries) == 4


@for_each(
    "arguments,called",
    [
        ({"number": 5}, [5]),
        ({}, [0]),
        ("", [0]),
        (" \n", [0]),
        ("{}", [0]),
        ('\ufeff{"number": 5}', [5]),
    ],
)
async def test_arguments_have_many_forms(arguments: Any, called: list[int]) -> None:
    result, notes, _ = await run(a_call(arguments=arguments))
    assert notes.called == called
    assert result.calls[0].error is None


@for_each("arguments", ["[1]", "null", "7", '"x"', "{", "{'number': 5}", '{"a": 1}'])
async def test_wrong_arguments_are_told_to_the_model(arguments: str) -> None:
    result, notes, server = await run(a_call(arguments=arguments))
    assert notes.called == []
    (call,) = result.calls
    assert call.error is not None
    assert results(server.requests[1].json) == [call.error]


async def test_an_answer_may_have_text_executions_and_calls() -> None:
    result, notes, server = await run(
        message("One moment."), a_call(), tool_execution(), a_call("call_2")
    )
    assert notes.called == [1, 1]
    sent = [each["tool_call_id"] for each in server.requests[1].json["inputs"]]
    assert sent == ["call_1", "call_2"]
    assert result.text == "Done"


async def test_an_empty_answer_ends_the_run() -> None:
    empty = json_answer({**response(), "outputs": []})
    async with answered_with(empty) as (client, server):
        result = await client.run("Hi", model="m")
        assert len(server.requests) == 1
    assert (result.text, result.entries, result.turns) == ("", (), 1)


async def test_an_id_may_return_in_a_later_answer() -> None:
    notes = Notes()
    answers = [response(a_call()), response(a_call()), response(message("Done"))]
    async with answered_with(*map(json_answer, answers)) as (client, server):
        result = await client.run("Hi", model="m", tools=[notes.note])
        assert len(server.requests) == 3
    assert notes.called == [1, 1]
    assert len(result.calls) == 2


async def test_odd_usage_is_no_error() -> None:
    first = response(a_call(), usage={"prompt_tokens": "7", "connectors": [1]})
    last = response(message("Done"), usage=None)
    async with answered_with(json_answer(first), json_answer(last)) as (client, _):
        result = await client.run("Hi", model="m", tools=[Notes().note])
    assert result.usage.prompt_tokens == 7
