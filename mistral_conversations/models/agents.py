"""Agents, their versions and aliases, and the objects that answer calls on them."""

from datetime import datetime
from typing import Literal, TypeAlias

import attrs
from attrs import frozen

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
    """A model with instructions and tools, at one of its versions."""

    object: str = "agent"
    id: str
    version: int
    """The version that this object tells of, from 0."""

    versions: tuple[int, ...] | None = None
    """All versions there are; the service was seen to leave it out."""

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
    """Ids of the agents to which it may hand a conversation over."""

    metadata: MetadataDict | None = attrs.field(default=None, hash=False)
    deployment_chat: bool | None = None
    """Whether it can be used in the vendor's chat; was seen to be left out."""

    source: RequestSource | None = None
    """What it was made with; was seen to be left out."""

    version_message: str | None = None
    """What this version was said to change."""


@frozen(kw_only=True, repr=False)
class AgentPage(Listing[Agent]):
    """One page of a list of agents, or of the versions of one: a sequence of them."""

    agents: tuple[Agent, ...]
    page: int
    """The number of this page, from 0."""

    page_size: int
    """How many were asked for; the last page has fewer."""

    @property
    def _items(self) -> tuple[Agent, ...]:
        return self.agents


@frozen(kw_only=True, repr=False)
class AgentListPage(Listing[Agent]):
    """One page of the list of agents, and where the next begins."""

    object: str = "list"
    data: tuple[Agent, ...]
    next_page_token: str | None = None
    """What `list_pages(page_token=...)` takes for the next page; None: the last."""

    @property
    def _items(self) -> tuple[Agent, ...]:
        return self.data


@frozen(kw_only=True, repr=False)
class AgentAliasResponse(Answer):
    """A name for a version of an agent."""

    alias: str
    version: int
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True, repr=False)
class AgentAliasList(Listing[AgentAliasResponse]):
    """The aliases of an agent: a sequence of them."""

    aliases: tuple[AgentAliasResponse, ...]

    @property
    def _items(self) -> tuple[AgentAliasResponse, ...]:
        return self.aliases
