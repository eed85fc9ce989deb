"""The gate: it holds attempts, on a clock that the limits of the call do not see."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    APITimeoutError,
    AsyncConversations,
    ConfigurationError,
    RateLimitError,
    RetryInfo,
    RetryPolicy,
    SDKError,
    Timeout,
)
from mistral_conversations._transport.gate import Gate
from mistral_conversations._transport.uploads.upload import upload_of
from mistral_conversations.server import LocalServer, Trouble
from tests._transport.test_transport import OPTIONS, POST, UPLOAD, transport_of
from tests.support.clients import answers
from tests.support.raw_server import http, raw_server

pytestmark = pytest.mark.anyio

REFUSED = Trouble(status=429, retry_after=90)


class NotedGate:
    """A gate that notes what happens, and waits as it is told.

    Args:
        seconds: how long each attempt is held.
        repeats: what `refused` returns.
    """

    def __init__(self, seconds: float = 0.0, repeats: float | None = None) -> None:
        self.seconds = seconds
        self.repeats = repeats
        self.error: SDKError | None = None
        self.notes: list[Any] = []
        self.is_entered = asyncio.Event()

    async def enter(self, tokens: int) -> "NotedGate":
        self.notes.append(("enter", tokens > 0))
        self.is_entered.set()
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return self

    def left(self, *, answered: bool) -> None:
        self.notes.append(("left", answered))

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        self.notes.append((status, "date" in headers))

    def refused(self, error: SDKError) -> float | None:
        self.notes.append(type(error))
        return self.repeats


@asynccontextmanager
async def gated(
    gate: Gate, *troubles: Trouble, **settings: Any
) -> AsyncIterator[tuple[AsyncConversations, LocalServer]]:
    async with LocalServer() as server:
        for trouble in troubles:
            server.inflict(trouble)
        client = AsyncConversations("key", base_url=server.base_url, **settings)
        async with client:
            connection = client._connection
            options = attrs.evolve(connection.options, gate=gate)
            client._connection = attrs.evolve(connection, options=options)
            yield client, server


async def test_attempt_passes_and_is_over() -> None:
    gate = NotedGate()
    async with gated(gate) as (client, _):
        await client.start("Hi", model="m")
        await client.list()
    passed = [(200, True), ("left", True)]
    assert gate.notes == [("enter", True), *passed, ("enter", False), *passed]


async def test_stream_passes_and_is_over_when_it_begins() -> None:
    gate = NotedGate()
    async with (
        gated(gate) as (client, _),
        client.start_stream("Hi", model="m") as stream,
    ):
        async for _event in stream:
            break
        assert gate.notes == [("enter", True), (200, True), ("left", True)]


async def test_upload_passes_each_time() -> None:
    gate = NotedGate()
    async with raw_server(answers(http(503, b""), http(200, b"ok"))) as server:
        transport = transport_of(server)
        retries = RetryPolicy(first_delay=0, resend=True)
        options = attrs.evolve(OPTIONS, gate=gate, retries=retries)
        await transport.upload(UPLOAD, upload_of(b"x", "a", None, None), options)
        await transport.aclose()
    assert gate.notes.count(("left", False)) == 1
    assert gate.notes.count(("left", True)) == 1


async def test_refused_call_is_repeated_beyond_its_policy() -> None:
    gate = NotedGate(repeats=90)
    async with gated(gate, *[REFUSED] * 5) as (client, server):
        response = await client.start("Hi", model="m", retries=0)
        assert response.meta is not None
        assert response.meta.attempts == 6
        assert len(server.requests) == 6
    assert gate.notes.count(("enter", True)) == 6
    assert gate.notes.count(RateLimitError) == 5


async def test_call_that_is_refused_for_ever_fails() -> None:
    gate = NotedGate(repeats=0)
    async with gated(gate) as (client, server):
        server.inflict(REFUSED, times=None)
        with pytest.raises(RateLimitError) as caught:
            await client.start("Hi", model="m")
    assert caught.value.attempts == 11
    assert not caught.value.may_have_been_processed


async def test_policy_counts_its_own_retries_only() -> None:
    gate = NotedGate(repeats=0)
    async with gated(gate) as (client, server):
        server.inflict(Trouble(status=429), times=None)
        policy = RetryPolicy(2, first_delay=0)
        with pytest.raises(RateLimitError) as caught:
            await client.start("Hi", model="m", retries=policy)
    assert caught.value.attempts == 13


async def test_gate_that_does_not_hold_leaves_the_policy_to_decide() -> None:
    async with gated(NotedGate(), REFUSED) as (client, _):
        with pytest.raises(RateLimitError):
            await client.start("Hi", model="m")


async def test_body_that_can_be_sent_once_only_is_not_repeated() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"

    gate = NotedGate(repeats=0)
    async with raw_server(answers(http(429, b""))) as server:
        transport = transport_of(server)
        upload = upload_of(pieces(), "a", None, None)
        with pytest.raises(RateLimitError):
            await transport.upload(UPLOAD, upload, attrs.evolve(OPTIONS, gate=gate))
        await transport.aclose()
    assert gate.notes.count(RateLimitError) == 1


async def test_time_at_the_gate_does_not_count() -> None:
    gate = NotedGate(seconds=0.4)
    async with gated(gate) as (client, _):
        await client.start("Hi", model="m", timeout=0.35)


async def test_time_after_the_gate_counts() -> None:
    gate = NotedGate(seconds=0.01)
    async with gated(gate, Trouble(delay=30)) as (client, _):
        with pytest.raises(APITimeoutError) as caught:
            await client.start("Hi", model="m", timeout=0.1)
    assert caught.value.phase == "total"
    assert gate.notes[-1] == ("left", False)


async def test_gate_may_end_a_call() -> None:
    gate = NotedGate()
    gate.error = RateLimitError("exhausted", status=429)
    async with gated(gate) as (client, server):
        with pytest.raises(RateLimitError, match="exhausted") as caught:
            await client.start("Hi", model="m", timeout=5)
        assert not server.requests
    assert caught.value.attempts == 0


async def test_closing_the_client_ends_the_wait() -> None:
    gate = NotedGate(seconds=30)
    async with gated(gate) as (client, server):
        call = asyncio.create_task(client.start("Hi", model="m", timeout=5))
        await gate.is_entered.wait()
        await client.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            await call
        assert not server.requests


async def test_cancel_ends_the_wait() -> None:
    gate = NotedGate(seconds=30)
    async with gated(gate) as (client, server):
        call = asyncio.create_task(client.start("Hi", model="m", timeout=5))
        await gate.is_entered.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert not server.requests


async def test_hooks_see_how_long_the_gate_holds() -> None:
    delays: list[float] = []

    def note(info: RetryInfo) -> None:
        delays.append(info.delay)

    gate = NotedGate(repeats=7.0)
    async with gated(gate, REFUSED, REFUSED, on_retry=note) as (client, _):
        await client.start("Hi", model="m")
    assert delays == [7.0, 7.0]


async def test_deadline_that_has_passed_at_the_gate_ends_the_call() -> None:
    options = attrs.evolve(OPTIONS, gate=NotedGate(), timeout=Timeout(total=1e-9))
    async with raw_server(answers(http(200, b"ok"))) as server:
        transport = transport_of(server)
        with pytest.raises(APITimeoutError):
            await transport.fetch(POST, options)
        await transport.aclose()
