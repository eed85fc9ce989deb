"""`LocalConnector`: a connector whose tools are functions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from mistral_conversations._checks import check_flag, on_field
from mistral_conversations.server.connectors.tool_schemas import (
    ToolFunction,
    described_tool,
)
from mistral_conversations.server.web.clock import now
from mistral_conversations.server.web.failures import (
    JSONObject,
    not_found,
    refusal,
)
from mistral_conversations.server.web.ids import new_uuid, timestamp

__all__ = ["AUTH_METHOD", "LocalConnector"]

AUTH_METHOD = "oauth2"
"""The one method of authentication of these connectors."""

_DEFAULT = "default"


def _check_text(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    name = field.alias
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if name == "name" and not value.strip():
        raise ValueError("name is blank: pass the name of the connector")


def _check_tools(_: object, __: object, tools: Any) -> None:
    if not isinstance(tools, Mapping):
        raise TypeError(
            f"tools must be a mapping of names to functions, not {type(tools).__name__}"
        )
    for name, function in tools.items():
        if not isinstance(name, str) or not callable(function):
            raise TypeError(
                f"tools must be a mapping of names to functions, not {name!r} to "
                f"{function!r}"
            )
        if not name.strip():
            raise ValueError("tools has a blank name: no request can name such a tool")


def _shown(tools: Any) -> str:
    return repr([*tools] if isinstance(tools, Mapping) else tools)


_flag = on_field(check_flag)


@attrs.define(eq=False)
class LocalConnector:
    """A connector of `LocalServer`, whose tools are functions of yours.

    A tool's docstring is its description, and the annotations of its parameters make
    its input schema. The functions, plain or async, run on the server's loop. A str
    that one returns is a text; an object of `TextContent`, `ImageContent`, ..., or a
    list of them, is sent as it is; any other value is sent as JSON. What a function
    raises is a result with `is_error`.

    Args:
        name: the name; requests use it or the `id`.
        tools: the functions by the names of the tools.
        description: what the connector does.
        authenticated: whether the caller has access from the beginning. If not, tools
            cannot be listed or called (403) until the URL of `get_auth_url` is opened.
        active: whether the caller has switched it on.

    Raises:
        TypeError, ValueError: a parameter, named in the message, is invalid.
    """

    name: str = attrs.field(validator=_check_text, on_setattr=attrs.setters.frozen)
    tools: Mapping[str, ToolFunction] = attrs.field(
        factory=dict, validator=_check_tools, kw_only=True, repr=_shown
    )
    description: str = attrs.field(default="", validator=_check_text, kw_only=True)
    _authenticated: bool = attrs.field(
        default=True, alias="authenticated", kw_only=True, validator=_flag, repr=False
    )
    active: bool = attrs.field(default=True, kw_only=True, validator=_flag)
    id: str = attrs.field(factory=new_uuid, init=False)
    """A UUID."""

    _credentials: dict[str, str | None] = attrs.field(
        factory=dict, init=False, repr=False
    )
    """The titles of the stored credentials, by their names."""

    _created_at: datetime = attrs.field(factory=now, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Store the first credentials."""
        if self._authenticated:
            self.authorize()

    @property
    def is_authenticated(self) -> bool:
        """Whether the caller has access to it."""
        return bool(self._credentials)

    def authorize(self, name: str | None = None, title: str | None = None) -> None:
        """Store credentials of the caller, as the URL of `get_auth_url` does.

        Args:
            name: their name; None for the default ones.
            title: their display name.
        """
        self._credentials[name or _DEFAULT] = title

    def revoke(self) -> None:
        """Forget all credentials of the caller."""
        self._credentials.clear()

    def check_access(self, credentials_name: str | None) -> None:
        """Check the credentials that a request names.

        Raises:
            RefusalError: the caller has none (403), or none of that name (404).
        """
        if not self._credentials:
            message = (
                f"Connector {self.name} needs authorization: open the URL of "
                f"/v1/connectors/{self.name}/auth_url"
            )
            raise refusal(403, message, 3001)
        if credentials_name is not None and credentials_name not in self._credentials:
            raise not_found(f"Credentials {credentials_name} not found")

    def tool(self, name: str) -> ToolFunction:
        """Return the function of a tool.

        Raises:
            RefusalError: no tool has that name.
        """
        if name not in self.tools:
            raise not_found(f"Tool {name} not found in connector {self.name}")
        return self.tools[name]

    def tool_bodies(self) -> list[JSONObject]:
        """Return the tools as JSON, in their order."""
        return [described_tool(name, each) for name, each in self.tools.items()]

    def auth_methods(self) -> list[JSONObject]:
        """Return the methods of authentication as JSON."""
        method: JSONObject = {
            "method_type": AUTH_METHOD,
            "headers": None,
            "global_headers": {},
            "has_default_credentials": self._authenticated,
            "oauth2_server_metadata": None,
        }
        return [method]

    def body(self, *, fetch_user_data: bool, with_status: bool = False) -> JSONObject:
        """Return the connector as JSON."""
        time = timestamp(self._created_at)
        credentials = self._credential_bodies(with_status=with_status)
        nulls = (
            *("title", "server", "icon_url", "server_card", "owner_id", "creator_id"),
            *("locale", "system_prompt", "connection_preferences", "tools"),
            *("system_prompt_route", "connection_config", "execution_env"),
        )
        return {
            **dict.fromkeys(nulls),
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "created_at": time,
            "modified_at": time,
            "protocol": "mcp",
            "owner_type": "workspace",
            "visibility": "private",
            "supported_auth_methods": self.auth_methods(),
            "connection_credentials": credentials if fetch_user_data else None,
            "active": self.active,
            "private_tool_execution": False,
            "mistral": False,
            "is_authenticated": self.is_authenticated,
            # Beyond the description: the vendor's client requires it.
            "supports_mcp": True,
        }

    def _credential_bodies(self, *, with_status: bool) -> list[JSONObject]:
        status = {
            "status_type": "valid",
            "last_checked_at": timestamp(),
            "error_http_code": None,
            "error_message": None,
        }
        return [
            {
                "name": name,
                "title": title,
                "authentication_type": AUTH_METHOD,
                "scope": "user",
                "status": status if with_status else None,
                "is_default": name == _DEFAULT,
            }
            for name, title in self._credentials.items()
        ]
