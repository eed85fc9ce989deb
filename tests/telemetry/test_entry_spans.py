"""The spans of entries: within their call, whatever the service's clock says."""

from datetime import UTC, datetime, timedelta
from typing import Any

from opentelemetry import trace

from mistral_conversations import (
    AgentHandoffEntry,
    FunctionCallEntry,
    MessageOutputEntry,
    ToolExecutionEntry,
    UnknownEntry,
)
from mistral_conversations.telemetry.entry_spans import record_entries
from tests.support.for_each import for_each
from tests.support.telemetry import Recorder, facts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEGIN = int(NOON.timestamp()) * 10**9
SECOND = 10**9


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def recorded(*entries: Any, seconds: float = 10) -> list[tuple[str, float, float]]:
    """Record entries in a call of some seconds; return names, begins and ends."""
    return [
        (
            span.name,
            (span.start_time - BEGIN) / SECOND,
            (span.end_time - BEGIN) / SECOND,
        )
        for span in spans_of(*entries, seconds=seconds)
    ]


def spans_of(*entries: Any, seconds: float = 10, content: bool = False) -> Any:
    recorder = Recorder()
    with recorder.tracer.start_as_current_span("call") as call:
        context = trace.set_span_in_context(call)
        end = BEGIN + int(seconds * SECOND)
        record_entries(
            recorder.tracer, context, entries, begin=BEGIN, end=end, content=content
        )
        spans = recorder.exporter.get_finished_spans()
        assert all(span.parent == call.get_span_context() for span in spans)
    return spans


def search(begin: float, end: float | None) -> ToolExecutionEntry:
    completed = None if end is None else at(end)
    return ToolExecutionEntry(
        name="web_search", created_at=at(begin), completed_at=completed, id="t1"
    )


def message(begin: float, end: float | None = None) -> MessageOutputEntry:
    completed = None if end is None else at(end)
    return MessageOutputEntry(
        content="Hi", created_at=at(begin), completed_at=completed, model="m", id="m1"
    )


SEARCH, MESSAGE = "execute_tool web_search", "message"


@for_each(
    "entries, expected",
    [
        ([], []),
        ([search(1, 2), message(3, 4)], [(SEARCH, 1, 2), (MESSAGE, 3, 4)]),
        ([search(1, None), message(3)], [(SEARCH, 1, 3), (MESSAGE, 3, 10)]),
        # a clock that is ahead, one that is behind
        ([search(61, 62), message(63, 64)], [(SEARCH, 7, 8), (MESSAGE, 9, 10)]),
        ([search(-61, -60), message(-5, -4)], [(SEARCH, 0, 1), (MESSAGE, 10, 10)]),
        ([search(-3, -2), message(0, 4)], [(SEARCH, 0, 1), (MESSAGE, 3, 7)]),
        # longer than the call; ends before the beginning
        ([search(-9, 20)], [(SEARCH, 0, 10)]),
        ([search(5, 3)], [(SEARCH, 5, 5)]),
    ],
)
def test_entries_lie_within_their_call(entries: Any, expected: Any) -> None:
    assert recorded(*entries) == expected


def test_a_shift_is_named() -> None:
    (span,) = spans_of(message(12, 13))
    assert facts(span)["mistral_conversations.clock_shift"] == -3
    (span,) = spans_of(message(2, 3))
    assert facts(span) == {
        "gen_ai.response.model": "m",
        "mistral_conversations.entry.id": "m1",
    }


def test_a_time_without_a_zone_is_utc() -> None:
    naive = at(2).replace(tzinfo=None)
    entry = MessageOutputEntry(content="Hi", created_at=naive, completed_at=naive)
    assert recorded(entry) == [(MESSAGE, 2, 2)]


def test_a_handoff_names_both_agents_and_other_entries_have_no_span() -> None:
    handoff = AgentHandoffEntry(
        created_at=at(1),
        previous_agent_id="a1",
        previous_agent_name="one",
        next_agent_id="a2",
        next_agent_name="two",
    )
    call = FunctionCallEntry(
        created_at=at(4), tool_call_id="c", name="f", arguments="{}"
    )
    unknown = UnknownEntry(type="new", raw={"type": "new"})
    undated = MessageOutputEntry(content="Hi")
    (span,) = spans_of(handoff, call, unknown, undated)
    assert span.name == "agent_handoff"
    assert span.end_time == BEGIN + 4 * SECOND
    assert facts(span) == {
        "gen_ai.agent.id": "a1",
        "gen_ai.agent.name": "one",
        "mistral_conversations.next_agent.id": "a2",
        "mistral_conversations.next_agent.name": "two",
    }


def test_an_execution_has_its_arguments_and_result_only_as_content() -> None:
    entry = ToolExecutionEntry(
        name="code_interpreter",
        created_at=at(1),
        completed_at=at(2),
        arguments='{"code": "1"}',
        info={"code_output": "1"},
    )
    (without,) = spans_of(entry)
    assert facts(without) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "code_interpreter",
        "gen_ai.tool.type": "extension",
    }
    (span,) = spans_of(entry, content=True)
    assert facts(span)["gen_ai.tool.call.arguments"] == '{"code": "1"}'
    assert facts(span)["gen_ai.tool.call.result"] == '{"code_output":"1"}'
