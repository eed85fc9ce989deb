"""Streams and runs relayed to a browser."""

import asyncio
import gc
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from mistral_conversations import (
    AsyncConversations,
    AsyncRelay,
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    RunLimitError,
    RunLimits,
    RunPaused,
    StreamInterruptedError,
)
from mistral_conversations.server import call, say
from tests.relay.reading import names, read, whole
from tests.support.bodies import (
    CONVERSATION_ID,
    delta,
    done,
    error_event,
    started,
    text_stream,
)
from tests.support.client_and_server import answered_with, ask, event_stream, served_by
from tests.support.clients import becomes_true, begun_stream, nothing_in_use, refusal
from tests.support.raw_server import Connection, Request, chunked, event, stream_head
from tests.support.scripted import ADD, MODEL, SCRIPT, add, scripted
from tests.support.till import PAY, Till

pytestmark = pytest.mark.anyio

STREAM = event_stream(*text_stream("Blue, ", "mostly."))
TEXT = "The answer could not be completed. Please try again."


async def begin(_: Request, connection: Connection) -> None:
    """Begin an answer, and fall silent."""
    await connection.send(begun_stream("one"))
    await connection.until_client_closes()


async def stay_mute(_: Request, connection: Connection) -> None:
    await connection.until_client_closes()


@asynccontextmanager
async def begun() -> AsyncIterator[tuple[AsyncConversations, AsyncRelay, Any]]:
    """Yield a relay whose stream has begun and is silent, and its server."""
    async with served_by(begin) as (client, server):
        relay = ask(client).sse(keep_alive=None)
        assert names(await anext(relay))[0] == "conversation.response.started"
        yield client, relay, server


async def test_the_events_are_those_of_the_stream() -> None:
    async with answered_with(STREAM) as (client, _):
        relay = ask(client).sse()
        events = read(await whole(relay))
    assert [data for _, data in events] == text_stream("Blue, ", "mostly.")
    assert relay.error is None


async def test_the_headers_are_those_of_an_event_stream() -> None:
    async with answered_with(STREAM) as (client, server):
        relay = ask(client).sse()
        assert relay.headers == {
            "content-type": "text/event-stream",
            "cache-control": "no-cache, no-transform",
            "x-accel-buffering": "no",
        }
        relay.headers["content-type"] = "text/plain"
        assert relay.headers["content-type"] == "text/event-stream"
        assert server.requests == []


async def test_open_sends_the_request_once() -> None:
    async with answered_with(STREAM) as (client, server):
        stream = await ask(client).open()
        assert await stream.open() is stream
        assert len(server.requests) == 1
        assert stream.meta is not None
        async with stream:
            assert len(await whole(stream.sse())) > 100
        assert len(server.requests) == 1


async def test_open_raises_what_refuses_the_request() -> None:
    async with answered_with(refusal(404), refusal(401)) as (client, _):
        with pytest.raises(NotFoundError):
            await ask(client).open()
        with pytest.raises(AuthenticationError):
            await client.run_stream("Hi", model=MODEL).open()


async def test_a_complete_stream_can_be_opened_again() -> None:
    async with answered_with(STREAM) as (client, server):
        stream = await ask(client).open()
        assert [event.type async for event in stream][
            -1
        ] == "conversation.response.done"
        assert await stream.open() is stream
        assert len(server.requests) == 1


async def test_what_is_refused_without_open_is_an_event_and_a_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with answered_with(refusal(404)) as (client, _):
        relay = ask(client).sse()
        ((name, data),) = read(await whole(relay))
    assert name == data["type"] == "conversation.response.error"
    assert (data["message"], data["code"]) == (TEXT, 500)
    assert isinstance(relay.error, NotFoundError)
    (record,) = [each for each in caplog.records if "relayed" in each.message]
    assert (record.name, record.levelno) == ("mistral_conversations", logging.WARNING)
    assert "NotFoundError" in record.message
    assert record.exc_info is None


BROKEN = {
    "cut": stream_head() + chunked(*map(event, text_stream("Blue, ")[:2])),
    "early end": event_stream(*text_stream("Blue, ")[:2]),
    "error event": event_stream(
        *text_stream("Blue, ")[:2], error_event("secret cause")
    ),
    "no JSON": event_stream(*text_stream("Blue, ")[:2], b"data: {secret\n\n"),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_stream_ends_with_a_text_for_users(broken: str) -> None:
    async def answer(_: Request, connection: Connection) -> None:
        await connection.send(BROKEN[broken])
        connection.close()

    async with served_by(answer) as (client, _):
        relay = ask(client).sse()
        events = read(await whole(relay))
        assert await nothing_in_use(client)
    assert [name for name, _ in events] == [
        "conversation.response.started",
        "message.output.delta",
        "conversation.response.error",
    ]
    assert events[-1][1]["message"] == TEXT
    assert b"secret" not in json.dumps(events).encode()
    assert relay.error is not None


async def test_the_text_for_users_can_be_chosen() -> None:
    bodies = [BROKEN["early end"]] * 3
    async with answered_with(*bodies) as (client, _):
        fixed = await whole(ask(client).sse(error_text="Désolé."))
        made = await whole(ask(client).sse(error_text=lambda e: type(e).__name__))
        failing = await whole(ask(client).sse(error_text=lambda _: 1 / 0))  # type: ignore[arg-type, return-value]
    texts = [read(each)[-1][1]["message"] for each in (fixed, made, failing)]
    assert texts == ["Désolé.", "StreamInterruptedError", TEXT]


async def test_silence_is_filled_with_comments_and_loses_no_event() -> None:
    async def answer(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(event(started())))
        for text in "abc":
            await asyncio.sleep(0.05)
            await connection.send(chunked(event(delta(text))))
        await connection.send(chunked(event(done()), end=True))

    async with served_by(answer) as (client, _):
        chunks = [chunk async for chunk in ask(client).sse(keep_alive=0.01)]
    assert chunks.count(b": keep-alive\n\n") >= 3
    events = read(b"".join(chunks))
    assert [data.get("content") for _, data in events] == [None, *"abc", None]


async def test_a_slow_opening_is_kept_alive_too() -> None:
    async def answer(_: Request, connection: Connection) -> None:
        await asyncio.sleep(0.05)
        await connection.send(STREAM)

    async with served_by(answer) as (client, server):
        chunks = [chunk async for chunk in ask(client).sse(keep_alive=0.01)]
        assert len(server.requests) == 1
    assert chunks[0] == b": keep-alive\n\n"
    assert len(read(b"".join(chunks))) == 4


@pytest.mark.parametrize(
    "value", [0, -1, float("nan"), float("inf"), "15", True], ids=repr
)
async def test_odd_parameters_are_refused_and_the_stream_stays(value: Any) -> None:
    async with answered_with(STREAM) as (client, server):
        stream = ask(client)
        with pytest.raises((TypeError, ValueError), match="keep_alive must be"):
            stream.sse(keep_alive=value)
        with pytest.raises(TypeError, match="error_text must be a str"):
            stream.sse(error_text=7)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="file_url must be a function or None"):
            stream.ui_messages(file_url="/files")  # type: ignore[arg-type]
        assert server.requests == []
        assert len(read(await whole(stream.sse()))) == 4


async def test_a_relay_counts_as_the_iteration() -> None:
    async with answered_with(STREAM) as (client, _):
        stream = ask(client)
        relay = stream.sse()
        with pytest.raises(ConfigurationError, match="only once"):
            stream.sse()
        with pytest.raises(ConfigurationError, match="only once"):
            stream.text()
        await whole(relay)
        assert (await stream.response()).text == "Blue, mostly."
        with pytest.raises(StopAsyncIteration):
            await anext(relay)


async def test_a_second_reader_is_refused_and_the_first_reads_on() -> None:
    async with begun() as (_, relay, _):
        first = asyncio.create_task(anext(relay))
        await asyncio.sleep(0)
        with pytest.raises(ConfigurationError, match="another task is reading"):
            await anext(relay)
        assert not first.done()
        await relay.aclose()
        with pytest.raises(StopAsyncIteration):
            await first


async def test_a_cancelled_step_closes_the_stream() -> None:
    async with begun() as (client, relay, server):
        step = asyncio.create_task(anext(relay))
        await asyncio.sleep(0.01)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        assert await nothing_in_use(client)
        assert await becomes_true(lambda: server.open_connections == 0)
        assert [each async for each in relay] == []


async def test_a_cancel_scope_closes_the_stream() -> None:
    async with begun() as (client, relay, _):
        with anyio.move_on_after(0.01) as scope:
            await anext(relay)
        assert scope.cancelled_caught
        assert await nothing_in_use(client)


async def test_a_step_cancelled_twice_closes_the_stream() -> None:
    async with begun() as (client, relay, _):
        step = asyncio.create_task(anext(relay))
        await asyncio.sleep(0.01)
        step.cancel()
        await asyncio.sleep(0)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        assert await nothing_in_use(client)


async def test_a_step_cancelled_before_the_answer_closes_the_stream() -> None:
    async with served_by(stay_mute) as (client, server):
        with anyio.move_on_after(0.02):
            await anext(ask(client).sse())
        assert await nothing_in_use(client)
        assert await becomes_true(lambda: server.open_connections == 0)


@pytest.mark.parametrize("waits", [False, True])
async def test_a_dropped_relay_closes_its_stream(waits: bool) -> None:
    async with served_by(begin) as (client, server):
        relay = ask(client).sse(keep_alive=0.01 if waits else None)
        await anext(relay)
        if waits:  # a step that has ended leaves the wait for events running
            while await anext(relay) != b": keep-alive\n\n":
                pass
        del relay
        gc.collect()
        assert await becomes_true(lambda: server.open_connections == 0)


async def test_closing_before_the_first_step_sends_nothing() -> None:
    async with answered_with(STREAM) as (client, server):
        relay = ask(client).sse()
        await relay.aclose()
        await relay.aclose()
        assert [each async for each in relay] == []
        assert server.requests == []


async def test_a_stream_that_the_application_closes_ends_its_relay() -> None:
    async with served_by(begin) as (client, _):
        stream = ask(client)
        relay = stream.sse(keep_alive=None)
        await anext(relay)
        step = asyncio.create_task(anext(relay))
        await asyncio.sleep(0.01)
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await step
        assert relay.error is None


async def test_events_that_arrived_together_come_in_bounded_chunks() -> None:
    texts = ["x" * 1000] * 500
    async with answered_with(event_stream(*text_stream(*texts))) as (client, _):
        chunks = [chunk async for chunk in ask(client).sse()]
    assert max(map(len, chunks)) < 70_000
    assert len(read(b"".join(chunks))) == 502
    assert len(chunks) < 250


async def test_a_relay_shows_its_stream() -> None:
    async with answered_with(STREAM) as (client, _):
        relay = ask(client).sse()
        await whole(relay)
        assert repr(relay) == (
            f"<AsyncRelay of <AsyncConversationStream {CONVERSATION_ID!r}, done>>"
        )


async def test_a_relay_on_another_loop_is_refused() -> None:
    async def other(relay: AsyncRelay) -> None:
        with pytest.raises(ConfigurationError, match="another event loop"):
            await anext(relay)

    async with served_by(begin) as (client, _):
        relay = ask(client).sse(keep_alive=0.01)
        while await anext(relay) != b": keep-alive\n\n":
            pass
        reader = relay._reader._pending
        with pytest.raises(ConfigurationError, match="another event loop"):
            await asyncio.to_thread(
                asyncio.run,
                reader.wait(never, seconds=1),
            )
        await relay.aclose()


async def never() -> bool:
    raise AssertionError


async def test_a_run_is_relayed_with_its_own_events() -> None:
    async with scripted(*SCRIPT) as local:
        run = await local.client.run_stream("Go", model=MODEL, tools=[add]).open()
        events = read(await whole(run.sse()))
        assert len(local.posts) == 3
    kinds = [name for name, _ in events]
    assert kinds[0] == "run.turn.started"
    assert kinds[-1] == "run.turn.finished"
    assert kinds.count("run.function.finished") == 3
    results = [d["call"]["result"] for n, d in events if n == "run.function.finished"]
    assert sorted(results) == ["3", "3", "7"]


async def test_a_pause_is_an_event_and_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    till = Till()
    async with scripted([say("Wait."), PAY], "Paid.") as local:
        relay = local.client.run_stream("Pay", model=MODEL, tools=till.tools).sse()
        events = read(await whole(relay))
        paused = relay.error
        assert isinstance(paused, RunPaused)
        name, data = events[-1]
        assert name == data["type"] == "run.paused"
        assert data["conversation_id"] == paused.conversation_id
        (call,) = data["calls"]
        assert (call["name"], json.loads(call["arguments"])) == ("pay", {"amount": 3})
        assert "relayed" not in caplog.text
        paused.approve(call["tool_call_id"])
        resumed = local.client.run_stream(paused, tools=till.tools)
        rest = read(await whole(resumed.sse()))
    assert till.calls == ["pay 3"]
    assert [name for name, _ in rest][:2] == [
        "run.function.started",
        "run.function.finished",
    ]


async def test_a_run_that_reaches_a_limit_ends_with_a_text_for_users() -> None:
    async with scripted(ADD, ADD, ADD) as local:
        limits = RunLimits(max_turns=1)
        run = local.client.run_stream("Go", model=MODEL, tools=[add], limits=limits)
        relay = run.sse()
        assert read(await whole(relay))[-1][1]["message"] == TEXT
        assert isinstance(relay.error, RunLimitError)
        await relay.error.reject_all()


async def test_an_exception_of_the_application_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def approve(_: Any) -> bool:
        raise ZeroDivisionError("a secret")

    till = Till()
    async with scripted(PAY) as local:
        run = local.client.run_stream(
            "Pay", model=MODEL, tools=till.tools, approve=approve
        )
        relay = run.sse()
        content = await whole(relay)
    assert b"a secret" not in content
    assert read(content)[-1][0] == "conversation.response.error"
    assert "ZeroDivisionError" in caplog.text
    assert "in approve" in caplog.text


async def test_a_cancelled_step_cancels_the_functions_of_a_run() -> None:
    ended = asyncio.Event()

    async def work() -> str:
        """Work for a long time."""
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return "done"

    async with scripted(call("work"), "Done") as local:
        relay = local.client.run_stream("Go", model=MODEL, tools=[work]).sse()
        with anyio.move_on_after(0.5):
            async for _ in relay:
                pass
        assert ended.is_set()


async def test_a_recovered_stream_is_relayed_whole() -> None:
    cut = event_stream(*text_stream("Blue, ")[:2])
    async with answered_with(cut) as (client, _):
        relay = ask(client).sse()
        await whole(relay)
        assert isinstance(relay.error, StreamInterruptedError)
        assert relay.error.conversation_id == CONVERSATION_ID
