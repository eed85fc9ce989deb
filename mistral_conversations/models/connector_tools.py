"""Models of connectors' tools, and of the results of calling them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.masks import masked_secrets
from mistral_conversations.models.mcp import (
    MCPTool,
    TextContent,
    ToolContents,
    UnknownMCPTool,
)
from mistral_conversations.models.model import Answer, Model

__all__ = [
    "ConnectorTool",
    "ConnectorToolCallMetadata",
    "ConnectorToolCallResponse",
    "ConnectorToolLocale",
    "ConnectorToolResultMetadata",
    "MCPToolPage",
    "ResourceVisibility",
    "ToolExecutionConfiguration",
]

ResourceVisibility: TypeAlias = (
    Literal["shared_global", "shared_org", "shared_workspace", "private"] | str
)


@frozen(kw_only=True, repr=False)
class ConnectorToolLocale(Model):
    """Translations of what a tool shows, by language (`en`, `pt-BR`, ...)."""

    name: Mapping[str, Any] = attrs.field(hash=False)
    description: Mapping[str, Any] = attrs.field(hash=False)
    usage_sentence: Mapping[str, Any] = attrs.field(hash=False)


@frozen(kw_only=True, repr=False)
class ConnectorTool(Model):
    """A tool as the service stores it with its connector; see also `MCPTool`."""

    id: str
    name: str
    description: str
    system_prompt: str | None = None
    locale: ConnectorToolLocale | None = None
    jsonschema: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    """The JSON Schema of the arguments."""

    execution_config: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, repr=masked_secrets
    )
    """The service's own settings, as it sent them; they have no fixed schema."""

    visibility: ResourceVisibility
    created_at: datetime
    modified_at: datetime
    active: bool | None = None


@frozen(kw_only=True, repr=False)
class ToolExecutionConfiguration(Model):
    """The tools of a connector that may run, and those that need a confirmation.

    A rule is a list of tools, or an object of the service: a logical expression, or
    properties of tools.
    """

    requires_confirmation: tuple[str, ...] | Mapping[str, Any] | None = attrs.field(
        default=None, hash=False
    )
    skip_confirmation: tuple[str, ...] | Mapping[str, Any] | None = attrs.field(
        default=None, hash=False
    )
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None


@frozen(kw_only=True, repr=False)
class MCPToolPage(Listing[MCPTool | UnknownMCPTool]):
    """One page of the tools of a connector; a sequence of `MCPTool`.

    A tool that does not fit its schema is an `UnknownMCPTool`; the others stay usable.
    """

    tools: tuple[MCPTool | UnknownMCPTool, ...]
    page: int
    """The number of this page, from 1."""

    page_size: int
    """The number of tools requested; the last page has fewer."""

    @property
    def _items(self) -> tuple[MCPTool | UnknownMCPTool, ...]:
        return self.tools


@frozen(kw_only=True, repr=False)
class ConnectorToolResultMetadata(Model):
    """The parts of a tool's result that are not for the model."""

    is_error: bool | None = attrs.field(default=None, metadata={"key": "isError"})
    """Whether the tool failed; the service reads None as false."""

    structured_content: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata={"key": "structuredContent"}
    )
    mcp_meta: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, metadata={"key": "_meta"}
    )


@frozen(kw_only=True, repr=False)
class ConnectorToolCallMetadata(Model):
    """The metadata of a tool's result."""

    mcp_meta: ConnectorToolResultMetadata | None = None


@frozen(kw_only=True, repr=False)
class ConnectorToolCallResponse(Answer):
    """The result of a call of a connector's tool.

    A tool that failed answers like one that did not: look at `is_error`.
    """

    content: tuple[ToolContents, ...]
    metadata: ConnectorToolCallMetadata | None = None

    @property
    def text(self) -> str:
        """The texts of the content, joined by newlines; "" without any."""
        texts = (part.text for part in self.content if isinstance(part, TextContent))
        return "\n".join(texts)

    @property
    def is_error(self) -> bool:
        """Whether the tool failed; `text` then says why."""
        found = None if self._result is None else self._result.is_error
        return (self.extra.get("isError") if found is None else found) is True

    @property
    def structured_content(self) -> Mapping[str, Any] | None:
        """The result as an object, by the `output_schema` of the tool; None without."""
        found = None if self._result is None else self._result.structured_content
        if found is not None:
            return found
        beside = self.extra.get("structuredContent")  # where MCP itself has it
        return beside if isinstance(beside, Mapping) else None

    @property
    def _result(self) -> ConnectorToolResultMetadata | None:
        return None if self.metadata is None else self.metadata.mcp_meta


publish(globals(), *__all__)
