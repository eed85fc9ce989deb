"""The schemas of requests about connectors, as tables of checks."""

from mistral_conversations.server.web.checks import (
    any_object,
    boolean,
    exactly,
    integer,
    open_fields,
    string,
    text,
)
from mistral_conversations.server.web.tokens import page_token

__all__ = ["AUTH_URL", "CALL", "CALL_QUERY", "CONNECTOR", "LISTING", "TOOLS"]

_LARGEST_PAGE = 1000
_LONGEST_TITLE = 255

_credentials_name = text(pattern="^[a-zA-Z0-9_-]{1,64}$")

LISTING = open_fields(
    page_size=integer(ge=1, le=_LARGEST_PAGE),
    cursor=page_token,
    active=boolean,
    fetch_user_data=boolean,
    fetch_customer_data=boolean,
    check_credentials_status=boolean,
)
"""The query that lists connectors."""

CONNECTOR = open_fields(fetch_user_data=boolean, fetch_customer_data=boolean)
"""The query that reads a connector."""

TOOLS = open_fields(
    page=integer(ge=1),
    page_size=integer(ge=1),
    refresh=boolean,
    pretty=boolean,
    credentials_name=_credentials_name,
)
"""The query that lists tools."""

AUTH_URL = open_fields(
    app_return_url=string,
    method_type=exactly("oauth2", "bearer", "none", "github_app", "slack_app"),
    credentials_name=_credentials_name,
    credentials_title=text(most=_LONGEST_TITLE),
    github_installation_link=boolean,
)
"""The query that asks for the URL of authorization."""

CALL_QUERY = open_fields(credentials_name=_credentials_name)
"""The query that calls a tool."""

CALL = open_fields(arguments=any_object)
"""The body that calls a tool."""
