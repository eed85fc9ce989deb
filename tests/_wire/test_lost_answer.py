"""The answer of a lost request, in histories written by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from mistral_conversations._wire.converter import from_dict
from mistral_conversations._wire.json import encode_json
from mistral_conversations._wire.lost_answer import Finding, find_answer
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations.models.entries import InputEntries
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
    text: Any, seconds: float | None = 2, id: str = "", **others: Any
) -> dict[str, Any]:
    entry = {"type": "message.output", "id": id or f"msg_{text}", "content": text}
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
    id: str = "c1", text: str = "1", seconds: float | None = 1, **others: Any
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
    assert find(OLD, sent("q")).entries == ()
    assert find([*OLD, *other], sent("q"), earliest=None).entries == ()
    streamed = [model("", id="msg_x")]
    assert find([*OLD, *mine], sent("q"), streamed).entries == tuple(built(mine))
    assert find([*OLD, *mine], sent("p"), streamed).entries == tuple(built(mine[1:]))
