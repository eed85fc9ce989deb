"""Models of connectors, and of pages of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.connector_access import (
    AuthenticationConfiguration,
    ConsumerType,
    PublicAuthenticationMethod,
)
from mistral_conversations.models.connector_tools import (
    ConnectorTool,
    ResourceVisibility,
    ToolExecutionConfiguration,
)
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.masks import masked_secrets, masked_values
from mistral_conversations.models.model import Answer, Model

__all__ = [
    "ConnectionConfigType",
    "ConnectionPreference",
    "Connector",
    "ConnectorLocale",
    "ConnectorProtocol",
    "PaginatedConnectors",
    "PaginationResponse",
    "PublicConnectionConfig",
]

ConnectionConfigType: TypeAlias = Literal["mcp", "turbine", "eolienne"] | str
ConnectorProtocol: TypeAlias = Literal["mcp", "http", "turbine"] | str


@frozen(kw_only=True, repr=False)
class ConnectorLocale(Model):
    """Translations of what a connector shows, by language (`en`, `pt-BR`, ...)."""

    name: Mapping[str, Any] = attrs.field(hash=False)
    description: Mapping[str, Any] = attrs.field(hash=False)
    usage_sentence: Mapping[str, Any] = attrs.field(hash=False)


@frozen(kw_only=True, repr=False)
class ConnectionPreference(Model):
    """A stored choice of tools for a connector."""

    name: str
    tool_configuration: ToolExecutionConfiguration
    is_default: bool | None = None
    consumer_type: ConsumerType | None = None


@frozen(kw_only=True, repr=False)
class PublicConnectionConfig(Model):
    """How the service connects to a connector."""

    type: ConnectionConfigType | None = None
    """The service reads None as `mcp`."""

    base_url: str | None = None
    headers: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, repr=masked_values
    )
    signed: bool | None = None
    """The service reads None as false."""


@frozen(kw_only=True, repr=False)
class Connector(Answer):
    """A connector registered with the service, such as an MCP server.

    Administrative parts (`server_card`, `execution_env`) are in plain JSON types, as
    the service sent them.
    """

    id: str
    """A UUID: the `connector_id` of a `CustomConnector`."""

    name: str
    title: str | None = None
    description: str
    created_at: datetime
    modified_at: datetime
    server: str | None = None
    """The URL of the MCP server."""

    protocol: ConnectorProtocol | None = None
    """The service reads None as `mcp`."""

    icon_url: str | None = None
    server_card: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, repr=masked_secrets
    )
    """The server's description of itself."""

    owner_id: str | None = None
    owner_type: ConsumerType
    visibility: ResourceVisibility
    creator_id: str | None = None
    locale: ConnectorLocale | None = None
    system_prompt: str | None = None
    supported_auth_methods: tuple[PublicAuthenticationMethod, ...] | None = None
    connection_preferences: tuple[ConnectionPreference, ...] | None = None
    connection_credentials: tuple[AuthenticationConfiguration, ...] | None = None
    """The stored credentials; `get(..., fetch_user_data=True)` asks for them."""

    active: bool | None = None
    """Whether the caller has the connector switched on; None if it is not known."""

    private_tool_execution: bool
    mistral: bool | None = None
    """Whether the connector is the service's own; the service reads None as false."""

    is_authenticated: bool | None = None
    """Whether the caller has credentials for it; None if it is not known."""

    tools: tuple[ConnectorTool, ...] | None = None
    """The tools that the service has stored; see also `list_tools`."""

    supports_mcp: bool | None = None
    """In no description, but required by the vendor's own client."""

    system_prompt_route: str | None = None
    connection_config: PublicConnectionConfig | None = None
    execution_env: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, repr=masked_secrets
    )
    """The service's own settings for running the tools."""


@frozen(kw_only=True, repr=False)
class PaginationResponse(Model):
    """The position of a page of connectors."""

    next_cursor: str | None = None
    """The `cursor` of the next page; None on the last page."""

    page_size: int | None = None
    """The number of connectors requested; the service always sends it."""


@frozen(kw_only=True, repr=False)
class PaginatedConnectors(Listing[Connector]):
    """One page of connectors; a sequence of `Connector`."""

    items: tuple[Connector, ...]
    pagination: PaginationResponse | None = None
    """The position of the page; None if the service leaves it out."""

    @property
    def next_cursor(self) -> str | None:
        """The `cursor` of the next page; None on the last page."""
        return self.pagination.next_cursor if self.pagination is not None else None

    @property
    def _items(self) -> tuple[Connector, ...]:
        return self.items


publish(globals(), *__all__)
