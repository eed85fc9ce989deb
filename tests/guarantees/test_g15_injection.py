"""G15: no text of a caller adds a header, a segment, a parameter or a form field."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from email import policy
from email.parser import BytesParser
from typing import Any
from urllib.parse import unquote

import pytest

from mistral_conversations import (
    AsyncConversations,
    AsyncFiles,
    AsyncMistral,
    ConfigurationError,
    Conversations,
    MistralConversationsError,
    NotFoundError,
    ToolFileChunk,
)
from tests.support.clients import answers
from tests.support.every_operation import OPERATIONS, Operation, outcome
from tests.support.for_each import for_each
from tests.support.raw_server import RawServer, Request, http, raw_server
from tests.support.sent_requests import query_of

pytestmark = pytest.mark.anyio

CONTROLS = [*map(chr, range(32)), *map(chr, range(127, 160))]
LINES = "a\r\nX-Evil: 1\r\n\r\n"

HOSTILE_IDS = [
    "..",
    ".",
    f"%2e%2e/../..//evil.test\\..\\?a=b&c=d#e;f=g@h:i{{j}} é日\0\x1b\x85\u2028{LINES}",
]
UNSENDABLE_IDS = ["", " \t\r\n", "\u2003", "a\ud800"]

WITH_IDS = [operation for operation in OPERATIONS if operation.segments]


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    """Run a server that finds nothing."""
    async with raw_server(answers(http(404))) as server:
        yield server


@pytest.fixture
async def service(server: RawServer) -> AsyncIterator["Service"]:
    async with Service(server) as service:
        yield service


class Service(AsyncExitStack):
    """A server that finds nothing, and a client of each class."""

    def __init__(self, server: RawServer) -> None:
        super().__init__()
        self._server = server
        self._clients: dict[type, Any] = {}

    async def requests(self, operation: Operation, **given: Any) -> Any:
        """Call an operation, and return the requests, or why it was rejected."""
        cls, requests = operation.cls, self._server.requests
        requests.clear()
        if cls not in self._clients:
            client = cls("key", base_url=self._server.base_url, retries=0)
            self._clients[cls] = await self.enter_async_context(client)
        try:
            await outcome(operation.call(self._clients[cls], **given))
        except NotFoundError:
            return [*requests]
        except (TypeError, ValueError) as error:
            assert not requests
            return str(error)
        raise AssertionError(f"{operation} raised nothing, though it found nothing")


def path_of(request: Request) -> list[str]:
    return request.target.partition("?")[0].split("/")


def test_operations_with_ids_are_found() -> None:
    """The next test is derived from the classes, and would pass without operations."""
    names = {str(operation) for operation in WITH_IDS}
    assert len(names) > 50
    assert {
        "AsyncConversations.append_stream",
        "AsyncConversations.run_stream",
        "AsyncAgents.get_version",
        "AsyncBatchJobs.results",
        "AsyncConnectors.call_tool",
        "AsyncDocuments.wait_until_processed",
        "AsyncFiles.download",
    } <= names


@for_each("operation", WITH_IDS)
async def test_id_of_every_operation_stays_one_segment(
    operation: Operation, service: Service
) -> None:
    usual = {name: f"id{at}" for at, name in enumerate(operation.segments)}
    (plain,) = await service.requests(operation, **usual)
    assert set(usual.values()) <= set(path_of(plain))
    for hostile in HOSTILE_IDS:
        given = {name: f"{hostile}{at}" for at, name in enumerate(operation.segments)}
        if hostile in {".", ".."}:  # which are special only when they stand alone
            given = dict.fromkeys(operation.segments, hostile)
        (request,) = await service.requests(operation, **given)
        back = {usual[name]: id_ for name, id_ in given.items()}
        assert [unquote(part) for part in path_of(request)] == [
            back.get(part, part) for part in path_of(plain)
        ]
        assert not {".", ".."} & {*path_of(request)}
        assert request.target.isascii()
        assert request.target.partition("?")[2] == plain.target.partition("?")[2]
        assert (request.method, request.headers.keys()) == (
            plain.method,
            plain.headers.keys(),
        )


@for_each("operation", WITH_IDS)
async def test_id_that_cannot_be_sent_is_named(
    operation: Operation, service: Service
) -> None:
    usual = dict.fromkeys(operation.segments, "id")
    for name in operation.segments:
        for id_ in UNSENDABLE_IDS:
            reason = await service.requests(operation, **{**usual, name: id_})
            assert re.match(rf"{name}(_id)? (is blank|cannot be sent)", reason)


async def test_id_of_any_length_is_one_segment(server: RawServer) -> None:
    async with AsyncMistral("key", base_url=server.base_url) as client:
        with pytest.raises(NotFoundError):
            await client.files.retrieve("../" * 20_000)
    assert server.requests[0].target == "/v1/files/" + "..%2F" * 20_000


@for_each("file_id", HOSTILE_IDS)
async def test_id_from_an_answer_is_one_segment(
    file_id: str, server: RawServer, tmp_path: Any
) -> None:
    """A model, or a server, could name another path to download."""
    chunk = ToolFileChunk(tool="image_generation", file_id=file_id)
    async with AsyncFiles("key", base_url=server.base_url) as files:
        with pytest.raises(NotFoundError):
            await files.download_all([chunk], tmp_path)
    *_, segment, last = path_of(server.requests.pop())
    assert (unquote(segment), last) == (file_id, "content")


SEARCHES = [each for each in OPERATIONS if each.name.startswith(("get", "list"))]
TEXTS = {
    (str(operation), name)
    for operation in SEARCHES
    for name, parameter in operation.parameters.items()
    if "str" in str(parameter.annotation)
}


def test_texts_of_queries_are_found() -> None:
    assert {
        ("AsyncFiles.list", "search"),
        ("AsyncAgents.get", "agent_version"),
        ("AsyncLibraries.list", "page_token"),
        ("AsyncConnectors.list_tools", "credentials_name"),
    } <= TEXTS


@for_each("operation", SEARCHES)
async def test_text_in_a_query_is_one_parameter(
    operation: Operation, service: Service
) -> None:
    value = f"a&b=c+d #e?f%26g;h é\0{LINES}"
    (plain,) = await service.requests(operation)
    texts = {name for cls, name in TEXTS if cls == str(operation)}
    for name in texts - {"headers", *operation.segments}:
        for given in (value, [value], {value: value}):
            found = await service.requests(operation, **{name: given})
            if isinstance(found, str):  # of another type, or with rules of its own
                assert name in found
                continue
            assert path_of(found[0]) == path_of(plain)
            assert found[0].headers.keys() == plain.headers.keys()
            assert query_of(found[0]).keys() == query_of(plain).keys() | {name}
            if not isinstance(given, dict):
                assert query_of(found[0])[name] == [value]


@for_each("bad", [*CONTROLS, " ", "é", "\u2028", "\u202e", "😀", "\ud800"])
async def test_character_that_no_key_has_is_refused(bad: str) -> None:
    for key in (f"sk{bad}x", f"{bad}sk", f"sk{bad}"):
        with pytest.raises(ConfigurationError, match="api_key"):
            AsyncConversations(key)
        with pytest.raises(ConfigurationError, match="api_key"):
            Conversations("key").with_options(api_key=key)


@for_each("bad", ["\n", "\r", "\x00", "\x85", "é", "\ud800"])
async def test_character_that_no_key_has_is_refused_in_a_returned_one(
    bad: str, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def give() -> str:
        return f"sk{bad}X-Evil: 1"

    for key in (give, lambda: f"sk{bad}X-Evil: 1"):
        async with AsyncConversations(key, base_url=server.base_url) as client:
            with pytest.raises(ConfigurationError, match="api_key"):
                await client.list()
    if bad not in "\x00\ud800":  # which no variable can hold
        monkeypatch.setenv("MISTRAL_API_KEY", f"sk{bad}X-Evil: 1")
        async with AsyncConversations(base_url=server.base_url) as client:
            with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
                await client.list()
    assert server.connections == 0


@for_each("bad", [each for each in CONTROLS if each != "\t"] + ["\ud800"])
def test_control_character_in_a_header_is_refused(bad: str) -> None:
    for headers in ({"X-Name": f"a{bad}X-Evil: 1"}, {f"X{bad}Evil": "1"}):
        with pytest.raises(ConfigurationError, match="headers"):
            AsyncConversations("key", headers=headers)


@for_each("bad", [*CONTROLS, " ", "\\", "é", "\u2028", "\ud800", "?", "#", "@"])
def test_character_that_no_base_url_has_is_refused(bad: str) -> None:
    for url in (f"http://a.test{bad}", f"http://a{bad}.test", f"http://a.test/b{bad}c"):
        with pytest.raises(ConfigurationError, match="base_url"):
            AsyncConversations("key", base_url=url)


NAMES = [
    'a"; name="purpose',
    f"a.txt{LINES}",
    f'a"{LINES}--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nocr',
    *(f"a{control}b.txt" for control in "\r\n\x01\x0b\x1b\x1c\x1e\x7f\x85\x9b"),
    "a\u2028b\u2029c",
    "../../etc/passwd",
    "é日本😀\\",
]


async def test_name_of_a_file_stays_in_its_place(server: RawServer) -> None:
    async with AsyncFiles("key", base_url=server.base_url) as files:
        for name in NAMES:
            with pytest.raises(NotFoundError):
                await files.upload(b"contents", name=name, purpose="batch")
    for name, request in zip(NAMES, server.requests, strict=True):
        purpose, file = parts_of(request)
        assert purpose == [b'Content-Disposition: form-data; name="purpose"']
        assert file[1:] == [b"Content-Type: " + file[1].partition(b": ")[2]]
        head, _, quoted = file[0].partition(b"; filename=")
        assert head == b'Content-Disposition: form-data; name="file"'
        written = quoted.decode()
        assert (written[0], written[-1], written.count('"')) == ('"', '"', 2)
        assert written.isprintable()
        assert unquote(written[1:-1]) == name


def parts_of(request: Request) -> list[list[bytes]]:
    """Return the header lines of each part, where Python's own parser finds parts."""
    kind = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(kind + request.body)
    assert len(list(message.iter_parts())) == 2
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    _, *parts, end = request.body.split(b"--" + boundary)
    assert end == b"--\r\n"
    return [part.split(b"\r\n\r\n")[0].strip().split(b"\r\n") for part in parts]


@for_each("bad", [*(each for each in CONTROLS), "é", "\u2028", "\ud800"])
async def test_content_type_of_a_file_stays_in_its_place(
    bad: str, server: RawServer
) -> None:
    async with AsyncFiles("key", base_url=server.base_url) as files:
        for kind in (f"text/plain{bad}X-Evil: 1", f"text{bad}/plain", f"a/b{bad}"):
            with pytest.raises(ValueError, match="content_type"):
                await files.upload(b"x", name="a", content_type=kind)
    assert server.connections == 0


@for_each("name", ["a\0b", "a\ud800", ""])
async def test_name_that_cannot_be_sent_is_refused(
    name: str, server: RawServer
) -> None:
    async with AsyncFiles("key", base_url=server.base_url) as files:
        with pytest.raises(ValueError, match=r"^name "):
            await files.upload(b"x", name=name)
    assert server.connections == 0


async def test_text_of_a_form_ends_at_no_boundary(server: RawServer) -> None:
    """The boundary is random, so that no text can contain it."""
    purpose = f'b\r\n--x\r\nContent-Disposition: form-data; name="file"{LINES}'
    boundaries = set()
    async with AsyncFiles("key", base_url=server.base_url) as files:
        for _ in range(2):
            with pytest.raises(MistralConversationsError):
                await files.upload(b"x", name="a", purpose=purpose)
            request = server.requests[-1]
            parts_of(request)
            assert purpose.encode() in request.body
            boundaries.add(request.headers["content-type"])
    assert len(boundaries) == 2
