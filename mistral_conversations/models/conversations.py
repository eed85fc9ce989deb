"""Conversations, and the objects that answer the calls on them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

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


@frozen(kw_only=True, repr=False)
class ToolCallConfirmation(Model):
    """Whether a function call that waits for it may run."""

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
    """What the model or the agent answered: the new entries of the conversation."""

    object: str = "conversation.response"
    conversation_id: str
    outputs: tuple[OutputEntries, ...]
    usage: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    """Zeros where the service sent none."""

    guardrails: tuple[Mapping[str, Any], ...] | None = attrs.field(
        default=None, hash=False
    )
    """What each guardrail found, as the service tells it."""

    @property
    def text(self) -> str:
        """The text of the messages, one after the other, without thinking."""
        messages = (e for e in self.outputs if isinstance(e, MessageOutputEntry))
        return "".join(message.text for message in messages)

    @property
    def function_calls(self) -> tuple[FunctionCallEntry, ...]:
        """The function calls, which the caller is to answer."""
        return tuple(e for e in self.outputs if isinstance(e, FunctionCallEntry))


@frozen(kw_only=True, repr=False)
class ConversationHistory(Answer):
    """All entries of a conversation, in the order in which they were appended."""

    object: str = "conversation.history"
    conversation_id: str
    entries: tuple[InputEntries, ...]


@frozen(kw_only=True, repr=False)
class ConversationMessages(Answer):
    """The messages among the entries of a conversation."""

    object: str = "conversation.messages"
    conversation_id: str
    messages: tuple[MessageEntries, ...]


@frozen(kw_only=True, repr=False)
class ConversationPage(Listing[Conversation]):
    """One page of the list of conversations: a sequence of them."""

    conversations: tuple[Conversation, ...]
    page: int
    """The number of this page, from 0."""

    page_size: int
    """How many conversations were asked for; the last page has fewer."""

    @property
    def _items(self) -> tuple[Conversation, ...]:
        return self.conversations

    def __repr__(self) -> str:
        """Show the page's number and its conversations."""
        return f"ConversationPage(page={self.page}, {list(self.conversations)!r})"
