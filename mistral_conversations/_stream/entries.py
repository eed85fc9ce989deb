"""The entries of a response while they grow, event by event."""

from typing import Any, Protocol, TypeAlias

from mistral_conversations._characters import joined
from mistral_conversations._stream.parts import GrowingArguments, Part, Text, part
from mistral_conversations.models.chunks import MessageOutputContentChunks
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    FunctionCallEntry,
    MessageOutputEntry,
    OutputEntries,
    ToolExecutionEntry,
    UnknownEntry,
)
from mistral_conversations.models.events import (
    AgentHandoffDoneEvent,
    AgentHandoffStartedEvent,
    FunctionCallEvent,
    MessageOutputEvent,
    ToolExecutionDeltaEvent,
    ToolExecutionDoneEvent,
    ToolExecutionStartedEvent,
    UnknownEvent,
)

__all__ = [
    "Foreign",
    "FunctionCall",
    "GrowingEntry",
    "Handoff",
    "Message",
    "ToolExecution",
]


class GrowingEntry(Protocol):
    """An entry that grows; created with its first event, which is added afterwards."""

    def __init__(self, first: Any) -> None: ...

    def add(self, event: Any) -> None:
        """Add its next event."""

    def entry(self) -> OutputEntries | None:
        """Return the entry so far; None if too little has arrived."""


class Message(GrowingEntry):
    """A message: its parts by `content_index`."""

    def __init__(self, first: MessageOutputEvent) -> None:
        self._first = first
        self._parts: dict[int, list[Part]] = {}

    def add(self, event: MessageOutputEvent) -> None:
        """Join the piece to the part before it, or begin another part."""
        content = event.content
        parts = self._parts.get(event.content_index)
        if parts is None:
            parts = self._parts[event.content_index] = []
        elif parts and parts[-1].take(content):
            return
        for piece in content if isinstance(content, tuple) else (content,):
            if not (parts and parts[-1].take(piece)):
                parts.append(part(piece))

    def text_at(self, index: int) -> Text | None:
        """Return the text that grows at a `content_index`; None if no text ends it."""
        parts = self._parts[index]
        last = parts[-1] if parts else None
        return last if isinstance(last, Text) else None

    def chunks(self) -> list[tuple[int, MessageOutputContentChunks]]:
        """Return the chunks so far, text as well, each with its `content_index`."""
        return [
            (index, part.chunk())
            for index in sorted(self._parts)
            for part in self._parts[index]
        ]

    def entry(self) -> MessageOutputEntry:
        """Return the message so far."""
        return MessageOutputEntry(
            created_at=self._first.created_at,
            id=self._first.id,
            agent_id=self._first.agent_id,
            model=self._first.model,
            role=self._first.role,
            content=self._content(),
        )

    def _content(self) -> str | tuple[MessageOutputContentChunks, ...]:
        parts = [part for index in sorted(self._parts) for part in self._parts[index]]
        texts = [part for part in parts if isinstance(part, Text) and part.plain]
        if len(texts) == len(parts):
            return joined("".join(part.text() for part in texts))
        return tuple(part.chunk() for part in parts)


class FunctionCall(GrowingEntry):
    """A function call: the arguments join, the last confirmation status counts.

    Attributes:
        tool_call_id: the id that its result must have.
    """

    def __init__(self, first: FunctionCallEvent) -> None:
        self.tool_call_id = first.tool_call_id
        self._first = first
        self._confirmation_status: str | None = None
        self._arguments = GrowingArguments()

    def add(self, event: FunctionCallEvent) -> None:
        """Join the arguments."""
        self._arguments.take(event.arguments)
        if event.confirmation_status is not None:
            self._confirmation_status = event.confirmation_status

    def entry(self) -> FunctionCallEntry:
        """Return the call so far."""
        return FunctionCallEntry(
            created_at=self._first.created_at,
            agent_id=self._first.agent_id,
            model=self._first.model,
            id=self._first.id,
            tool_call_id=self.tool_call_id,
            name=self._first.name,
            arguments=self._arguments.joined(),
            confirmation_status=self._confirmation_status,
        )


ToolExecutionEvent: TypeAlias = (
    ToolExecutionStartedEvent | ToolExecutionDeltaEvent | ToolExecutionDoneEvent
)


class ToolExecution(GrowingEntry):
    """A tool execution; the latest value of each field counts.

    Attributes:
        is_done: whether an event has ended it.
    """

    def __init__(self, first: ToolExecutionEvent) -> None:
        self._fields: dict[str, Any] = {
            "id": first.id,
            "name": first.name,
            "created_at": first.created_at,
        }
        self._arguments = GrowingArguments()
        self._has_arguments = False
        self.is_done: bool = False

    def add(self, event: ToolExecutionEvent) -> None:
        """Join the arguments; keep the fields that the event sets."""
        fields: dict[str, Any] = {"function": event.function}
        if isinstance(event, ToolExecutionDoneEvent):
            fields |= {"info": event.info, "completed_at": event.created_at}
            self.is_done = True
        elif event.arguments is not None:
            self._arguments.take(event.arguments)
            self._has_arguments = True
        if isinstance(event, ToolExecutionStartedEvent):
            fields |= {"model": event.model, "agent_id": event.agent_id}
        present = {key: value for key, value in fields.items() if value is not None}
        self._fields |= present

    def entry(self) -> ToolExecutionEntry:
        """Return the execution so far."""
        arguments = self._arguments.joined() if self._has_arguments else None
        return ToolExecutionEntry(**self._fields, arguments=arguments)


class Handoff(GrowingEntry):
    """A handoff; an entry once it is done."""

    def __init__(self, first: AgentHandoffStartedEvent | AgentHandoffDoneEvent) -> None:
        self._started = first if isinstance(first, AgentHandoffStartedEvent) else None
        self._done: AgentHandoffDoneEvent | None = None

    def add(self, event: AgentHandoffStartedEvent | AgentHandoffDoneEvent) -> None:
        """Keep the event that ends it."""
        if isinstance(event, AgentHandoffDoneEvent):
            self._done = event

    @property
    def is_done(self) -> bool:
        """Whether an event has ended it."""
        return self._done is not None

    @property
    def previous_agent_id(self) -> str | None:
        """The agent that hands over; None if no event has begun the handoff."""
        return None if self._started is None else self._started.previous_agent_id

    def entry(self) -> AgentHandoffEntry | None:
        """Return the handoff; None until it is done."""
        started, done = self._started, self._done
        if started is None or done is None:
            return None
        return AgentHandoffEntry(
            created_at=started.created_at,
            completed_at=done.created_at,
            id=started.id,
            previous_agent_id=started.previous_agent_id,
            previous_agent_name=started.previous_agent_name,
            next_agent_id=done.next_agent_id,
            next_agent_name=done.next_agent_name,
        )


class Foreign(GrowingEntry):
    """An entry that came whole because no events describe it."""

    def __init__(self, first: UnknownEvent) -> None:
        self._raw = first.raw["entry"]

    def add(self, event: UnknownEvent) -> None:
        """Add nothing: the first event has all of it."""

    def entry(self) -> UnknownEntry:
        """Return the entry."""
        tag = self._raw.get("type") if isinstance(self._raw, dict) else None
        return UnknownEntry(type=tag if isinstance(tag, str) else None, raw=self._raw)
