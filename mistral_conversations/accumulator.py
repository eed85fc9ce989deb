"""The accumulator: the response of a plain call, rebuilt from the events of a stream.

Pieces are gathered by `output_index` into entries, and within a message by
`content_index` into chunks.
"""

import io
from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from mistral_conversations.models.chunks import (
    MessageOutputContentChunks,
    TextChunk,
    ThinkChunk,
    ThinkingChunks,
)
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import (
    AgentHandoffEntry,
    FunctionCallEntry,
    MessageOutputEntry,
    OutputEntries,
    ToolExecutionEntry,
)
from mistral_conversations.models.events import (
    AgentHandoffDoneEvent,
    AgentHandoffStartedEvent,
    ConversationEvents,
    FunctionCallEvent,
    MessageOutputEvent,
    ResponseDoneEvent,
    ResponseStartedEvent,
    ToolExecutionDeltaEvent,
    ToolExecutionDoneEvent,
    ToolExecutionStartedEvent,
)
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["Accumulator"]


class _Text:
    """Adjacent text: strings, or text chunks."""

    def __init__(self, first: str | TextChunk) -> None:
        self._buffer = io.StringIO()
        self.plain = True
        self.take(first)

    def take(self, content: Any) -> bool:
        """Join a piece to this one, or tell that it does not belong here."""
        if isinstance(content, TextChunk):
            self.plain = False
            content = content.text
        elif not isinstance(content, str):
            return False
        self._buffer.write(content)
        return True

    def text(self) -> str:
        return self._buffer.getvalue()

    def chunk(self) -> MessageOutputContentChunks:
        return TextChunk(text=self.text())


class _Thought:
    """Adjacent thinking; its texts join."""

    plain = False

    def __init__(self, first: ThinkChunk) -> None:
        self._pieces: list[_Text | ThinkingChunks] = []
        self._last = first
        self.take(first)

    def take(self, content: Any) -> bool:
        """Join a piece to this one, or tell that it does not belong here."""
        if not isinstance(content, ThinkChunk):
            return False
        for piece in content.thinking:
            self._think(piece)
        signature = content.signature or self._last.signature
        self._last = attrs.evolve(content, signature=signature)
        return True

    def _think(self, piece: ThinkingChunks) -> None:
        if not isinstance(piece, TextChunk):
            self._pieces.append(piece)
        elif self._pieces and isinstance(text := self._pieces[-1], _Text):
            text.take(piece)
        else:
            self._pieces.append(_Text(piece))

    def chunk(self) -> MessageOutputContentChunks:
        thinking = (
            TextChunk(text=piece.text()) if isinstance(piece, _Text) else piece
            for piece in self._pieces
        )
        return attrs.evolve(self._last, thinking=tuple(thinking))


class _Whole:
    """A chunk that comes in one piece."""

    plain = False

    def __init__(self, content: MessageOutputContentChunks) -> None:
        self._content = content

    def take(self, _content: Any) -> bool:
        """Tell that nothing joins a chunk that is whole."""
        return False

    def chunk(self) -> MessageOutputContentChunks:
        return self._content


def _part(content: str | MessageOutputContentChunks) -> _Text | _Thought | _Whole:
    if isinstance(content, str | TextChunk):
        return _Text(content)
    return _Thought(content) if isinstance(content, ThinkChunk) else _Whole(content)


class _Entry(Protocol):
    """An entry that grows."""

    def add(self, event: Any) -> None:
        """Take the next of its events."""

    def entry(self) -> OutputEntries | None:
        """Give the entry so far; None while there is not enough for one."""


class _Message:
    def __init__(self) -> None:
        self._first: MessageOutputEvent | None = None
        self._parts: dict[int, list[_Text | _Thought | _Whole]] = {}

    def add(self, event: MessageOutputEvent) -> None:
        if self._first is None:
            self._first = event
        parts = self._parts.setdefault(event.content_index, [])
        if not parts or not parts[-1].take(event.content):
            parts.append(_part(event.content))

    def entry(self) -> OutputEntries | None:
        if (first := self._first) is None:
            return None
        return MessageOutputEntry(
            created_at=first.created_at,
            id=first.id,
            agent_id=first.agent_id,
            model=first.model,
            role=first.role,
            content=self._content(),
        )

    def _content(self) -> str | tuple[MessageOutputContentChunks, ...]:
        parts = [part for index in sorted(self._parts) for part in self._parts[index]]
        texts = [part for part in parts if isinstance(part, _Text) and part.plain]
        if len(texts) == len(parts):
            return "".join(part.text() for part in texts)
        return tuple(part.chunk() for part in parts)


class _FunctionCall:
    def __init__(self) -> None:
        self._first: FunctionCallEvent | None = None
        self._confirmation_status: str | None = None
        self._arguments = io.StringIO()

    def add(self, event: FunctionCallEvent) -> None:
        if self._first is None:
            self._first = event
        self._arguments.write(event.arguments)
        if event.confirmation_status is not None:
            self._confirmation_status = event.confirmation_status

    def entry(self) -> OutputEntries | None:
        if (first := self._first) is None:
            return None
        return FunctionCallEntry(
            created_at=first.created_at,
            agent_id=first.agent_id,
            model=first.model,
            id=first.id,
            tool_call_id=first.tool_call_id,
            name=first.name,
            arguments=self._arguments.getvalue(),
            confirmation_status=self._confirmation_status,
        )


class _ToolExecution:
    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._arguments: io.StringIO | None = None

    def add(
        self,
        event: ToolExecutionStartedEvent
        | ToolExecutionDeltaEvent
        | ToolExecutionDoneEvent,
    ) -> None:
        told = {"id": event.id, "name": event.name, "created_at": event.created_at}
        self._fields = {**told, **self._fields}
        if event.function is not None:
            self._fields["function"] = event.function
        if isinstance(event, ToolExecutionStartedEvent):
            self._fields |= {"model": event.model, "agent_id": event.agent_id}
        if isinstance(event, ToolExecutionDoneEvent):
            self._fields |= {"info": event.info, "completed_at": event.created_at}
        elif event.arguments is not None:
            self._argue(event.arguments)

    def _argue(self, arguments: str) -> None:
        if self._arguments is None:
            self._arguments = io.StringIO()
        self._arguments.write(arguments)

    def entry(self) -> OutputEntries | None:
        arguments = self._arguments.getvalue() if self._arguments is not None else None
        return ToolExecutionEntry(**self._fields, arguments=arguments)


class _Handoff:
    def __init__(self) -> None:
        self._started: AgentHandoffStartedEvent | None = None
        self._done: AgentHandoffDoneEvent | None = None

    def add(self, event: AgentHandoffStartedEvent | AgentHandoffDoneEvent) -> None:
        if isinstance(event, AgentHandoffStartedEvent):
            self._started = event
        else:
            self._done = event

    def entry(self) -> OutputEntries | None:
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


_ENTRIES: Mapping[type, type[_Entry]] = {
    MessageOutputEvent: _Message,
    FunctionCallEvent: _FunctionCall,
    ToolExecutionStartedEvent: _ToolExecution,
    ToolExecutionDeltaEvent: _ToolExecution,
    ToolExecutionDoneEvent: _ToolExecution,
    AgentHandoffStartedEvent: _Handoff,
    AgentHandoffDoneEvent: _Handoff,
}


class Accumulator:
    """Take the events of one stream, give the response so far.

    Args:
        conversation_id: the conversation, where the request named it.
    """

    def __init__(self, conversation_id: str | None = None) -> None:
        self.conversation_id = conversation_id
        self.usage: ConversationUsageInfo | None = None
        self._entries: dict[tuple[int, type[_Entry], str], _Entry] = {}
        self._any = False

    def add(self, event: ConversationEvents) -> None:
        """Take the next event; one that is unknown changes nothing."""
        self._any = True
        kind = _ENTRIES.get(event.__class__)
        if kind is not None:
            self._entry(kind, event).add(event)
        elif isinstance(event, ResponseStartedEvent):
            self.conversation_id = event.conversation_id
        elif isinstance(event, ResponseDoneEvent):
            self.usage = event.usage

    def _entry(self, kind: type[_Entry], event: Any) -> _Entry:
        key = (event.output_index, kind, event.id)
        entry = self._entries.get(key) or self._started_handoff(event)
        if entry is None:
            entry = self._entries[key] = kind()
        return entry

    def _started_handoff(self, event: Any) -> _Handoff | None:
        """Find the handoff that an event ends under another id than it began."""
        if isinstance(event, AgentHandoffDoneEvent):
            for (index, _, _), entry in self._entries.items():
                if index == event.output_index and isinstance(entry, _Handoff):
                    return entry
        return None

    def response(self) -> ConversationResponse | None:
        """Give the response so far, None before the first event."""
        if not self._any:
            return None
        keys = sorted(self._entries, key=lambda key: key[0])
        outputs = (self._entries[key].entry() for key in keys)
        return ConversationResponse(
            conversation_id=self.conversation_id or "",
            outputs=tuple(entry for entry in outputs if entry is not None),
            usage=self.usage or ConversationUsageInfo(),
        )
