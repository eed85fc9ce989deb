"""Executions of `image_generation`: drawn, stored, shown in messages."""

import struct
import zlib
from typing import Any

import pytest

from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    call,
    cite,
    execute,
    fail,
    handoff,
    say,
    show,
    think,
)
from mistral_conversations.server.files.drawing import draw
from tests.support.for_each import for_each
from tests.support.local.file_caller import FileCaller, file_server
from tests.support.local.http_caller import Serve
from tests.support.local.recording_caller import all_misfits, record

DRAW = execute("image_generation", arguments={"prompt": "a grey cloud"})
HOUR = 3600


def _pixels(png: bytes) -> tuple[int, int, bytes]:
    """Check a PNG image of a palette, and return width, height and its rows."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    blocks: dict[bytes, bytes] = {}
    rest = png[8:]
    while rest:
        (size,), kind = struct.unpack(">I", rest[:4]), rest[4:8]
        blocks[kind] = rest[8 : 8 + size]
        assert rest[8 + size : 12 + size] == struct.pack(
            ">I", zlib.crc32(rest[4 : 8 + size])
        )
        rest = rest[12 + size :]
    assert [*blocks] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, *form = struct.unpack(">IIBBBBB", blocks[b"IHDR"])
    assert form == [1, 3, 0, 0, 0]
    return width, height, zlib.decompress(blocks[b"IDAT"])


@for_each("prompt", ["", "a cat", "é \U0001f600", "x" * 100_000])
def test_drawing_is_a_png(prompt: str) -> None:
    png = draw(prompt)
    width, height, rows = _pixels(png)
    assert len(rows) == height * (1 + width // 8)
    assert len(set(rows)) > 1
    assert len(png) < 500
    assert draw(prompt) == png


def test_drawings_of_prompts_differ() -> None:
    assert len({draw(f"cat {i}") for i in range(200)}) == 200


def _kinds(content: Any) -> list[str]:
    """Return the texts of a message, and the names of the files between them."""
    if isinstance(content, str):
        return [content]
    return [chunk.get("text", chunk.get("file_name")) for chunk in content]


@pytest.mark.parametrize("stream", [False, True])
def test_image_ends_the_message_after_it(serve: Serve, stream: bool) -> None:
    caller = record(serve, [[DRAW, say("Here you are.\n\n")]])
    reply = caller.start(stream=stream)
    assert reply.status == 200
    first = reply.events[0] if stream else reply.json
    entries = caller.history(first["conversation_id"])
    _, execution, message = entries
    assert (execution["name"], execution["info"]) == ("image_generation", {})
    text, chunk = message["content"]
    assert text == {"type": "text", "text": "Here you are.\n\n"}
    file_id = chunk.pop("file_id")
    assert chunk == {
        "type": "tool_file",
        "tool": "image_generation",
        "file_name": "image_generated_0",
        "file_type": "png",
    }
    file = caller.get(f"/v1/files/{file_id}/content")
    assert file.body == draw("a grey cloud")
    if stream:
        [delta] = [e for e in reply.events if isinstance(e.get("content"), dict)]
        assert delta["content"] == {**chunk, "file_id": file_id}
        assert (delta["content_index"], delta["id"]) == (1, message["id"])
    else:
        assert reply.json["usage"]["connectors"] == {"image_generation": 1}
    caller.answers.pop()
    assert all_misfits(caller) == []


def test_generated_file_comes_from_the_service() -> None:
    with LocalServer([DRAW]) as server:
        FileCaller(server.base_url).start()
        [file] = server.files
    described = {key: file.json[key] for key in ("filename", "mimetype", "source")}
    assert described == {
        "filename": "image_generated_0.png",
        "mimetype": "image/png",
        "source": "mistral",
    }
    assert file.json["bytes"] == len(file.content)


FIRST, SECOND = "image_generated_0", "image_generated_1"


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        ([DRAW], [[FIRST]]),
        ([DRAW, DRAW], [[FIRST, SECOND]]),
        ([DRAW, say("A"), DRAW, say("B")], [["A", FIRST], ["B", SECOND]]),
        ([say("A"), DRAW, say("B")], [["A"], ["B", FIRST]]),
        ([DRAW, execute("web_search"), say("A")], [["A", FIRST]]),
        ([DRAW, say("A"), think("Hm"), say("B")], [["A", None, "B", FIRST]]),
        ([DRAW, say("A"), show(), say("B")], [["A", FIRST, "B"]]),
        ([DRAW, show(), DRAW, show(), show()], [[FIRST], [SECOND]]),
        ([DRAW, say("A"), call("f")], [["A", FIRST]]),
        ([DRAW, call("f")], [[FIRST]]),
        ([DRAW, handoff("poet"), say("B")], [[FIRST], ["B"]]),
        ([DRAW, cite()], [["Nothing was found in the libraries.", FIRST]]),
        ([show(), say("A"), show()], [["A"]]),
        ([execute("image_generation", info={}), say("A")], [["A"]]),
        ([execute("web_search"), say("A")], [["A"]]),
    ],
)
def test_image_is_shown_once_and_in_its_place(
    serve: Serve, turn: Any, expected: list[Any]
) -> None:
    caller = FileCaller(serve([turn]).base_url)
    outputs = caller.start().json["outputs"]
    messages = [e["content"] for e in outputs if e["type"] == "message.output"]
    assert [_kinds(content) for content in messages] == expected


def test_chunk_of_the_script_replaces_the_image(serve: Serve) -> None:
    mine = {"type": "tool_file", "tool": "image_generation", "file_id": "f1"}
    caller = FileCaller(serve([[DRAW, say("A", mine), say("B")]]).base_url)
    _, message = caller.start().json["outputs"]
    assert [chunk.get("file_id") for chunk in message["content"]] == [None, "f1", None]


@for_each("arguments", ["{}", '{"prompt":5}', '{"prompt":""}', "[]", "no JSON"])
def test_text_of_the_user_is_drawn_without_a_prompt(arguments: str) -> None:
    turn = execute("image_generation", arguments=arguments)
    with LocalServer([turn]) as server:
        FileCaller(server.base_url).start(inputs="a red square")
        assert server.files[0].content == draw("a red square")


def test_image_is_a_link_that_lives_for_an_hour() -> None:
    turn = [DRAW, say("See:\n\n"), show(as_link=True), say("\n\nNice?")]
    with file_server([turn]) as (_, caller, clock):
        _, message = caller.start().json["outputs"]
        before, _, rest = message["content"].partition(f"![{FIRST}](")
        url, _, after = rest.partition(")")
        assert (before, after) == ("See:\n\n", "\n\nNice?")
        clock.forward(HOUR - 1)
        file = caller.fetch(url)
        assert file.headers["content-type"] == "image/png"
        assert file.body == draw("a grey cloud")
        clock.forward(1)
        assert caller.fetch(url).status == 404


def test_image_waits_for_a_confirmation() -> None:
    configuration = {"requires_confirmation": ["image_generation"]}
    tool = {"type": "image_generation", "tool_configuration": configuration}
    with LocalServer([[DRAW, say("A")]]) as server:
        caller = FileCaller(server.base_url)
        answer = caller.start(tools=[tool]).json
        assert server.files == ()
        [pending] = answer["outputs"]
        ids = {"tool_call_id": pending["tool_call_id"], "confirmation": "allow"}
        allowed = caller.append(answer["conversation_id"], tool_confirmations=[ids])
        _, message = allowed.json["outputs"]
        assert _kinds(message["content"]) == ["A", FIRST]
        assert len(server.files) == 1


def test_failed_answer_shows_no_image(serve: Serve) -> None:
    caller = FileCaller(serve([[DRAW, fail("No", status=500)]]).base_url)
    assert caller.start().status == 500


async def _painter(_: RecordedConversation, __: RecordedRequest) -> Any:
    yield DRAW
    yield "Painted."


def test_function_draws_too(serve: Serve) -> None:
    caller = FileCaller(serve(_painter).base_url)
    _, message = caller.start().json["outputs"]
    assert _kinds(message["content"]) == ["Painted.", FIRST]


@for_each("value", ["yes", 1, None])
def test_show_takes_a_flag(value: Any) -> None:
    with pytest.raises(TypeError, match=r"show\(\): as_link"):
        show(as_link=value)
