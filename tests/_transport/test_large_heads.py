"""Large headers, and many of them: an answer all the same, up to `max_header_bytes`."""

from collections.abc import Mapping

import aiohttp
import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    Conversations,
    DecodeError,
)
from tests.support.clients import (
    FAST,
    OPERATIONS,
    answers,
    becomes_true,
    client_of,
    whole_answer,
    whole_stream,
)
from tests.support.for_each import for_each
from tests.support.raw_server import raw_server, raw_server_on_thread

pytestmark = pytest.mark.anyio

HEADS: Mapping[str, bytes] = {
    "policy": b"Content-Security-Policy: " + b"a" * 9000 + b"\r\n",
    "cookie": b"Set-Cookie: a=" + b"b" * 60 * 1024 + b"\r\n",
    "name": b"X" * 9000 + b": y\r\n",
    "many": b"".join(b"X-%d: y\r\n" % number for number in range(500)),
}
TOO_LARGE: Mapping[str, bytes] = {
    "header": b"X-Long: " + b"a" * 100_000 + b"\r\n",
    "many": b"".join(b"X-%d: y\r\n" % number for number in range(3000)),
}
REPLIES: Mapping[str, bytes] = {
    "start": whole_answer(),
    "delete": b"HTTP/1.1 204 No Content\r\n\r\n",
    "start_stream": whole_stream("Blue."),
}


def with_headers(answer: bytes, headers: bytes) -> bytes:
    status, _, rest = answer.partition(b"\r\n")
    return status + b"\r\n" + headers + rest


@for_each("given", [False, True])
@for_each("operation", REPLIES)
@for_each("head", HEADS)
async def test_answer_with_a_large_head_is_taken(
    head: str, operation: str, *, given: bool
) -> None:
    reply = with_headers(REPLIES[operation], HEADS[head])
    async with (
        raw_server(answers(reply)) as server,
        aiohttp.ClientSession() as session,
        client_of(server, session=session if given else None) as client,
    ):
        await OPERATIONS[operation](client)
        assert len(server.requests) == 1


async def test_answer_with_a_long_reason_is_taken() -> None:
    reply = whole_answer().replace(b"200 Status", b"200 " + b"a" * 9000)
    async with raw_server(answers(reply)) as server, client_of(server) as client:
        assert (await client.start("Sky?", model="m")).text


@pytest.mark.parametrize("given", [False, True], ids=["own", "given"])
@pytest.mark.parametrize("operation", REPLIES)
@pytest.mark.parametrize("head", TOO_LARGE)
async def test_head_above_the_cap_names_the_option_and_is_not_asked_for_again(
    head: str, operation: str, *, given: bool
) -> None:
    reply = with_headers(REPLIES[operation], TOO_LARGE[head])
    async with (
        raw_server(answers(reply)) as server,
        aiohttp.ClientSession() as session,
        client_of(server, retries=FAST, session=session if given else None) as client,
    ):
        with pytest.raises(DecodeError, match="max_header_bytes") as caught:
            await OPERATIONS[operation](client)
        assert len(server.requests) == 1
        assert await becomes_true(lambda: not server.open_connections)
    assert caught.value.may_have_been_processed


@pytest.mark.parametrize("head", TOO_LARGE)
async def test_cap_can_be_raised(head: str) -> None:
    reply = with_headers(whole_answer(), TOO_LARGE[head])
    async with (
        raw_server(answers(reply)) as server,
        client_of(server, max_header_bytes=256 * 1024) as client,
    ):
        assert (await client.start("Sky?", model="m")).text


def test_blocking_client_has_the_cap_too() -> None:
    reply = with_headers(whole_answer(), HEADS["policy"])
    with raw_server_on_thread(answers(reply)) as server:
        with Conversations("key", base_url=server.base_url) as client:
            assert client.start("Sky?", model="m").text
        with (
            Conversations(
                "key", base_url=server.base_url, max_header_bytes=1000
            ) as client,
            pytest.raises(DecodeError, match="max_header_bytes"),
        ):
            client.start("Sky?", model="m")


async def test_large_head_of_a_proxy_has_connected_nothing() -> None:
    head = with_headers(b"HTTP/1.1 200 OK\r\n\r\n", TOO_LARGE["header"])
    async with raw_server(answers(head)) as proxy:
        client = AsyncConversations(
            "key", base_url="https://a.test", proxy=proxy.base_url, retries=0
        )
        async with client:
            with pytest.raises(APIConnectionError, match="could not connect") as caught:
                await client.list()
    assert not caught.value.may_have_been_processed
