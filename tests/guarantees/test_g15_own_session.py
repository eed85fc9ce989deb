"""G15: a session handed in keeps its own settings, but may not replace the key."""

import base64
import warnings
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    ConfigurationError,
)
from tests.support.clients import FAST, OPERATIONS, answers, client_of, whole_answer
from tests.support.for_each import for_each
from tests.support.proxies import Authority
from tests.support.raw_server import Connection, Request, http, raw_server

pytestmark = pytest.mark.anyio


def session_with(what: str) -> aiohttp.ClientSession:
    """Return a session that would insert a key of its own."""
    if what == "trust_env":
        return aiohttp.ClientSession(trust_env=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return aiohttp.ClientSession(auth=aiohttp.BasicAuth("me", "s3cret"))


@for_each("what", ["trust_env", "auth"])
@for_each("operation", OPERATIONS)
async def test_session_that_would_replace_the_key_is_refused(
    operation: str, what: str
) -> None:
    async with (
        raw_server(answers(whole_answer())) as server,
        session_with(what) as session,
        client_of(server, session=session) as client,
    ):
        for _ in range(2):
            with pytest.raises(ConfigurationError, match=what) as caught:
                await OPERATIONS[operation](client)
            assert "s3cret" not in str(caught.value)
        assert server.connections == 0


async def test_session_without_them_is_taken() -> None:
    async with (
        raw_server(answers(whole_answer())) as server,
        aiohttp.ClientSession() as session,
        client_of(server, session=session) as client,
    ):
        await client.start("Sky?", model="m")
        assert server.requests[0].headers["authorization"] == "Bearer key"


async def test_session_brings_its_own_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read of what the environment names: it would not be used."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    authority = Authority()
    context = authority.server_context("localhost")
    trusting: Any = aiohttp.TCPConnector(ssl=authority.client_context())
    async with (
        raw_server(answers(whole_answer()), ssl=context) as server,
        aiohttp.ClientSession(connector=trusting) as session,
        AsyncConversations(
            "key", base_url=f"https://localhost:{server.port}", session=session
        ) as client,
    ):
        assert (await client.start("Sky?", model="m")).text == "Blue, mostly."


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
async def test_session_uses_no_proxy_of_the_environment(
    proxy: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy)
    async with (
        raw_server(answers(whole_answer())) as server,
        aiohttp.ClientSession() as session,
        client_of(server, session=session) as client,
    ):
        await client.start("Sky?", model="m")
        assert server.requests[0].target == "/v1/conversations"


CREDENTIALS = f"Basic {base64.b64encode('me:s3cret-€'.encode()).decode()}"


@pytest.mark.parametrize("by", ["session", "parameter"])
async def test_session_uses_its_own_proxy_or_that_of_the_client(by: str) -> None:
    async with raw_server(answers(whole_answer())) as proxy:
        url = f"http://me:s3cret-%E2%82%AC@127.0.0.1:{proxy.port}"
        other = "http://127.0.0.1:9"
        async with aiohttp.ClientSession(
            proxy=url if by == "session" else other
        ) as session:
            client = AsyncConversations(
                "key",
                base_url="http://service.test",
                session=session,
                proxy=url if by == "parameter" else None,
            )
            await client.start("Sky?", model="m")
        request = proxy.requests[0]
    assert request.target == "http://service.test/v1/conversations"
    assert request.headers["proxy-authorization"] == CREDENTIALS


@pytest.mark.parametrize("operation", ["start", "list", "start_stream"])
@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 abc\r\n\r\n", b"\xff\r\n\r\n", http(407), http(204)]
)
async def test_tunnel_of_the_sessions_proxy_that_fails_sent_nothing(
    answer: bytes, operation: str
) -> None:
    async def refuse(_: Request, connection: Connection) -> None:
        await connection.send(answer)
        connection.close()

    async with raw_server(refuse) as proxy:
        url = f"http://me:s3cret-%E2%82%AC@127.0.0.1:{proxy.port}"
        async with aiohttp.ClientSession(proxy=url) as session:
            client = AsyncConversations(
                "key", base_url="https://service.test", session=session, retries=FAST
            )
            with pytest.raises(APIConnectionError, match="could not connect") as caught:
                await OPERATIONS[operation](client)
        assert len(proxy.requests) == FAST.max_retries + 1
        assert proxy.requests[0].headers["proxy-authorization"] == CREDENTIALS
    assert not caught.value.may_have_been_processed
    for error in (caught.value, caught.value.__cause__, caught.value.__context__):
        assert "s3cret" not in f"{error}{error!r}{getattr(error, 'args', ())}"
