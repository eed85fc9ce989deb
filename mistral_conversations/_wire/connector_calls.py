"""The calls on connectors, built and checked before sending."""

import re
from typing import Any

from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.parameters import (
    Checks,
    Parameters,
    a_bool,
    a_count,
    a_mapping,
    a_text,
    given,
    to_body,
    to_query,
)

__all__ = [
    "call_tool",
    "get",
    "get_auth_url",
    "get_authentication_methods",
    "list_connectors",
    "list_tools",
]

_CREDENTIALS_NAME = re.compile("[a-zA-Z0-9_-]{1,64}")
_LONGEST_TITLE = 255


def list_connectors(parameters: Parameters) -> Call:
    """GET /v1/connectors; None is not sent.

    The description has the filters as one object, `query_filters`, of which each key is
    a parameter of its own (OpenAPI 3.1, 4.8.12: style `form`, exploded).
    """
    return Call("GET", routes.CONNECTORS, to_query(parameters, _CHECKS))


def get(connector_id_or_name: str, parameters: Parameters) -> Call:
    """GET /v1/connectors/{connector_id_or_name}; None is not sent."""
    return _of_connector(routes.CONNECTOR, connector_id_or_name, parameters)


def list_tools(connector_id_or_name: str, parameters: Parameters) -> Call:
    """GET .../tools; None is not sent."""
    return _of_connector(routes.CONNECTOR_TOOLS, connector_id_or_name, parameters)


def get_auth_url(connector_id_or_name: str, parameters: Parameters) -> Call:
    """GET .../auth_url; None is not sent."""
    route = routes.CONNECTOR_AUTH_URL
    call = _of_connector(route, connector_id_or_name, parameters)
    method = parameters["method_type"]
    if parameters["github_installation_link"] and method not in {None, "oauth2"}:
        raise ValueError(
            "github_installation_link needs method_type='oauth2', which is the "
            f"default, not {method!r}"
        )
    return call


def get_authentication_methods(connector_id_or_name: str) -> Call:
    """GET .../authentication_methods."""
    return _of_connector(
        routes.CONNECTOR_AUTHENTICATION_METHODS, connector_id_or_name, {}
    )


def call_tool(
    connector_id_or_name: str,
    tool_name: str,
    arguments: Any,
    credentials_name: str | None,
) -> Call:
    """POST .../tools/{tool_name}/call; None is not sent."""
    path = routes.path_of(
        routes.CONNECTOR_TOOL_CALL,
        connector_id_or_name=connector_id_or_name,
        tool_name=tool_name,
    )
    query = to_query({"credentials_name": credentials_name}, _CHECKS)
    body = to_body(given({"arguments": arguments}), _CHECKS)
    return Call("POST", path, query, body)


def _of_connector(route: str, id_or_name: str, query: Parameters) -> Call:
    path = routes.path_of(route, connector_id_or_name=id_or_name)
    return Call("GET", path, to_query(query, _CHECKS))


def _a_credentials_name(name: str, value: Any) -> None:
    a_text(name, value)
    if not _CREDENTIALS_NAME.fullmatch(value):
        raise ValueError(
            f"{name} must be 1 to 64 of the characters a-z, A-Z, 0-9, _ and -, not "
            f"{value!r}"
        )


def _a_title(name: str, value: Any) -> None:
    a_text(name, value)
    if len(value) > _LONGEST_TITLE:
        raise ValueError(
            f"{name} must have at most {_LONGEST_TITLE} characters, not {len(value)}"
        )


_CHECKS: Checks = {
    "active": a_bool,
    "app_return_url": a_text,
    "arguments": a_mapping,
    "check_credentials_status": a_bool,
    "credentials_name": _a_credentials_name,
    "credentials_title": _a_title,
    "cursor": a_text,
    "fetch_customer_data": a_bool,
    "fetch_user_data": a_bool,
    "github_installation_link": a_bool,
    "method_type": a_text,
    "page": a_count(1),
    "page_size": a_count(1),
    "pretty": a_bool,
    "refresh": a_bool,
}
