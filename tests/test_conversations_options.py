"""Options of a client, a view, a call: key, limits, retries, headers, log."""

import logging
import re
from typing import Any

import pytest

import mistral_conversations
from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    ConfigurationError,
    RateLimitError,
    RetryPolicy,
    Timeout,
)
from tests.support.bodies import response
from tests.support.client_and_server import answered_with, served_by
from tests.support.for_each import for_each
from tests.support.raw_server import Connection, Request, http, json_answer

pytestmark = pytest.mark.anyio

ANSWER = json_answer(response())
BUSY = http(429, headers={"Retry-After": "0"})


async def mute(_: Request, connection: Connection) -> None:
    await connection.until_client_closes()


async def test_the_user_agent_contains_the_version() -> None:
    async with answered_with(ANSWER) as (client, server):
        await client.start("Hi")
    agent = server.requests[0].headers["user-agent"]
    version = re.escape(mistral_conversations.__version__)
    assert re.match(rf"mistral-conversations/{version} aiohttp/\S+ python/3\.", agent)


async def test_a_key_is_asked_for_at_each_request() -> None:
    keys = iter(["sk-1", "sk-2", "sk-3"])

    async def give() -> str:
        return next(keys)

    async with answered_with(BUSY, ANSWER, api_key=give) as (client, server):
        await client.start("Hi")
        await client.start("Hi")
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer sk-1", "Bearer sk-2", "Bearer sk-3"]


async def test_a_key_may_come_from_a_plain_function() -> None:
    keys = iter(["sk-1", "sk-2"])
    async with answered_with(ANSWER, api_key=lambda: next(keys)) as (client, server):
        await client.start("Hi")
        await client.start("Hi")
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer sk-1", "Bearer sk-2"]


async def test_what_a_keys_function_raises_reaches_the_caller() -> None:
    def give() -> str:
        raise LookupError("no vault")

    async with answered_with(ANSWER, api_key=give) as (client, server):
        with pytest.raises(LookupError, match="no vault"):
            await client.start("Hi")
    assert server.connections == 0


async def test_a_function_that_gives_no_key_is_refused() -> None:
    async with answered_with(ANSWER, api_key=lambda: 5) as (client, server):
        with pytest.raises(ConfigurationError, match="api_key must be a str"):
            await client.start("Hi")
    assert server.connections == 0


async def test_headers_add_up() -> None:
    async with answered_with(ANSWER, headers={"X-A": "client", "X-B": "client"}) as (
        client,
        server,
    ):
        view = client.with_options(headers={"X-B": "view", "X-C": "view"})
        await view.start("Hi", headers={"X-C": "call", "X-D": "call"})
        await client.start("Hi")
    first, second = (request.headers for request in server.requests)
    assert [first[f"x-{name}"] for name in "abcd"] == ["client", "view", "call", "call"]
    assert [second.get(f"x-{name}") for name in "abcd"] == [
        "client",
        "client",
        None,
        None,
    ]


@for_each("name", ["X-A", "User-Agent", "Accept"])
async def test_a_header_replaces_another_whatever_its_case(name: str) -> None:
    async with answered_with(ANSWER, headers={name: "client"}) as (client, server):
        await client.start("Hi", headers={name.lower(): "call"})
    assert server.requests[0].headers[name.lower()] == "call"


async def test_a_view_has_other_defaults_on_the_same_connections() -> None:
    async with answered_with(ANSWER, api_key="sk-1") as (client, server):
        view = client.with_options(api_key="sk-2")
        assert type(view) is AsyncConversations
        async with view:
            await view.start("Hi")
        await view.start("Hi")
        await client.start("Hi")
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer sk-2", "Bearer sk-2", "Bearer sk-1"]
    assert server.connections == 1


async def test_closing_the_client_closes_its_views() -> None:
    async with answered_with(ANSWER) as (client, _):
        view = client.with_options(retries=0)
        await client.aclose()
        with pytest.raises(ConfigurationError, match="this client is closed"):
            await view.start("Hi")


@for_each(
    ("of_client", "of_view", "of_call", "requests"),
    [
        (0, None, None, 1),
        (3, None, None, 4),
        (0, 1, None, 2),
        (0, 1, 2, 3),
        (5, None, RetryPolicy(max_retries=0), 1),
        (RetryPolicy(max_retries=1), None, None, 2),
    ],
)
async def test_retries_of_a_client_a_view_a_call(
    of_client: Any, of_view: Any, of_call: Any, requests: int
) -> None:
    async with answered_with(BUSY, retries=of_client) as (client, server):
        view = client.with_options(retries=of_view)
        with pytest.raises(RateLimitError) as caught:
            await view.start("Hi", retries=of_call)
    assert len(server.requests) == requests
    assert caught.value.attempts == requests


@pytest.mark.parametrize("where", ["client", "view", "call"])
async def test_a_timeout_of_a_client_a_view_a_call(where: str) -> None:
    limits: dict[str, Any] = dict.fromkeys(["client", "view", "call"])
    limits[where] = Timeout(response=0.05)
    async with served_by(mute, timeout=limits["client"]) as (client, _):
        view = client.with_options(timeout=limits["view"])
        with pytest.raises(APITimeoutError) as caught:
            await view.start("Hi", timeout=limits["call"])
    assert caught.value.phase == "response"


async def test_a_number_as_timeout_is_the_total() -> None:
    async with served_by(mute, timeout=Timeout(response=30)) as (client, _):
        with pytest.raises(APITimeoutError) as caught:
            await client.start("Hi", timeout=0.05)
    assert caught.value.phase == "total"


async def test_the_log_names_the_call_and_never_key_or_body(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"mistral-correlation-id": "req-77"}
    answer = json_answer(response(), headers=headers)
    async with answered_with(BUSY, answer, api_key="sk-canary") as (client, _):
        await client.append("conv_1", "a secret question")
    lines = [
        r.getMessage() for r in caplog.records if r.name == "mistral_conversations"
    ]
    first, retry, second = lines
    assert retry.startswith(
        "POST /v1/conversations/conv_1: attempt 1 failed (HTTP 429)"
    )
    assert first.startswith("POST /v1/conversations/conv_1: 429, request id None, ")
    assert first.endswith("attempt 1")
    assert second.startswith("POST /v1/conversations/conv_1: 200, request id req-77, ")
    assert re.search(r", \d+\.\d{3} s, attempt 2$", second)
    for word in ("sk-canary", "secret question", "Blue, mostly"):
        assert word not in caplog.text


async def test_the_log_reports_a_lost_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="mistral_conversations")

    async def close(_: Request, connection: Connection) -> None:
        connection.close()

    async with served_by(close) as (client, _):
        with pytest.raises(ConnectionError):
            await client.start("Hi")
    assert "POST /v1/conversations: APIConnectionError, request id None" in caplog.text


async def test_only_a_retry_is_logged_above_debug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="mistral_conversations")
    async with answered_with(BUSY, ANSWER) as (client, _):
        await client.start("Hi")
        await client.start("Hi")
    (line,) = [r for r in caplog.records if r.name == "mistral_conversations"]
    assert line.levelno == logging.INFO
