"""A streamed run: its events, its text, and its result."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    AsyncRunStream,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    FunctionCallEvent,
    FunctionFinished,
    FunctionStarted,
    MessageOutputEvent,
    ResponseDoneEvent,
    RunContext,
    RunOptions,
    RunResult,
    TurnFinished,
    TurnStarted,
    WebSearchTool,
    to_dict,
)
from mistral_conversations.server import Trouble, call, execute, say
from tests.support.bodies import call_delta, delta, done, started
from tests.support.client_and_server import answered_with, event_stream
from tests.support.for_each import for_each
from tests.support.scripted import ADD, DECLARED, MODEL, SCRIPT, add, results, scripted

pytestmark = pytest.mark.anyio


def marks(events: list[Any]) -> list[str]:
    """Return the run's own events, and the ends of answers, in short."""
    found: list[str] = []
    for event in events:
        match event:
            case TurnStarted(turn=turn):
                found.append(f"turn {turn}")
            case FunctionStarted(turn=turn, name=name):
                found.append(f"{turn}: {name} starts")
            case FunctionFinished(turn=turn, call=made):
                found.append(f"{turn}: {made.name} ends: {made.result}")
            case TurnFinished(turn=turn):
                found.append(f"turn {turn} ends")
            case ResponseDoneEvent():
                found.append("done")
    return found


async def test_the_events_of_each_turn_come_in_order() -> None:
    one = RunOptions(max_concurrency=1)
    async with scripted(*SCRIPT) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add], options=one)
        events = [event async for event in run]
    assert marks(events) == [
        "turn 1",
        "done",
        "1: add starts",
        "1: add ends: 3",
        "1: add starts",
        "1: add ends: 7",
        "turn 1 ends",
        "turn 2",
        "done",
        "2: add starts",
        "2: add ends: 3",
        "turn 2 ends",
        "turn 3",
        "done",
        "turn 3 ends",
    ]
    words = [e.content for e in events if isinstance(e, MessageOutputEvent)]
    assert "".join(map(str, words)) == "Let me see.Done."
    assert sum(isinstance(e, FunctionCallEvent) for e in events) >= 3


async def test_nothing_is_sent_before_it_is_entered() -> None:
    async with scripted("Hi") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        assert isinstance(run, AsyncRunStream)
        assert (run.conversation_id, run.snapshot.turns) == (None, 0)
        assert repr(run) == "<AsyncRunStream, not started>"
        await asyncio.sleep(0)
        assert local.posts == []
        async with run:
            assert len(local.posts) == 1
            async with run:
                assert len(local.posts) == 1


def plain(value: Any) -> Any:
    """Return a result in plain types without times, ids and seconds."""
    if isinstance(value, dict):
        left_out = {"id", "tool_call_id", "created_at", "completed_at", "guardrails"}
        left_out |= {"conversation_id", "seconds"}
        return {k: plain(v) for k, v in value.items() if k not in left_out}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def told(result: RunResult) -> Any:
    parts = attrs.asdict(result, recurse=False)
    response, entries = parts.pop("response"), parts.pop("entries")
    parts["calls"] = [attrs.asdict(each) for each in parts["calls"]]
    parts["open_calls"] = [to_dict(each) for each in parts["open_calls"]]
    return plain({**parts, "r": to_dict(response), "e": [to_dict(e) for e in entries]})


RUNS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "three turns": (list(SCRIPT), {"tools": [add]}),
    "no tools": (["Hi"], {}),
    "an unknown function": ([call("sub", a=1), "Sorry."], {"tools": [add]}),
    "a tool of the service": (
        [[execute("web_search", arguments={"query": "q"}), ADD], "Done."],
        {"tools": [add, WebSearchTool()]},
    ),
    "nothing stored": (list(SCRIPT), {"tools": [add], "store": False}),
}


@for_each("name,case", RUNS.items())
async def test_its_result_is_that_of_run(
    name: str, case: tuple[list[Any], dict[str, Any]]
) -> None:
    script, options = case
    async with scripted(*script, *script) as local:
        plainly = await local.client.run("Go", model=MODEL, **options)
        streamed = local.client.run_stream("Go", model=MODEL, **options)
        result = await streamed.result()
        posts = local.posts
    assert told(result) == told(plainly), name
    half = len(posts) // 2
    for mine, other in zip(posts[half:], posts[:half], strict=True):
        assert plain(mine) == plain({**other, "stream": True})
    assert streamed.snapshot == result
    assert streamed.usage == result.usage
    assert streamed.conversation_id == result.conversation_id


async def test_the_result_follows_a_partial_iteration() -> None:
    async with scripted(*SCRIPT) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        async with run:
            async for event in run:
                if isinstance(event, FunctionStarted):
                    break
            result = await run.result()
        assert (result.text, result.turns) == ("Done.", 3)
        assert await run.result() == result
        assert len(local.posts) == 3
        with pytest.raises(ConfigurationError, match="has been read"):
            aiter(run)


async def test_the_result_is_there_after_closing_if_the_end_was_seen() -> None:
    async with scripted(ADD, "Done.") as local:
        async with local.client.run_stream("Go", model=MODEL, tools=[add]) as run:
            assert [event async for event in run]
        assert (await run.result()).text == "Done."
        assert [event async for event in iterate_again(run)] == []


async def iterate_again(run: AsyncRunStream) -> AsyncIterator[Any]:
    while (event := await anext(run, None)) is not None:
        yield event


async def test_what_is_known_grows_with_the_events() -> None:
    async with scripted([say("One two."), ADD], "Three four.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        seen: list[Any] = []
        async for event in run:
            snapshot = run.snapshot
            assert snapshot.conversation_id == run.conversation_id
            match event:
                case MessageOutputEvent() | TurnStarted() | TurnFinished():
                    seen.append((snapshot.turns, snapshot.text))
                case ResponseDoneEvent():
                    seen.append(len(snapshot.open_calls))
                    assert snapshot.usage == run.usage
                case FunctionFinished():
                    assert [each.result for each in snapshot.calls] == ["3"]
    assert seen == [
        *[(0, ""), (1, "One"), (1, "One two."), 1, (1, "One two.")],
        *[(1, "One two."), (2, "Three"), (2, "Three four."), 0, (2, "Three four.")],
    ]
    assert [entry.type for entry in run.snapshot.entries] == [
        "message.output",
        "function.call",
        "function.result",
        "message.output",
    ]


async def test_its_repr_shows_turn_and_state() -> None:
    async with scripted(ADD, "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        async with run:
            shown = {repr(run) async for _ in run}
        shown.add(repr(run))
        id = run.conversation_id
    assert shown == {
        "<AsyncRunStream, turn 1, open>",
        f"<AsyncRunStream {id!r}, turn 1, open>",
        f"<AsyncRunStream {id!r}, turn 2, open>",
        f"<AsyncRunStream {id!r}, turn 2, done>",
    }


async def test_text_is_that_of_all_turns() -> None:
    async with scripted([say("One."), ADD], "Two.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        assert [piece async for piece in run.text()] == ["One.", "Two."]
        with pytest.raises(ConfigurationError, match="has been read"):
            run.text()


def escaped(*bodies: dict[str, Any]) -> bytes:
    """Write a stream in ASCII, in which halves of characters are possible."""
    frames = [
        f"event: {body['type']}\ndata: {json.dumps(body)}\n\n".encode()
        for body in bodies
    ]
    return event_stream(*frames)


async def test_text_joins_the_halves_of_characters() -> None:
    first = escaped(
        started(),
        delta("a\ud83d"),
        delta("\ude00b\ud83d"),
        call_delta("{}", name="zero", output_index=1),
        done(),
    )
    second = escaped(started(), delta("\ude00c\ud83d", id="msg_2"), done())
    async with answered_with(first, second) as (client, _):
        run = client.run_stream("Go", model=MODEL, tools=[zero])
        pieces = [piece async for piece in run.text()]
    assert pieces == ["a", "\U0001f600b", "\ufffd\ufffdc", "\ufffd"]


def zero() -> int:
    """Return zero."""
    return 0


async def test_calls_in_pieces_are_called_once() -> None:
    pieces = [
        call_delta('{"a"', name="add", id="fc_1", tool_call_id="call1"),
        call_delta(": 1, ", name="add", id="fc_1", tool_call_id="call1"),
        call_delta(
            '{"a":3,"b":4}', name="add", id="fc_2", tool_call_id="call2", output_index=1
        ),
        call_delta('"b": 2}', name="add", id="fc_1", tool_call_id="call1"),
    ]
    first = event_stream(started(), *pieces, done())
    second = event_stream(started(), delta("Done."), done())
    async with answered_with(first, second) as (client, server):
        result = await client.run_stream("Go", model=MODEL, tools=[add]).result()
        sent = server.requests[1].json["inputs"]
    assert [(each["tool_call_id"], each["result"]) for each in sent] == [
        ("call1", "3"),
        ("call2", "7"),
    ]
    assert result.text == "Done."


async def test_functions_run_while_the_caller_handles_an_event() -> None:
    ended = asyncio.Event()

    async def work() -> str:
        await asyncio.sleep(0)
        ended.set()
        return "worked"

    async with scripted(call("work"), "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[work])
        async for event in run:
            if isinstance(event, FunctionStarted):
                async with asyncio.timeout(5):
                    await ended.wait()
    assert ended.is_set()


async def test_the_run_does_not_hurry_ahead() -> None:
    called: list[int] = []

    def note() -> None:
        called.append(1)

    async with scripted(call("note"), "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[note])
        async for event in run:
            match event:
                case ResponseDoneEvent():
                    await asyncio.sleep(0.02)
                    assert len(called) == run.snapshot.turns - 1
                case TurnFinished(turn=turn):
                    await asyncio.sleep(0.02)
                    assert len(local.posts) == turn
    assert called == [1]


async def test_open_calls_of_the_history_come_as_turn_0() -> None:
    async with scripted(ADD, "Done.", ADD, "Again.") as local:
        response = await local.start()
        run = local.client.run_stream(
            conversation_id=response.conversation_id, tools=[add]
        )
        events = [event async for event in run]
        assert marks(events) == [
            "0: add starts",
            "0: add ends: 3",
            "turn 1",
            "done",
            "turn 1 ends",
        ]
        assert isinstance(events[0], FunctionStarted)
        assert (events[0].turn, events[0].arguments) == (0, {"a": 1, "b": 2})
        response = await local.start()
        run = local.client.run_stream(
            "And?", conversation_id=response.conversation_id, tools=[add]
        )
        events = [event async for event in run]
        assert marks(events)[:3] == ["0: add starts", "0: add ends: 3", "turn 1"]
        assert [each["type"] for each in local.last["inputs"]] == [
            "function.result",
            "message.input",
        ] or local.last["inputs"][1:] == ["And?"]
        assert (await run.result()).text == "Again."


@for_each("at", [ResponseDoneEvent, FunctionStarted, FunctionFinished, TurnFinished])
async def test_a_stop_ends_it_after_the_turn_in_progress(at: type) -> None:
    async with scripted(ADD, ADD, "Never.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        async for event in run:
            if isinstance(event, at):
                await asyncio.sleep(0.01)
                run.stop()
        result = await run.result()
        assert results(local.last) == ["3"]
        assert len(local.posts) == 2
    assert (result.turns, len(result.calls), len(result.open_calls)) == (2, 1, 1)


async def test_a_function_stops_the_run() -> None:
    def halt(context: RunContext) -> str:  # type: ignore[type-arg]
        context.stop()
        return "halted"

    async with scripted(call("halt"), "Last words.", "Never.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[halt])
        assert (await run.result()).text == "Last words."


INVALID: dict[str, dict[str, Any]] = {
    "inputs": {"inputs": [3], "model": MODEL},
    "model": {"inputs": "Go", "model": 3},
    "tools": {"inputs": "Go", "model": MODEL, "tools": [3]},
    "limits": {"inputs": "Go", "model": MODEL, "limits": 3},
    "store": {"inputs": "Go", "model": MODEL, "store": "yes"},
    "timeout": {"inputs": "Go", "model": MODEL, "timeout": "soon"},
    "conversation_id": {"conversation_id": ""},
    "declared": {"inputs": "Go", "agent_id": "ag_1", "tools": [DECLARED]},
}


@for_each("name,parameters", INVALID.items())
async def test_invalid_parameters_raise_at_once(
    name: str, parameters: dict[str, Any]
) -> None:
    async with scripted("Hi") as local:
        with pytest.raises((TypeError, ValueError), match=name):
            local.client.run_stream(**parameters)
        assert local.server.requests == ()


async def test_an_unknown_keyword_raises_at_once() -> None:
    async with scripted("Hi") as local:
        with pytest.raises(TypeError, match="run_stream"):
            local.client.run_stream("Go", modle=MODEL)  # type: ignore[call-arg]


async def test_a_rejected_request_raises_where_it_is_sent() -> None:
    async with scripted("Hi", api_key="right") as local:
        run = local.client.run_stream("Go", model=MODEL)
        for _ in range(2):
            with pytest.raises(AuthenticationError):
                await run.result()
        again = local.client.run_stream("Go", model=MODEL)
        with pytest.raises(AuthenticationError):
            await again.__aenter__()
        assert repr(again) == "<AsyncRunStream, failed>"
        assert len(local.posts) == 2


async def test_a_400_that_names_no_open_calls_passes() -> None:
    async with scripted("Hi", "Ho") as local:
        response = await local.start()
        refusal = Trouble(status=400, body={"message": "No.", "code": 3001})
        local.server.inflict(refusal)
        run = local.client.run_stream("And?", conversation_id=response.conversation_id)
        with pytest.raises(BadRequestError, match="No"):
            await anext(run)


@attrs.frozen
class Weather:
    city: str
    days: list[int]


async def test_partial_grows_with_the_text_of_the_turn() -> None:
    json_text = '{"city": "Oslo, Norway", "days": [1, 20, 3]}'
    async with scripted(ADD, "No JSON yet", json_text) as local:
        run = local.client.run_stream(
            "Go", model=MODEL, tools=[add], output_type=Weather
        )
        seen: list[Any] = []
        async for event in run:
            found = run.partial()
            if isinstance(event, TurnStarted | ResponseDoneEvent):
                assert found is None or isinstance(event, ResponseDoneEvent)
            if found and found not in seen:
                seen.append(found)
        assert seen[0] == {"city": "Oslo,"}
        assert seen[-1] == run.partial() == {"city": "Oslo, Norway", "days": [1, 20, 3]}
        assert {"city": "Oslo, Norway", "days": [1]} in seen
        result = await run.result()
    assert result.output == Weather(city="Oslo, Norway", days=[1, 20, 3])
    assert result.turns == 3


async def test_partial_needs_an_output_type() -> None:
    async with scripted("Hi") as local:
        run = local.client.run_stream("Go", model=MODEL)
        with pytest.raises(ConfigurationError, match="no output_type"):
            run.partial()
