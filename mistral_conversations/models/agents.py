"""Models of agents, their versions and aliases, and of pages of them."""

from datetime import datetime
from typing import Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.conversations import MetadataDict
from mistral_conversations.models.guardrails import GuardrailConfig
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.model import Answer
from mistral_conversations.models.tools import Tools

__all__ = [
    "Agent",
    "AgentAliasList",
    "AgentAliasResponse",
    "AgentListPage",
    "AgentPage",
    "RequestSource",
]

RequestSource: TypeAlias = Literal["api", "playground", "agent_builder_v1"] | str


@frozen(kw_only=True, repr=False)
class Agent(Answer):
    """An agent at one of its versions: a model with instructions and tools."""

    object: str = "agent"
    id: str
    version: int
    """The version that this object describes, from 0."""

    versions: tuple[int, ...] | None = None
    """All versions of the agent; the service may leave it out."""

    created_at: datetime
    updated_at: datetime
    model: str
    name: str
    description: str | None = None
    instructions: str | None = None
    tools: tuple[Tools, ...] | None = None
    completion_args: CompletionArgs | None = None
    guardrails: tuple[GuardrailConfig, ...] | None = None
    handoffs: tuple[str, ...] | None = None
    """Ids of the agents to which this agent may hand a conversation over."""

    metadata: MetadataDict | None = attrs.field(default=None, hash=False)
    deployment_chat: bool | None = None
    """Whether the vendor's chat can use the agent; the service may leave it out."""

    owner_id: str | None = None
    """The user or workspace that owns the agent; the service may leave it out."""

    source: RequestSource | None = None
    """The product that made the agent; the service may leave it out."""

    version_message: str | None = None
    """A note on this version."""


@frozen(kw_only=True, repr=False)
class AgentPage(Listing[Agent]):
    """One page of agents, or of the versions of one agent; a sequence of `Agent`."""

    agents: tuple[Agent, ...]
    page: int
    """The number of this page, from 0."""

    page_size: int
    """The number of agents requested; the last page has fewer."""

    @property
    def _items(self) -> tuple[Agent, ...]:
        return self.agents


@frozen(kw_only=True, repr=False)
class AgentListPage(Listing[Agent]):
    """One page of agents, with the token of the next page; a sequence of `Agent`."""

    object: str = "list"
    data: tuple[Agent, ...]
    next_page_token: str | None = None
    """The `page_token` of the next page for `list_pages`; None on the last page."""

    @property
    def _items(self) -> tuple[Agent, ...]:
        return self.data


@frozen(kw_only=True, repr=False)
class AgentAliasResponse(Answer):
    """An alias: a name for a version of an agent."""

    alias: str
    version: int
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True, repr=False)
class AgentAliasList(Listing[AgentAliasResponse]):
    """The aliases of an agent; a sequence of `AgentAliasResponse`."""

    aliases: tuple[AgentAliasResponse, ...]

    @property
    def _items(self) -> tuple[AgentAliasResponse, ...]:
        return self.aliases


publish(globals(), *__all__)
