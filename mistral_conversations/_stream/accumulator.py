"""The accumulator: rebuilds the response of a plain call from the events of a stream.

`output_index` groups the pieces into entries, and `content_index` those of a message
into chunks.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from mistral_conversations._stream.entries import (
    Foreign,
    FunctionCall,
    GrowingEntry,
    Handoff,
    Message,
    ToolExecution,
)
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import UnknownEntry
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
    UnknownEvent,
)
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["FOREIGN", "GROWING", "Accumulator", "EntryKey"]

EntryKey: TypeAlias = tuple[int, type[GrowingEntry], str]
"""What tells entries apart: `output_index`, kind and id."""

GROWING: Mapping[type, type[GrowingEntry]] = {
    MessageOutputEvent: Message,
    FunctionCallEvent: FunctionCall,
    ToolExecutionStartedEvent: ToolExecution,
    ToolExecutionDeltaEvent: ToolExecution,
    ToolExecutionDoneEvent: ToolExecution,
    AgentHandoffStartedEvent: Handoff,
    AgentHandoffDoneEvent: Handoff,
}

_STARTED = "conversation.response.started"

FOREIGN = "conversation.entry"
"""The type of our event for an entry of a recovered answer that no event describes.

Its keys are `output_index` and `entry`, the entry as the history has it.
"""

PIECES = frozenset(attrs.fields_dict(event)["type"].default for event in GROWING)


class Accumulator:
    """Add up the events of one stream to the response so far.

    Args:
        conversation_id: the conversation, if the request named it.

    Attributes:
        nameless: the first event, if it names no conversation; None if it fits.
        started: whether the first event has come, and fits.
        entries: the entries so far.
    """

    def __init__(self, conversation_id: str | None = None) -> None:
        self.conversation_id = conversation_id
        self.nameless: UnknownEvent | None = None
        self.usage: ConversationUsageInfo | None = None
        self.started = False
        self.entries: dict[EntryKey, GrowingEntry] = {}
        self._handoffs: dict[int, deque[Handoff]] = {}
        self._misfits: list[UnknownEntry] = []
        self._extra: dict[str, Any] = {}
        self._any = False
        self._joint: MessageOutputEvent | None = None  # the next text may join its own
        self._write: Callable[[str], None]

    def add(self, event: ConversationEvents) -> None:
        """Add the next event.

        An event of a known type whose body does not fit becomes an `UnknownEntry` at
        the end of the outputs, so that no piece of the answer is lost. An event of an
        unknown type changes nothing.
        """
        joint = self._joint
        if (
            joint is not None
            and type(event) is MessageOutputEvent
            and type(event.content) is str
            and event.content_index == joint.content_index
            and event.output_index == joint.output_index
            and event.id == joint.id
        ):
            self._write(event.content)
        else:
            self._any = True
            self._add(event)

    def _add(self, event: ConversationEvents) -> None:
        self._joint = None
        kind = GROWING.get(event.__class__)
        if kind is not None:
            entry = self._entry(kind, event)
            entry.add(event)
            if isinstance(entry, Message):
                self._join_to(event, entry)
        elif isinstance(event, ResponseStartedEvent):
            self.conversation_id = event.conversation_id
            self.started = True
        elif isinstance(event, ResponseDoneEvent):
            self.usage = event.usage
            self._extra = {k: v for k, v in event.extra.items() if k == "usage"}
        elif isinstance(event, UnknownEvent):
            self._add_unknown(event)

    def _join_to(self, event: Any, message: Message) -> None:
        """Keep the text that an event ends with; the next piece of it joins at once."""
        text = message.text_at(event.content_index)
        if text is not None:
            self._write = text.write
            self._joint = event

    def _add_unknown(self, event: UnknownEvent) -> None:
        if event.type in PIECES:
            self._misfits.append(UnknownEntry(type=event.type, raw=event.raw))
        elif event.type == _STARTED:
            self.nameless = event
        elif event.type == FOREIGN and "entry" in event.raw:
            index = event.raw.get("output_index")
            if isinstance(index, int):
                key = (index, Foreign, str(len(self.entries)))
                self.entries[key] = Foreign(event)

    def _entry(self, kind: type[GrowingEntry], event: Any) -> GrowingEntry:
        key = (event.output_index, kind, event.id)
        entry = self.entries.get(key)
        if entry is None and isinstance(event, AgentHandoffDoneEvent):
            entry = self._open_handoff(event.output_index)
        if entry is None:
            entry = self.entries[key] = kind(event)
            if isinstance(entry, Handoff):
                self._handoffs.setdefault(event.output_index, deque()).append(entry)
        return entry

    def _open_handoff(self, index: int) -> Handoff | None:
        """Return the handoff that an event ends, although its id differs.

        The first that has not ended, or the last one of all. Those before it are
        dropped, so that each is looked at once.
        """
        handoffs = self._handoffs.get(index)
        if handoffs is None:
            return None
        while len(handoffs) > 1 and handoffs[0].is_done:
            handoffs.popleft()
        return handoffs[0]

    def response(self) -> ConversationResponse | None:
        """Return the response so far; None before the first event."""
        if not self._any:
            return None
        keys = sorted(self.entries, key=lambda key: key[0])
        entries = (self.entries[key].entry() for key in keys)
        outputs = (entry for entry in entries if entry is not None)
        return ConversationResponse(
            conversation_id=self.conversation_id or "",
            outputs=(*outputs, *self._misfits),
            usage=self.usage or ConversationUsageInfo(),
            extra=self._extra,
        )
