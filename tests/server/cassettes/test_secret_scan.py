"""No cassette and no log of the servers has the key, wherever it was sent or echoed."""

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import attrs
import pytest

from mistral_conversations import Mistral, MistralConversationsError
from mistral_conversations.server import LocalServer, fail, say
from tests.support.cassettes import recorder_of, replayer_of
from tests.support.every_log import everything_logged
from tests.support.for_each import for_each
from tests.support.local.forms import BOUNDARY, FORM, form, form_of
from tests.support.local.http_caller import Caller, Reply
from tests.support.raw_server import chunked, event, http, json_answer, stream_head

CANARY = "sk-canary/4f1e+9a&Zq"
ANOTHER = "sk-another~~7b2c&0d<Wx"
FRAGMENTS = ("canary", "4f1e+", "+9a&")
START = "/v1/conversations"
STREAM_END = b"0\r\n\r\n"


def u_escaped(text: str) -> str:
    return "".join(f"\\u{ord(char):04X}" for char in text)


def assert_scanned(text: str) -> None:
    """Check that a text has the key neither as it is nor in any encoding."""
    for _ in range(3):
        assert not any(fragment in text for fragment in FRAGMENTS)
        for offset in range(3):
            encoded = b64encode(b"-" * offset + CANARY.encode()).decode()
            assert encoded[4:-4] not in text
        text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
        text = re.sub(r"\\+([/\"&+])", r"\1", unquote(unescape(text)))


@attrs.frozen
class Call:
    """A request that depends on the key, and what the service answers to the canary."""

    answer: bytes
    method: str = "GET"
    path: Callable[[str], str] = lambda _: START
    body: Callable[[str], Any] = lambda _: None
    headers: Callable[[str], Mapping[str, str]] = lambda _: {}

    def send(self, caller: Caller, key: str) -> Reply:
        authorization = {"Authorization": f"Bearer {key}"}
        headers = {**authorization, **self.headers(key)}
        return caller.send(self.method, self.path(key), self.body(key), headers)


def echoes(key: str) -> list[str]:
    """Return texts that have the key, as services and proxies write them."""
    token = b64encode(f"user:{key}".encode()).decode()
    return [key, f"Bearer {key}.", quote(key), quote(key, ""), escape(key), token]


def odd_json(key: str) -> bytes:
    """Write JSON as few do: the key escaped, and again in JSON within JSON."""
    slashed = key.replace("/", "\\/").replace("&", "\\u0026")
    nested = json.dumps(json.dumps({"key": key, "as": u_escaped(key)}))
    return f'{{"a": "{slashed}", "b": "{u_escaped(key)}", "c": {nested}}}'.encode()


JSON = {"Content-Type": "application/json"}
FRAMES = event({"type": "a", "text": CANARY, CANARY: echoes(CANARY)})
ODD_FRAMES = f": {CANARY}\n\ndata: {CANARY}\n\nevent: {CANARY}\ndata: {{}}\n\n".encode()
HALF = len(FRAMES) // 2
ECHO = json_answer({"echo": echoes(CANARY), CANARY: {CANARY: [CANARY]}})
NAMED = {
    "Location": f"/v1/files/{quote(CANARY, '')}",
    "Content-Disposition": f"attachment; filename*=utf-8''{quote(CANARY, '')}",
    "Mistral-Correlation-Id": CANARY,
    "X-RateLimit-Of": f"key {CANARY}",
    "Set-Cookie": f"session={CANARY}",
    "X-Echo": CANARY,
}


def prompt(key: str) -> Any:
    return {"inputs": f"My key is {key}", "metadata": {key: echoes(key)}}


def upload(key: str) -> bytes:
    file = form(b"Blue", f'form-data; name="file"; filename="{quote(key)}.txt"')
    return form_of(file, {"purpose": key, f"field-{quote(key)}": f"with {key}"})


CALLS = {
    "prompt": Call(ECHO, "POST", body=prompt),
    "odd prompt": Call(http(200, odd_json(CANARY), JSON), "POST", body=odd_json),
    "text": Call(
        http(200, CANARY.encode()), "POST", body=lambda key: f"key={key}".encode()
    ),
    "path": Call(ECHO, path=lambda key: f"{START}/{quote(key, '')}/x"),
    "query": Call(ECHO, path=lambda key: f"{START}?key={quote(key)}&{quote(key)}=1"),
    "upload": Call(ECHO, "POST", lambda _: "/v1/files", upload, headers=lambda _: FORM),
    "cut upload": Call(
        json_answer({"message": CANARY}, 400),
        "POST",
        lambda _: "/v1/files",
        lambda _: f"--{BOUNDARY}\r\nno form".encode(),
        headers=lambda _: FORM,
    ),
    "error": Call(json_answer({"detail": f"bad key {CANARY}"}, 401), "POST"),
    "html": Call(http(502, f"<p>{escape(CANARY)}</p>".encode()), "POST"),
    "headers": Call(json_answer({}, 201, NAMED), "POST"),
    "bytes": Call(http(200, b"\x00\xff" + CANARY.encode() + b"\xfe"), "DELETE"),
    "gzip": Call(
        http(200, gzip.compress(odd_json(CANARY)), {"Content-Encoding": "gzip", **JSON})
    ),
    "stream": Call(
        stream_head()
        + chunked(FRAMES[:HALF], FRAMES[HALF:], ODD_FRAMES, ODD_FRAMES.strip())
        + STREAM_END,
        "POST",
        body=lambda key: {"inputs": key, "stream": True},
    ),
    "basic": Call(
        ECHO,
        headers=lambda key: {
            "Authorization": f"Basic {b64encode(f'user:{key}'.encode()).decode()}",
            "Proxy-Authorization": f"Bearer {key}",
        },
    ),
    "api key": Call(ECHO, headers=lambda key: {"X-Api-Key": key, "Authorization": ""}),
    "cookie": Call(ECHO, headers=lambda key: {"Cookie": f"a={key}; b={key}"}),
}


@for_each("name", CALLS)
@for_each("redact", [None, ["$.metadata"]])
def test_no_exchange_leaves_the_key_in_the_cassette(
    name: str, redact: list[str] | None, tmp_path: Path
) -> None:
    call, cassette = CALLS[name], tmp_path / f"{name}-{redact is None}.jsonl"
    with everything_logged() as log:
        with recorder_of(cassette, call.answer, redact=redact) as (caller, _):
            recorded = call.send(caller, CANARY)
        with replayer_of(cassette, redact=redact, strict=True) as caller:
            replayed = call.send(caller, ANOTHER)
    # Not the log of the raw service, which has what it received.
    assert_scanned(log.getvalue())
    assert_scanned(cassette.read_text(encoding="utf-8"))
    assert_scanned(f"{replayed.headers}{replayed.body.decode(errors='replace')}")
    assert "canary" in f"{recorded.body!r}{recorded.headers}" or name == "odd prompt"
    assert replayed.status == recorded.status


def test_an_answer_that_ends_amid_the_key_keeps_nothing_of_it(tmp_path: Path) -> None:
    half = json.dumps({"message": CANARY}).encode()[:26]
    whole = http(200, half, {"Content-Length": "99", **JSON})
    stream = stream_head() + chunked(FRAMES[:44])
    for name, answer in {"whole": whole, "stream": stream}.items():
        cassette = tmp_path / name

        async def cut(_: Any, connection: Any, answer: bytes = answer) -> None:
            await connection.send(answer)
            connection.close()

        with recorder_of(cassette, cut) as (caller, _):
            connection, response = caller.open(
                "POST", START, {}, {"Authorization": f"Bearer {CANARY}"}
            )
            with pytest.raises(Exception, match="IncompleteRead"):
                response.read()
            connection.close()
        text = cassette.read_text(encoding="utf-8")
        assert '"end":"cut"' in text
        assert "***" in text
        assert "sk-ca" not in text


def test_request_that_was_not_recorded_shows_no_key(tmp_path: Path) -> None:
    cassette = tmp_path / "c"
    with recorder_of(cassette, ECHO) as (caller, _):
        CALLS["prompt"].send(caller, CANARY)
    with everything_logged() as log, replayer_of(cassette) as caller:
        replies = [
            CALLS[name].send(caller, CANARY)
            for name in ("odd prompt", "path", "query", "upload", "text")
        ]
    assert {each.json["code"] for each in replies} == {"request_not_recorded"}
    assert_scanned(f"{[each.json for each in replies]}{log.getvalue()}")


def program(client: Mistral, key: str) -> list[Any]:
    """Use the service with the key in every text, and return what it answered."""
    conversations = client.conversations
    found: list[Any] = []
    first = conversations.start(f"My key is {key}", model="m", metadata={"of": key})
    with conversations.append_stream(first.conversation_id, f"Again: {key}") as stream:
        found += [str(event) for event in stream]
    history = conversations.get_history(first.conversation_id)
    found += [type(entry).__name__ for entry in history.entries]
    file = client.files.upload(b"Blue", name="key.txt", purpose="ocr")
    found.append(file.bytes)
    for wrong in (f"conv_{key}", key):
        with pytest.raises(MistralConversationsError) as caught:
            conversations.get(wrong)
        found.append(type(caught.value))
    with (
        pytest.raises(MistralConversationsError) as caught,
        conversations.start_stream("Fail", model="m") as stream,
    ):
        found += [event.type for event in stream]
    return [*found, type(caught.value)]


def test_client_replays_with_another_key(tmp_path: Path) -> None:
    cassette = tmp_path / "c.jsonl"
    key = "canary-4f1e+9a&Zq"
    script: list[Any] = [
        say(f"You said {key}"),
        [say(f"{key} "), say(key)],
        fail(f"no {key}"),
    ]
    with everything_logged() as log:
        with (
            LocalServer(script) as service,
            LocalServer.recording(cassette, upstream=service.base_url) as recording,
            Mistral(key, base_url=recording.base_url, retries=0) as client,
        ):
            recorded = program(client, key)
        assert recording.recorded == 7
        with (
            LocalServer.replaying(cassette, strict=True) as replaying,
            Mistral(ANOTHER, base_url=replaying.base_url, retries=0) as client,
        ):
            replayed = program(client, ANOTHER)
    assert_scanned(cassette.read_text(encoding="utf-8"))
    assert key not in log.getvalue()
    assert [str(each).replace(key, "***") for each in recorded] == [
        str(each).replace(ANOTHER, "***") for each in replayed
    ]
