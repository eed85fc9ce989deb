"""G14: a connection that cannot be made is reported once, with its reason."""

import traceback
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    AuthenticationError,
    Conversations,
)
from tests.support.clients import answers, lose, refusal, whole_answer
from tests.support.for_each import for_each
from tests.support.proxies import Authority
from tests.support.raw_server import RawServer, raw_server, raw_server_on_thread

pytestmark = pytest.mark.anyio


async def message(base_url: str, **options: Any) -> str:
    client = AsyncConversations("key", base_url=base_url, retries=0, **options)
    async with client:
        with pytest.raises(APIConnectionError) as caught:
            await client.list()
    assert not caught.value.may_have_been_processed
    return str(caught.value)


async def closed_port() -> int:
    async with raw_server(answers(whole_answer())) as server:
        return server.port


@for_each("scheme", ["http", "https"])
@for_each("host", ["127.0.0.1", "localhost"])
async def test_port_that_is_closed_is_reported_once(scheme: str, host: str) -> None:
    place = f"{host}:{await closed_port()}"
    found = await message(f"{scheme}://{place}")
    assert found == f"could not connect: Connection refused ({place})"


async def test_proxy_that_is_not_running_is_named() -> None:
    place = f"127.0.0.1:{await closed_port()}"
    found = await message("https://service.test", proxy=f"http://me:pw@{place}")
    assert found == f"could not connect to the proxy: Connection refused ({place})"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_host_without_an_address_is_reported_once(scheme: str) -> None:
    found = await message(f"{scheme}://nowhere.invalid")
    port = {"http": 80, "https": 443}[scheme]
    assert found.startswith("could not connect: ")
    assert found.endswith(f" (nowhere.invalid:{port})")
    for noise in ("Cannot", "ssl:", "Errno", "getaddrinfo"):
        assert noise not in found


async def test_certificate_that_is_not_trusted_is_reported_once() -> None:
    context = Authority().server_context("localhost")
    with raw_server_on_thread(answers(whole_answer()), ssl=context) as server:
        place = f"localhost:{server.port}"
        found = await message(f"https://{place}")
    assert found.startswith("could not connect: certificate verify failed: ")
    assert found.endswith(f" ({place})")
    assert "_ssl.c" not in found


def addressed(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
    monkeypatch.setenv("MISTRAL_API_KEY", "wrong-key-of-the-variable")


@pytest.mark.parametrize("given", [None, "wrong-key", lambda: "wrong-key"])
@pytest.mark.parametrize("streamed", [False, True])
async def test_wrong_key_of_the_variable_names_it(
    given: Any, monkeypatch: pytest.MonkeyPatch, *, streamed: bool
) -> None:
    async with raw_server(answers(refusal(401))) as server:
        addressed(server, monkeypatch)
        async with AsyncConversations(given) as client:
            stream = client.start_stream("Hi", model="m")
            with pytest.raises(AuthenticationError) as caught:
                await (stream.response() if streamed else client.list())
    assert ("MISTRAL_API_KEY" in str(caught.value)) == (given is None)
    assert caught.value.variable == (None if given else "MISTRAL_API_KEY")
    assert caught.value.message == "Not today."
    assert "wrong-key" not in str(caught.value)


async def test_view_with_a_key_of_its_own_names_no_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with raw_server(answers(refusal(401))) as server:
        addressed(server, monkeypatch)
        async with AsyncConversations() as client:
            with pytest.raises(AuthenticationError) as caught:
                await client.with_options(api_key="another").list()
    assert caught.value.variable is None


def test_wrong_key_of_the_variable_is_named_by_the_blocking_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with raw_server_on_thread(answers(refusal(401))) as server:
        addressed(server, monkeypatch)
        with Conversations() as client, pytest.raises(AuthenticationError) as caught:
            client.list()
    assert str(caught.value) == (
        "HTTP 401: Not today. (the key is that of MISTRAL_API_KEY)"
    )


@for_each("key", ["localhost", "127.0.0.1", "refused", "http://", "service.test"])
async def test_key_that_is_a_part_of_the_address_changes_no_error(key: str) -> None:
    """A local server takes any key, and such a text is masked wherever it stands."""
    nonsense = answers(b"HTTP/1.1 nonsense\r\n\r\n")
    port = await closed_port()
    async with raw_server(nonsense) as server, raw_server(answers(lose)) as proxy:
        for base_url, by in {
            f"http://localhost:{port}": "",
            f"http://127.0.0.1:{port}": "",
            f"http://localhost:{server.port}": "",
            "https://service.test": f"http://me:{key[:9]}@localhost:{port}",
            "http://service.test": f"http://me:{key[:9]}@localhost:{proxy.port}",
        }.items():
            way: dict[str, Any] = {"proxy": by} if by and "/" not in key else {}
            for streamed in (False, True):
                async with AsyncConversations(
                    key, base_url=base_url, retries=0, **way
                ) as client:
                    stream = client.start_stream("Hi", model="m")
                    with pytest.raises(APIConnectionError) as caught:
                        await (stream.response() if streamed else client.list())
                assert key not in str(caught.value)
                report = traceback.format_exception(caught.value)
                assert "str() failed" not in "".join(report)
