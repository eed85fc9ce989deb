"""G15: the environment or the caller chooses proxies and certificates."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AsyncConversations,
    ConfigurationError,
    SDKError,
    Timeout,
)
from tests.support.clients import (
    FAST,
    answers,
    begun_stream,
    client_of,
    lose,
    nothing_in_use,
    refusal,
    stay_mute,
    whole_answer,
    whole_stream,
    within,
)
from tests.support.proxies import Authority, proxy_to
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    http,
    raw_server,
    raw_server_on_thread,
)

pytestmark = pytest.mark.anyio

HOST = "service.test"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


async def obey(request: Request, connection: Connection) -> None:
    wish = request.json["inputs"]
    if wish == "begin":
        await connection.send(begun_stream())
        await connection.until_client_closes()
    else:
        await connection.send(whole_answer() if wish == "plain" else whole_stream())


@asynccontextmanager
async def tls_server(authority: Authority) -> AsyncIterator[RawServer]:
    context = authority.server_context(HOST, "localhost", "127.0.0.1")
    async with raw_server(obey, ssl=context) as server:
        yield server


def tls_url(server: RawServer) -> str:
    return f"https://localhost:{server.port}"


async def call_twice(client: AsyncConversations) -> None:
    assert (await client.start("plain", model="m")).text == "Blue, mostly."
    stream = client.start_stream("stream", model="m")
    assert (await stream.response()).text == "Blue."


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_http_goes_to_the_proxy_of_the_environment(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw_server(answers(whole_answer())) as proxy:
        if variable == "HTTP_PROXY":
            monkeypatch.setenv("NO_PROXY", "elsewhere.test")
        monkeypatch.setenv(variable, proxy.base_url)
        async with AsyncConversations("key", base_url=f"http://{HOST}") as client:
            await client.start("plain", model="m")
        request = proxy.requests[0]
    assert request.target == f"http://{HOST}/v1/conversations"
    assert request.headers["host"] == HOST
    assert request.headers["authorization"] == "Bearer key"


@pytest.mark.parametrize("by", ["environment", "parameter"])
async def test_https_goes_through_a_tunnel(
    by: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked of the proxy: this machine need not know it."""
    async with tls_server(authority) as server, proxy_to(server) as proxy:
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", proxy.base_url)
        client = AsyncConversations(
            "key",
            base_url=f"https://{HOST}",
            ssl=authority.client_context(),
            proxy=proxy.base_url if by == "parameter" else None,
        )
        async with client:
            await call_twice(client)
        assert [request.method for request in proxy.requests] == ["CONNECT"]
        assert proxy.requests[0].target == f"{HOST}:443"
        assert "authorization" not in proxy.requests[0].headers
        assert len(server.requests) == 2


async def test_proxy_lost_at_connect_means_that_nothing_was_sent() -> None:
    async with raw_server(answers(lose)) as proxy:
        client = AsyncConversations(
            "key", base_url=f"https://{HOST}", proxy=proxy.base_url, retries=FAST
        )
        async with client:
            with pytest.raises(APIConnectionError, match="could not connect") as caught:
                await client.start("through", model="m")
    assert not caught.value.may_have_been_processed
    assert caught.value.attempts == len(proxy.requests) == 3


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_credentials_of_a_proxy_are_sent_only_to_it(
    scheme: str, authority: Authority
) -> None:
    async with tls_server(authority) as behind, proxy_to(behind) as tunnel:
        async with raw_server(answers(whole_answer())) as plain:
            proxy = tunnel if scheme == "https" else plain
            client = AsyncConversations(
                "key",
                base_url=f"{scheme}://{HOST}",
                ssl=authority.client_context(),
                proxy=f"http://me:p%40ss@127.0.0.1:{proxy.port}",
            )
            async with client:
                await client.start("plain", model="m")
            sent = proxy.requests[0].headers["proxy-authorization"]
        assert base64.b64decode(sent.removeprefix("Basic ")) == b"me:p@ss"
        for request in behind.requests:
            assert "proxy-authorization" not in request.headers
            assert request.headers["authorization"] == "Bearer key"


@pytest.mark.parametrize(
    "bypassed", ["127.0.0.1", "localhost,127.0.0.1", "*", "127.0.0.0/8"]
)
async def test_no_proxy_names_hosts_to_reach_directly(
    bypassed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw_server(answers(whole_answer())) as server:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", bypassed)
        async with client_of(server) as client:
            await client.start("plain", model="m")
        assert server.requests[0].target == "/v1/conversations"


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_proxy_that_refuses_the_tunnel_is_a_connection_error(status: int) -> None:
    async with raw_server(answers(http(status))) as proxy:
        client = AsyncConversations(
            "key",
            base_url=f"https://{HOST}",
            proxy=f"http://me:s3cret@127.0.0.1:{proxy.port}",
            retries=FAST,
        )
        async with client:
            with pytest.raises(APIConnectionError) as caught:
                await client.start("plain", model="m")
        assert len(proxy.requests) == FAST.max_retries + 1
    assert not caught.value.may_have_been_processed
    assert str(status) in str(caught.value)
    assert "s3cret" not in str(caught.value)


async def test_proxy_that_is_not_running_is_a_connection_error() -> None:
    client = AsyncConversations(
        "key", base_url=f"http://{HOST}", proxy="http://127.0.0.1:9", retries=0
    )
    async with client:
        with pytest.raises(APIConnectionError) as caught:
            await client.start("plain", model="m")
    assert not caught.value.may_have_been_processed


async def test_proxy_that_is_mute_is_a_limit_of_connect() -> None:
    async with raw_server(answers(stay_mute)) as proxy:
        client = AsyncConversations(
            "key",
            base_url=f"https://{HOST}",
            proxy=proxy.base_url,
            timeout=Timeout(connect=0.1),
            retries=0,
        )
        async with client, within(0.1):
            with pytest.raises(APITimeoutError) as caught:
                await client.start("plain", model="m")
    assert caught.value.phase == "connect"
    assert not caught.value.may_have_been_processed


async def test_refusal_by_the_service_behind_a_proxy_is_the_services() -> None:
    async with raw_server(answers(refusal(429))) as proxy:
        client = AsyncConversations(
            "key", base_url=f"http://{HOST}", proxy=proxy.base_url, retries=0
        )
        async with client:
            with pytest.raises(SDKError) as caught:
                await client.start("plain", model="m")
    assert caught.value.status == 429


async def test_proxy_of_the_environment_that_cannot_be_used_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:s3cret@127.0.0.1:1080")
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        AsyncConversations("key")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("limit", [0, 1])
@pytest.mark.parametrize("names", [["localhost"], ["elsewhere.test"]])
async def test_certificate_that_is_not_to_be_trusted_is_a_connection_error(
    names: list[str], limit: int, authority: Authority
) -> None:
    """It is from nobody that is known, or for another name."""
    trusted = None if names == ["localhost"] else authority.client_context()
    with raw_server_on_thread(obey, ssl=authority.server_context(*names)) as server:
        client = AsyncConversations(
            "key", base_url=tls_url(server), retries=0, limit=limit, ssl=trusted
        )
        async with client:
            with pytest.raises(APIConnectionError, match=r"(?i)certificate") as caught:
                await client.start("plain", model="m")
            assert await nothing_in_use(client)
        assert server.requests == []
    assert not caught.value.may_have_been_processed


async def test_context_of_the_caller_is_used(authority: Authority) -> None:
    async with tls_server(authority) as server:
        context = authority.client_context()
        async with AsyncConversations(
            "key", base_url=tls_url(server), ssl=context
        ) as client:
            await call_twice(client)
            assert server.connections == 1
            stream = client.start_stream("begin", model="m")
            await anext(stream)
            await stream.aclose()
            assert await nothing_in_use(client)


async def test_no_check_where_the_caller_asks_for_none(authority: Authority) -> None:
    async with (
        tls_server(authority) as server,
        AsyncConversations("key", base_url=tls_url(server), ssl=False) as client,
    ):
        await call_twice(client)


async def test_ssl_cert_file_set_after_the_import_is_used(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.write(tmp_path / "ca.pem")))
    async with (
        tls_server(authority) as server,
        AsyncConversations("key", base_url=tls_url(server)) as client,
    ):
        await call_twice(client)


async def test_context_of_the_caller_wins_over_ssl_cert_file(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Authority().write(tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    async with tls_server(authority) as server:
        context = authority.client_context()
        async with AsyncConversations(
            "key", base_url=tls_url(server), ssl=context
        ) as client:
            await call_twice(client)


async def test_ssl_cert_file_that_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    async with AsyncConversations("key", base_url="https://127.0.0.1:9") as client:
        with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
            await client.start("plain", model="m")
