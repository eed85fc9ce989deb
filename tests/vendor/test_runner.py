"""The vendor's runner of functions completes its runs against a scripted model."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import attrs
import pytest

from mistral_conversations.server import LocalServer, call, fail, say
from tests.support.vendor_client import REASON, client

errors: Any = pytest.importorskip("mistralai.client.errors", reason=REASON)
models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)
context: Any = pytest.importorskip("mistralai.extra.run.context", reason=REASON)
deferring: Any = pytest.importorskip("mistralai.extra.exceptions", reason=REASON)

pytestmark = pytest.mark.anyio

STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])
TWO_AT_ONCE = [
    [call("get_weather", city="Paris"), call("add", a=1, b=5)],
    say("Sunny, and six"),
]
ONE_BY_ONE = [
    call("get_weather", city="Paris"),
    call("add", a=1),
    say("Sunny, and three"),
]


@attrs.define
class Functions:
    """Functions for a model to call; they remember what they were given."""

    calls: list[Any] = attrs.field(factory=list)

    def offer(self, run: Any, *, confirmed: bool = False) -> None:
        def get_weather(city: str) -> str:
            """Tell the weather of a city."""
            self.calls.append(("get_weather", city))
            return f"sunny in {city}"

        async def add(a: int, b: int = 2) -> int:
            """Add two numbers."""
            self.calls.append(("add", a, b))
            return a + b

        run.register_func(get_weather)
        run.register_func(add, requires_confirmation=confirmed)


@attrs.define
class Running:
    """One run after the other, in a context of the vendor's."""

    conversations: Any
    context: Any
    functions: Functions = attrs.field(factory=Functions)
    events: list[Any] = attrs.field(factory=list)
    """Those of streamed runs, by their types."""

    async def run(self, inputs: Any, *, streamed: bool, **parameters: Any) -> Any:
        parameters = {"run_ctx": self.context, "inputs": inputs, **parameters}
        if not streamed:
            return await self.conversations.run_async(**parameters)
        stream = await self.conversations.run_stream_async(**parameters)
        events = [event async for event in stream]
        self.events += [event.data for event in events[:-1]]
        return events[-1]

    async def history(self) -> list[Any]:
        place = {"conversation_id": self.context.conversation_id}
        history = await self.conversations.get_history_async(**place)
        entries: list[Any] = history.entries
        return entries


Start = Callable[..., Any]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Run a server and a context of the vendor's for the length of a test."""
    async with AsyncExitStack() as stack:

        async def run(script: list[Any], **settings: Any) -> Running:
            server = await stack.enter_async_context(LocalServer(script))
            vendor = await stack.enter_async_context(client(server))
            run = context.RunContext(model="mistral-small-latest", **settings)
            entered = await stack.enter_async_context(run)
            return Running(vendor.beta.conversations, entered)

        yield run


def _kinds(entries: list[Any]) -> list[str]:
    return [entry.type for entry in entries]


def _results(entries: list[Any]) -> list[str]:
    return [entry.result for entry in entries if entry.type == "function.result"]


@STREAMED
async def test_run_answers_two_calls_of_one_turn(start: Start, streamed: bool) -> None:
    running = await start(TWO_AT_ONCE)
    running.functions.offer(running.context)
    result = await running.run("Rain, and 1 + 5?", streamed=streamed)
    assert running.functions.calls == [("get_weather", "Paris"), ("add", 1, 5)]
    assert result.output_as_text == "Sunny, and six"
    assert result.conversation_id == running.context.conversation_id
    kinds = ["function.call"] * 2 + ["function.result"] * 2 + ["message.output"]
    assert _kinds(result.output_entries) == kinds
    history = await running.history()
    assert _kinds(history) == ["message.input", *kinds]
    assert _results(history) == ["sunny in Paris", "6"]
    assert [e.tool_call_id for e in history[1:3]] == [
        e.tool_call_id for e in history[3:5]
    ]
    assert running.context.request_count == 2


@STREAMED
async def test_run_answers_one_call_after_the_other(
    start: Start, streamed: bool
) -> None:
    running = await start(ONE_BY_ONE)
    running.functions.offer(running.context)
    result = await running.run("Rain, and 1 + 2?", streamed=streamed)
    assert running.functions.calls == [("get_weather", "Paris"), ("add", 1, 2)]
    assert result.output_as_text == "Sunny, and three"
    history = await running.history()
    kinds = ["function.call", "function.result"] * 2
    assert _kinds(history) == ["message.input", *kinds, "message.output"]
    assert _kinds(result.output_entries) == _kinds(history)[1:]
    assert _results(history) == ["sunny in Paris", "3"]
    assert [json.loads(e.arguments) for e in history[1:4:2]] == [
        {"city": "Paris"},
        {"a": 1},
    ]
    assert running.context.request_count == 3


async def test_streamed_run_yields_calls_results_and_text(start: Start) -> None:
    running = await start(TWO_AT_ONCE)
    running.functions.offer(running.context)
    await running.run("Rain, and 1 + 5?", streamed=True)
    kinds = list(dict.fromkeys(event.type for event in running.events))
    assert kinds == [
        "conversation.response.started",
        "function.call.delta",
        "conversation.response.done",
        "function.result",
        "message.output.delta",
    ]
    assert _results(running.events) == ["sunny in Paris", "6"]
    said = [e.content for e in running.events if e.type == "message.output.delta"]
    assert "".join(said) == "Sunny, and six"


async def test_run_describes_its_functions(start: Start) -> None:
    running = await start([say("Hello")])
    running.functions.offer(running.context)
    await running.run("Hi", streamed=False, instructions="Be brief", name="A run")
    place = {"conversation_id": running.context.conversation_id}
    got = await running.conversations.get_async(**place)
    assert (got.instructions, got.name) == ("Be brief", "A run")
    assert {type(tool) for tool in got.tools} == {models.FunctionTool}
    weather, add = (tool.function for tool in got.tools)
    assert (weather.name, add.name) == ("get_weather", "add")
    assert weather.description == "Tell the weather of a city."
    assert weather.parameters["properties"]["city"]["type"] == "string"
    assert add.parameters["required"] == ["a"]


@STREAMED
async def test_next_run_continues_the_conversation(
    start: Start, streamed: bool
) -> None:
    running = await start([*TWO_AT_ONCE, call("add", a=2, b=2), say("Four")])
    running.functions.offer(running.context)
    first = await running.run("Rain, and 1 + 5?", streamed=streamed)
    second = await running.run("And 2 + 2?", streamed=streamed)
    assert second.output_as_text == "Four"
    assert second.conversation_id == first.conversation_id
    assert running.functions.calls[2:] == [("add", 2, 2)]
    assert _results(await running.history()) == ["sunny in Paris", "6", "4"]


@STREAMED
async def test_run_reports_a_failed_function_to_the_model(
    start: Start, streamed: bool
) -> None:
    turn = [call("add", wrong=1), call("add", a=1)]
    running = await start([turn, say("Never mind")], continue_on_fn_error=True)
    running.functions.offer(running.context)
    result = await running.run("Add", streamed=streamed)
    assert result.output_as_text == "Never mind"
    failed, done = _results(await running.history())
    assert "unexpected keyword argument 'wrong'" in failed
    assert done == "3"


@STREAMED
async def test_run_waits_for_a_confirmation_of_the_callers(
    start: Start, streamed: bool
) -> None:
    running = await start(TWO_AT_ONCE)
    running.functions.offer(running.context, confirmed=True)
    with pytest.raises(deferring.DeferredToolCallsException) as caught:
        await running.run("Rain, and 1 + 5?", streamed=streamed)
    assert running.functions.calls == [("get_weather", "Paris")]
    [waiting] = caught.value.deferred_calls
    inputs = [*caught.value.executed_results, waiting.confirm()]
    result = await running.run(inputs, streamed=streamed)
    assert running.functions.calls[1:] == [("add", 1, 5)]
    assert result.output_as_text == "Sunny, and six"
    assert _results(await running.history()) == ["sunny in Paris", "6"]


async def test_run_confirms_a_pending_call(start: Start) -> None:
    # Plain only: a streamed run of the vendor's takes no notice of the status.
    running = await start([call("send_mail", to="all").pending(), say("Sent")])
    running.functions.offer(running.context)
    with pytest.raises(deferring.DeferredToolCallsException) as caught:
        await running.run("Tell all", streamed=False)
    [waiting] = caught.value.deferred_calls
    assert waiting.tool_name == "send_mail"
    result = await running.run([waiting.confirm()], streamed=False)
    assert result.output_as_text == "Sent"
    _, asked, said = await running.history()
    assert asked.confirmation_status == "allowed"
    assert said.content == "Sent"


async def test_run_of_a_failing_model_raises(start: Start) -> None:
    running = await start([[call("add", a=1)], [fail("Out of order", status=503)]])
    running.functions.offer(running.context)
    with pytest.raises(errors.SDKError) as caught:
        await running.run("Add", streamed=False)
    assert caught.value.status_code == 503
    assert running.functions.calls == [("add", 1, 2)]
    assert len(await running.history()) == 2


async def test_streamed_run_of_a_failing_model_has_the_error(start: Start) -> None:
    running = await start([[say("Half an"), fail("Out of order", code=1234)]])
    await running.run("Hi", streamed=True)
    last = running.events[-1]
    assert isinstance(last, models.ResponseErrorEvent)
    assert (last.message, last.code) == ("Out of order", 1234)
