"""The answer of a lost request, in histories written by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import attrs

from mistral_conversations._wire.converter import from_dict
from mistral_conversations._wire.json import encode_json
from mistral_conversations._wire.lost_answer import Finding, find_answer, is_branch
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations.models.chunks import TextChunk, UnknownChunk
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    InputEntries,
    MessageInputEntry,
)
from tests.support.bodies import reference, tool_file
from tests.support.cpu_time import cpu_seconds
from tests.support.for_each import for_each

Told: TypeAlias = tuple[str, list[Any], bool | None]

SENT_AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


def at(seconds: float | None) -> dict[str, Any]:
    """Return the time of an entry, in seconds after the request was sent."""
    if seconds is None:
        return {}
    return {"created_at": (SENT_AT + timedelta(seconds=seconds)).isoformat()}


def user(text: Any, seconds: float | None = 1, **others: Any) -> dict[str, Any]:
    entry = {"type": "message.input", "role": "user", "content": text}
    return {**entry, **at(seconds), **others}


def model(
    text: Any, seconds: float | None = 2, id: str | None = "", **others: Any
) -> dict[str, Any]:
    name = f"msg_{text}" if id == "" else id
    entry = {"type": "message.output", "id": name, "content": text}
    return {**entry, **at(seconds), **others}


def tool(seconds: float | None = 2, **others: Any) -> dict[str, Any]:
    return {"type": "tool.execution", "name": "web_search", **at(seconds), **others}


def call(
    id: str = "c1", seconds: float | None = 2, status: str | None = None, **others: Any
) -> dict[str, Any]:
    entry = {"type": "function.call", "name": "f", "arguments": "{}"}
    decision = {"tool_call_id": id, "confirmation_status": status}
    return {**entry, **decision, **at(seconds), **others}


def result(
    id: str = "c1", text: Any = "1", seconds: float | None = 1, **others: Any
) -> dict[str, Any]:
    entry = {"type": "function.result", "tool_call_id": id, "result": text}
    return {**entry, **at(seconds), **others}


def handoff(seconds: float | None = 2, **others: Any) -> dict[str, Any]:
    names = {f"{who}_agent_{of}": who for who in ("previous", "next") for of in NAMES}
    return {"type": "agent.handoff", **names, **at(seconds), **others}


NAMES = ("id", "name")
OLD = [user("a", -9), model("b", -8)]


def built(entries: Sequence[Any]) -> list[Any]:
    return [from_dict(InputEntries, entry) for entry in entries]


def sent(inputs: Any = None, *confirmed: str, **others: Any) -> LostRequest:
    body = {} if inputs is None else {"inputs": inputs}
    if confirmed:
        words = [word.split("=") for word in confirmed]
        body["tool_confirmations"] = [
            {"tool_call_id": id, "confirmation": word} for id, word in words
        ]
    return LostRequest.of(encode_json({**body, **others}))


def find(
    history: Sequence[Any],
    request: LostRequest,
    streamed: Sequence[Any] = (),
    earliest: datetime | None = SENT_AT,
    copied: Sequence[Any] | None = None,
) -> Finding:
    begun = None if copied is None else built(copied)
    return find_answer(built(history), request, built(streamed), earliest, begun)


def told(finding: Finding) -> Told:
    outputs = [getattr(entry, "content", entry.type) for entry in finding.outputs]
    return finding.state, outputs, finding.has_arrived


NOTHING: Told = ("nothing", [], False)
UNCLEAR: Told = ("unclear", [], None)


@for_each(
    ("history", "expected"),
    [
        (OLD, NOTHING),
        ([], NOTHING),
        ([*OLD, user("q")], ("unfinished", [], True)),
        ([*OLD, user("q"), model("x")], ("answered", ["x"], True)),
        ([user("q"), model("x")], ("answered", ["x"], True)),
        ([*OLD, user("q", -2), model("x", -1)], NOTHING),
        ([*OLD, user("q", 0), model("x", 0)], NOTHING),
        ([*OLD, user("q", -2), user("q"), model("x")], ("answered", ["x"], True)),
        ([*OLD, user("q"), tool()], ("unfinished", ["tool.execution"], True)),
        ([*OLD, user("q"), tool(), model("x")],
            ("answered", ["tool.execution", "x"], True)),
        ([*OLD, user("q"), call()], ("answered", ["function.call"], True)),
        ([*OLD, user("q"), call(), tool(), model("x")],
            ("answered", ["function.call", "tool.execution", "x"], True)),
        ([*OLD, user("q"), handoff()], ("unfinished", ["agent.handoff"], True)),
        ([*OLD, user("q"), handoff(), model("x")],
            ("answered", ["agent.handoff", "x"], True)),
        ([*OLD, user("q"), {"type": "tool.new", **at(2)}],
            ("unfinished", ["tool.new"], True)),
        ([*OLD, user("q"), {"type": "thought", **at(2)}],
            ("answered", ["thought"], True)),
        # another writer continues
        ([*OLD, user("q"), model("x"), user("r", 3), model("y", 4)],
            ("answered", ["x"], True)),
        ([*OLD, user("q"), tool(), user("r", 3)],
            ("answered", ["tool.execution"], True)),
        ([*OLD, user("q"), model("x"), {"type": "system.input", **at(3)}],
            ("answered", ["x"], True)),
        ([*OLD, user("q"), model("x"), {"role": "user", "say": 1, **at(3)}],
            ("answered", ["x"], True)),
        ([*OLD, user("q"), user("r", 3), model("y", 4)], ("unclear", [], True)),
        ([*OLD, user("r"), model("y"), user("q", 3), model("x", 4)],
            ("answered", ["x"], True)),
        # another one writes instead, or the same
        ([*OLD, user("r"), model("y")], UNCLEAR),
        ([*OLD, user("q "), model("y")], UNCLEAR),
        ([*OLD, user("r"), user("q"), model("y")], UNCLEAR),
        ([user("r"), user("q"), model("y")], UNCLEAR),
        ([*OLD, user("q"), model("x"), user("q", 3), model("y", 4)], UNCLEAR),
        ([*OLD, user("q"), user("q", 3), model("y", 4)], UNCLEAR),
        # times out of order, absent or odd
        ([*OLD, user("q", 2), model("x", 1.99)], ("answered", ["x"], True)),
        ([*OLD, user("q"), model("x", None)], ("answered", ["x"], True)),
        ([*OLD, user("q", None), model("x")], UNCLEAR),
        ([*OLD, user("r"), model("y"), user("q", None), model("x", None)],
            ("answered", ["x"], True)),
        ([*OLD, user("q", None), model("y", None), user("r", -1)], UNCLEAR),
        ([*OLD, model("y", None)], UNCLEAR),
        ([user("a", None), *OLD], NOTHING),
        ([user("q", None), *OLD, user("q"), model("x")], ("answered", ["x"], True)),
        ([*OLD, user("q", created_at="soon"), model("x")], UNCLEAR),
        ([*OLD, user("q", created_at=5), model("x")], UNCLEAR),
        ([*OLD, user("q", created_at="2026-07-01 12:00:01"), model("x")],
            ("answered", ["x"], True)),
        ([*OLD, user("q", created_at="2026-07-01T14:00:01+02:00"), model("x")],
            ("answered", ["x"], True)),
        ([*OLD, user("q", created_at="2026-07-01T13:59:59+02:00")], NOTHING),
        ([*OLD, {"type": 5, "tool_call_id": []}, user("q"), model("x")],
            ("answered", ["x"], True)),
        ([*OLD, user("q", created_at="0001-01-01T00:00:00+14:00"), model("x")],
            UNCLEAR),
        ([*OLD, "odd", 5, {}, user("q"), model("x")], ("answered", ["x"], True)),
    ],
)  # fmt: skip
def test_a_sent_text_finds_its_answer(history: Any, expected: Any) -> None:
    assert told(find(history, sent("q"))) == expected


def test_the_entries_since_the_request_are_shown() -> None:
    mine = [user("q"), model("x")]
    other = [user("r", 3), model("y", 4)]
    assert find([*OLD, *mine, *other], sent("q")).entries == tuple(built(mine + other))
    assert find([*OLD, *other], sent("q")).entries == tuple(built(other))
    found = find([user("a", None), *OLD, *other], sent("q"))
    assert found.entries == tuple(built(other))
    assert find(OLD, sent("q")).entries == ()
    assert find([*OLD, *other], sent("q"), earliest=None).entries == ()
    streamed = [model("", id="msg_x")]
    assert find([*OLD, *mine], sent("q"), streamed).entries == tuple(built(mine))
    assert find([*OLD, *mine], sent("p"), streamed).entries == tuple(built(mine[1:]))
    outputs = [tool(), mine[1]]
    assert find(outputs, sent("q"), streamed).entries == tuple(built(outputs))
    twice = [model("", id="msg_x"), model("", id="msg_y")]
    history = [*OLD, *mine, *other]
    found = find(history, sent("q"), twice, earliest=None)
    assert found.entries == tuple(built(history[3:]))
    assert found.is_final


@for_each(
    ("streamed", "history", "expected"),
    [
        # the ids are there
        ([model("a", id="m")], [user("q"), model("ab", id="m")],
            ("answered", ["ab"], True)),
        ([model("", id="m")], [user("other"), model("x", id="m")],
            ("answered", ["x"], True)),
        ([model("x", id="m")], [user("q", -5), model("x", -4, id="m")],
            ("answered", ["x"], True)),
        ([model("x", id="m")], [user("q"), model("y"), user("q"), model("x", id="m")],
            ("answered", ["x"], True)),
        ([model("x", id="m")], [user("q"), tool(), model("x", id="m"), user("r")],
            ("answered", ["tool.execution", "x"], True)),
        ([model("", id="m")], [user("other"), tool(), model("x", id="m")],
            ("answered", ["tool.execution", "x"], True)),
        ([model("", id="m")], [tool(), model("x", id="m")],
            ("answered", ["tool.execution", "x"], True)),
        ([tool(id="t"), model("", id="m")], [user("q"), tool(id="t")],
            ("unfinished", ["tool.execution"], True)),
        ([model("a", id="m"), model("y", id="n")],
            [user("q"), model("ab", id="m"), model("yz", id="n")],
            ("answered", ["ab", "yz"], True)),
        ([model("y", id="m")], [model("x", id="m")], ("unclear", [], True)),
        ([model("x", id="m"), tool(id="t")], [user("q"), model("x", id="m")],
            ("unfinished", ["x"], True)),
        ([model("x", id="m"), model("y", id="n")], [user("q"), model("x", id="m")],
            ("unfinished", ["x"], True)),
        ([model("xy", id="m")], [user("q"), model("x", id="m")],
            ("unfinished", ["x"], True)),
        ([model("xy", id="m")], [user("q"), model("x", id="m"), user("r")],
            ("unclear", [], True)),
        ([model("y", id="m")], [user("q"), model("x", id="m")],
            ("unclear", [], True)),
        ([model("x", id="m"), model("y", id="n")],
            [user("q"), model("x", id="m"), user("r"), model("y", id="n")],
            ("unclear", [], True)),
        ([model("x", id="m")], [user("q"), model("x", id="m"), user("r"),
            model("x", id="m")], ("answered", ["x"], True)),
        ([model("x", id="m")], [user("q"), user("r", id="m"), model("y")],
            ("unclear", [], True)),
        ([model("\ud83d", id="m")], [user("q"), model("\U0001f600", id="m")],
            ("answered", ["\U0001f600"], True)),
        ([model("\ud83d", id="m")], [user("q"), model("\U0001f6ff!", id="m")],
            ("answered", ["\U0001f6ff!"], True)),
        ([model("\ud83e", id="m")], [user("q"), model("\U0001f600", id="m")],
            ("unclear", [], True)),
        ([model([{"type": "thinking", "thinking": []}], id="m")],
            [user("q"), model("x", id="m")], ("answered", ["x"], True)),
        ([model("x", id="m")],
            [user("q"), model([{"type": "text", "text": "xy"}], id="m", name=None)],
            ("answered", [(TextChunk(text="xy"),)], True)),
        # they are absent
        ([model("x", id="m")], [], UNCLEAR),
        ([model("x", id="m")], OLD, UNCLEAR),
        ([model("x", id="m")], [user("q")], ("unfinished", [], True)),
        ([model("x", id="m")], [user("q"), model("xy")], ("answered", ["xy"], True)),
        ([model("x", id="m")], [user("q"), model("y")], UNCLEAR),
        ([model("x", id="m")], [user("r"), model("xy")], UNCLEAR),
        ([call(id="fc")], [user("q"), model("xy")], ("unfinished", ["xy"], True)),
        ([call(id="fc")], [user("q"), call()], ("answered", ["function.call"], True)),
        ([model("x", id="m"), model("y", id="n")], [user("q"), model("xyz")],
            ("unfinished", ["xyz"], True)),
        ([model("x", id=None), model("y", id=None)],
            [user("q"), model("x"), model("yz")], ("answered", ["x", "yz"], True)),
        ([model("x", id="m"), model("y", id="m2")],
            [user("q"), model("", id="m"), model("xyz")],
            ("answered", ["", "xyz"], True)),
        ([{"type": "message.output.delta", "id": "m"}],
            [user("other"), model("x", id="m")], ("answered", ["x"], True)),
        ([{"type": "message.output.delta", "id": 5}], OLD, UNCLEAR),
    ],
)  # fmt: skip
def test_what_was_streamed_identifies_the_answer(
    streamed: Any, history: Any, expected: Any
) -> None:
    assert told(find(history, sent("q"), streamed)) == expected


IMAGE = {"type": "image_url", "image_url": "https://e.example/1.png"}
DATA = {"type": "image_url", "image_url": "data:image/png;base64,AA=="}
PDF = {"type": "document_url", "document_url": "DATA:application/pdf;base64,AA=="}
TEXT = {"type": "text", "text": "q"}
THOUGHT = {"type": "thinking", "thinking": [TEXT], "closed": True}


def image(url: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": url}


@for_each(
    ("inputs", "stored", "fits"),
    [
        ("q", [user("q")], True),
        ("q", [user([TEXT])], True),
        ("q", [user(TEXT)], True),
        ("q", [user([{"text": "q"}])], True),
        ("q", [user(["q"])], True),
        ("q", [user("q", role="assistant")], False),
        ("q", [model("q")], False),
        ("q", [user("q\n")], False),
        ("q", [user("Q")], False),
        ("qq", [user([TEXT, TEXT])], False),
        ([user([TEXT, TEXT], None)], [user([TEXT, TEXT])], True),
        ([{"role": "user", "content": "q"}], [user("q")], True),
        ([{"role": "assistant", "content": "q"}], [user("q", role="assistant")], True),
        ([{"role": "assistant", "content": "q"}], [model("q")], True),
        ([{"role": "assistant", "content": "q"}], [user("q")], False),
        ([user("q", None, role="assistant")], [model("q")], False),
        ([{"type": "message.input", "content": "q"}], [user("q")], True),
        ([{"type": "message.input", "content": "q", "role": None}], [user("q")], True),
        ([user("q", None, prefix=True)], [user("q")], True),
        ([user("q", None), user("r", None)], [user("q"), user("r")], True),
        ([user("q", None), user("r", None)], [user("r"), user("q")], False),
        ([user("q", None), user("r", None)], [user("q"), model("x"), user("r")], False),
        # files
        ([user([TEXT, IMAGE], None)], [user([TEXT, IMAGE])], True),
        ([user([TEXT, IMAGE], None)], [user([IMAGE, TEXT])], False),
        ([user([IMAGE], None)], [user([image({"url": IMAGE["image_url"]})])], True),
        ([user([IMAGE], None)], [user([image("https://e.example/2.png")])], False),
        ([user([IMAGE], None)], [user([PDF])], False),
        ([user([DATA], None)], [user([DATA])], True),
        ([user([DATA], None)], [user([IMAGE])], True),
        ([user([IMAGE], None)], [user([DATA])], False),
        ([user([DATA], None)], [user([image("data:image/png;base64,AQ==")])], False),
        ([user([image({"url": DATA["image_url"], "detail": "low"})], None)],
            [user([IMAGE])], True),
        ([user([PDF], None)],
            [user([{**PDF, "document_url": "https://e.example/1.pdf"}])], True),
        ([user([tool_file()], None)], [user([tool_file(file_name="b")])], True),
        ([user([tool_file()], None)], [user([tool_file(file_id="b")])], False),
        ([user([{"type": "sound", "file_id": "1"}], None)],
            [user([{"type": "sound", "file_id": "1", "length": 5}])], True),
        ([user([{"type": "sound", "file_id": "1"}], None)],
            [user([{"type": "sound", "file_id": "2"}])], False),
        ([user([{"type": "sound", "data": "1"}], None)],
            [user([{"type": "sound", "file_id": "2"}])], True),
        ([user([{"type": "sound", "link": {"url": "1"}}], None)],
            [user([{"type": "sound", "link": "1"}])], True),
        ([user([5], None)], [user([5])], True),
        # results of calls
        ([result("c1", "1", None)], [result("c1", "1")], True),
        ([result("c1", '{"a": 1}', None)], [result("c1", '{"a":1.0}')], True),
        ([result("c1", "1", None)], [result("c1", "2")], False),
        ([result("c1", "no JSON", None)], [result("c1", "1")], False),
        ([result("c1", "no JSON", None)], [result("c1", "no JSON")], True),
        ([result("c1", "1", None)], [result("c2", "1")], False),
        ([result("c1", "1", None)], [result("c1", {"value": 1})], True),
        ([result("c1", "1", None), result("c2", "2", None)],
            [result("c1", "1"), result("c2", "2")], True),
        # answers that are sent back
        ([user("q", None), model("a", None), user("r", None)],
            [user("q"), model("a", id="new"), user("r")], True),
        ([user("q", None), model("a", None)], [user("q"), model("a")], True),
        ([user("q", None), model([THOUGHT, TEXT], None)],
            [user("q"), model([THOUGHT, TEXT])], True),
        ([model([THOUGHT, TEXT], None), user("q", None)],
            [model([{**THOUGHT, "thinking": []}, TEXT]), user("q")], False),
        ([model([reference()], None), user("q", None)],
            [model([reference(favicon="f")]), user("q")], True),
        ([model([reference()], None), user("q", None)],
            [model([reference(url="https://e.example")]), user("q")], False),
        ([call("c1", None), result("c1", "1", None)],
            [call("c1", arguments={}), result("c1", "1")], True),
        ([call("c1", None), result("c1", "1", None)],
            [call("c1", arguments={"a": 1}), result("c1", "1")], False),
        ([tool(None), user("q", None)], [tool(arguments="{}"), user("q")], True),
        ([tool(None), user("q", None)], [tool(name="other"), user("q")], False),
        ([tool(None, arguments="{}"), user("q", None)], [tool(), user("q")], True),
        ([handoff(None), user("q", None)], [handoff(), user("q")], True),
        ([handoff(None), user("q", None)], [handoff(next_agent_id="b"), user("q")],
            False),
        # what is unknown
        ([{"type": "new.input", "value": "1"}], [{"type": "new.input", **at(1)}], True),
        ([{"type": "new.input", "value": "1"}],
            [{"type": "new.input", "value": "2", **at(1)}], False),
        ([{"type": "new.input", "value": "1"}],
            [{"type": "old.input", "value": "1", **at(1)}], False),
        ([{"type": None, "role": "user", "value": "1"}],
            [{"role": "user", "value": "1", **at(1)}], False),
    ],
)  # fmt: skip
def test_sent_entries_are_compared_by_meaning(
    inputs: Any, stored: Any, fits: bool
) -> None:
    finding = find([*OLD, *stored, model("x", 3)], sent(inputs))
    assert told(finding) == (("answered", ["x"], True) if fits else UNCLEAR)
    copies = [user("a", 1), model("b", 1)]
    assert is_branch(built([*copies, *stored]), built(OLD), sent(inputs)) is fits


@for_each(
    ("history", "expected"),
    [
        ([], NOTHING),
        ([user("q"), model("x")], UNCLEAR),
        ([call(), result()], ("unfinished", [], True)),
        ([call(), result(), model("x")], ("answered", ["x"], True)),
        ([call(), result(), model("x"), result(), model("y")], UNCLEAR),
        ([call(), call("c2"), result("c2"), result(), model("x")], UNCLEAR),
        ([call(), result(text="2"), model("x")], UNCLEAR),
        ([call(), result(seconds=None), model("x", None)], ("answered", ["x"], True)),
    ],
)
def test_without_a_time_the_id_of_a_call_identifies_its_result(
    history: Any, expected: Any
) -> None:
    assert told(find(history, sent([result()]), earliest=None)) == expected


def test_a_result_identifies_what_was_sent_with_it() -> None:
    history = [call(), result(), user("r"), model("x")]
    found = find(history, sent([result(seconds=None), user("r", None)]), earliest=None)
    assert told(found) == ("answered", ["x"], True)


def test_all_sent_entries_must_be_new() -> None:
    history = [*OLD, user("q", None), user("r"), model("x")]
    assert told(find(history, sent([user("q", None), user("r", None)]))) == UNCLEAR


def test_what_is_no_entry_is_found_nowhere() -> None:
    assert told(find(OLD, sent([5]))) == NOTHING
    assert told(find([*OLD, 5, model("x")], sent([5]))) == UNCLEAR


def test_without_a_time_a_text_cannot_be_told_from_others() -> None:
    for history in ([user("q"), model("x")], [user("q")], OLD):
        assert told(find(history, sent("q"), earliest=None)) == UNCLEAR
        assert not find(history, sent("q"), earliest=None).is_final
    assert told(find([], sent("q"), earliest=None)) == NOTHING
    streamed = [model("x", id="m")]
    history = [user("q"), model("y"), user("q"), model("xy", id="m")]
    found = find(history, sent("q"), streamed, earliest=None)
    assert told(found) == ("answered", ["xy"], True)


@for_each(
    ("history", "expected"),
    [
        (OLD, NOTHING),
        ([*OLD, user("c", -1)], NOTHING),
        ([*OLD, model("x")], ("answered", ["x"], True)),
        ([*OLD, model("x"), user("r", 3), model("y", 4)], ("answered", ["x"], True)),
        ([*OLD, tool()], ("unfinished", ["tool.execution"], True)),
        ([*OLD, user("r"), model("y")], UNCLEAR),
        ([*OLD, user("c", -1), model("x")], UNCLEAR),
        ([*OLD, tool(-1), model("x")], UNCLEAR),
        ([*OLD, handoff(-1), model("x")], UNCLEAR),
        ([*OLD, model("x", None)], UNCLEAR),
        ([*OLD, model("x", 1), model("y", -1)], UNCLEAR),
        ([model("x")], ("answered", ["x"], True)),
    ],
)
def test_a_request_without_inputs_is_found_by_time(history: Any, expected: Any) -> None:
    assert told(find(history, sent())) == expected
    if expected[0] == "answered":
        assert told(find(history, sent(), earliest=None)) == UNCLEAR


def test_a_request_without_inputs_begins_where_its_stream_began() -> None:
    history = [*OLD, tool(-1), tool(id="t"), model("x", id="m")]
    streamed = [tool(id="t"), model("", id="m")]
    outputs = ["tool.execution", "x"]
    for earliest in (SENT_AT, None):
        found = find(history, sent(), streamed, earliest)
        assert told(found) == ("answered", outputs, True)
    found = find(history, sent(), [tool(id="other"), model("", id="m")])
    assert told(found) == ("answered", outputs, True)
    assert told(find(history[3:], sent(), streamed)) == ("answered", outputs, True)
    found = find(history[3:], sent(), [tool(id="other"), model("", id="m")])
    assert told(found) == ("answered", outputs, True)
    found = find([*OLD, *history[2:]], sent(), [model("", id="m")])
    assert told(found) == ("answered", ["x"], True)
    found = find([*OLD, *history[2:]], sent(), [call(id="other"), model("", id="m")])
    assert told(found) == ("unfinished", ["x"], True)


WAITING = [user("a", -9), call("c1", -8, "pending"), call("c2", -8, "pending")]
ALLOWED = [user("a", -9), call("c1", -8, "allowed"), call("c2", -8, "allowed")]
DENIED = [user("a", -9), call("c1", -8, "denied"), call("c2", -8, "denied")]
AGREED = [user("a", -9), call("c1", -8, "agreed"), call("c2", -8, "agreed")]
UNSAID = [user("a", -9), call("c1", -8), call("c2", -8)]


@for_each(
    ("history", "expected", "timeless"),
    [
        (WAITING, NOTHING, NOTHING),
        (UNSAID, NOTHING, NOTHING),
        (ALLOWED, ("unfinished", [], True), ("unfinished", [], True)),
        (AGREED, ("unfinished", [], True), ("unfinished", [], True)),
        ([*ALLOWED, tool()], *[("unfinished", ["tool.execution"], True)] * 2),
        ([*ALLOWED, tool(), model("x")],
            *[("answered", ["tool.execution", "x"], True)] * 2),
        ([*ALLOWED, call("c3", 2)], ("answered", ["function.call"], True), UNCLEAR),
        ([*ALLOWED, model("x"), user("r", 3), model("y", 4)],
            *[("answered", ["x"], True)] * 2),
        ([*ALLOWED, model("x", -1)], UNCLEAR, ("answered", ["x"], True)),
        ([*ALLOWED, result("c1", "1")], UNCLEAR, UNCLEAR),
        ([*WAITING, model("x")], ("answered", ["x"], True), UNCLEAR),
        ([*WAITING, tool(), model("x")],
            ("answered", ["tool.execution", "x"], True), UNCLEAR),
        ([*WAITING, tool()], UNCLEAR, UNCLEAR),
        ([*WAITING, tool(), user("r"), model("y")], UNCLEAR, UNCLEAR),
        ([*WAITING, call("c3"), model("y")], UNCLEAR, UNCLEAR),
        ([*WAITING, model("x", -1)], NOTHING, UNCLEAR),
        ([*WAITING, user("r")], UNCLEAR, UNCLEAR),
        ([*WAITING[:2], ALLOWED[2]], UNCLEAR, UNCLEAR),
        ([*DENIED, model("x")], UNCLEAR, UNCLEAR),
        ([*ALLOWED[:2], DENIED[2], model("x")], UNCLEAR, UNCLEAR),
        (OLD, NOTHING, UNCLEAR),
        ([*OLD, user("r"), model("x")], UNCLEAR, UNCLEAR),
        (WAITING[:2], NOTHING, UNCLEAR),
    ],
)  # fmt: skip
def test_confirmed_calls_identify_the_answer(
    history: Any, expected: Any, timeless: Any
) -> None:
    confirmation = sent(None, "c1=allow", "c2=allow")
    assert told(find(history, confirmation)) == expected
    assert told(find(history, confirmation, earliest=None)) == timeless


def test_a_call_beside_the_confirmed_one_is_no_part_of_the_answer() -> None:
    calls = [user("a", -9), call("c1", -8, "denied"), call("c2", -8, "pending")]
    confirmation = sent(None, "c1=deny")
    found = find([*calls, model("x", id="m")], confirmation)
    assert told(found) == ("answered", ["x"], True)
    found = find([*calls, model("x", id="m")], confirmation, [model("", id="m")])
    assert told(found) == ("answered", ["x"], True)
    streamed = [call(id="other"), model("", id="m")]
    found = find([*calls[:2], model("x", id="m")], confirmation, streamed)
    assert told(found) == ("unfinished", ["x"], True)


@for_each(
    ("history", "streamed", "outputs"),
    [
        ([user("q"), call(status="pending")], [], ["function.call"]),
        ([user("q"), call(status="allowed"), tool(), model("x")], [],
            ["function.call"]),
        ([user("q"), model("p"), call(status="denied"), call("c2"), model("x")], [],
            ["p", "function.call", "function.call"]),
        ([user("q"), call(status="allowed"), tool(), model("x", id="m")],
            [model("", id="m")], ["function.call", "tool.execution", "x"]),
    ],
)  # fmt: skip
def test_an_answer_ends_with_the_calls_that_another_request_confirmed(
    history: Any, streamed: Any, outputs: Any
) -> None:
    assert told(find(history, sent("q"), streamed)) == ("answered", outputs, True)


def test_a_handoff_ends_an_answer_if_the_caller_carries_it_out() -> None:
    history = [*OLD, user("q"), handoff()]
    found = find(history, sent("q", handoff_execution="client"))
    assert told(found) == ("answered", ["agent.handoff"], True)
    found = find(history, sent("q", handoff_execution="server"))
    assert told(found) == ("unfinished", ["agent.handoff"], True)


COPIES = [user("q", 1), model("b", 1)]


@for_each(
    ("copied", "history", "expected"),
    [
        ([], [], ("unfinished", [], True)),
        ([], [user("q")], ("unfinished", [], True)),
        ([], [user("q"), model("x")], ("answered", ["x"], True)),
        ([], [user("q"), model("x"), user("q"), model("y")], ("answered", ["x"], True)),
        ([], [user("r"), model("x")], UNCLEAR),
        (COPIES, COPIES, ("unfinished", [], True)),
        (COPIES, [*COPIES, user("q"), model("x")], ("answered", ["x"], True)),
        (COPIES, COPIES[:1], ("unfinished", [], True)),
        (COPIES, [user("q"), model("x")], ("unclear", [], True)),
        (COPIES, [*COPIES, user("r"), model("x")], ("unclear", [], True)),
    ],
)
def test_in_a_created_conversation_the_entries_stand_at_the_beginning(
    copied: Any, history: Any, expected: Any
) -> None:
    for earliest in (SENT_AT, None) if expected[0] != "unclear" else (SENT_AT,):
        if history != [user("q"), model("x")] or not copied or earliest:
            assert told(find(history, sent("q"), (), earliest, copied)) == expected


def test_a_restart_may_show_a_part_of_what_was_sent() -> None:
    history = [*COPIES, user("q")]
    request = sent([user("q", None), user("r", None)])
    found = find(history, request, (), SENT_AT, COPIES)
    assert told(found) == ("unfinished", [], True)
    assert found.entries == tuple(built(history[2:]))
    found = find([*history, model("x")], request, (), SENT_AT, COPIES)
    assert "continues with other entries" in found.reason
    found = find(history[1:], request, (), SENT_AT, COPIES)
    assert "does not begin with the entries to copy" in found.reason


def test_a_restart_without_inputs_answers_after_the_copies() -> None:
    history = [*COPIES, tool(id="t"), model("x", id="m")]
    expected = ("answered", ["tool.execution", "x"], True)
    assert told(find(history, sent(), (), None, COPIES)) == expected
    for before in ([], [tool(id="other")]):
        streamed = [*before, model("", id="m")]
        assert told(find(history, sent(), streamed, SENT_AT, COPIES)) == expected


@for_each(
    ("history", "inputs", "fits"),
    [
        ([*OLD, user("q")], "q", True),
        ([*OLD, user("r")], "q", False),
        ([*OLD], "q", None),
        ([user("a"), model("b", id="copy"), user("q"), model("x")], "q", True),
        ([user("a"), model("c"), user("q")], "q", False),
        ([user("b"), user("a"), user("q")], "q", False),
        ([user("a")], "q", None),
        ([], "q", None),
        ([*OLD, user("q")], [user("q"), user("r")], None),
        ([*OLD, user("r")], [user("q"), user("r")], False),
        (OLD, None, None),
        ([*OLD, model("x")], None, True),
        ([*OLD, model("x"), user("q")], None, True),
        ([*OLD, user("q")], None, False),
    ],
)
def test_a_branch_begins_with_the_copies_and_the_sent_entries(
    history: Any, inputs: Any, fits: bool | None
) -> None:
    assert is_branch(built(history), built(OLD), sent(inputs)) is fits


def test_some_findings_cannot_change() -> None:
    twice = [*OLD, user("q"), model("x"), user("q", 3), model("y", 4)]
    assert find(twice, sent("q")).is_final
    assert not find(twice, sent("q"), [model("x", id="m")]).is_final
    unsure = [*OLD, user("q", None), *twice[4:]]
    assert not find(unsure, sent("q")).is_final
    assert find([*OLD, user("r"), user("q"), model("x")], sent("q")).is_final
    assert find([*OLD, user("q"), user("r")], sent("q")).is_final
    assert not find([*OLD, user("r"), model("x")], sent("q")).is_final
    assert not find([*OLD, user("q")], sent("q")).is_final
    assert find([*DENIED, model("x")], sent(None, "c1=allow", "c2=allow")).is_final
    streamed = [model("y", id="m")]
    assert find([user("q"), model("x", id="m")], sent("q"), streamed).is_final
    assert not find([user("q"), model("x")], sent("q"), streamed).is_final


@for_each(
    ("history", "streamed", "reason"),
    [
        ([user("q"), model("x")], [], "has the answer"),
        ([user("q")], [], "not complete"),
        (OLD, [], "nothing that is newer"),
        ([*OLD, user("r")], [], "newer entries"),
        ([*OLD, user("r", None)], [], "which of its entries are newer"),
        ([*OLD, user("q", None)], [], "how new the sent entries are"),
        ([user("q"), model("x"), user("q"), model("y")], [], "several times"),
        ([user("r"), user("q"), model("x")], [], "end of what another request sent"),
        ([user("q"), user("r")], [], "lacks a part"),
        ([user("q"), model("x")], [model("y", id="m")], "another text"),
        ([user("q"), model("x"), user("r"), model("y")],
            [model("", id="msg_x"), model("", id="msg_y")], "several answers"),
    ],
)  # fmt: skip
def test_a_finding_has_a_reason(history: Any, streamed: Any, reason: str) -> None:
    found = find(history, sent("q"), streamed)
    assert reason in found.reason
    assert found.reason[0].islower()
    assert found.reason[-1] != "."


def test_entries_that_only_a_date_calls_old_are_doubted() -> None:
    """A `Date` may be of a machine whose clock is ahead of the one of entries."""
    ahead = SENT_AT + timedelta(seconds=5)
    for entries, inputs, expected in (
        ([*OLD, user("q"), model("x")], "q", UNCLEAR),
        ([*OLD, user("r"), model("x")], "q", NOTHING),
        (OLD, "a", NOTHING),
        ([*OLD, model("x")], None, UNCLEAR),
        (OLD, None, NOTHING),
    ):
        request = sent(inputs)
        history = built(entries)
        found = find_answer(history, request, (), ahead, surely_old=SENT_AT)
        assert told(found) == expected
        assert not found.is_final
        assert told(find_answer(history, request, (), ahead)) == NOTHING
    pending = built([*OLD, call(seconds=2, status="pending")])
    request = sent(None, "c1=allow")
    found = find_answer(pending, request, (), ahead, surely_old=SENT_AT)
    assert told(found) == NOTHING


def test_without_storage_there_is_nothing_to_find() -> None:
    found = find([*OLD, user("q"), model("x")], sent("q", store=False))
    assert told(found) == UNCLEAR
    assert found.is_final
    assert "store=False" in found.reason


def test_times_that_were_sent_say_nothing() -> None:
    resent = [user("a", -5), model("b", -4), user("q", None)]
    stored = [user("a", -5), model("b", -4), user("q", 1)]
    expected = ("answered", ["x"], True)
    assert told(find([*OLD, *stored, model("x")], sent(resent))) == expected
    rounded = [user("a", -5.001), *stored[1:]]
    assert told(find([*OLD, *rounded, model("x")], sent(resent))) == expected
    kept = [user("q", -5)]
    assert told(find([*OLD, *kept, model("x")], sent(kept))) == expected
    assert told(find([*OLD, *kept], sent(kept))) == UNCLEAR
    before = [*resent[:2], user("q", -3)]
    assert told(find([*OLD, *before, model("x", -2)], sent(resent))) == NOTHING
    assert told(find(OLD, sent(kept))) == NOTHING


def test_a_stream_begins_after_answers_that_were_sent_back() -> None:
    request = sent([user("q", None), model("a", None)])
    history = [*OLD, user("q"), model("a"), tool(), model("x", id="m")]
    streamed = [model("", id="m")]
    expected = ("answered", ["tool.execution", "x"], True)
    assert told(find(history, request, streamed)) == expected
    elsewhere = [user("q"), model("a"), user("r"), tool(), model("x", id="m")]
    assert told(find(elsewhere, request, streamed)) == ("answered", ["x"], True)
    changed = [*OLD, user("q"), model("b"), tool(), model("x", id="m")]
    assert told(find(changed, request, streamed)) == ("answered", ["x"], True)


def test_a_naive_bound_is_in_utc() -> None:
    history = [*OLD, user("q"), model("x")]
    found = find(history, sent("q"), earliest=SENT_AT.replace(tzinfo=None))
    assert told(found) == ("answered", ["x"], True)
    naive = [
        attrs.evolve(e, created_at=SENT_AT.replace(tzinfo=None)) for e in built(OLD)
    ]
    assert find_answer(naive, sent("q"), (), SENT_AT).state == "nothing"


def test_arguments_nested_too_deeply_are_not_equal() -> None:
    deep: list[Any] = [1, 2]
    for _ in range(5000):
        deep = [{"a": value} for value in deep]
    calls = [
        FunctionCallEntry(tool_call_id="c", name="f", arguments=value) for value in deep
    ]
    assert not is_branch(calls[:1], calls[1:], sent())
    chunks = [UnknownChunk(type="new", raw={"a": value}) for value in deep]
    messages = [MessageInputEntry(role="user", content=(chunk,)) for chunk in chunks]
    assert not is_branch(messages[:1], messages[1:], sent())


@for_each("last", ["q", "r"])
def test_a_long_history_costs_linear_time(last: str) -> None:
    def seconds(size: int) -> float:
        entries = [*built([user("q")]) * size, *built([user("r")])]
        request = sent([user("q", None)] * (size // 2) + [user(last, None)])
        return cpu_seconds(lambda: find_answer(entries, request, (), SENT_AT))

    assert seconds(4_000) < 25 * max(seconds(500), 0.001)


def test_a_request_is_read_from_its_body() -> None:
    assert sent("q") == LostRequest(
        inputs=({"type": "message.input", "role": "user", "content": "q"},)
    )
    assert sent(None) == LostRequest()
    assert sent([{"role": "user", "content": "q"}], store=True).is_stored
    assert not sent("q", store=False).is_stored
    assert sent("q", handoff_execution="client").ends_at_handoff
    request = sent(None, "c1=allow", "c2=deny")
    assert sorted(request.confirmed) == ["c1", "c2"]
    assert sorted(request.denied) == ["c2"]
    odd = {"tool_confirmations": [5, {"confirmation": "deny"}], "inputs": 5}
    assert LostRequest.of(encode_json(odd)) == LostRequest()
