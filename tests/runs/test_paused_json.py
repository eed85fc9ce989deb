"""A pause as JSON: what comes back, and what is refused."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_conversations import (
    CompletionArgs,
    ConversationResponse,
    ConversationUsageInfo,
    FunctionCallEntry,
    GuardrailConfig,
    MessageInputEntry,
    MessageOutputEntry,
    OpenCall,
    RunCall,
    RunPaused,
    ToolCallConfirmation,
    UnknownEntry,
)
from mistral_conversations.runs.calls.decisions import Answered, Approved, Rejected
from mistral_conversations.runs.functions.results import Answer
from mistral_conversations.runs.pausing.paused_run import PausedRun
from mistral_conversations.runs.progress import Progress
from tests.support.comparison import thorough
from tests.support.for_each import for_each

NOW = datetime(2026, 8, 1, 12, 30, 5, 123456, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(10**25), 10**25) | st.floats(
    allow_nan=False, allow_infinity=False
)
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda items: (
        st.lists(items, max_size=3) | st.dictionaries(texts, items, max_size=3)
    ),
    max_leaves=5,
)
objects = st.dictionaries(texts, plain, max_size=3)
decisions = st.one_of(
    st.none(),
    st.builds(Approved, st.none() | objects.map(json.dumps), st.booleans()),
    st.builds(Rejected, texts),
    st.builds(Answered, st.builds(Answer, plain, plain, texts)),
)


@st.composite
def open_calls(draw: st.DrawFn) -> OpenCall:
    entry = FunctionCallEntry(
        id=draw(st.none() | texts),
        tool_call_id=draw(texts),
        name=draw(texts),
        arguments=draw(objects | texts),
        created_at=draw(st.sampled_from([None, NOW])),
        confirmation_status=draw(st.sampled_from([None, "pending"])),
    )
    call = OpenCall(
        entry=entry,
        turn=2,
        arguments="",
        problem=draw(st.none() | texts),
        is_elsewhere=draw(st.booleans()),
        is_waiting=draw(st.booleans()),
    )
    call.decision = draw(decisions)
    return call


calls = st.builds(
    RunCall,
    tool_call_id=texts,
    name=texts,
    arguments=objects | texts,
    turn=st.integers(0, 5),
    value=plain,
    metadata=plain,
    result=texts,
    error=st.none() | texts,
    seconds=st.floats(0, 1e6),
)
entries = st.sampled_from(
    [
        MessageOutputEntry(content="Hi", created_at=NOW, extra={"new": [None, 1]}),
        MessageInputEntry(role="user", content="And?"),
        UnknownEntry(type="later", raw={"type": "later", "value": None}),
    ]
)
progress = st.builds(
    Progress,
    conversation_id=texts,
    response=st.sampled_from(
        [None, ConversationResponse(conversation_id="conv_1", outputs=())]
    ),
    turns=st.integers(0, 9),
    entries=st.lists(entries, max_size=3),
    calls=st.lists(calls, max_size=2),
    usage=st.builds(
        ConversationUsageInfo,
        prompt_tokens=st.integers(0, 10**12),
        connectors=st.none() | st.dictionaries(texts, st.integers(0, 9), max_size=2),
    ),
    failures=st.dictionaries(texts, st.integers(0, 9), max_size=2),
    corrections=st.integers(0, 3),
    has_confirmed=st.booleans(),
)
inputs = st.lists(
    st.just({"role": "user", "content": "Hi", "prefix": None}), max_size=2
).map(tuple)
pauses = st.builds(
    PausedRun,
    conversation_id=st.none() | texts,
    from_entry_id=st.none() | texts,
    settings=st.dictionaries(texts, plain.filter(lambda v: v is not None), max_size=3),
    turn=st.just(2),
    calls=st.lists(open_calls(), min_size=1, max_size=3).map(tuple),
    always=st.frozensets(texts, max_size=2),
    is_begun=st.booleans(),
    inputs=inputs,
    repeated=inputs,
    confirmed=st.lists(
        st.builds(
            ToolCallConfirmation,
            tool_call_id=texts,
            confirmation=st.sampled_from(["allow", "deny"]),
        ),
        max_size=2,
    ).map(tuple),
    progress=progress,
)


def compared(paused: PausedRun) -> Mapping[str, Any]:
    """Return what must come back equal."""
    found = attrs.asdict(paused, recurse=False)
    names = ("entry", "turn", "problem", "is_elsewhere", "is_waiting", "decision")
    found["calls"] = [[getattr(c, name) for name in names] for c in paused.calls]
    return found


@settings(thorough, max_examples=40)
@given(pauses)
def test_a_pause_comes_back_equal(run: PausedRun) -> None:
    run.calls[0].is_waiting = True
    for call in run.calls:  # a call with edited arguments has no problem
        if isinstance(call.decision, Approved) and call.decision.arguments is not None:
            call.problem = None
    text = RunPaused(run).to_json()
    back = RunPaused.from_json(text)
    assert compared(back.paused_run) == compared(run)
    assert back.to_json() == text
    assert back.result == RunPaused(run).result


def pause(**changes: Any) -> RunPaused:
    """Return a pause with one call of `pay` that waits."""
    entry = FunctionCallEntry(tool_call_id="id1", name="pay", arguments='{"amount": 3}')
    call = OpenCall(entry=entry, turn=1, arguments={"amount": 3}, is_waiting=True)
    run = PausedRun(
        conversation_id=None,
        from_entry_id=None,
        settings={"model": "m"},
        turn=1,
        calls=(call,),
        has_output=False,
        always=frozenset(),
        is_begun=True,
        inputs=(),
        repeated=(),
        confirmed=(),
        progress=Progress(conversation_id="conv_1", turns=1),
    )
    return RunPaused(attrs.evolve(run, **changes))


class Odd:
    def __repr__(self) -> str:
        return "<Odd>"


@attrs.frozen
class Point:
    x: int


@for_each(
    "value,back",
    [
        ({"a": [1, None, 1.5]}, {"a": [1, None, 1.5]}),
        ((1, 2), "the text"),
        ({1: 2}, "the text"),
        (Point(1), "the text"),
        (b"bytes", "the text"),
        (float("nan"), "the text"),
        (Odd(), "the text"),
    ],
)
def test_the_value_of_a_call_is_plain_json_or_the_text_sent(
    value: Any, back: Any
) -> None:
    call = RunCall(
        tool_call_id="id2",
        name="look",
        arguments={"on": date(2026, 8, 1), "at": Point(1), "price": Decimal("1.5")},
        turn=1,
        value=value,
        result="the text",
        metadata=[Point(2)],
    )
    paused = pause(progress=Progress(conversation_id="conv_1", calls=[call]))
    (waiting,) = paused.calls
    waiting.decision = Answered(Answer(value, Odd(), "the text"))
    again = RunPaused.from_json(paused.to_json())
    (read,) = again.result.calls
    assert read.value == back
    assert read.metadata == [{"x": 2}]
    assert read.arguments == {"on": "2026-08-01", "at": {"x": 1}, "price": "1.5"}
    assert again.calls[0].decision == Answered(Answer(back, "<Odd>", "the text"))


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError


class Closed(dict[str, int]):
    def items(self) -> Any:
        raise RuntimeError


def test_metadata_of_any_kind_is_saved() -> None:
    endless: list[Any] = []
    endless.append(endless)
    paused = pause()
    for metadata, back in (
        (endless, "[[...]]"),
        (10**5000, "<int>"),
        (Silent(), "<Silent>"),
        ({Silent(): 1}, "<dict>"),
        (Closed(a=1), "{'a': 1}"),
    ):
        paused.calls[0].decision = Answered(Answer("text", metadata, "text"))
        again = RunPaused.from_json(paused.to_json())
        assert again.calls[0].decision == Answered(Answer("text", back, "text"))


def test_settings_and_inputs_come_back_as_they_are_sent() -> None:
    paused = pause(
        settings={
            "completion_args": CompletionArgs(temperature=0.5, stop=("a",)),
            "guardrails": (GuardrailConfig(block_on_error=True),),
            "metadata": MappingProxyType({"team": "desk"}),
        },
        inputs=("And?", MessageInputEntry(role="user", content="Well?")),
        repeated=({"role": "user", "content": "Hi"},),
    )
    again = RunPaused.from_json(paused.to_json()).paused_run
    assert again.settings == {
        "completion_args": {"temperature": 0.5, "stop": ["a"]},
        "guardrails": [{"block_on_error": True}],
        "metadata": {"team": "desk"},
    }
    assert [each["content"] for each in again.inputs] == ["And?", "Well?"]
    assert again.repeated == ({"role": "user", "content": "Hi"},)


def test_unknown_keys_are_ignored() -> None:
    saved = json.loads(pause().to_json())
    saved["later"] = 1
    saved["open_calls"][0]["later"] = {}
    again = RunPaused.from_json(json.dumps(saved))
    assert [call.name for call in again.calls] == ["pay"]


def changed(**changes: Any) -> str:
    """Return the text of a pause with other values; None removes a key."""
    saved = {**json.loads(pause().to_json()), **changes}
    return json.dumps({key: v for key, v in saved.items() if v is not None})


@for_each(
    "text,match",
    [
        ("", "not the text of a RunPaused"),
        ("{", "not the text of a RunPaused"),
        ("[]", "has no type"),
        ("null", "has no type"),
        ('{"type": "conversation.response"}', "has no type"),
        (changed(type=None), "has no type"),
        (changed(version=None), "version is None.* reads version 1"),
        (changed(version=2), "version is 2.* use the version"),
        (changed(version=True), "version is True"),
        (changed(open_calls=None), "open_calls"),
        (changed(open_calls=[]), "none of its open_calls waits"),
        (changed(open_calls=[{}]), r"open_calls\[0\]"),
        (changed(open_calls="x"), "open_calls"),
        (changed(open_calls=[{"entry": {"type": "x"}}]), r"entry\.type"),
        (changed(current_id=None), "current_id"),
        (changed(settings=[]), "settings"),
        (changed(turns="many"), "turns"),
        (changed(entries=None), "entries"),
        (changed(response=[]), "response"),
        (changed(always=[1]), "always"),
        (b"\xff\xfe", "not the text of a RunPaused"),
    ],
)
def test_a_text_that_is_no_pause_is_refused(text: str | bytes, match: str) -> None:
    with pytest.raises(ValueError, match=match) as caught:
        RunPaused.from_json(text)
    assert type(caught.value) is ValueError
    assert "SavedRun" not in str(caught.value)


def test_every_truncation_is_refused() -> None:
    text = pause().to_json()
    for end in range(len(text)):
        with pytest.raises(ValueError, match="not the text of a RunPaused"):
            RunPaused.from_json(text[:end])
    assert RunPaused.from_json(text.encode()).to_json() == text


@for_each("text", [None, 5, {}, pause()])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(TypeError, match="text must be the str that to_json"):
        RunPaused.from_json(text)


def test_a_decision_of_an_unknown_kind_is_refused() -> None:
    paused = pause()
    paused.reject("id1", "No.")
    text = paused.to_json()
    assert '"rejected"' in text
    with pytest.raises(ValueError, match="decision"):
        RunPaused.from_json(text.replace('"rejected"', '"postponed"'))


def test_half_a_character_is_saved_as_it_is_sent() -> None:
    paused = pause()
    paused.reject("id1", "No\ud83d.")
    (call,) = RunPaused.from_json(paused.to_json()).calls
    assert call.decision == Rejected("No\ufffd.")
