"""The span of a call: name, parent, attributes, retries, end."""

import asyncio
import gc
from urllib.parse import urlsplit

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from mistral_conversations import (
    AsyncConversations,
    CompletionArgs,
    NotFoundError,
    RetryPolicy,
    ServerError,
)
from tests.support.raw_server import Connection, Request, http, json_answer, raw_server
from tests.support.telemetry import KEY, Recorder, facts, id_of_span, traced

pytestmark = pytest.mark.asyncio

MODEL = "mistral-small-latest"
ANSWER = {
    "object": "conversation.response",
    "conversation_id": "conv_1",
    "outputs": [
        {
            "type": "message.output",
            "id": "msg_1",
            "role": "assistant",
            "content": "Hi",
            "model": "mistral-small-2512",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}


async def test_a_start_says_whom_it_asks_and_what_it_costs() -> None:
    async with traced("Hello") as t:
        response = await t.client.conversations.start(
            "Hi",
            model=MODEL,
            completion_args=CompletionArgs(
                temperature=0.5, max_tokens=9, random_seed=1, stop="x"
            ),
        )
        span = t.recorder.span(f"chat {MODEL}")
        at = urlsplit(t.server.base_url)
        assert span.kind is SpanKind.CLIENT
        assert span.status.status_code is StatusCode.UNSET
        assert span.parent is None
        assert response.meta is not None
        assert facts(span) == {
            "mistral_conversations.request_id": response.meta.request_id,
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "mistral_ai",
            "gen_ai.request.model": MODEL,
            "gen_ai.request.temperature": 0.5,
            "gen_ai.request.max_tokens": 9,
            "gen_ai.request.seed": 1,
            "gen_ai.request.stop_sequences": ("x",),
            "gen_ai.conversation.id": response.conversation_id,
            "gen_ai.response.model": MODEL,
            "gen_ai.usage.input_tokens": response.usage.prompt_tokens,
            "gen_ai.usage.output_tokens": response.usage.completion_tokens,
            "server.address": at.hostname,
            "server.port": at.port,
            "http.response.status_code": 200,
            "mistral_conversations.operation": "conversations.start",
        }


async def test_an_append_takes_the_name_of_the_model_that_answers() -> None:
    async with traced("One", "Two") as t:
        first = await t.client.conversations.start("Hi", model=MODEL)
        t.recorder.exporter.clear()
        await t.client.conversations.append(first.conversation_id, "More")
        span = t.recorder.span(f"chat {MODEL}")
        found = facts(span)
        assert found["gen_ai.response.model"] == MODEL
        assert found["gen_ai.conversation.id"] == first.conversation_id
        assert found["mistral_conversations.operation"] == "conversations.append"


async def test_an_agent_is_invoked() -> None:
    async with traced("One", "Two") as t:
        agent = await t.client.agents.create(model=MODEL, name="desk")
        first = await t.client.conversations.start("Hi", agent_id=agent.id)
        await t.client.conversations.append(first.conversation_id, "More")
        create, start, append = [
            span for span in t.recorder.spans if span.kind is SpanKind.CLIENT
        ]
        assert create.name == "create_agent desk"
        assert facts(create)["gen_ai.agent.id"] == agent.id
        assert facts(create)["gen_ai.agent.name"] == "desk"
        for span in (start, append):
            assert span.name == f"invoke_agent {agent.id}"
            assert facts(span)["gen_ai.operation.name"] == "invoke_agent"
            assert facts(span)["gen_ai.agent.id"] == agent.id


async def test_other_calls_have_the_names_of_their_operations() -> None:
    async with traced("One") as t:
        first = await t.client.conversations.start("Hi", model=MODEL)
        t.recorder.exporter.clear()
        await t.client.conversations.get_history(first.conversation_id)
        span = t.recorder.last()
        assert span.name == "conversations.get_history"
        assert facts(span)["gen_ai.conversation.id"] == first.conversation_id
        assert "gen_ai.operation.name" not in facts(span)
        await t.client.models.list()
        assert t.recorder.last().name == "models.list"


@pytest.mark.parametrize("content", [False, True])
async def test_a_failed_call_has_a_status_and_the_class_of_its_error(
    *, content: bool
) -> None:
    async with traced(content=content) as t:
        with pytest.raises(NotFoundError) as raised:
            await t.client.conversations.append("conv_none", "Hi")
        span = t.recorder.last()
        assert span.name == "chat"
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == (str(raised.value) if content else None)
        assert facts(span)["error.type"] == "NotFoundError"
        assert facts(span)["mistral_conversations.outcome"] == "failed"
        assert facts(span)["http.response.status_code"] == 404
        assert span.events == ()


async def test_the_parent_is_the_current_span_and_the_trace_goes_to_the_server() -> (
    None
):
    async with traced("One", "Two") as t:
        with t.recorder.tracer.start_as_current_span("request") as outer:
            await t.client.conversations.start("Hi", model=MODEL)
        span = t.recorder.span(f"chat {MODEL}")
        assert span.parent == outer.get_span_context()
        trace = outer.get_span_context().trace_id
        expected = f"00-{trace:032x}-{id_of_span(span):016x}-0"
        sent = t.server.requests[-1].headers["traceparent"]
        assert sent[:-1] == expected


async def test_retries_are_events_of_one_span_and_carry_one_trace() -> None:
    answers = [
        http(503),
        json_answer({"detail": f"slow down {KEY}"}, 429, {"Retry-After": "0"}),
        json_answer(ANSWER),
    ]

    async def serve(_: Request, connection: Connection) -> None:
        await connection.send(answers.pop(0))

    recorder = Recorder(content=True)
    async with (
        raw_server(serve) as server,
        AsyncConversations(
            KEY,
            base_url=server.base_url,
            retries=RetryPolicy(max_retries=2, first_delay=0.001, resend=True),
            telemetry=recorder.telemetry,
        ) as client,
    ):
        await client.start("Hi", model=MODEL)
    span = recorder.span(f"chat {MODEL}")
    assert [event.name for event in span.events] == ["retry", "retry"]
    found = [dict(event.attributes or {}) for event in span.events]
    assert [each["error.type"] for each in found] == ["ServerError", "RateLimitError"]
    assert [each["http.response.status_code"] for each in found] == [503, 429]
    assert [each["mistral_conversations.retry.attempt"] for each in found] == [1, 2]
    assert all("mistral_conversations.retry.delay" in each for each in found)
    assert facts(span)["mistral_conversations.attempts"] == 3
    assert facts(span)["gen_ai.response.model"] == "mistral-small-2512"
    sent = {request.headers["traceparent"] for request in server.requests}
    assert len(server.requests) == 3
    assert len(sent) == 1


async def test_a_cancelled_call_ends_its_span() -> None:
    begun = asyncio.Event()

    async def serve(_: Request, connection: Connection) -> None:
        begun.set()
        await connection.until_client_closes()

    recorder = Recorder()
    async with (
        raw_server(serve) as server,
        AsyncConversations(
            KEY, base_url=server.base_url, telemetry=recorder.telemetry
        ) as client,
    ):
        task = asyncio.create_task(client.start("Hi", model=MODEL))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    span = recorder.last()
    assert facts(span)["mistral_conversations.outcome"] == "cancelled"
    assert span.status.status_code is StatusCode.UNSET


async def test_an_odd_answer_ends_the_span_with_its_error() -> None:
    async def serve(_: Request, connection: Connection) -> None:
        await connection.send(http(500, b"<html>"))

    recorder = Recorder()
    async with (
        raw_server(serve) as server,
        AsyncConversations(
            KEY, base_url=server.base_url, retries=0, telemetry=recorder.telemetry
        ) as client,
    ):
        with pytest.raises(ServerError):
            await client.start("Hi", model=MODEL)
    assert facts(recorder.last())["error.type"] == "ServerError"


async def test_concurrent_calls_do_not_mix() -> None:
    async with traced() as t:

        async def ask(name: str) -> None:
            with t.recorder.tracer.start_as_current_span(name):
                await t.client.conversations.start("Hi", model=f"model-{name}")

        await asyncio.gather(*(ask(name) for name in "abc"))
        trees = sorted([tree[0], tree[1][0]] for tree in t.recorder.trees())
        assert trees == [[name, f"chat model-{name}"] for name in "abc"]


@pytest.mark.parametrize("method", ["start", "run"])
async def test_a_call_that_is_dropped_ends_its_span(method: str) -> None:
    async with traced() as t:
        await t.client.conversations.run("Hi", model=MODEL)  # loads what runs need
        t.recorder.exporter.clear()
        call = getattr(t.client.conversations, method)("Hi", model=MODEL)
        steps = call.__await__()
        steps.send(None)
        del steps, call
        gc.collect()
        assert f"chat {MODEL}" in t.recorder.names
        assert len(t.recorder.trees()) == 1
        for span in t.recorder.spans:
            assert facts(span)["mistral_conversations.outcome"] == "dropped"
            assert span.status.status_code is StatusCode.UNSET
