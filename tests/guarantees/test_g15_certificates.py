"""G15: TLS is verified, in every kind of call, directly and through a tunnel."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import APIConnectionError, AsyncMistral, Mistral
from tests.support.clients import FAST, nothing_in_use, whole_answer, whole_stream
from tests.support.file_bodies import file
from tests.support.proxies import Authority, proxy_to
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    http,
    json_answer,
    raw_server_on_thread,
)

pytestmark = pytest.mark.anyio

PASSWORD = "s3cret"
DAY = timedelta(days=1)


async def answer(request: Request, connection: Connection) -> None:
    if request.target.endswith("/content"):
        await connection.send(http(200, b"contents"))
    elif request.target.startswith("/v1/files"):
        await connection.send(json_answer(file()))
    elif request.json.get("stream"):
        await connection.send(whole_stream())
    else:
        await connection.send(whole_answer())


def look(place: str) -> str:
    """Look at a place."""
    return place


CALLS: dict[str, Callable[[AsyncMistral], Awaitable[Any]]] = {
    "start": lambda c: c.conversations.start("Sky?", model="m"),
    "stream": lambda c: c.conversations.start_stream("Sky?", model="m").response(),
    "run": lambda c: c.conversations.run("Sky?", model="m", tools=[look]),
    "upload": lambda c: c.files.upload(b"contents" * 9999, name="sky.txt"),
    "download": lambda c: c.files.download("1"),
}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@asynccontextmanager
async def served(
    authority: Authority, *names: str, **validity: datetime
) -> AsyncIterator[tuple[RawServer, dict[str, str]]]:
    """Yield a server whose certificate has these names, and a proxy before it.

    A loop in debug mode would report each refused handshake: the server has its own.
    """
    context = authority.server_context(*names, **validity)
    with raw_server_on_thread(answer, ssl=context) as server:
        async with proxy_to(server) as proxy:
            yield server, {"proxy": f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}"}


def client_of(server: RawServer, **options: Any) -> AsyncMistral:
    base_url = f"https://localhost:{server.port}"
    return AsyncMistral("key", base_url=base_url, retries=0, **options)


async def assert_refused(
    server: RawServer,
    through: dict[str, str],
    reason: str,
    **options: Any,
) -> None:
    for way in ({}, through):
        async with client_of(server, **way, **options) as client:
            for call in CALLS.values():
                with pytest.raises(APIConnectionError, match=reason) as caught:
                    await call(client)
                assert not caught.value.may_have_been_processed
                assert str(caught.value).endswith(f"(localhost:{server.port})")
                assert PASSWORD not in str(caught.value)
            assert await nothing_in_use(client)
    assert server.requests == []


async def assert_accepted(
    server: RawServer, through: dict[str, str], **options: Any
) -> None:
    for way in ({}, through):
        async with client_of(server, **way, **options) as client:
            for call in CALLS.values():
                await call(client)
    assert len(server.requests) == 2 * len(CALLS)
    server.requests.clear()


async def test_unknown_authority_is_refused_until_it_is_named(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(authority, "localhost") as (server, through):
        remedy = r"; to trust its authority, .* SSL_CERT_FILE, or pass ssl="
        reason = f"certificate verify failed: .*{remedy}"
        await assert_refused(server, through, reason)
        await assert_refused(server, through, reason, ssl=True)
        other = Authority().client_context()
        await assert_refused(server, through, remedy, ssl=other)
        await assert_accepted(server, through, ssl=authority.client_context())
        await assert_accepted(server, through, ssl=False)
        named = str(authority.write(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", named)
        await assert_accepted(server, through)
        await assert_accepted(server, through, ssl=True)
        await assert_refused(server, through, remedy, ssl=other)


async def test_certificate_for_another_name_is_refused(authority: Authority) -> None:
    trusting: dict[str, Any] = {"ssl": authority.client_context()}
    for names in (["elsewhere.test"], ["*.localhost", "localhost.test", "127.0.0.1"]):
        async with served(authority, *names) as (server, through):
            reason = r"Hostname mismatch, .*localhost'; use a name in base_url"
            await assert_refused(server, through, reason, **trusting)


async def test_certificate_of_another_time_is_refused(authority: Authority) -> None:
    trusting: dict[str, Any] = {"ssl": authority.client_context()}
    now = datetime.now(UTC)
    validities: dict[str, dict[str, datetime]] = {
        "has expired": {"not_before": now - 2 * DAY, "not_after": now - DAY},
        "is not yet valid": {"not_before": now + DAY},
    }
    for state, validity in validities.items():
        async with served(authority, "localhost", **validity) as (server, through):
            reason = f"certificate {state}; check this machine's clock"
            await assert_refused(server, through, reason, **trusting)


async def test_proxy_with_an_unknown_authority_gets_no_request(
    authority: Authority,
) -> None:
    """A tunnel may begin with TLS of its own, to the proxy."""
    context = authority.server_context("localhost")
    with raw_server_on_thread(answer, ssl=context) as proxy:
        way = {"proxy": f"https://me:{PASSWORD}@localhost:{proxy.port}"}
        for call in CALLS.values():
            async with client_of(proxy, **way) as client:
                with pytest.raises(APIConnectionError, match="SSL_CERT_FILE") as caught:
                    await call(client)
            assert PASSWORD not in str(caught.value)
        assert proxy.requests == []


async def test_server_without_tls_is_explained() -> None:
    async def speak_plainly(_: Any, writer: Any) -> None:
        writer.write(http(400))
        writer.close()

    async with await asyncio.start_server(speak_plainly, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = AsyncMistral("key", base_url=f"https://localhost:{port}", retries=0)
        async with client:
            with pytest.raises(APIConnectionError, match="may need http://") as caught:
                await client.models.list()
    assert "_ssl.c" not in str(caught.value)


def test_blocking_client_verifies_as_its_twin(authority: Authority) -> None:
    context = authority.server_context("localhost")
    with raw_server_on_thread(answer, ssl=context) as server:
        place: dict[str, Any] = {"base_url": f"https://localhost:{server.port}"}
        with Mistral("key", retries=0, **place) as client:
            for call in (
                lambda: client.conversations.start("Sky?", model="m"),
                lambda: [*client.conversations.start_stream("Sky?", model="m")],
                lambda: client.files.download("1"),
            ):
                with pytest.raises(APIConnectionError, match="SSL_CERT_FILE"):
                    call()
        assert server.requests == []
        with Mistral("key", ssl=authority.client_context(), **place) as client:
            assert client.files.download("1") == b"contents"


async def test_refused_certificate_is_no_reason_to_send_anything(
    authority: Authority,
) -> None:
    """Retries connect again, and verify again."""
    async with served(authority, "localhost") as (server, _):
        async with client_of(server) as client:
            with pytest.raises(APIConnectionError) as caught:
                await client.with_options(retries=FAST).models.list()
        assert caught.value.attempts == FAST.max_retries + 1
        assert server.requests == []
