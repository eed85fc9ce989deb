"""G5: odd counters, missing types and other deviations, in an answer and in a stream.

Each answer is asked for by both clients, whole and as a stream; all four must agree.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import anyio.to_thread
import pytest

from mistral_conversations import (
    AsyncDocuments,
    AsyncLibraries,
    ConversationResponse,
    Conversations,
    ConversationUsageInfo,
    DecodeError,
    FunctionCallEntry,
    MessageInputEntry,
    MessageOutputEntry,
    StreamDecodeError,
    ToolExecutionEntry,
    to_dict,
)
from tests.support.bodies import (
    call_delta,
    delta,
    done,
    function_call,
    history,
    message,
    message_input,
    messages,
    response,
    started,
    text_chunk,
    tool_done,
    tool_execution,
    tool_started,
    without,
)
from tests.support.client_and_server import (
    answered_with,
    client_answered_with,
    event_stream,
)
from tests.support.comparison import json_differences
from tests.support.for_each import for_each
from tests.support.library_bodies import document, documents, libraries, library
from tests.support.raw_server import http

pytestmark = pytest.mark.anyio

Body = dict[str, Any]

BOM = b"\xef\xbb\xbf"


def json_bytes(body: Any) -> bytes:
    """Write JSON as some services do: with half characters, NaN and Infinity."""
    return json.dumps(body).encode()


def whole(body: Any, *, before: bytes = b"") -> bytes:
    """Return a whole answer."""
    return http(200, before + json_bytes(body), {"Content-Type": "application/json"})


def frame(body: Mapping[str, Any], name: str = "") -> bytes:
    """Return one event; a body without a type has that of its frame, if any."""
    name = body.get("type") or name
    line = f"event: {name}\n" if name else ""
    return f"{line}data: ".encode() + json_bytes(body) + b"\n\n"


def streamed(*bodies: Mapping[str, Any]) -> bytes:
    return event_stream(*map(frame, bodies))


async def all_answers(plain: bytes, stream: bytes) -> list[ConversationResponse]:
    """Return the answer of both clients, whole and as a stream."""
    replies = [plain, stream, plain, stream]
    async with answered_with(*replies) as (client, server):

        def blocking() -> list[ConversationResponse]:
            with Conversations("key", base_url=server.base_url) as twin:
                return [
                    twin.start("Hi", model="m"),
                    twin.start_stream("Hi", model="m").response(),
                ]

        return [
            await client.start("Hi", model="m"),
            await client.start_stream("Hi", model="m").response(),
            *await anyio.to_thread.run_sync(blocking),
        ]


async def one_answer(plain: bytes, stream: bytes) -> ConversationResponse:
    """Return the answer on which all agree."""
    answers = await all_answers(plain, stream)
    texts = {answer.text for answer in answers}
    assert len(texts) == 1
    for answer in answers:
        assert answer.usage == answers[0].usage
        assert answer.extra == answers[0].extra
        contents = [getattr(entry, "content", None) for entry in answer.outputs]
        assert contents == [
            getattr(entry, "content", None) for entry in answers[0].outputs
        ]
        assert [
            (call.name, call.tool_call_id, call.arguments)
            for call in answer.function_calls
        ] == [
            (call.name, call.tool_call_id, call.arguments)
            for call in answers[0].function_calls
        ]
    return answers[0]


@pytest.mark.parametrize("time", ["yesterday", 5, [], {}, True])
async def test_an_odd_time_costs_a_stream_neither_id_nor_usage(time: Any) -> None:
    events = [started() | {"created_at": time}, done() | {"created_at": time}]
    answer = await one_answer(
        whole(response(message("Blue."))),
        streamed(events[0], delta("Blue."), events[1]),
    )
    assert answer.usage.total_tokens == 10
    async with answered_with(streamed(*events)) as (client, _):
        streamed_answer = await client.start_stream("Hi", model="m").response()
    assert streamed_answer.conversation_id == answer.conversation_id


USAGES = [
    {"prompt_tokens": 12.0, "completion_tokens": 2, "total_tokens": 14},
    {"prompt_tokens": "12", "completion_tokens": " 2 ", "total_tokens": "14.0"},
    {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 14, "connectors": []},
    {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 14}
    | {"connectors": {"web_search": "1"}, "connector_tokens": {}},
]


@pytest.mark.parametrize("usage", USAGES)
async def test_odd_counters_are_read(usage: Body) -> None:
    answer = await one_answer(
        whole(response(message("Blue.")) | {"usage": usage}),
        streamed(started(), delta("Blue."), done() | {"usage": usage}),
    )
    read = answer.usage
    assert (read.prompt_tokens, read.completion_tokens, read.total_tokens) == (
        12,
        2,
        14,
    )
    back = to_dict(answer)["usage"]
    assert {key for key, value in usage.items() if value is not None} <= back.keys()


@pytest.mark.parametrize("usage", [[], 5, "x", True, [{}], 1.5, math.inf])
async def test_a_usage_that_fits_nothing_is_kept(usage: Any) -> None:
    answer = await one_answer(
        whole(response(message("Blue.")) | {"usage": usage}),
        streamed(started(), delta("Blue."), done() | {"usage": usage}),
    )
    assert (answer.text, answer.usage) == ("Blue.", ConversationUsageInfo())
    assert answer.extra == {"usage": usage}
    assert to_dict(answer)["usage"] == usage


@for_each("guardrails", [{}, "x", 5, ["x"], [{}, None], True])
async def test_guardrails_that_fit_nothing_are_kept(guardrails: Any) -> None:
    body = response(message("Blue.")) | {"guardrails": guardrails}
    async with answered_with(whole(body)) as (client, _):
        answer = await client.start("Hi", model="m")
    assert (answer.text, answer.guardrails) == ("Blue.", None)
    assert answer.extra == {"guardrails": guardrails}
    assert json_differences(body, to_dict(answer)) == []


async def test_a_page_of_documents_without_its_position() -> None:
    body: Body = {"data": [], "pagination": None}
    async with client_answered_with(AsyncDocuments, whole(body)) as (client, _):
        page = await client.list("lib_1")
    assert (list(page), page.pagination) == ([], None)


async def test_all_documents_are_listed_without_their_position() -> None:
    pages = [
        {"data": [document(1)], "pagination": None},
        {"data": [document(2, size="12")]},
        documents() | {"pagination": []},
    ]
    replies = map(whole, pages)
    async with client_answered_with(AsyncDocuments, *replies) as (client, server):
        found = [item async for item in client.list_all("lib_1")]
    assert [item.size for item in found][1:] == [12]
    assert len(found) == 2
    assert len(server.requests) == 3


async def test_the_numbers_of_a_library_may_be_strings() -> None:
    body = libraries(library(nb_documents="426", total_size="1024", chunk_size={}))
    async with client_answered_with(AsyncLibraries, whole(body)) as (client, _):
        (found,) = await client.list()
    assert (found.nb_documents, found.total_size, found.chunk_size) == (426, 1024, None)
    assert found.extra == {"chunk_size": {}}


@pytest.mark.parametrize("output", [{"content": "Example."}, {"type": None}])
async def test_a_message_without_a_type(output: Body) -> None:
    output = {"content": "Example."} | output
    answer = await one_answer(
        whole(response(output)),
        event_stream(
            frame(without(started(), "type"), started()["type"]),
            frame(without(delta("Exam"), "type"), "message.output.delta"),
            frame(without(delta("ple."), "type")),
            frame(without(done(), "type")),
        ),
    )
    assert answer.text == "Example."
    assert isinstance(answer.outputs[0], MessageOutputEntry)


async def test_messages_without_a_type() -> None:
    body = messages(
        {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}
    )
    async with answered_with(whole(body)) as (client, _):
        found = await client.get_messages("conv_1")
    assert [entry.type for entry in found.messages] == [
        "message.input",
        "message.output",
    ]


async def test_a_delta_with_a_list_of_chunks() -> None:
    chunks = [{"type": "text", "text": "Hel"}, {"text": "lo"}]
    joined = [{"type": "text", "text": "Hello"}]
    answer = await one_answer(
        whole(response(message(joined))), streamed(started(), delta(chunks), done())
    )
    assert answer.text == "Hello"
    async with answered_with(streamed(started(), delta(chunks), done())) as (client, _):
        pieces = [piece async for piece in client.start_stream("Hi", model="m").text()]
    assert pieces == ["Hello"]


@for_each("content", [text_chunk("Hello"), {"text": "Hello"}, ["Hello"], ["Hel", "lo"]])
async def test_content_that_is_one_chunk_or_has_strings(content: Any) -> None:
    answers = await all_answers(
        whole(response(message(content))),
        streamed(started(), delta("") | {"content": content}, done()),
    )
    for answer in answers:
        (output,) = answer.outputs
        assert isinstance(output, MessageOutputEntry)
        assert output.text == answer.text == "Hello"
        assert isinstance(output.content, tuple)


@pytest.mark.parametrize("content", [text_chunk("Hello"), ["Hello"]])
async def test_a_list_of_entries_with_such_content(content: Any) -> None:
    entries = [message_input() | {"content": content}, message(content)]
    body = messages(*entries)
    async with answered_with(whole(body), whole(history(*entries))) as (client, _):
        found = await client.get_messages("conv_1")
        assert (await client.get_history("conv_1")).entries == found.messages
    for entry in found.messages:
        assert isinstance(entry, MessageInputEntry | MessageOutputEntry)
        listed = content if isinstance(content, list) else [content]
        assert to_dict(entry)["content"] == listed


async def test_arguments_that_are_an_object() -> None:
    arguments = {"city": "Paris", "days": [1, None]}
    call = function_call(arguments=arguments)
    piece = call_delta("") | {"arguments": arguments}
    answer = await one_answer(
        whole(response(without(call, "completed_at"))),
        streamed(started(), piece, done()),
    )
    (call_entry,) = answer.function_calls
    assert call_entry.arguments == arguments


HALVES = [delta("a\ud83d"), delta("\ude00b")]


async def test_halves_of_a_character_join() -> None:
    answer = await one_answer(
        whole(response(message("a😀b"))), streamed(started(), *HALVES, done())
    )
    assert answer.text == "a😀b"


@for_each(
    ("deltas", "pieces"),
    [
        (HALVES, ["a", "😀b"]),
        ([delta("a\ud83d"), delta("b")], ["a", "\ufffdb"]),
        ([delta("a"), delta("\ud83d")], ["a", "\ufffd"]),
        ([delta("\ude00"), delta(text_chunk("\ud83d"))], ["\ufffd", "\ufffd"]),
    ],
)
async def test_the_pieces_of_text_are_whole(
    deltas: list[Body], pieces: list[str]
) -> None:
    stream = streamed(started(), *deltas, done())
    async with answered_with(stream, stream, stream) as (client, server):
        found = [piece async for piece in client.start_stream("Hi", model="m").text()]
        answer = await client.start_stream("Hi", model="m").response()

        def blocking() -> list[str]:
            with Conversations("key", base_url=server.base_url) as twin:
                return list(twin.start_stream("Hi", model="m").text())

        assert await anyio.to_thread.run_sync(blocking) == found == pieces
    assert answer.text == "".join(pieces)


async def test_half_a_character_goes_back_as_input() -> None:
    stream = streamed(started(), delta("a\ud83d"), call_delta("\ude00"), done())
    replies = (stream, *[whole(response())] * 3)
    async with answered_with(*replies) as (client, server):
        answer = await client.start_stream("Hi", model="m").response()
        said, call = answer.outputs
        assert isinstance(said, MessageOutputEntry)
        assert isinstance(call, FunctionCallEntry)
        assert said.content == "a\ud83d"
        await client.append("conv_1", [said, call])
        await client.append("conv_1", str(said.content))
        await client.append("conv_1", [{"role": "user", "content": "\ud83d\ude00"}])
    sent = [json.loads(request.body)["inputs"] for request in server.requests[1:]]
    assert [entry.get("content") for entry in sent[0]] == ["a\ufffd", None]
    assert sent[0][1]["arguments"] == "\ufffd"
    assert sent[1:] == ["a\ufffd", [{"role": "user", "content": "😀"}]]


NUMBERS: Mapping[str, Callable[[Any], bool]] = {
    "NaN": math.isnan,
    "Infinity": lambda value: value == math.inf,
    "-Infinity": lambda value: value == -math.inf,
    "1e400": lambda value: value == math.inf,
}


@for_each("number", NUMBERS)
async def test_a_number_that_json_lacks_does_not_cost_the_answer(number: str) -> None:
    info = {"code_output": {"deep": ["NUMBER"]}}
    body = response(tool_execution(info=info), message("Blue."))
    events = [started(), tool_started(), tool_done() | {"info": info}]
    events += [delta("Blue.", output_index=1), done()]
    plain, *frames = (
        written.replace(b'"NUMBER"', number.encode())
        for written in (json_bytes(body), *map(frame, events))
    )
    whole_answer = http(200, plain, {"Content-Type": "application/json"})
    for answer in await all_answers(whole_answer, event_stream(*frames)):
        assert answer.text == "Blue."
        (tool,) = (e for e in answer.outputs if isinstance(e, ToolExecutionEntry))
        assert tool.info is not None
        assert NUMBERS[number](tool.info["code_output"]["deep"][0])
        back = to_dict(answer)["outputs"]
        assert any("info" in entry for entry in back)


async def test_a_number_that_json_lacks_is_rejected_before_sending() -> None:
    info = {"code_output": {"deep": [math.nan]}}
    async with answered_with(whole(response(tool_execution(info=info)))) as (client, _):
        answer = await client.start("Hi", model="m")
        place = r"inputs\[0\]\.info\.code_output\.deep\[0\] is nan"
        with pytest.raises(ValueError, match=place):
            await client.append("conv_1", answer.outputs)


async def test_a_byte_order_mark_is_skipped() -> None:
    plain = whole(response(message("Blue.")), before=BOM)
    stream = event_stream(BOM + frame(started()), frame(delta("Blue.")), frame(done()))
    assert (await one_answer(plain, stream)).text == "Blue."
    inside = event_stream(
        *(
            frame(event).replace(b"data: ", b"data: " + BOM)
            for event in [started(), delta("Blue."), done()]
        )
    )
    assert (await one_answer(plain, inside)).text == "Blue."


@for_each(
    "kinds",
    [
        ["text/event-stream"] * 2,
        ["text/event-stream"] * 3,
        ["text/event-stream; charset=utf-8", "text/event-stream"],
        ["Text/Event-Stream", "text/event-stream;charset=utf-8"],
        ["text/event-stream, text/event-stream"],
    ],
)
async def test_equal_content_types_are_one(kinds: list[str]) -> None:
    lines = "".join(f"Content-Type: {kind}\r\n" for kind in kinds)
    head, _, body = streamed(started(), delta("Blue."), done()).partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if b"Content-Type" not in line]
    reply = b"\r\n".join(kept) + b"\r\n" + lines.encode() + b"\r\n" + body
    async with answered_with(reply) as (client, _):
        answer = await client.start_stream("Hi", model="m").response()
    assert answer.text == "Blue."


async def test_different_content_types_are_no_event_stream() -> None:
    reply = streamed(started(), done()).replace(
        b"Content-Type: ", b"Content-Type: application/json\r\nContent-Type: "
    )
    async with answered_with(reply) as (client, _):
        with pytest.raises(StreamDecodeError, match="application/json, text/event-str"):
            await client.start_stream("Hi", model="m").response()


NO_LISTS: list[Any] = [None, {}, "text", 5, True]
NO_IDS: list[Any] = [None, 5, [], {}]
WRONG: list[Any] = [
    *[None, [], "text", 5, True, math.nan],
    {},
    *[without(response(), key) for key in ("conversation_id", "outputs")],
    *[response(outputs=wrong) for wrong in NO_LISTS],
    *[response(conversation_id=wrong) for wrong in NO_IDS],
    response() | {"usage": [], "outputs": {}},
]


@pytest.mark.parametrize("body", WRONG, ids=repr)
async def test_what_an_answer_consists_of_is_required(body: Any) -> None:
    async with answered_with(whole(body)) as (client, _):
        with pytest.raises(DecodeError):
            await client.start("Hi", model="m")


@for_each("wrong", NO_IDS)
async def test_a_stream_names_its_conversation_unless_the_request_does(
    wrong: Any,
) -> None:
    stream = streamed(started() | {"conversation_id": wrong}, delta("Blue."), done())
    async with answered_with(stream, stream, stream) as (client, _):
        with pytest.raises(StreamDecodeError, match="no conversation_id") as caught:
            await client.start_stream("Hi", model="m").response()
        assert caught.value.partial is not None
        assert caught.value.partial.text == "Blue."
        pieces = [piece async for piece in client.start_stream("Hi", model="m").text()]
        assert pieces == ["Blue."]
        answer = await client.append_stream("conv_1", "Hi").response()
    assert (answer.text, answer.conversation_id) == ("Blue.", "conv_1")


@for_each("content", [{}, {"type": "brand.new"}, [[]], 5])
async def test_content_that_is_no_chunk_is_kept(content: Any) -> None:
    body = response(message(content))
    async with answered_with(whole(body)) as (client, _):
        answer = await client.start("Hi", model="m")
    assert answer.text == ""
    assert json_differences(body, to_dict(answer)) == []
