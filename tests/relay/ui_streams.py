"""Streams of many kinds as UI message streams."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mistral_conversations import ToolFileChunk
from mistral_conversations.server import say
from tests.relay.reading import whole
from tests.support.bodies import (
    call_delta,
    delta,
    done,
    error_event,
    handoff_done,
    handoff_started,
    reference,
    started,
    text_chunk,
    thinking,
    tool_delta,
    tool_done,
    tool_file,
    tool_started,
)
from tests.support.client_and_server import answered_with, ask, event_stream
from tests.support.scripted import ADD, MODEL, SCRIPT, add, scripted
from tests.support.till import CODE, INTERPRETER, PAY, Till

__all__ = ["all_streams", "chunks_of", "file_url", "of_run", "relayed"]

CODE_CALL = '{"code": "6 * 7"}'
HOSTILE = "a\n\ndata: [DONE]\r\n\u2028<script>\u202e\x1b[31m"
OTHER_MESSAGE = "msg_019f0000000000000000000000000099"
IMAGE = {"type": "image_url", "image_url": "https://sky.example/blue.png?x=1"}
DOCUMENT = {"type": "document_url", "document_url": "https://sky.example/a.pdf"}
SCRIPT_URL = "javascript:alert(1)"


def escaped(body: Any) -> bytes:
    """Return an event with half a character."""
    return f"event: {body['type']}\ndata: {json.dumps(body)}\n\n".encode()


STREAMS: Mapping[str, Sequence[Any]] = {
    "text": [delta("Blue, "), delta("mostly.")],
    "empty": [],
    "no text": [delta("")],
    "halves": [escaped(delta("Hi \ud83c")), escaped(delta("\udf0d!"))],
    "hostile": [delta(HOSTILE), call_delta('"\\n"', name=HOSTILE)],
    "thinking": [
        delta(thinking("Hm")),
        delta(thinking(" well")),
        delta("Blue", content_index=1),
    ],
    "search": [
        tool_started(name="web_search"),
        tool_done(name="web_search"),
        delta("Blue"),
        delta(reference(), content_index=1),
        delta(reference(url=None), content_index=2),
        delta(reference(url=SCRIPT_URL), content_index=3),
        delta(" sky", content_index=4),
    ],
    "files": [
        delta([text_chunk("Look: "), tool_file(), IMAGE, DOCUMENT]),
        delta({"type": "hologram", "url": SCRIPT_URL}),
        delta({"type": "image_url", "image_url": {"url": SCRIPT_URL}}),
    ],
    "tool": [tool_started(), tool_delta(CODE_CALL), tool_done()],
    "tool without a start": [tool_done()],
    "calls": [
        call_delta('{"city": ', output_index=1),
        call_delta('"Oslo"}', output_index=1),
        {**call_delta("", output_index=2, tool_call_id="c2"), "arguments": {"a": 1}},
        call_delta("no json", output_index=3, tool_call_id="c3"),
        call_delta("", output_index=4, tool_call_id="c4"),
    ],
    "confirmation": [call_delta("{}", confirmation_status="pending")],
    "handoff": [handoff_started(), handoff_done(), delta("Hello", id=OTHER_MESSAGE)],
    "unknown": [{"type": "weather.changed", "sky": "blue"}, delta("Hi")],
    "two messages": [delta("One"), delta("Two", id=OTHER_MESSAGE)],
}


def file_url(chunk: ToolFileChunk) -> str:
    return f"/files/{chunk.file_id}"


async def relayed(*bodies: Any, end: bool = True, **options: Any) -> bytes:
    """Return the UI message stream of the events of an answer."""
    whole_answer = [started(), *bodies, done()] if end else [started(), *bodies]
    async with answered_with(event_stream(*whole_answer)) as (client, _):
        return await whole(ask(client).ui_messages(**options))


async def of_run(*turns: Any, tools: Sequence[Any]) -> bytes:
    async with scripted(*turns) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=tools)
        return await whole(run.ui_messages())


def failing(a: int, b: int) -> int:
    """Fail."""
    raise ValueError(f"no {a + b}")


failing.__name__ = "add"


async def all_streams() -> dict[str, bytes]:
    """Return all streams by name."""
    found = {
        name: await relayed(*bodies, file_url=file_url)
        for name, bodies in STREAMS.items()
    }
    found["file without url"] = await relayed(delta(tool_file()))
    found["broken"] = await relayed(delta("Blu"), end=False)
    found["broken call"] = await relayed(call_delta('{"ci'), end=False)
    found["failed"] = await relayed(delta("Blu"), error_event(), end=False)
    found["run"] = await of_run(*SCRIPT, tools=[add])
    found["failing run"] = await of_run(ADD, "Sorry", tools=[failing])
    pause = [[say("Wait."), PAY, CODE], "Paid."]
    found["paused"] = await of_run(*pause, tools=Till(INTERPRETER).tools)
    return found


def chunks_of(content: bytes) -> list[Any]:
    """Return the chunks of a UI message stream."""
    frames = content.decode().split("\n\n")
    assert frames[-2:] == ["data: [DONE]", ""]
    return [json.loads(frame.removeprefix("data: ")) for frame in frames[:-2]]
