"""Models of events, the parts of a streamed answer."""

from datetime import datetime
from types import NoneType
from typing import Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._characters import whole
from mistral_conversations._public import publish
from mistral_conversations.models.chunks import OutputContentChunks, text_of
from mistral_conversations.models.entries import (
    ConfirmationStatus,
    FunctionCallEntryArguments,
    ToolExecutionInfo,
)
from mistral_conversations.models.event import Event
from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.models.tools import BuiltInConnectors
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = [
    "AgentHandoffDoneEvent",
    "AgentHandoffStartedEvent",
    "ConversationEvents",
    "FunctionCallEvent",
    "MessageOutputEvent",
    "ResponseDoneEvent",
    "ResponseErrorEvent",
    "ResponseStartedEvent",
    "SSETypes",
    "ToolExecutionDeltaEvent",
    "ToolExecutionDoneEvent",
    "ToolExecutionStartedEvent",
    "UnknownEvent",
]

SSETypes: TypeAlias = Literal[
    "conversation.response.started",
    "conversation.response.done",
    "conversation.response.error",
    "message.output.delta",
    "tool.execution.started",
    "tool.execution.delta",
    "tool.execution.done",
    "agent.handoff.started",
    "agent.handoff.done",
    "function.call.delta",
]
"""The event types known today."""

# A time that does not fit must not cost a stream its conversation's id or its usage.
_NONE_IF_ODD = {"if_odd": NoneType}


@frozen(kw_only=True, repr=False)
class ResponseStartedEvent(Event, Model):
    """The first event: the request was accepted."""

    type: Literal["conversation.response.started"] = "conversation.response.started"
    created_at: datetime | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    conversation_id: str


@frozen(kw_only=True, repr=False)
class ResponseDoneEvent(Event, Model):
    """The last event of a complete answer."""

    type: Literal["conversation.response.done"] = "conversation.response.done"
    created_at: datetime | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    usage: ConversationUsageInfo = attrs.field(
        metadata={"if_odd": ConversationUsageInfo}
    )
    """Zeros if the service's does not fit; `extra` keeps that one."""


@frozen(kw_only=True, repr=False)
class ResponseErrorEvent(Event, Model):
    """The last event of an answer that failed."""

    type: Literal["conversation.response.error"] = "conversation.response.error"
    created_at: datetime | None = None
    message: str
    code: int


@frozen(kw_only=True, repr=False)
class MessageOutputEvent(Event, Model):
    """A piece of a message: text, one chunk, or several."""

    type: Literal["message.output.delta"] = "message.output.delta"
    created_at: datetime | None = None
    output_index: int = 0
    """The index of the entry that this piece belongs to."""

    id: str
    content_index: int = 0
    """The index of the chunk, in the message's content, that this piece belongs to."""

    model: str | None = None
    agent_id: str | None = None
    role: Literal["assistant"] | str = "assistant"
    content: str | OutputContentChunks | tuple[OutputContentChunks, ...]
    """The service sends text or one chunk; a list is read as the chunks one by one."""

    @property
    def text(self) -> str:
        """The text of this piece; empty for thinking and other chunks.

        Half a character (a lone surrogate), the rest of which the next piece may have,
        is U+FFFD here. `text()` of a stream joins the halves.
        """
        return whole(text_of(self.content))


@frozen(kw_only=True, repr=False)
class FunctionCallEvent(Event, Model):
    """A piece of a function call; each event has the next piece of the arguments."""

    type: Literal["function.call.delta"] = "function.call.delta"
    created_at: datetime | None = None
    output_index: int = 0
    id: str
    model: str | None = None
    agent_id: str | None = None
    name: str
    tool_call_id: str
    arguments: FunctionCallEntryArguments = attrs.field(hash=False)
    """The next piece of the arguments' JSON text, or an object with arguments."""

    confirmation_status: ConfirmationStatus | None = None


@frozen(kw_only=True, repr=False)
class ToolExecutionStartedEvent(Event, Model):
    """The service starts a tool."""

    type: Literal["tool.execution.started"] = "tool.execution.started"
    created_at: datetime | None = None
    output_index: int = 0
    id: str
    model: str | None = None
    agent_id: str | None = None
    name: BuiltInConnectors
    arguments: FunctionCallEntryArguments | None = attrs.field(default=None, hash=False)
    function: str | None = None
    """The function of the tool that runs; in no schema."""


@frozen(kw_only=True, repr=False)
class ToolExecutionDeltaEvent(Event, Model):
    """A piece of the arguments of a running tool."""

    type: Literal["tool.execution.delta"] = "tool.execution.delta"
    created_at: datetime | None = None
    output_index: int = 0
    id: str
    name: BuiltInConnectors
    arguments: FunctionCallEntryArguments = attrs.field(hash=False)
    """The next piece of the arguments' JSON text, or an object with arguments."""

    function: str | None = None


@frozen(kw_only=True, repr=False)
class ToolExecutionDoneEvent(Event, Model):
    """The tool has finished."""

    type: Literal["tool.execution.done"] = "tool.execution.done"
    created_at: datetime | None = None
    output_index: int = 0
    id: str
    name: BuiltInConnectors
    function: str | None = None
    info: ToolExecutionInfo | None = attrs.field(default=None, hash=False)
    """Details from the tool, such as `code` and `code_output`."""


@frozen(kw_only=True, repr=False)
class AgentHandoffStartedEvent(Event, Model):
    """An agent hands the conversation over."""

    type: Literal["agent.handoff.started"] = "agent.handoff.started"
    created_at: datetime | None = None
    output_index: int = 0
    id: str
    previous_agent_id: str
    previous_agent_name: str


@frozen(kw_only=True, repr=False)
class AgentHandoffDoneEvent(Event, Model):
    """The next agent has taken over the conversation."""

    type: Literal["agent.handoff.done"] = "agent.handoff.done"
    created_at: datetime | None = None
    output_index: int = 0
    id: str
    next_agent_id: str
    next_agent_name: str


@frozen(kw_only=True)
class UnknownEvent(Event, Unknown):
    """An event of an unknown type, or one that does not fit its type's schema."""


ConversationEvents: TypeAlias = (
    ResponseStartedEvent
    | ResponseDoneEvent
    | ResponseErrorEvent
    | ToolExecutionStartedEvent
    | ToolExecutionDeltaEvent
    | ToolExecutionDoneEvent
    | MessageOutputEvent
    | FunctionCallEvent
    | AgentHandoffStartedEvent
    | AgentHandoffDoneEvent
    | UnknownEvent
)


publish(globals(), *__all__)
