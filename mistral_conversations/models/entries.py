"""Models of entries, the elements of a conversation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._characters import whole
from mistral_conversations._constructors import text_only
from mistral_conversations._public import publish
from mistral_conversations.models.chunks import (
    MessageInputContentChunks,
    MessageOutputContentChunks,
    text_of,
)
from mistral_conversations.models.model import Model, Unknown
from mistral_conversations.models.tools import BuiltInConnectors

__all__ = [
    "AgentHandoffEntry",
    "ConfirmationStatus",
    "FunctionCallEntry",
    "FunctionCallEntryArguments",
    "FunctionResultEntry",
    "InputEntries",
    "MessageEntries",
    "MessageInputEntry",
    "MessageOutputEntry",
    "OutputEntries",
    "ToolExecutionEntry",
    "ToolExecutionInfo",
    "UnknownEntry",
]

ConfirmationStatus: TypeAlias = Literal["pending", "allowed", "denied"] | str
FunctionCallEntryArguments: TypeAlias = str | Mapping[str, Any]
ToolExecutionInfo: TypeAlias = Mapping[str, Any]


@frozen(kw_only=True, repr=False)
class MessageInputEntry(Model):
    """A message to the model."""

    object: str = "entry"
    type: Literal["message.input"] = "message.input"
    created_at: datetime | None = None
    completed_at: datetime | None = None
    id: str | None = None
    """Assigned by the service (`msg_` and 32 hex digits); not needed for sending."""

    role: Literal["user", "assistant"] | str
    content: str | tuple[MessageInputContentChunks, ...]
    prefix: bool | None = None
    """Whether the answer continues this text; the service reads None as false."""


@frozen(kw_only=True, repr=False)
class MessageOutputEntry(Model):
    """A message from the model."""

    object: str = "entry"
    type: Literal["message.output"] = "message.output"
    created_at: datetime | None = None
    completed_at: datetime | None = None
    id: str | None = None
    agent_id: str | None = None
    model: str | None = None
    role: Literal["assistant"] | str = "assistant"
    content: str | tuple[MessageOutputContentChunks, ...]

    @property
    def text(self) -> str:
        """The text of the message, without thinking and references.

        Half a character (a lone surrogate), which cannot be printed, is U+FFFD here.
        """
        return whole(text_of(self.content))


@frozen(kw_only=True, repr=False)
class FunctionCallEntry(Model):
    """A call of one of the caller's functions; answer it with `FunctionResultEntry`."""

    object: str = "entry"
    type: Literal["function.call"] = "function.call"
    created_at: datetime | None = None
    completed_at: datetime | None = None
    agent_id: str | None = None
    model: str | None = None
    id: str | None = None
    tool_call_id: str
    """The id that the result must have."""

    name: str
    arguments: FunctionCallEntryArguments = attrs.field(hash=False)
    """JSON text, as the model wrote it, or an object."""

    confirmation_status: ConfirmationStatus | None = None
    """`pending` while the service waits for `tool_confirmations`."""

    @property
    def parsed_arguments(self) -> dict[str, Any]:
        """The arguments as a dict, parsed at each access; empty for a blank text.

        Raises:
            ArgumentsError: they are not a JSON object; the message says what is wrong,
                and where. A model may write anything.
        """
        from mistral_conversations._traceback import (  # noqa: PLC0415 - above
            short_traceback,
        )
        from mistral_conversations._wire.arguments import (  # noqa: PLC0415 - above
            parse_arguments,
        )

        with short_traceback:
            return parse_arguments(self.name, self.arguments)


@text_only("result", "use JSON text, such as json.dumps(result)")
@frozen(kw_only=True, repr=False)
class FunctionResultEntry(Model):
    """The result of a function call."""

    object: str = "entry"
    type: Literal["function.result"] = "function.result"
    created_at: datetime | None = None
    completed_at: datetime | None = None
    id: str | None = None
    tool_call_id: str
    """The id of the call that this answers."""

    result: str
    """Any text; by convention JSON."""


@frozen(kw_only=True, repr=False)
class ToolExecutionEntry(Model):
    """A run of a built-in tool or connector by the service."""

    object: str = "entry"
    type: Literal["tool.execution"] = "tool.execution"
    created_at: datetime | None = None
    completed_at: datetime | None = None
    agent_id: str | None = None
    model: str | None = None
    id: str | None = None
    name: BuiltInConnectors
    arguments: FunctionCallEntryArguments | None = attrs.field(default=None, hash=False)
    """JSON text, or an object; the service may leave it out."""

    function: str | None = None
    """The function of the tool that ran; in no schema."""

    info: ToolExecutionInfo | None = attrs.field(default=None, hash=False)
    """Details from the tool, such as `code` and `code_output`."""


@frozen(kw_only=True, repr=False)
class AgentHandoffEntry(Model):
    """A handoff of the conversation from one agent to another."""

    object: str = "entry"
    type: Literal["agent.handoff"] = "agent.handoff"
    created_at: datetime | None = None
    completed_at: datetime | None = None
    id: str | None = None
    previous_agent_id: str
    previous_agent_name: str
    next_agent_id: str
    next_agent_name: str


@frozen(kw_only=True)
class UnknownEntry(Unknown):
    """An entry of an unknown type, or one that does not fit its type's schema."""


InputEntries: TypeAlias = (
    MessageInputEntry
    | MessageOutputEntry
    | FunctionResultEntry
    | FunctionCallEntry
    | ToolExecutionEntry
    | AgentHandoffEntry
    | UnknownEntry
)

OutputEntries: TypeAlias = (
    MessageOutputEntry
    | ToolExecutionEntry
    | FunctionCallEntry
    | AgentHandoffEntry
    | UnknownEntry
)

MessageEntries: TypeAlias = MessageInputEntry | MessageOutputEntry | UnknownEntry


publish(globals(), *__all__)
