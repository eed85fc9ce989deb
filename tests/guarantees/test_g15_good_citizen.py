"""G15: keys, headers, ids and redirects are handled correctly."""

import gzip
import zlib
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from mistral_conversations import (
    AsyncConversations,
    ConfigurationError,
    MistralConversationsError,
    SDKError,
    Timeout,
)
from tests.support.bodies import CONVERSATION_ID, response, text_stream
from tests.support.clients import (
    FAST,
    OPERATIONS,
    answers,
    becomes_true,
    client_of,
    whole_answer,
)
from tests.support.for_each import for_each
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    http,
    json_answer,
    raw_server,
    stream_head,
)

pytestmark = pytest.mark.anyio

IDS = [
    "a/b",
    "..",
    ".",
    "../v1/agents",
    "a/../../b",
    "a?b=c",
    "a#b",
    "%2F",
    "100%",
    "a b",
    "a\\b",
    "a;b=c",
    "a:b@c",
    "a\r\nX-Evil: yes",
    "a\x00b",
    "é日本😀",
    "...",
]


@for_each("status", [301, 302, 303, 307, 308])
@for_each("operation", ["start", "start_stream", "get", "delete"])
async def test_redirect_is_not_followed(operation: str, status: int) -> None:
    moved = http(status, b"", {"Location": "/v1/elsewhere"})
    async with (
        raw_server(answers(moved)) as server,
        client_of(server, retries=FAST) as client,
    ):
        with pytest.raises(SDKError) as caught:
            await OPERATIONS[operation](client)
        assert len(server.requests) == 1
    assert caught.value.status == status


@for_each("conversation_id", IDS)
async def test_id_stays_one_segment_of_the_path(conversation_id: str) -> None:
    async with raw_server(answers(http(404))) as server, client_of(server) as client:
        calls: list[Any] = [
            client.get(conversation_id),
            client.get_history(conversation_id),
            client.append(conversation_id, "Sky?"),
            client.restart(conversation_id, "msg_1"),
        ]
        for call in calls:
            with pytest.raises(SDKError):
                await call
        targets = [request.target for request in server.requests]
    segments = [target.removeprefix("/v1/conversations/") for target in targets]
    segment = segments[0]
    assert targets[0] == f"/v1/conversations/{segment}"
    assert segments[1:] == [f"{segment}/history", segment, f"{segment}/restart"]
    assert unquote(segment) == conversation_id
    assert not set("/?#\\ \r\n") & set(segment)
    assert segment not in {".", ".."}
    assert segment.isascii()


async def test_usual_id_goes_as_it_is() -> None:
    async with raw_server(answers(http(204))) as server, client_of(server) as client:
        await client.delete(CONVERSATION_ID)
        assert server.requests[0].target == f"/v1/conversations/{CONVERSATION_ID}"


async def test_metadata_of_a_list_is_one_parameter_of_the_query() -> None:
    async with (
        raw_server(answers(json_answer([]))) as server,
        client_of(server) as client,
    ):
        await client.list(metadata={"a&b": "c=d#e f+é"})
        query = server.requests[0].target.partition("?")[2]
    name, _, value = query.partition("=")
    assert name == "metadata"
    assert not set("&=# ") & set(value)
    assert unquote(value.replace("+", " ")) == '{"a&b":"c=d#e f+é"}'


@for_each("path", ["", "/gateway/mistral", "/gate%20way"])
async def test_path_of_the_base_url_is_kept(path: str) -> None:
    async with raw_server(answers(json_answer([]))) as server:
        url = f"{server.base_url}{path}/"
        async with AsyncConversations("key", base_url=url) as client:
            await client.list()
        assert server.requests[0].target == f"{path}/v1/conversations"


@for_each("key", ["", " ", "\n", "s3crét", "s3cret\n", " s3cret", "s3cret\r\nB: c"])
def test_key_that_no_header_holds_is_refused_at_construction(key: str) -> None:
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        AsyncConversations(key)
    assert "s3cr" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="api_key"):
        AsyncConversations("key").with_options(api_key=key)


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_no_key_at_all_is_refused_at_the_first_call(
    operation: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is not None:
        monkeypatch.setenv("MISTRAL_API_KEY", value)
    async with raw_server(answers(json_answer([]))) as server:
        async with AsyncConversations(base_url=server.base_url) as client:
            with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
                await OPERATIONS[operation](client)
        assert server.requests == []


async def test_key_of_the_environment_is_read_at_each_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        raw_server(answers(json_answer([]))) as server,
        AsyncConversations(base_url=server.base_url) as client,
    ):
        for key in ("first", "second"):
            monkeypatch.setenv("MISTRAL_API_KEY", key)
            await client.list()
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer first", "Bearer second"]


@for_each("line_end", ["\n", "\r", "\r\n"])
def test_line_end_in_a_header_is_refused(line_end: str) -> None:
    client = AsyncConversations("key")
    for headers in (
        {"X-Name": f"a{line_end}X-Evil: yes"},
        {f"X-Name{line_end}X-Evil": "yes"},
    ):
        with pytest.raises(ConfigurationError, match="headers"):
            AsyncConversations("key", headers=headers)
        with pytest.raises(ConfigurationError, match="headers"):
            client.with_options(headers=headers)
        with pytest.raises(ConfigurationError, match="headers"):
            client.start_stream("Sky?", model="m", headers=headers)


async def test_line_end_in_a_header_of_a_call_is_refused() -> None:
    async with raw_server(answers(json_answer([]))) as server:
        async with client_of(server) as client:
            with pytest.raises(ConfigurationError, match="headers"):
                await client.list(headers={"X-Name": "a\nX-Evil: yes"})
        assert server.requests == []


async def test_requests_name_the_client() -> None:
    async with (
        raw_server(answers(json_answer([]))) as server,
        client_of(server) as client,
    ):
        await client.list()
    agent = server.requests[0].headers["user-agent"]
    assert agent.startswith("mistral-conversations/")


async def test_netrc_is_never_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text(
        "machine 127.0.0.1 login other password secret\n"
        "default login other password secret\n"
    )
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    async with (
        raw_server(answers(whole_answer())) as server,
        client_of(server) as client,
    ):
        await client.start("Sky?", model="m")
    assert server.requests[0].headers["authorization"] == "Bearer key"


def compressed(encoding: str, content: bytes) -> bytes:
    return gzip.compress(content) if encoding == "gzip" else zlib.compress(content)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_answer_is_read(encoding: str) -> None:
    plain = json_answer(response()).partition(b"\r\n\r\n")[2]
    reply = http(200, compressed(encoding, plain), {"Content-Encoding": encoding})
    async with raw_server(answers(reply)) as server, client_of(server) as client:
        assert (await client.start("Sky?", model="m")).text == "Blue, mostly."
        assert encoding in server.requests[0].headers["accept-encoding"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_refusal_is_reported(encoding: str) -> None:
    body = compressed(encoding, b'{"message": "Not today."}')
    reply = http(400, body, {"Content-Encoding": encoding})
    async with raw_server(answers(reply)) as server, client_of(server) as client:
        with pytest.raises(SDKError, match="Not today"):
            await client.start("Sky?", model="m")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_stream_gives_each_event_as_it_comes(encoding: str) -> None:
    """No event is sent before the one before it was taken."""
    bodies = text_stream("one", "two", "three")
    taken = 0

    def has_taken(number: int) -> bool:
        return taken >= number

    async def one_by_one(_: Request, connection: Connection) -> None:
        bits = 31 if encoding == "gzip" else 15
        packer = zlib.compressobj(wbits=bits)
        await connection.send(stream_head({"Content-Encoding": encoding}))
        for number, body in enumerate(bodies):
            assert await becomes_true(partial(has_taken, number))
            data = packer.compress(event(body)) + packer.flush(zlib.Z_SYNC_FLUSH)
            await connection.send(chunked(data))
        await connection.send(chunked(packer.flush(), end=True))

    async with (
        raw_server(one_by_one) as server,
        client_of(server, timeout=Timeout(idle=2)) as client,
    ):
        async with client.start_stream("Count", model="m") as stream:
            async for _ in stream:
                taken += 1
        assert (await stream.response()).text == "onetwothree"
        await client.start_stream("Again", model="m").response()
        assert server.connections == 1


@for_each("encoding", ["gzip", "deflate", "br", "zstd", "nonsense"])
@for_each("operation", ["start", "start_stream"])
async def test_answer_in_a_broken_or_unknown_compression_is_an_error_of_ours(
    operation: str, encoding: str
) -> None:
    kind = "text/event-stream" if operation == "start_stream" else "application/json"
    headers = {"Content-Encoding": encoding, "Content-Type": kind}
    reply = http(200, b"\x1f\x8b this is not compressed", headers)
    async with raw_server(answers(reply)) as server, client_of(server) as client:
        with pytest.raises(MistralConversationsError) as caught:
            await OPERATIONS[operation](client)
    assert caught.value.may_have_been_processed
