"""G14: a `LocalServer` shows its key in no log, record, repr or traceback."""

import asyncio
from typing import Any

import pytest

from mistral_conversations import AsyncConversations, SDKError
from mistral_conversations.cli import main
from mistral_conversations.cli.parser import command_parser
from mistral_conversations.server import LocalServer, Trouble, say
from tests.guarantees.test_g14_the_key_is_not_shown import CANARY, assert_no_canary
from tests.support.every_log import everything_logged
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

KEY = CANARY.encode()
HEAD = b"POST /v1/conversations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "

REQUESTS: dict[str, bytes] = {
    "no colon": HEAD + KEY + b"\r\nno colon\r\n\r\n",
    "nul": HEAD + KEY + b"\0\r\n\r\n",
    "nul behind it": HEAD + KEY + b"\r\nX: a\0b\r\n\r\n",
    "long": HEAD + KEY * 2000 + b"\r\n\r\n",
    "line": KEY + b"\r\n\r\n",
    "method": HEAD.replace(b"POST", b"P\xffST") + KEY + b"\r\n\r\n",
    "chunk": HEAD + KEY + b"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "cut": HEAD + KEY + b"\r\nContent-Length: 9\r\n\r\n{",
    "expect": HEAD + KEY + b"\r\nExpect: " + KEY + b"\r\nContent-Length: 2\r\n\r\n{}",
    "scheme": HEAD.replace(b"Bearer", b"Basic") + KEY + b"\r\n\r\n",
    "other": HEAD + KEY + b"x\r\n\r\n",
    "twice": HEAD + KEY + b"\r\nProxy-Authorization: Basic " + KEY + b"\r\n\r\n",
    "not JSON": HEAD + KEY + b"\r\nContent-Length: 1\r\n\r\n{",
    "form": HEAD.replace(b"conversations", b"files")
    + KEY
    + b"\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 5"
    + b"\r\n\r\n--x\r\n",
}


def shown_by(server: LocalServer) -> str:
    service = server._service
    kept: list[Any] = [server, service, service.middleware, service.middleware.journal]
    for request in server.requests:
        kept += [request, dict(request.headers)]
    return "".join(f"{each!r}{each}" for each in kept)


async def answer_to(server: LocalServer, data: bytes) -> bytes:
    port = int(server.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def test_malformed_request_is_logged_without_the_key() -> None:
    """aiohttp would log the bytes that it cannot read."""
    with everything_logged() as log:
        async with LocalServer(api_key=CANARY) as server:
            for name, data in REQUESTS.items():
                answer = await answer_to(server, data)
                assert b" 200 OK" not in answer, name
            assert CANARY not in shown_by(server)
            assert server.requests
    assert CANARY not in log.getvalue()


async def test_no_failure_shows_the_key() -> None:
    def fail(*_: object) -> Any:
        raise LookupError("no model")

    with everything_logged() as log:
        async with (
            LocalServer(fail, api_key=CANARY) as server,
            AsyncConversations(CANARY, base_url=server.base_url) as client,
        ):
            with pytest.raises(SDKError, match="500") as caught:
                await client.start("Hi", model="m")
            assert_no_canary(caught.value)
            server.model = [say("Hello")]
            server.inflict(Trouble(cut="reset", after_events=1))
            with pytest.raises(Exception, match="lost") as lost:
                await client.start_stream("Hi", model="m").response()
            assert_no_canary(lost.value)
            assert CANARY not in shown_by(server)
        assert server.api_key == CANARY
    assert "no model" in log.getvalue()
    assert CANARY not in log.getvalue()


@for_each(
    "given",
    [
        {"api_key": f"{CANARY}\n"},
        {"api_key": f"{CANARY} x"},
        {"api_key": f"{CANARY}é"},
        {"api_key": KEY},
        {"api_key": [CANARY]},
        {"api_key": CANARY, "port": -1},
        {"api_key": CANARY, "latency": "1"},
        {"api_key": CANARY, "model": 5},
        {"api_key": CANARY, "colour": "blue"},
    ],
)
def test_constructor_that_fails_shows_no_key(given: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        LocalServer(**given)
    assert_no_canary(caught.value)
    with pytest.raises(TypeError) as caught:
        LocalServer(None, CANARY)  # type: ignore[call-arg]
    assert_no_canary(caught.value)


def test_kinds_of_a_rejected_key_are_named() -> None:
    wrong: Any = KEY
    with pytest.raises(TypeError, match=r"^api_key must be a str or None, not bytes$"):
        LocalServer(api_key=wrong)


def test_command_shows_no_key(capfd: pytest.CaptureFixture[str]) -> None:
    words = ["serve", "--key", CANARY, "--host", "192.0.2.1"]  # RFC 5737: nobody's
    assert CANARY not in repr(command_parser().parse_args(words))
    with everything_logged() as log:
        assert main(words) == 1
    out, err = capfd.readouterr()
    assert "Cannot listen on 192.0.2.1:8900" in err
    assert CANARY not in f"{out}{err}{log.getvalue()}"
