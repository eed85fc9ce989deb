"""The rest of an entry: the events that complete what was streamed of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from mistral_conversations._stream.accumulator import FOREIGN
from mistral_conversations._stream.arguments_rest import rest_of_arguments
from mistral_conversations._stream.content_rest import rest_of_content
from mistral_conversations._stream.entries import (
    FunctionCall,
    GrowingEntry,
    Handoff,
    Message,
    ToolExecution,
)
from mistral_conversations._wire.converter import to_dict
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    FunctionCallEntry,
    MessageOutputEntry,
    OutputEntries,
    ToolExecutionEntry,
    UnknownEntry,
)

__all__ = ["KINDS", "Event", "Place", "rest_of_entry"]

Event: TypeAlias = dict[str, Any]

KINDS: Mapping[type, type[GrowingEntry]] = {
    MessageOutputEntry: Message,
    FunctionCallEntry: FunctionCall,
    ToolExecutionEntry: ToolExecution,
    AgentHandoffEntry: Handoff,
}
"""What an entry is while it is streamed."""

_OTHER_CALL = "the history has another call than was streamed"


@attrs.frozen
class Place:
    """The place of an entry in the stream, which all its events name."""

    output_index: int
    id: str


def rest_of_entry(
    streamed: GrowingEntry | None, entry: OutputEntries, place: Place
) -> Iterator[Event]:
    """Yield the events that complete an entry; all of its events if none were streamed.

    Args:
        streamed: the entry so far.
        entry: the whole entry.
        place: where it stands in the stream.

    Raises:
        ValueError: the whole entry does not continue the entry so far.
    """
    return _RESTS.get(type(entry), _foreign)(streamed, entry, place)


def _message(
    streamed: Message | None, entry: MessageOutputEntry, place: Place
) -> Iterator[Event]:
    chunks = [] if streamed is None else streamed.chunks()
    contents = list(rest_of_content(chunks, entry.content))
    if streamed is None and not contents:
        contents = [(0, "")]
    if not contents:
        return
    head = attrs.evolve(entry, content="")
    for index, content in contents:
        keys = {"content_index": index, "content": content}
        yield _event("message.output.delta", head, place, **keys)


def _call(
    streamed: FunctionCall | None, entry: FunctionCallEntry, place: Place
) -> Iterator[Event]:
    rest: Any = entry.arguments
    if streamed is not None:
        so_far = streamed.entry()
        if (so_far.tool_call_id, so_far.name) != (entry.tool_call_id, entry.name):
            raise ValueError(_OTHER_CALL)
        rest = rest_of_arguments(so_far.arguments, entry.arguments)
        if rest is None:
            if entry.confirmation_status in {None, so_far.confirmation_status}:
                return
            rest = ""
    yield _event("function.call.delta", entry, place, arguments=rest)


def _tool(
    streamed: ToolExecution | None, entry: ToolExecutionEntry, place: Place
) -> Iterator[Event]:
    rest: Any = entry.arguments
    if streamed is None:
        begun = None if rest is None else ""
        yield _tool_event("started", entry, place, arguments=begun)
    else:
        so_far = streamed.entry()
        if so_far.name != entry.name:
            raise ValueError(_OTHER_CALL)
        if rest is not None and so_far.arguments is not None:
            rest = rest_of_arguments(so_far.arguments, rest)
    if rest is not None:
        yield _tool_event("delta", entry, place, arguments=rest)
    if streamed is None or not streamed.is_done:
        done = attrs.evolve(entry, created_at=entry.completed_at)
        yield _tool_event("done", done, place)


def _tool_event(
    step: str, entry: ToolExecutionEntry, place: Place, **keys: Any
) -> Event:
    others = {
        "started": ("info",),
        "delta": ("info", "model", "agent_id"),
        "done": ("arguments", "model", "agent_id"),
    }
    return _event(f"tool.execution.{step}", entry, place, others[step], **keys)


def _handoff(
    streamed: Handoff | None, entry: AgentHandoffEntry, place: Place
) -> Iterator[Event]:
    before = ("previous_agent_id", "previous_agent_name")
    after = ("next_agent_id", "next_agent_name")
    if streamed is None:
        yield _event("agent.handoff.started", entry, place, after)
    elif streamed.previous_agent_id != entry.previous_agent_id:
        raise ValueError("the history has a handoff by another agent")
    elif streamed.is_done:
        return
    done = attrs.evolve(entry, created_at=entry.completed_at)
    yield _event("agent.handoff.done", done, place, before)


def _foreign(_: None, entry: OutputEntries, place: Place) -> Iterator[Event]:
    raw = entry.raw if isinstance(entry, UnknownEntry) else to_dict(entry)
    yield {"type": FOREIGN, "output_index": place.output_index, "entry": raw}


def _event(
    kind: str,
    entry: OutputEntries,
    place: Place,
    others: tuple[str, ...] = (),
    **keys: Any,
) -> Event:
    """Return an event with the keys of an entry, except those of other events."""
    without = {"object", "completed_at", *others}
    body = to_dict(entry)
    head = {key: value for key, value in body.items() if key not in without}
    return {**head, "type": kind, **attrs.asdict(place), **keys}


_RESTS: Mapping[type, Callable[[Any, Any, Place], Iterator[Event]]] = {
    MessageOutputEntry: _message,
    FunctionCallEntry: _call,
    ToolExecutionEntry: _tool,
    AgentHandoffEntry: _handoff,
}
