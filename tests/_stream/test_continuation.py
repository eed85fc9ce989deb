"""The frames that complete a stream that broke, from the answer in the history."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_conversations import (
    ConversationEvents,
    ConversationResponse,
    ConversationUsageInfo,
    UnknownEntry,
    from_dict,
    to_dict,
)
from mistral_conversations._stream.accumulator import Accumulator
from mistral_conversations._stream.continuation import frames_after
from mistral_conversations._stream.state import StreamState, TextPieces
from mistral_conversations._wire.sse import Frame, FrameDecoder
from mistral_conversations.server import LocalServer
from tests.support.api_description import api_folder
from tests.support.bodies import (
    CONVERSATION_ID,
    call_delta,
    delta,
    done,
    function_call,
    handoff,
    handoff_done,
    handoff_started,
    message,
    message_input,
    reference,
    response,
    started,
    text_chunk,
    thinking,
    tool_delta,
    tool_done,
    tool_execution,
    tool_file,
    tool_started,
    without,
)
from tests.support.comparison import json_differences, thorough
from tests.support.cpu_time import cpu_seconds
from tests.support.for_each import for_each
from tests.support.local.http_caller import Caller
from tests.support.local.turns import TURNS

Body = dict[str, Any]
NOTHING_USED = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def frame(event: Body) -> Frame:
    return event["type"], json.dumps(event)


class Stream:
    """A stream that breaks after some events."""

    def __init__(self, *events: Body) -> None:
        self.state = StreamState()
        self._pieces = TextPieces()
        self.text = ""
        self.accept([frame(event) for event in events])

    @property
    def accumulator(self) -> Accumulator:
        return self.state._accumulator

    def accept(self, frames: Sequence[Frame]) -> None:
        for each in frames:
            self.text += self._pieces.take(self.state.accept(each))
        self.text += self._pieces.rest() if self.state.done else ""

    def continuation(self, *entries: Body, id: str = CONVERSATION_ID) -> list[Frame]:
        return frames_after(self.accumulator, recovered(*entries, id=id))

    def finish(self, *entries: Body, id: str = CONVERSATION_ID) -> list[Body]:
        """Continue with the answer in the history; return the further events."""
        frames = self.continuation(*entries, id=id)
        self.accept(frames)
        assert self.state.done
        assert self.text == self.response.text
        assert [name for name, _ in frames] == [
            json.loads(data)["type"] for _, data in frames
        ]
        return [json.loads(data) for _, data in frames]

    @property
    def response(self) -> ConversationResponse:
        return self.state.response()

    @property
    def outputs(self) -> list[Body]:
        body: list[Body] = to_dict(self.response)["outputs"]
        return body

    @property
    def content(self) -> Any:
        (entry,) = self.outputs
        return entry["content"]


def recovered(*entries: Body, id: str = CONVERSATION_ID) -> ConversationResponse:
    body = response(usage=NOTHING_USED, conversation_id=id) | {"outputs": list(entries)}
    return from_dict(ConversationResponse, body)


# Any answer, its events as the service and LocalServer play them, cut after each


def halves(text: str, cuts: Sequence[int]) -> list[str]:
    """Cut a text anywhere, also between the halves of a character."""
    data = text.encode("utf-16-le", "surrogatepass")
    places = sorted({0, len(data), *(cut % (len(data) // 2 + 1) * 2 for cut in cuts)})
    return [
        data[start:end].decode("utf-16-le", "surrogatepass")
        for start, end in pairwise(places)
    ] or [""]


texts = st.text('ab \n"\\é😀', max_size=7)
cut_texts = st.builds(halves, texts, st.lists(st.integers(0, 20), max_size=3))
unknown_chunk = {"type": "hologram", "depth": [1, None]}
wholes = st.sampled_from(
    [
        *[reference(), reference("B", new=[1]), tool_file(), unknown_chunk],
        {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
        {"type": "image_url", "image_url": "https://a.example/b.png"},
        {"type": "document_url", "document_url": "https://a.example/b.pdf"},
        {"type": "text", "text": 5},
        text_chunk("whole"),
        text_chunk(""),
    ]
)
nested = st.lists(cut_texts | st.sampled_from([reference(), unknown_chunk]), max_size=3)
seals = st.sampled_from([{}, {"signature": "seal"}, {"closed": False}])


@st.composite
def messages(draw: st.DrawFn) -> tuple[Body, list[Body]]:
    runs: list[tuple[Any, list[Any]]] = []
    kinds = draw(st.lists(st.sampled_from(["text", "thought", "whole"]), max_size=3))
    for kind in kinds:
        if kind == "text":
            pieces = draw(cut_texts)
            runs.append(("".join(pieces), list(pieces)))
        elif kind == "thought":
            runs.append(draw(st.builds(thought, nested, seals)))
        else:
            whole = draw(wholes)
            runs.append((whole, [whole]))
    plain = [run for run, _ in runs if isinstance(run, str)]
    if len(plain) == len(runs):
        runs = [("".join(plain), [piece for _, pieces in runs for piece in pieces])]
        return message(joined("".join(plain))), [
            delta(piece) for piece in runs[0][1] or [""]
        ]
    chunks = [
        text_chunk(joined(run)) if isinstance(run, str) else run for run, _ in runs
    ]
    return message(chunks), [
        delta(piece, content_index=index)
        for index, (_, pieces) in enumerate(runs)
        for piece in pieces
    ]


def joined(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def thought(pieces: list[Any], seal: Body) -> tuple[Body, list[Body]]:
    """Return a thought, and its deltas, the last of which has the seal."""
    parts: list[Any] = []
    deltas: list[Body] = []
    for piece in pieces:
        whole = text_chunk(joined("".join(piece))) if isinstance(piece, list) else piece
        parts.append(whole)
        cut = map(text_chunk, piece) if isinstance(piece, list) else [piece]
        deltas += [thinking() | {"thinking": [each]} for each in cut]
    last = deltas.pop() if deltas else thinking()
    return thinking() | {"thinking": parts} | seal, [*deltas, last | seal]


objects = st.dictionaries(texts, texts | st.none() | st.integers(), max_size=2)


@st.composite
def calls(draw: st.DrawFn) -> tuple[Body, list[Body]]:
    text = json.dumps(draw(objects), ensure_ascii=draw(st.booleans()))
    text = draw(st.sampled_from([text, text, "", "no JSON"]))
    pieces = halves(text, draw(st.lists(st.integers(0, 40), max_size=3)))
    statuses: list[Body] = [{}, {"confirmation_status": "pending"}]
    status = draw(st.sampled_from(statuses))
    tool_call_id = draw(st.uuids()).hex
    authors: list[Body] = [{}, {"agent_id": "ag_1", "new_key": [1]}]
    author = draw(st.sampled_from(authors))
    keys = {"tool_call_id": tool_call_id, **author}
    events = [call_delta(piece, **keys) for piece in pieces]
    events[-1] |= status
    return function_call(arguments=text, **keys, **status), events


@st.composite
def tools(draw: st.DrawFn) -> tuple[Body, list[Body]]:
    arguments = draw(objects | texts | st.none())
    others: list[Body] = [{}, {"agent_id": "ag_1"}, {"function": None}]
    keys = draw(st.sampled_from(others))
    info = draw(st.sampled_from([{}, {"a": [1, {"b": None}]}, {"text": "😀"}, None]))
    head = {"function": "run", **keys}
    function = {"function": head["function"]}
    cuts = draw(st.lists(st.integers(0, 40), max_size=2))
    pieces = halves(arguments, cuts) if isinstance(arguments, str) else [arguments]
    begun = tool_started(**head)
    if arguments is None:
        begun, pieces = without(begun, "arguments"), []
    events = [
        begun,
        *[tool_delta("", **function) | {"arguments": piece} for piece in pieces],
        tool_done(**function) | {"info": info},
    ]
    return tool_execution(**head, arguments=arguments) | {"info": info}, events


handoffs = st.just((handoff(), [handoff_started(), handoff_done()]))
UNFIT: list[Any] = [
    {"object": "entry", "type": "moderation.verdict", "error": "none", "id": "m_1"},
    {"type": "conversation.response.done", "usage": []},
    {"type": "error", "message": "odd", "code": 5},
    function_call(arguments=[1]),
    {"conversation_id": "conv_other"},
    "text",
    5,
]


@st.composite
def unfit(draw: st.DrawFn) -> tuple[Any, list[Body]]:
    return draw(st.sampled_from(UNFIT)), []


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[Body], list[Body]]:
    """Draw the entries of an answer, as the history has them, and the events."""
    drawn = draw(
        st.lists(messages() | calls() | tools() | handoffs | unfit(), max_size=4)
    )
    entries: list[Any] = []
    events: list[Body] = []
    index = 0
    for number, (entry, parts) in enumerate(drawn):
        id = {"id": f"id_{number}"}
        entries.append(entry | id if parts else entry)
        events += [part | id | {"output_index": index} for part in parts]
        index += bool(parts)
    return entries, [started(), *events, done() | {"usage": NOTHING_USED}]


def split_unfit(answer: ConversationResponse) -> tuple[list[Any], list[Any]]:
    """Return the entries without ids, and apart from them those that fit no class."""
    unfit = [entry for entry in answer.outputs if isinstance(entry, UnknownEntry)]
    fit = [e for e in answer.outputs if not isinstance(e, UnknownEntry)]
    return [attrs.evolve(entry, id=None) for entry in fit], unfit


@settings(thorough, max_examples=4 * thorough.max_examples)
@given(answers(), st.booleans())
def test_what_was_streamed_and_the_continuation_are_the_whole(
    answer: tuple[list[Body], list[Body]], keeps_ids: bool
) -> None:
    entries, events = answer
    whole = Stream(*events)
    stored = [
        entry | {"id": f"stored_{entry['id']}"}
        if isinstance(entry, dict) and "id" in entry and not keeps_ids
        else entry
        for entry in entries
    ]
    outputs = recovered(*stored).outputs
    for cut in range(len(events) + 1):
        stream = Stream(*events[:cut])
        stream.finish(*stored) if cut < len(events) else None
        fit, unfit = split_unfit(stream.response)
        assert fit == split_unfit(whole.response)[0]
        assert stream.text == whole.text
        assert stream.response.usage == ConversationUsageInfo()
        if cut < len(events):
            assert unfit == [e for e in outputs if isinstance(e, UnknownEntry)]
    assert frames_after(whole.accumulator, recovered(*stored)) == []


def check_every_cut(events: list[Body], stored: list[Body]) -> None:
    """Check that a stream, cut after any event, is continued to the whole.

    LocalServer ends an entry some microseconds after the event that ends it.
    """
    *before, end = events
    whole = Stream(*before, end | {"usage": NOTHING_USED})
    for cut in range(len(events)):
        stream = Stream(*events[:cut])
        stream.finish(*stored, id=whole.response.conversation_id)
        assert stream.text == whole.text
        assert [without(entry, "completed_at") for entry in stream.outputs] == [
            without(entry, "completed_at") for entry in whole.outputs
        ]


def test_turns_of_the_local_server_are_continued() -> None:
    turns = TURNS.values()
    with LocalServer([*map(list, turns)]) as server:
        caller = Caller(server.base_url)
        for _ in turns:
            events = caller.start(stream=True).events
            check_every_cut(events, caller.history(events[0]["conversation_id"])[1:])


def test_observed_streams_are_continued() -> None:
    for path in (api_folder() / "payloads" / "sse").glob("*.sse"):
        frames = FrameDecoder().feed(path.read_bytes())
        events = [json.loads(data) for _, data in frames]
        check_every_cut(events, Stream(*events).outputs)


# Messages


SEAL = {"signature": "seal"}
OTHER_SEAL = {"signature": "other"}
EMPTY = text_chunk("")
BLUE = text_chunk("ab")
SOURCE = reference()
IMAGE = {"type": "image_url", "image_url": {"url": "a"}}


def thoughts(*pieces: Any) -> Body:
    return thinking() | {"thinking": list(pieces)}


@for_each(
    ("streamed", "stored", "content"),
    [
        # text
        (["ab"], "abc", "abc"),
        (["ab"], [text_chunk("abc")], "abc"),
        ([BLUE], "abc", [text_chunk("abc")]),
        ([BLUE], [text_chunk("abc")], [text_chunk("abc")]),
        (["ab"], [text_chunk("a"), text_chunk("bc")], "abc"),
        (["ab"], ["abc"], "abc"),
        (["ab"], ["ab", SOURCE], [BLUE, SOURCE]),
        (["ab"], [BLUE, text_chunk("c")], [BLUE, text_chunk("c")]),
        (["ab"], [BLUE, text_chunk("")], [BLUE, text_chunk("")]),
        (["ab", SOURCE], [BLUE, text_chunk(""), SOURCE], [BLUE, SOURCE]),
        # nothing
        ([""], "abc", "abc"),
        ([""], [SOURCE], [text_chunk(""), SOURCE]),
        ([[]], "abc", "abc"),
        ([[]], [], ""),
        ([""], "", ""),
        # half a character
        (["a\ud83d"], "a😀b", "a😀b"),
        (["a\ud83d"], "a\ufffdb", "a\ud83db"),
        (["a\ud83db"], "a\ufffdbc", "a\ud83dbc"),
        # thoughts
        ([thinking("a")], [thinking("ab"), "c"], [thinking("ab"), "c"]),
        ([thinking("a")], [*map(thinking, "ab")], [*map(thinking, "ab")]),
        ([thinking("ab")], [thinking("a"), thinking("bc")], [thinking("abc")]),
        ([thinking("a")], [thinking("a", **SEAL)], [thinking("a", **SEAL)]),
        ([thinking("a", **SEAL)], [thinking("a")], [thinking("a", **SEAL)]),
        ([thinking("a", closed=False)], [thinking("a")], [thinking("a")]),
        ([thinking("a")], [without(thinking("ab"), "closed")], [thinking("ab")]),
        ([thoughts()], [thoughts(SOURCE)], [thoughts(SOURCE)]),
        ([thoughts(BLUE)], [thoughts(BLUE, "b")], [thoughts(BLUE, "b")]),
        (["a"], [thinking(), BLUE], "ab"),
        (
            [thinking("", **OTHER_SEAL), thinking("", **SEAL)],
            [thoughts(EMPTY, EMPTY) | OTHER_SEAL, thinking("", **SEAL)],
            [thinking("", **OTHER_SEAL), thinking("", **SEAL)],
        ),
        # other chunks
        ([SOURCE], [without(SOURCE, "source") | {"new": 1}, BLUE], [SOURCE, BLUE]),
        (
            [{"type": "x", "y": None}],
            [{"type": "x", "y": 1}],
            [{"type": "x", "y": None}],
        ),
        ([IMAGE], [IMAGE | {"image_url": {"url": "a", "detail": "low"}}], [IMAGE]),
    ],
)
def test_a_message_continues(streamed: list[Any], stored: Any, content: Any) -> None:
    stream = Stream(started(), *map(delta, streamed))
    stream.finish(message(stored))
    assert json_differences(stream.content, content) == []
    assert json_differences(content, stream.content) == []


def test_the_text_of_a_new_message_is_plain_beside_other_chunks() -> None:
    chunks = [text_chunk("a"), reference(), text_chunk("b") | {"new": 1}]
    *deltas, _ = Stream(started()).finish(message(chunks))
    assert [each["content"] for each in deltas] == [
        *["a", {k: v for k, v in reference().items() if v is not None}, chunks[2]]
    ]
    assert [each["content_index"] for each in deltas] == [0, 1, 2]


@for_each("content", ["", []])
def test_an_empty_message_is_an_empty_text(content: Any) -> None:
    stream = Stream(started())
    assert len(stream.finish(message(content))) == 2
    assert stream.content == ""


def test_further_chunks_follow_the_last_content_index() -> None:
    stream = Stream(started(), delta("a", content_index=4), delta("", content_index=7))
    *deltas, _ = stream.finish(message([text_chunk("ab"), reference()]))
    assert [each["content_index"] for each in deltas] == [7, 8]


def test_a_delta_has_the_author_of_its_message_and_its_further_keys() -> None:
    author = {"agent_id": "ag_1", "role": "guide", "new_key": [1]}
    stored = message("abc", **author, output_index=5, content_index=5)
    (piece, _) = Stream(started(), delta("ab")).finish(stored)
    assert piece == delta("c", **author)
    stream = Stream(started())
    stream.finish(stored)
    (entry,) = stream.outputs
    assert (entry["agent_id"], entry["role"]) == ("ag_1", "guide")


SIGNED = thinking("a", signature="seal")


@for_each(
    ("events", "entry"),
    [
        ([delta(SIGNED), delta("b")], message([SIGNED, text_chunk("b")])),
        ([delta(SIGNED)], message([thinking("a")])),
        ([delta(SIGNED)], message([without(SIGNED, "closed")])),
        ([call_delta('{"city": "Oslo"}')], function_call()),
        ([tool_delta('{"code": "6 * 7"}'), tool_done()], tool_execution()),
        ([handoff_started(), handoff_done()], handoff()),
    ],
)
def test_nothing_is_repeated_of_an_entry_that_is_complete(
    events: list[Body], entry: Body
) -> None:
    assert len(Stream(started(), *events).finish(entry)) == 1


# Calls


@for_each(
    ("streamed", "stored", "arguments"),
    [
        (['{"a": '], '{"a": 1}', '{"a": 1}'),
        (['{"a":'], '{"a": 1}', '{"a": 1}'),
        (['{"a": '], '{"a":1}', '{"a": 1}'),
        (['{ "a" :\n'], '{"a": "b c"}', '{ "a" :\n"b c"}'),
        (['{"a":1}'], '{"a": 1}', '{"a":1}'),
        (['{"a":1e'], '{"a": 1e3}', '{"a":1e3}'),
        (['{"b": 1, "a": 1.0}'], '{"a": 1, "b": 1}', '{"b": 1, "a": 1.0}'),
        (['{"a": "é '], '{"a": "\\u00e9 b"}', '{"a": "é b"}'),
        (['{"a": "\\u00e9 '], '{"a": "é b"}', '{"a": "\\u00e9 b"}'),
        (['{"a": "\\'], {"a": "\n b"}, '{"a": "\\n b"}'),
        (['{"a": "\ud83d'], '{"a": "😀"}', '{"a": "😀"}'),
        (['{"a"'], {"a": 1, "b": [2]}, '{"a":1,"b":[2]}'),
        (['{"a": NaN}'], {"a": float("nan")}, '{"a": NaN}'),
        ([""], {"a": 1}, {"a": 1}),
        ([" "], '{"a": 1}', ' {"a": 1}'),
        ([{"a": 1}], {"a": 1}, {"a": 1}),
        ([{"a": 1}], '{"a": 1, "b": 2}', {"a": 1, "b": 2}),
        ([{}], {"a": 1}, {"a": 1}),
        (["[", {"a": 1}], '[{"a": 1}]', '[{"a":1}]'),
        (["so"], "so be it", "so be it"),
    ],
)
def test_arguments_continue(streamed: list[Any], stored: Any, arguments: Any) -> None:
    pieces = [call_delta("") | {"arguments": piece} for piece in streamed]
    runs = [tool_delta("", output_index=1) | {"arguments": piece} for piece in streamed]
    stream = Stream(started(), *pieces, *runs)
    stream.finish(function_call(arguments=stored), tool_execution(arguments=stored))
    assert [entry["arguments"] for entry in stream.outputs] == [arguments] * 2


@for_each(
    ("streamed", "stored"),
    [
        ('{"a": 1', '{"a": 2}'),
        ('{"a": 1 ', '{"a":12}'),
        ('{"b', {"a": 1}),
        ('"fo', "foo"),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        ({"a": 1}, "[1]"),
        ({"a": 1}, "{"),
    ],
)
def test_other_arguments_are_refused(streamed: Any, stored: Any) -> None:
    stream = Stream(started(), call_delta("") | {"arguments": streamed})
    with pytest.raises(ValueError, match=r"^fc_.*: the history has other arguments"):
        stream.continuation(function_call(arguments=stored))


@for_each(
    ("streamed", "stored", "status"),
    [
        (None, "pending", "pending"),
        ("pending", "allowed", "allowed"),
        ("pending", None, "pending"),
        ("pending", "pending", "pending"),
    ],
)
def test_the_last_confirmation_status_counts(
    streamed: Any, stored: Any, status: str
) -> None:
    piece = call_delta(function_call()["arguments"], confirmation_status=streamed)
    stream = Stream(started(), piece)
    events = stream.finish(function_call(confirmation_status=stored))
    assert len(events) == 1 + (stored not in {None, streamed})
    (call,) = stream.outputs
    assert call["confirmation_status"] == status


def test_parallel_calls_continue_each() -> None:
    ids = [{"id": f"fc_{n}", "tool_call_id": f"call_{n}"} for n in range(3)]
    stream = Stream(
        started(),
        call_delta('{"a', **ids[1], output_index=1),
        call_delta('{"b', **ids[2], output_index=2),
    )
    texts = ['{"c": 0}', '{"a": 1}', '{"b": 2}']
    stored = [
        function_call(**id, arguments=text) for id, text in zip(ids, texts, strict=True)
    ]
    stream.finish(*stored)
    assert [call["arguments"] for call in stream.outputs] == texts


def test_calls_are_found_by_the_id_that_their_results_need() -> None:
    ids = [{"id": f"fc_{n}", "tool_call_id": f"call_{n}"} for n in range(2)]
    stream = Stream(
        started(),
        *(call_delta("{", **id, output_index=n) for n, id in enumerate(ids)),
    )
    stored = [function_call(**id | {"id": "x"}, arguments="{}") for id in ids]
    stream.finish(*stored[::-1])
    assert [call["tool_call_id"] for call in stream.outputs] == ["call_0", "call_1"]
    assert [call["id"] for call in stream.outputs] == ["fc_0", "fc_1"]


def test_a_new_message_follows_all_streamed_ones_in_whatever_order() -> None:
    stream = Stream(
        *[started(), delta("a", id="one", output_index=5)],
        *[delta("b", id="two", output_index=7)],
    )
    one, two, three = (message(text, id=text) for text in "abc")
    stream.finish(two | {"id": "two"}, one | {"id": "one"}, three)
    assert stream.text == "abc"


def test_a_tool_that_runs_is_completed() -> None:
    stream = Stream(started(), tool_started())
    events = stream.finish(tool_execution())
    assert [event["type"] for event in events[:-1]] == [
        *["tool.execution.delta", "tool.execution.done"]
    ]
    assert json_differences([tool_execution()], stream.outputs) == []
    whole = Stream(started(), tool_started(), tool_delta("{}"), tool_done())
    assert len(whole.finish(without(tool_execution(), "arguments"))) == 1
    bare = Stream(started(), without(tool_started(), "arguments"))
    bare.finish(tool_execution())
    assert json_differences([tool_execution()], bare.outputs) == []


def test_a_handoff_that_began_ends() -> None:
    stream = Stream(started(), handoff_started())
    events = stream.finish(handoff(id="another"))
    assert json_differences(handoff_done(), events[0]) == []
    assert json_differences([handoff()], stream.outputs) == []
    stream = Stream(started(), handoff_done(id="of_none"))
    stream.finish(handoff())
    assert json_differences([handoff()], stream.outputs) == []


# Entries


def test_entries_with_other_ids_keep_the_streamed_ones() -> None:
    stream = Stream(
        started(),
        tool_started(output_index=2),
        delta("a", output_index=5, id="one"),
        delta("b", output_index=6, id="two"),
    )
    stored = [
        tool_execution(id="run"),
        message("a", id="uno"),
        message("bc", id="due"),
        message("d", id="tre"),
        function_call(),
    ]
    events = stream.finish(*stored)
    places = [(event["output_index"], event["id"]) for event in events[:-1]]
    tool, call = tool_started()["id"], function_call()["id"]
    assert places == [*[(2, tool)] * 2, (6, "two"), (7, "tre"), (8, call)]
    assert [entry["id"] for entry in stream.outputs] == [
        *[tool, "one", "two", "tre", call]
    ]


def test_an_entry_without_an_id_has_an_empty_one() -> None:
    stream = Stream(started())
    stream.finish(without(message("a"), "id"), without(message("b"), "id"))
    assert [entry["id"] for entry in stream.outputs] == ["", ""]
    assert stream.text == "ab"


def test_a_new_entry_between_streamed_ones_comes_last_if_no_index_is_free() -> None:
    stream = Stream(started(), tool_started(), delta("a", output_index=1))
    stream.finish(function_call(), tool_execution(), message("ab"))
    assert [entry["type"] for entry in stream.outputs] == [
        *["tool.execution", "message.output", "function.call"]
    ]


def test_an_empty_message_may_be_missing_in_the_history() -> None:
    stream = Stream(started(), delta(""))
    stream.finish(function_call())
    assert [entry["type"] for entry in stream.outputs] == [
        *["message.output", "function.call"]
    ]


@for_each(
    ("streamed", "stored", "reason"),
    [
        ([delta("Blue")], [message("Red.")], "msg_.*: .* other content than"),
        ([delta("Blue")], [message("Blu")], "msg_.*: .* other content than"),
        ([delta("Blue")], [message([thinking("Hm"), text_chunk("Blue.")])], "content"),
        ([delta(thinking("Hm"))], [message("Hm")], "other content than"),
        ([delta(reference("A"))], [message([reference("B")])], "other content than"),
        ([delta(reference("A"))], [message([tool_file()])], "other content than"),
        ([delta(reference("A"))], [message("")], "other content than"),
        ([delta(["a", "b"])], [message(["a", 5])], "other content than"),
        ([delta([5])], [message([6])], "other content than"),
        ([delta("a"), delta(reference())], [message(["ab", reference()])], "content"),
        ([delta("a")], [], "msg_.* was streamed, but is not in the history"),
        ([delta("a")], [function_call()], "is not in the history"),
        ([delta("a"), delta("a", id="b")], [message("a")], "b was streamed, but is"),
        ([delta("a")], [message(5)], "is not in the history"),
        ([handoff_started()], [], "is not in the history"),
        ([handoff_started()], [handoff(previous_agent_id="x")], "by another agent"),
        ([call_delta("")], [function_call(tool_call_id="x")], "another call than"),
        ([call_delta("")], [function_call(name="x")], "another call than"),
        ([tool_started()], [tool_execution(name="x")], "another call than"),
        ([delta("b")], [message("a", id="x"), message("b")], "x: text was streamed"),
        (
            [delta("a", id="x"), delta("b", output_index=1)],
            [message("aa", id="x"), message("b")],
            "x: text was streamed that follows its own",
        ),
        ([started("conv_2")], [message()], f"another conversation, {CONVERSATION_ID}"),
        ([], [[[]]], "nested too deeply"),
    ],
)
def test_an_answer_that_does_not_continue_the_stream_is_refused(
    streamed: list[Body], stored: list[Any], reason: str
) -> None:
    if stored == [[[]]]:
        stored = [nest(100_000)]
    with pytest.raises(ValueError, match=reason):
        Stream(started(), *streamed).continuation(*stored)


def nest(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


# The beginning and the end


def test_nothing_streamed_is_the_whole_answer_from_its_beginning() -> None:
    for stream in (Stream(), Stream({"type": "ping"})):
        events = stream.finish(tool_execution(), message("Blue."))
        assert [event["type"] for event in events] == [
            *["conversation.response.started", "tool.execution.started"],
            *["tool.execution.delta", "tool.execution.done"],
            *["message.output.delta", "conversation.response.done"],
        ]
        assert stream.response.conversation_id == CONVERSATION_ID


def test_an_answer_without_entries_only_ends() -> None:
    (end,) = Stream(started()).finish()
    assert end == {"type": "conversation.response.done", "usage": NOTHING_USED}


def test_a_conversation_that_the_first_event_did_not_name_is_named() -> None:
    stream = Stream({"type": "conversation.response.started"}, delta("a"))
    stream.finish(message("ab"))
    assert stream.response.conversation_id == CONVERSATION_ID
    named = Accumulator(CONVERSATION_ID)
    named.add(from_dict(ConversationEvents, {"type": "conversation.response.started"}))
    assert [name for name, _ in frames_after(named, recovered())] == [
        "conversation.response.done"
    ]


# Entries that no event describes


def test_an_entry_of_another_kind_comes_whole_in_its_place() -> None:
    verdict = {"object": "entry", "type": "moderation.verdict", "score": [0.5, None]}
    stream = Stream(started(), delta("a", output_index=2))
    stream.finish(verdict, message("ab"), message_input(), call := {"id": "x"})
    kinds = [(entry.get("type"), type(entry)) for entry in stream.outputs]
    assert [kind for kind, _ in kinds] == [
        *["moderation.verdict", "message.output", "message.input", None]
    ]
    assert stream.outputs[0] == verdict
    assert stream.outputs[-1] == call


@for_each(
    "event", [{}, {"entry": {}}, {"output_index": 1}, {"entry": 1, "output_index": "1"}]
)
def test_an_event_of_our_type_that_does_not_fit_changes_nothing(event: Body) -> None:
    stream = Stream(started(), event | {"type": "conversation.entry"}, delta("a"))
    stream.finish(message("a"))
    assert len(stream.outputs) == 1


# Cost


def seconds_to_continue(streamed: list[Body], stored: list[Body]) -> float:
    accumulator = Stream(started(), *streamed).accumulator
    answer = recovered(*stored)
    return cpu_seconds(lambda: frames_after(accumulator, answer))


MANY: dict[str, Any] = {
    "texts in one": lambda n: (
        [delta("a" * n)],
        [message([text_chunk("a")] * n)],
    ),
    "one text in many": lambda n: (
        [delta("a", content_index=index) for index in range(n)],
        [message("a" * 2 * n)],
    ),
    "thoughts": lambda n: (
        [delta(thinking("a") | {"thinking": [text_chunk("a"), reference()]})] * n,
        [message([thinking() | {"thinking": [text_chunk("a"), reference()] * n * 2}])],
    ),
    "messages": lambda n: (
        [delta("a", id=f"m{index}", output_index=index) for index in range(n)],
        [message("a", id=f"other{index}") for index in range(n * 2)],
    ),
    "arguments": lambda n: (
        [call_delta('{"a":"' + "b \\n" * n)],
        [function_call(arguments={"a": "b \n" * n})],
    ),
}


@for_each("kind", MANY)
def test_the_cost_is_linear(kind: str) -> None:
    """Ten times the size may cost 30 times, where quadratic is 100."""

    def ratio() -> float:
        few, many = MANY[kind](150), MANY[kind](1500)
        return seconds_to_continue(*many) / seconds_to_continue(*few)

    assert any(ratio() < 30 for _ in range(3))
