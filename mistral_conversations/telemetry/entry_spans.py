"""Spans of what the service did during a call: its entries, by their timestamps."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
from opentelemetry.trace import SpanKind

from mistral_conversations._characters import whole
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    MessageOutputEntry,
    ToolExecutionEntry,
)
from mistral_conversations.telemetry import names
from mistral_conversations.telemetry.instruments import Value
from mistral_conversations.telemetry.messages import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

    from mistral_conversations.models.entries import OutputEntries

__all__ = ["record_entries"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.frozen
class _Timed:
    """An entry with its times in nanoseconds since 1970."""

    entry: "OutputEntries"
    begin: int
    end: int | None
    """None if it lasted to the end of the call."""


def record_entries(
    tracer: "Tracer",
    context: "Context",
    entries: "Sequence[OutputEntries]",
    *,
    begin: int,
    end: int,
    content: bool,
) -> None:
    """Record tool executions, messages and handoffs as spans within a call.

    Args:
        tracer: makes the spans.
        context: the context of the call's span.
        entries: the entries of the answer; those without times are left out.
        begin: the time of the request, in nanoseconds since 1970.
        end: the time of the end of the answer.
        content: whether spans have arguments and results.
    """
    timed = _timed(entries)
    shift = _shift(timed, begin, end)
    for each in timed:
        named = _named(each.entry, content=content)
        if named is None:
            continue
        name, attributes = named
        if shift:
            attributes[names.CLOCK_SHIFT] = shift / 1e9
        first = min(max(each.begin + shift, begin), end)
        last = end if each.end is None else min(max(each.end + shift, first), end)
        span = tracer.start_span(
            name, context, SpanKind.INTERNAL, attributes, start_time=first
        )
        span.end(last)


def _timed(entries: "Sequence[OutputEntries]") -> list[_Timed]:
    found: list[_Timed] = []
    next_begin: int | None = None
    for entry in reversed(entries):
        begin = _nanoseconds(getattr(entry, "created_at", None))
        if begin is None:
            continue
        end = _nanoseconds(getattr(entry, "completed_at", None))
        found.append(_Timed(entry, begin, next_begin if end is None else end))
        next_begin = begin
    return found[::-1]


def _shift(timed: list[_Timed], begin: int, end: int) -> int:
    """Return what to add to the service's times, so that all lie within the call."""
    if not timed:
        return 0
    first = min(each.begin for each in timed)
    last = max(max(each.begin, each.end or 0) for each in timed)
    if last > end:
        return end - last
    return max(begin - first, 0)


def _nanoseconds(time: object) -> int | None:
    if not isinstance(time, datetime):
        return None
    known = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (known - _EPOCH) // timedelta(microseconds=1) * 1000


def _named(
    entry: "OutputEntries", *, content: bool
) -> tuple[str, dict[str, Value]] | None:
    """Return the name and the attributes of the span of an entry, if it has one."""
    if isinstance(entry, ToolExecutionEntry):
        return whole(f"{names.EXECUTE_TOOL} {entry.name}"), _execution(
            entry, content=content
        )
    if isinstance(entry, MessageOutputEntry):
        message = {names.AGENT_ID: entry.agent_id, names.RESPONSE_MODEL: entry.model}
        return names.MESSAGE, _known(message, entry.id)
    if isinstance(entry, AgentHandoffEntry):
        given: dict[str, str | None] = {
            names.AGENT_ID: entry.previous_agent_id,
            names.AGENT_NAME: entry.previous_agent_name,
            names.NEXT_AGENT_ID: entry.next_agent_id,
            names.NEXT_AGENT_NAME: entry.next_agent_name,
        }
        return names.HANDOFF, _known(given, entry.id)
    return None


def _execution(entry: ToolExecutionEntry, *, content: bool) -> dict[str, Value]:
    given = {
        names.OPERATION: names.EXECUTE_TOOL,
        names.TOOL_NAME: entry.name,
        names.TOOL_TYPE: names.EXTENSION,
        names.TOOL_CALL_ID: entry.id,
        names.AGENT_ID: entry.agent_id,
    }
    found = _known(given, entry.id)
    if content and entry.arguments is not None:
        found[names.TOOL_ARGUMENTS] = value_text(entry.arguments)
    if content and entry.info is not None:
        found[names.TOOL_RESULT] = value_text(entry.info)
    return found


def _known(given: dict[str, str | None], id: str | None) -> dict[str, Value]:
    given = {**given, names.ENTRY_ID: id}
    return {name: whole(value) for name, value in given.items() if value is not None}
