"""The response that events add up to."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import (
    AgentHandoffEntry,
    ConversationEvents,
    ConversationResponse,
    FunctionCallEntry,
    MessageOutputEntry,
    MessageOutputEvent,
    ReferenceChunk,
    TextChunk,
    ThinkChunk,
    ToolExecutionEntry,
    ToolReferenceChunk,
    UnknownChunk,
    UnknownEntry,
    from_dict,
)
from mistral_conversations._stream.accumulator import Accumulator
from mistral_conversations._stream.entries import Message
from tests.support.bodies import (
    CONVERSATION_ID,
    LATER,
    call_delta,
    delta,
    done,
    function_call,
    handoff,
    handoff_done,
    handoff_started,
    message,
    reference,
    response,
    started,
    text_chunk,
    text_stream,
    thinking,
    tool_delta,
    tool_done,
    tool_execution,
    tool_file,
    tool_started,
    without,
)
from tests.support.comparison import thorough
from tests.support.cpu_time import cpu_seconds
from tests.support.for_each import for_each

Bodies = Mapping[str, Any]


def added_up(*events: Bodies) -> ConversationResponse:
    accumulator = Accumulator()
    for event in events:
        accumulator.add(from_dict(ConversationEvents, event))
    found = accumulator.response()
    assert found is not None
    return found


def content(*deltas: Any) -> Any:
    """Return the content that the deltas of one message add up to."""
    (entry,) = added_up(*(delta(each) for each in deltas)).outputs
    assert isinstance(entry, MessageOutputEntry)
    return entry.content


def thought(*texts: str, **others: Any) -> ThinkChunk:
    return from_dict(ThinkChunk, thinking(*texts, **others))


def test_there_is_nothing_before_the_first_event() -> None:
    accumulator = Accumulator("conv_1")
    assert accumulator.response() is None
    assert (accumulator.conversation_id, accumulator.usage) == ("conv_1", None)


def test_strings_join() -> None:
    assert content("Bl", "", "ue", ", mostly.") == "Blue, mostly."


def test_line_ends_stay_as_they_are() -> None:
    assert content("a\r", "\nb\r\n", "\rc\u2028") == "a\r\nb\r\n\rc\u2028"


def test_text_chunks_join_and_stay_a_chunk() -> None:
    joined = (TextChunk(text="Blue."),)
    assert content(text_chunk("Bl"), text_chunk("ue.")) == joined
    assert content("Bl", text_chunk("ue.")) == joined
    assert content(text_chunk("Bl"), "ue.") == joined


def test_thoughts_join() -> None:
    assert content(thinking("Hm"), thinking(", "), thinking("sky", "?")) == (
        thought("Hm, sky?"),
    )


def test_a_thought_then_text() -> None:
    assert content(thinking("Hm"), thinking("..."), "Bl", "ue.") == (
        thought("Hm..."),
        TextChunk(text="Blue."),
    )


def test_thoughts_with_text_between_do_not_join() -> None:
    assert content(thinking("1"), "a", thinking("2"), "b") == (
        thought("1"),
        TextChunk(text="a"),
        thought("2"),
        TextChunk(text="b"),
    )


def test_a_thought_keeps_its_other_parts_and_its_seal() -> None:
    cited = {"type": "reference", "reference_ids": [1, 2]}
    (chunk,) = content(
        thinking("a"),
        thinking() | {"thinking": [text_chunk("b"), cited, text_chunk("c")]},
        thinking("d", signature="seal"),
        thinking("e", closed=False),
    )
    assert chunk.thinking == (
        TextChunk(text="ab"),
        ReferenceChunk(reference_ids=(1, 2)),
        TextChunk(text="cde"),
    )
    assert (chunk.signature, chunk.closed) == ("seal", False)


def test_thoughts_with_signatures_of_their_own_do_not_join() -> None:
    empty = thinking() | {"thinking": []}
    first, second = content(
        thinking("a"),
        thinking("b", signature="one"),
        thinking("c", signature="two"),
        {**empty, "signature": "three"},
    )
    assert (first.thinking, first.signature) == ((TextChunk(text="ab"),), "one")
    assert (second.thinking, second.signature) == ((TextChunk(text="c"),), "three")


def test_a_signature_that_is_repeated_is_of_one_thought() -> None:
    (chunk,) = content(*[thinking(text, signature="one") for text in "abc"])
    assert (chunk.thinking, chunk.signature) == ((TextChunk(text="abc"),), "one")


def test_references_alternate_with_text() -> None:
    first, second = content("Blue", reference("A"), ".", " Mostly", reference("B"))[
        1::2
    ]
    assert isinstance(first, ToolReferenceChunk)
    assert (first.title, second.title) == ("A", "B")
    assert content("Blue", reference("A"), ".", " Mostly")[2].text == ". Mostly"


def test_references_side_by_side_stay_apart() -> None:
    assert [chunk.title for chunk in content(reference("A"), reference("B"))] == [
        "A",
        "B",
    ]


def test_a_chunk_that_is_unknown_is_kept() -> None:
    new = {"type": "new", "x": [None]}
    assert content("a", new, "b") == (
        TextChunk(text="a"),
        UnknownChunk(type="new", raw=new),
        TextChunk(text="b"),
    )
    assert content(tool_file())[0].file_type == "png"


def test_content_goes_by_its_index_whenever_it_comes() -> None:
    events = [
        delta("C", content_index=2),
        delta(reference("B"), content_index=1),
        delta("a", content_index=0),
        delta("c", content_index=2),
        delta("A", content_index=0),
    ]
    (entry,) = added_up(*events).outputs
    assert isinstance(entry, MessageOutputEntry)
    texts = [getattr(chunk, "text", "B") for chunk in entry.content]
    assert texts == ["aA", "B", "Cc"]


def test_strings_at_several_indexes_are_one_text() -> None:
    (entry,) = added_up(
        delta("b", content_index=1), delta("a", content_index=0)
    ).outputs
    assert isinstance(entry, MessageOutputEntry)
    assert entry.content == "ab"


def test_outputs_go_by_their_index_whenever_they_come() -> None:
    answer = added_up(
        delta("second", output_index=1, id="msg_2"),
        tool_started(output_index=0),
        delta("!", output_index=1, id="msg_2"),
        delta("third", output_index=2, id="msg_3"),
    )
    assert [getattr(e, "content", "tool") for e in answer.outputs] == [
        *["tool", "second!", "third"]
    ]


def test_messages_of_one_index_with_other_ids_are_two() -> None:
    answer = added_up(delta("a", id="msg_1"), delta("b", id="msg_2"))
    assert [getattr(entry, "content", None) for entry in answer.outputs] == ["a", "b"]


def test_a_message_has_the_time_of_its_first_delta() -> None:
    (entry,) = added_up(delta("a"), delta("b", created_at=LATER)).outputs
    assert isinstance(entry, MessageOutputEntry)
    assert entry.created_at == datetime(2026, 7, 1, 10, 20, 30, 123456, UTC)
    assert entry.completed_at is None


def test_a_message_has_the_agent_and_model_of_its_deltas() -> None:
    (entry,) = added_up(delta("a", agent_id="ag_1", model="m")).outputs
    assert isinstance(entry, MessageOutputEntry)
    assert (entry.agent_id, entry.model, entry.role) == ("ag_1", "m", "assistant")


def test_a_function_call_comes_whole_with_its_last_status() -> None:
    answer = added_up(
        call_delta('{"ci'),
        call_delta('ty": ', confirmation_status="pending"),
        call_delta('"Oslo"}', confirmation_status="allowed"),
        call_delta(""),
    )
    body = without(function_call(confirmation_status="allowed"), "completed_at")
    assert answer.outputs == (from_dict(FunctionCallEntry, body),)
    assert answer.function_calls == answer.outputs


def test_parallel_function_calls_are_kept_apart() -> None:
    one = {"id": "fc_1", "tool_call_id": "1", "output_index": 0}
    two = {"id": "fc_2", "tool_call_id": "2", "output_index": 1}
    three = {"id": "fc_3", "tool_call_id": "3", "output_index": 1}
    calls = added_up(
        call_delta('{"b', **two),
        call_delta('{"a', **one),
        call_delta('": 2}', **two),
        call_delta("{}", **three),
        call_delta('": 1}', **one),
    ).function_calls
    assert [(call.id, call.arguments) for call in calls] == [
        ("fc_1", '{"a": 1}'),
        ("fc_2", '{"b": 2}'),
        ("fc_3", "{}"),
    ]


def test_a_tool_execution_is_that_of_the_plain_answer() -> None:
    answer = added_up(
        tool_started(), tool_delta('{"code":'), tool_delta(' "6 * 7"}'), tool_done()
    )
    assert answer.outputs == (from_dict(ToolExecutionEntry, tool_execution()),)


def test_a_tool_execution_without_its_beginning_or_end() -> None:
    (entry,) = added_up(tool_done(function=None)).outputs
    assert isinstance(entry, ToolExecutionEntry)
    assert (entry.arguments, entry.function) == (None, None)
    assert entry.info == {"code": "6 * 7", "code_output": "42\n"}
    (entry,) = added_up(without(tool_started(), "arguments")).outputs
    assert isinstance(entry, ToolExecutionEntry)
    assert (entry.arguments, entry.completed_at, entry.info) == (None, None, None)


@pytest.mark.parametrize("ends_as", ["same id", "handoff_of_its_own"])
def test_a_handoff_is_that_of_the_plain_answer(ends_as: str) -> None:
    end = handoff_done() if ends_as == "same id" else handoff_done(id=ends_as)
    answer = added_up(handoff_started(), end, delta("Hi", output_index=1))
    assert answer.outputs[0] == from_dict(AgentHandoffEntry, handoff())
    assert len(answer.outputs) == 2


def test_two_handoffs_are_kept_apart() -> None:
    other = {"output_index": 2, "id": "handoff_2"}
    answer = added_up(
        handoff_started(),
        handoff_done(),
        handoff_started(**other),
        handoff_done(**other, next_agent_name="sea desk"),
    )
    names = [
        e.next_agent_name for e in answer.outputs if isinstance(e, AgentHandoffEntry)
    ]
    assert names == ["weather desk", "sea desk"]


def test_a_handoff_ends_only_its_own_beginning() -> None:
    answer = added_up(
        delta("Hi"),
        handoff_started(output_index=1),
        handoff_started(output_index=2, id="handoff_2"),
        handoff_done(output_index=2, id="handoff_of_its_own"),
    )
    ids = [e.id for e in answer.outputs if isinstance(e, AgentHandoffEntry)]
    assert ids == ["handoff_2"]


def handoffs(*events: Bodies) -> list[tuple[str | None, str]]:
    """Return the ids of the handoffs, and the agents that took over."""
    outputs = added_up(*events).outputs
    entries = [entry for entry in outputs if isinstance(entry, AgentHandoffEntry)]
    assert len(entries) == len(outputs)
    return [(entry.id, entry.next_agent_name) for entry in entries]


def test_handoffs_of_one_index_end_one_after_the_other_by_other_ids() -> None:
    first, second = handoff_started(id="a"), handoff_started(id="b")
    ends = [handoff_done(id=name, next_agent_name=name) for name in ("x", "y", "z")]
    both = [("a", "x"), ("b", "y")]
    assert handoffs(first, ends[0], second, ends[1]) == both
    assert handoffs(first, second, ends[0], ends[1]) == both
    assert handoffs(first, second, *ends) == [("a", "x"), ("b", "z")]
    by_id = handoff_done(id="b", next_agent_name="b")
    assert handoffs(first, second, by_id, ends[0]) == [("a", "x"), ("b", "b")]
    assert handoffs(first, handoff_started(id="b", output_index=1), ends[0]) == [
        ("a", "x")
    ]


MANY: dict[str, Callable[[int], list[Bodies]]] = {
    "handoffs": lambda n: [handoff_started(id=f"s{n}"), handoff_done(id=f"d{n}")],
    "ends of handoffs": lambda n: [handoff_done(id=f"d{n}")],
    "handoffs of many indexes": lambda n: [
        *[handoff_started(id=f"s{n}", output_index=n)],
        *[handoff_done(id=f"d{n}", output_index=n)],
    ],
    "handoffs that never end": lambda n: [handoff_started(id=f"s{n}")],
    "calls": lambda n: [call_delta("{", id=f"c{n}"), call_delta("}", id=f"c{n}")],
    "calls with objects": lambda n: [call_delta("") | {"arguments": {str(n): n}}],
    "tools": lambda n: [tool_started(id=f"t{n}"), tool_done(id=f"t{n}")],
    "messages": lambda n: [delta("a", id=f"m{n}", output_index=n)],
    "parts": lambda n: [delta("é", content_index=n), delta(thinking("a"))],
    "references": lambda _: [delta(reference()), delta([reference(), text_chunk()])],
    "halves": lambda _: [delta("\ud83d"), delta("\ude00")],
    "misfits": lambda _: [without(delta("b"), "id")],
}


def seconds_to_add(make: Callable[[int], list[Bodies]], count: int) -> float:
    bodies = [body for number in range(count) for body in make(number)]
    events = [from_dict(ConversationEvents, body) for body in bodies]
    accumulator = Accumulator()

    def add() -> None:
        for event in events:
            accumulator.add(event)
        accumulator.response()

    return cpu_seconds(add)


@pytest.mark.parametrize("kind", MANY)
def test_the_cost_of_many_entries_is_linear(kind: str) -> None:
    """Ten times the events may cost 30 times, where quadratic is 100."""

    def ratio() -> float:
        return seconds_to_add(MANY[kind], 4000) / seconds_to_add(MANY[kind], 400)

    assert any(ratio() < 30 for _ in range(3))


@for_each(
    ("pieces", "arguments"),
    [
        (["", {"a": 1}], {"a": 1}),
        ([{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
        ([{"a": 1}, {"a": 1, "b": None}, " "], {"a": 1, "b": None}),
        ([{}], {}),
        (["[", {"a": 1}], '[{"a":1}'),
        (["[", {"a": 1}, ", 2]"], '[{"a":1}, 2]'),
        (['{"a": "\ud83d', '\ude00"}'], '{"a": "😀"}'),
        (['"\ud83d'], '"\ud83d'),
    ],
)
def test_arguments_join_as_text_or_objects(pieces: list[Any], arguments: Any) -> None:
    first, *others = pieces
    calls = (call_delta("") | {"arguments": piece} for piece in pieces)
    tools = (tool_delta("") | {"arguments": piece} for piece in others)
    begin = tool_started() | {"arguments": first}
    call, tool = added_up(*calls, begin, *tools).outputs
    assert isinstance(call, FunctionCallEntry)
    assert isinstance(tool, ToolExecutionEntry)
    assert call.arguments == tool.arguments == arguments


def test_arguments_of_a_snapshot_stay_as_they_were() -> None:
    accumulator = Accumulator()
    for key in "ab":
        body = call_delta("") | {"arguments": {key: 1}}
        accumulator.add(from_dict(ConversationEvents, body))
        if key == "a":
            before = accumulator.response()
    assert before is not None
    assert before.function_calls[0].arguments == {"a": 1}


def test_a_list_of_chunks_is_the_chunks_one_by_one() -> None:
    assert content([text_chunk("Bl")], [text_chunk("ue")]) == (TextChunk(text="Blue"),)
    assert content("a", [thinking("1"), text_chunk("b")], thinking("2"), []) == content(
        "a", thinking("1"), text_chunk("b"), thinking("2")
    )
    assert content([]) == ""


def test_halves_of_a_character_join_in_text_and_thinking() -> None:
    assert content("a\ud83d", "\ude00b") == "a😀b"
    assert content(text_chunk("a\ud83d"), "\ude00") == (TextChunk(text="a😀"),)
    assert content(thinking("\ud83d"), thinking("\ude00")) == (thought("😀"),)
    assert content("a\ud83d", "b") == "a\ud83db"
    (said,) = added_up(
        delta("\ud83d", content_index=0), delta("\ude00", content_index=1)
    ).outputs
    assert isinstance(said, MessageOutputEntry)
    assert said.content == said.text == "😀"


@for_each("usage", [[], 5, "x", True])
def test_an_odd_usage_is_kept_as_the_plain_answer_keeps_it(usage: Any) -> None:
    answer = added_up(started(), delta("Blue."), done() | {"usage": usage, "new": 1})
    plain = from_dict(ConversationResponse, response(usage=usage))
    assert (answer.usage, answer.extra) == (plain.usage, plain.extra)
    assert answer.extra == {"usage": usage}


def test_half_a_handoff_is_none_yet() -> None:
    assert added_up(handoff_started()).outputs == ()
    assert added_up(handoff_done()).outputs == ()


def test_unknown_events_change_nothing() -> None:
    known = added_up(*text_stream("a"))
    unknown = {"type": "message.output.replaced", "content": "b", "output_index": 0}
    assert added_up(started(), unknown, delta("a"), unknown, done()) == known


@for_each(
    "misfit",
    [
        without(delta("b"), "id"),
        {**delta("b"), "output_index": "first"},
        {**call_delta(""), "arguments": ["a", 1]},
    ],
)
def test_a_piece_that_does_not_fit_is_kept_beside_the_rest(misfit: Any) -> None:
    answer = added_up(started(), misfit, delta("a"), done())
    kept = UnknownEntry(type=misfit["type"], raw=misfit)
    assert answer.outputs == (*added_up(*text_stream("a")).outputs, kept)


def test_the_beginning_and_the_end_set_id_and_usage() -> None:
    answer = added_up(started(), done(connector_tokens=5))
    assert answer.conversation_id == CONVERSATION_ID
    assert answer.outputs == ()
    assert answer.usage.connector_tokens == 5


def test_before_the_end_usage_is_zeros() -> None:
    assert added_up(started(), delta("a")).usage.total_tokens == 0


def test_the_response_grows_and_what_was_given_stays() -> None:
    accumulator = Accumulator()
    seen = []
    for event in [started(), delta(thinking("Hm")), delta("a"), delta("b"), done()]:
        accumulator.add(from_dict(ConversationEvents, event))
        found = accumulator.response()
        assert found is not None
        seen.append(found)
    assert [answer.text for answer in seen] == ["", "", "a", "ab", "ab"]
    assert [answer.usage.total_tokens for answer in seen] == [0, 0, 0, 0, 10]


def test_a_whole_stream_is_the_plain_answer() -> None:
    streamed = added_up(
        started(),
        *[tool_started(), tool_delta('{"code": "6 * 7"}'), tool_done()],
        *(delta(each, output_index=1) for each in ["For", "ty", "-two."]),
        done(),
    )
    plain = response(tool_execution(), without(message("Forty-two."), "completed_at"))
    assert streamed == from_dict(ConversationResponse, plain)


@thorough
@given(st.lists(st.text(max_size=6), min_size=1), st.data())
def test_a_text_adds_up_however_it_was_cut(
    texts: list[str], data: st.DataObject
) -> None:
    whole = "".join(texts)
    indexes = sorted(data.draw(st.lists(
        st.integers(0, 3), min_size=len(texts), max_size=len(texts))))  # fmt: skip
    pieces = [
        delta(text, content_index=index)
        for text, index in zip(texts, indexes, strict=True)
    ]
    assert added_up(*pieces).text == whole


places = st.tuples(
    st.sampled_from(["msg_1", "msg_2"]), st.integers(0, 1), st.integers(0, 1)
)
contents = st.sampled_from(
    ["a", "b", "", "\ud83d", "\ude00", text_chunk("c"), thinking("d"), reference(), []]
)


@thorough
@given(st.lists(st.tuples(places, contents), min_size=1, max_size=12))
def test_pieces_join_alike_one_after_the_other_and_message_by_message(
    pieces: list[tuple[tuple[str, int, int], Any]],
) -> None:
    accumulator, messages = Accumulator(), dict[tuple[int, str], Message]()
    for (id, output_index, content_index), piece in pieces:
        event = from_dict(
            MessageOutputEvent,
            delta(piece, id=id, output_index=output_index, content_index=content_index),
        )
        accumulator.add(event)
        messages.setdefault((output_index, id), Message(event)).add(event)
    found = accumulator.response()
    in_order = sorted(messages, key=lambda key: key[0])
    assert found is not None
    assert found.outputs == tuple(messages[key].entry() for key in in_order)
