"""Models of the access to connectors: methods of authentication, credentials."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.masks import masked_values
from mistral_conversations.models.model import Answer, Model

__all__ = [
    "AuthStatus",
    "AuthUrlResponse",
    "AuthenticationConfiguration",
    "AuthenticationMethods",
    "ConnectorAuthenticationHeader",
    "ConsumerType",
    "CredentialsStatus",
    "OutboundAuthenticationType",
    "PublicAuthenticationMethod",
]

AuthStatus: TypeAlias = Literal["valid", "invalid", "error"] | str
ConsumerType: TypeAlias = Literal["user", "org", "workspace", "system"] | str
OutboundAuthenticationType: TypeAlias = (
    Literal["oauth2", "bearer", "none", "github_app", "slack_app"] | str
)


@frozen(kw_only=True, repr=False)
class ConnectorAuthenticationHeader(Model):
    """A header that a connector expects with a method of authentication."""

    name: str
    is_required: bool | None = None
    """The service reads None as true."""

    is_secret: bool | None = None
    """The service reads None as true."""


@frozen(kw_only=True, repr=False)
class PublicAuthenticationMethod(Model):
    """A way to authenticate with a connector, without secrets."""

    method_type: OutboundAuthenticationType
    headers: tuple[ConnectorAuthenticationHeader, ...] | None = None
    global_headers: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False, repr=masked_values
    )
    """Headers of all requests by name, each with `is_secret` and `value`; not in
    the `repr`."""

    has_default_credentials: bool
    """Whether it works without credentials of the caller's own."""

    oauth2_server_metadata: Mapping[str, Any] | None = attrs.field(
        default=None, hash=False
    )
    """The metadata of the OAuth 2 server (RFC 8414), as the service sent them."""


@frozen(kw_only=True, repr=False)
class AuthenticationMethods(Listing[PublicAuthenticationMethod]):
    """The ways to authenticate with a connector; a sequence."""

    methods: tuple[PublicAuthenticationMethod, ...]

    @property
    def _items(self) -> tuple[PublicAuthenticationMethod, ...]:
        return self.methods


@frozen(kw_only=True, repr=False)
class CredentialsStatus(Model):
    """Whether credentials work."""

    status_type: AuthStatus
    last_checked_at: datetime | None = None
    error_http_code: int | None = None
    error_message: str | None = None
    """What is wrong, such as `oauth expired` or `MCP server unreachable`."""


@frozen(kw_only=True, repr=False)
class AuthenticationConfiguration(Model):
    """Credentials that are stored for a connector, without secrets."""

    name: str
    """The `credentials_name` for `list_tools` and `call_tool`."""

    title: str | None = None
    authentication_type: OutboundAuthenticationType
    scope: ConsumerType
    """Who can use them."""

    status: CredentialsStatus | None = None
    is_default: bool | None = None
    """Whether calls without `credentials_name` use them; the service reads None as
    false."""


@frozen(kw_only=True, repr=False)
class AuthUrlResponse(Answer):
    """Where the user can give a connector access."""

    auth_url: str
    """The URL to open in a browser."""

    ttl: int
    """The seconds for which the URL is valid."""


publish(globals(), *__all__)
