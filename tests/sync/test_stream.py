"""A streamed answer read by a blocking caller."""

import asyncio
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    ConversationResponse,
    ConversationStream,
    MistralConversationsError,
    from_dict,
)
from tests.support.bodies import (
    call_delta,
    delta,
    done,
    handoff_done,
    handoff_started,
    message,
    reference,
    response,
    started,
    text_stream,
    thinking,
    tool_delta,
    tool_done,
    tool_started,
    without,
)
from tests.support.client_and_server import event_stream
from tests.support.interruption import interrupted_at
from tests.support.obedient_server import (
    ask,
    blocking_client_and_server,
    loop_threads,
)
from tests.support.raw_server import json_answer

STREAM = event_stream(*text_stream("Blue, ", "mostly."))
EVERY_KIND = event_stream(
    started(),
    tool_started(),
    tool_delta('{"code": "6 * 7"}'),
    tool_done(),
    delta(thinking("Hm"), output_index=1),
    delta("Bl", output_index=1, content_index=1),
    delta(reference(), output_index=1, content_index=2),
    call_delta('{"city": ', output_index=2),
    call_delta('"Oslo"}', output_index=2),
    handoff_started(output_index=3),
    handoff_done(output_index=3),
    {"type": "weather.changed", "sky": "blue"},
    done(),
)


def test_nothing_is_sent_before_it_is_entered() -> None:
    with blocking_client_and_server(STREAM) as (client, server):
        stream = ask(client)
        assert (stream.conversation_id, stream.usage) == (None, None)
        assert (stream.meta, stream.snapshot) == (None, None)
        assert loop_threads() == []
        with stream:
            assert len(server.requests) == 1
            assert stream.meta is not None
            assert stream.snapshot is None


def test_iterating_gives_every_event() -> None:
    with blocking_client_and_server(STREAM) as (client, server):
        types = [event.type for event in ask(client)]
        assert types == [body["type"] for body in text_stream("Blue, ", "mostly.")]
        assert len(server.requests) == 1


def test_text_is_only_that_of_the_messages() -> None:
    with blocking_client_and_server(EVERY_KIND) as (client, _):
        stream = ask(client)
        assert list(stream.text()) == ["Bl"]
        assert stream.response().text == "Bl"


def test_response_is_the_plain_answer() -> None:
    plain = response(without(message("Blue, mostly."), "completed_at"))
    with blocking_client_and_server(STREAM, json_answer(plain)) as (client, server):
        streamed = ask(client).response()
        assert streamed == from_dict(ConversationResponse, plain)
        assert streamed == client.start("Sky?", model="m")
        assert server.connections == 1


def test_response_of_a_stream_read_halfway_reads_the_rest() -> None:
    with blocking_client_and_server(STREAM) as (client, _), ask(client) as stream:
        next(stream)
        assert stream.response().text == "Blue, mostly."
        assert stream.response() == stream.snapshot


def test_response_is_there_after_the_stream_and_the_client_are_closed() -> None:
    with blocking_client_and_server(STREAM) as (client, _):
        with ask(client) as stream:
            for _event in stream:
                pass
        assert stream.response().text == "Blue, mostly."
    assert stream.response().text == "Blue, mostly."
    assert next(stream, None) is None


async def seen_by_the_async_twin(url: str) -> list[Any]:
    async with AsyncConversations("key", base_url=url) as client:
        stream = client.start_stream("Sky?", model="m")
        return [
            (event, stream.snapshot, stream.usage, stream.conversation_id)
            async for event in stream
        ]


def test_every_event_leaves_what_it_leaves_on_the_async_side() -> None:
    with blocking_client_and_server(EVERY_KIND) as (client, server):
        stream = ask(client)
        seen = [
            (event, stream.snapshot, stream.usage, stream.conversation_id)
            for event in stream
        ]
        assert seen == asyncio.run(seen_by_the_async_twin(server.base_url))
        assert len(seen) == 13
        assert stream.usage is not None
        assert stream.usage.total_tokens == 10


def test_meta_is_that_of_the_answer() -> None:
    headers = {"mistral-correlation-id": "req-1"}
    with blocking_client_and_server(
        event_stream(*text_stream("Hi"), headers=headers)
    ) as (client, _):
        stream = ask(client)
        final = stream.response()
        assert stream.meta is not None
        assert stream.meta.request_id == "req-1"
        assert final.meta == stream.meta


def test_appended_stream_knows_its_conversation_before() -> None:
    with blocking_client_and_server(STREAM) as (client, _):
        assert client.append_stream("conv_1").conversation_id == "conv_1"
        assert client.restart_stream("conv_1", "msg_1").conversation_id is None


def test_iterating_again_in_the_middle_continues() -> None:
    with blocking_client_and_server(STREAM) as (client, _):
        events = iter(ask(client))
        types = [next(events).type, *(event.type for event in events)]
        assert types == [body["type"] for body in text_stream("Blue, ", "mostly.")]


def read_on(stream: ConversationStream, read: list[Any]) -> Exception | None:
    """Read the rest of a stream; return the error of its end, if any."""
    try:
        while (event := next(stream, None)) is not None:
            read.append(event)
    except MistralConversationsError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("error", "stride"),
    [(KeyboardInterrupt, 1), (TimeoutError, 7), (RecursionError, 7)],
)
def test_stream_interrupted_at_any_step_loses_no_event_without_an_error(
    error: type[BaseException], stride: int
) -> None:
    with blocking_client_and_server(event_stream(*text_stream("1"))) as (c, _):
        whole = list(ask(c))
        step, interrupted, complete = 1, True, 0
        while interrupted:
            stream, read = ask(c), list[Any]()
            advance = partial(take, stream, read)
            interrupted = interrupted_at(step, advance, error)
            failed = read_on(stream, read)
            assert failed is not None or read == whole
            complete += failed is None
            step += stride
        assert step > 60
        assert complete


def take(stream: ConversationStream, read: list[Any]) -> None:
    """Take each event at the step at which the stream hands it over."""
    with suppress(MistralConversationsError):  # the next step raises it again
        while stream.usage is None:
            read.extend(islice(stream, 1))
