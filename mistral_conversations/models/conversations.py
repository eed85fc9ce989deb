"""Models of conversations, answers, histories and pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypeVar, overload

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    InputEntries,
    MessageEntries,
    MessageOutputEntry,
    OutputEntries,
)
from mistral_conversations.models.guardrails import GuardrailConfig
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.model import Answer, Model
from mistral_conversations.models.tools import Tools
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = [
    "AgentConversation",
    "Conversation",
    "ConversationHistory",
    "ConversationMessages",
    "ConversationPage",
    "ConversationResponse",
    "HandoffExecution",
    "MetadataDict",
    "ModelConversation",
    "ToolCallConfirmation",
]

HandoffExecution: TypeAlias = Literal["client", "server"]
MetadataDict: TypeAlias = Mapping[str, Any]

T = TypeVar("T")


@frozen(kw_only=True, repr=False)
class ToolCallConfirmation(Model):
    """Whether a pending function call may run."""

    tool_call_id: str
    confirmation: Literal["allow", "deny"] | str


@frozen(kw_only=True, repr=False)
class ModelConversation(Answer):
    """A conversation with a model."""

    object: str = "conversation"
    id: str
    created_at: datetime
    updated_at: datetime
    model: str
    instructions: str | None = None
    tools: tuple[Tools, ...] | None = None
    completion_args: CompletionArgs | None = None
    guardrails: tuple[GuardrailConfig, ...] | None = None
    name: str | None = None
    description: str | None = None
    metadata: MetadataDict | None = attrs.field(default=None, hash=False)


@frozen(kw_only=True, repr=False)
class AgentConversation(Answer):
    """A conversation with an agent."""

    object: str = "conversation"
    id: str
    created_at: datetime
    updated_at: datetime
    agent_id: str
    agent_version: str | int | None = None
    name: str | None = None
    description: str | None = None
    metadata: MetadataDict | None = attrs.field(default=None, hash=False)


Conversation: TypeAlias = ModelConversation | AgentConversation


@frozen(kw_only=True, repr=False)
class ConversationResponse(Answer):
    """The answer of the model or agent: the new entries of the conversation."""

    object: str = "conversation.response"
    conversation_id: str
    outputs: tuple[OutputEntries, ...]
    usage: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    """Zeros if the service sent none."""

    guardrails: tuple[Mapping[str, Any], ...] | None = attrs.field(
        default=None, hash=False
    )
    """The findings of each guardrail, as the service sent them."""

    @property
    def text(self) -> str:
        """The text of all messages, joined, without thinking."""
        messages = (e for e in self.outputs if isinstance(e, MessageOutputEntry))
        return "".join(message.text for message in messages)

    @property
    def function_calls(self) -> tuple[FunctionCallEntry, ...]:
        """The function calls, which you answer with `FunctionResultEntry`."""
        return tuple(e for e in self.outputs if isinstance(e, FunctionCallEntry))

    def to_rows(self) -> list[dict[str, Any]]:
        """Return a flat dict for each entry, as `ConversationHistory.to_rows`."""
        from mistral_conversations._rows import entry_rows  # noqa: PLC0415 - above

        return entry_rows(self.outputs)

    @overload
    def parse(self, output_type: type[T]) -> T: ...
    @overload
    def parse(self, output_type: Any) -> Any: ...
    def parse(self, output_type: Any) -> Any:
        """Read the reply, JSON text, as an object of a type.

        To ask for such a reply, send `ResponseFormat.of(output_type)`. The text is that
        of the last message that has any. A code fence around the JSON is dropped, and a
        repeated beginning, which the service was seen to send.

        Args:
            output_type: an attrs class, dataclass, TypedDict, msgspec Struct, pydantic
                model, or another type such as `list[int]`.

        Raises:
            OutputValidationError: there is no text, it is not JSON, or it does not fit
                the type.
            TypeError: the type cannot be described; the message names the remedy.
        """
        from mistral_conversations._traceback import (  # noqa: PLC0415 - on use
            short_traceback,
        )
        from mistral_conversations._wire.structured_output import (  # noqa: PLC0415
            Output,
        )

        with short_traceback:
            return Output.of(output_type).parse_answer(self)


@frozen(kw_only=True, repr=False)
class ConversationHistory(Answer):
    """All entries of a conversation, in the order they were appended."""

    object: str = "conversation.history"
    conversation_id: str
    entries: tuple[InputEntries, ...]

    def to_rows(self) -> list[dict[str, Any]]:
        """Return a flat dict for each entry, for a table.

        All rows have the same keys: `type`, `id`, `created_at`, `completed_at`, `role`,
        `model`, `agent_id`, `tool_call_id`, `name` (of a function, a tool or the next
        agent), `text` (of a message; the arguments of a call, its result) and
        `thinking`. What an entry does not have is None.
        """
        from mistral_conversations._rows import entry_rows  # noqa: PLC0415 - above

        return entry_rows(self.entries)


@frozen(kw_only=True, repr=False)
class ConversationMessages(Answer):
    """The messages of a conversation, without its other entries."""

    object: str = "conversation.messages"
    conversation_id: str
    messages: tuple[MessageEntries, ...]

    def to_rows(self) -> list[dict[str, Any]]:
        """Return a flat dict for each entry, as `ConversationHistory.to_rows`."""
        from mistral_conversations._rows import entry_rows  # noqa: PLC0415 - above

        return entry_rows(self.messages)


@frozen(kw_only=True, repr=False)
class ConversationPage(Listing[Conversation]):
    """One page of conversations; a sequence of them."""

    conversations: tuple[Conversation, ...]
    page: int
    """The number of this page, from 0."""

    page_size: int
    """The number of conversations requested; the last page has fewer."""

    @property
    def _items(self) -> tuple[Conversation, ...]:
        return self.conversations

    def __repr__(self) -> str:
        """Show the page's number and its conversations."""
        return f"ConversationPage(page={self.page}, {list(self.conversations)!r})"


publish(globals(), *__all__)
