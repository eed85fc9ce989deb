"""Bodies of connectors by the description, with this project's own values."""

from typing import Any

from tests.support.bodies import LATER, TIME

__all__ = [
    "CLASSES",
    "CONNECTOR_ID",
    "auth_method",
    "connector",
    "connectors",
    "mcp_tool",
    "stored_tool",
    "tool_result",
]

CONNECTOR_ID = "019f0000-5555-7000-8000-0000000000e1"

Body = dict[str, Any]


def _id(number: int) -> str:
    return f"019f0000-5555-7000-8000-{number:012x}"


def auth_method(**others: Any) -> Body:
    return {
        "method_type": "oauth2",
        "headers": [{"name": "X-Harbour", "is_required": True, "is_secret": False}],
        "global_headers": {"X-Team": {"is_secret": True, "value": "sk-canary-header"}},
        "has_default_credentials": False,
        "oauth2_server_metadata": {
            "issuer": "https://login.example",
            "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": "https://login.example/token",
        },
        **others,
    }


def _credentials() -> Body:
    return {
        "name": "mine",
        "title": "My account",
        "authentication_type": "oauth2",
        "scope": "user",
        "status": {
            "status_type": "error",
            "last_checked_at": TIME,
            "error_http_code": 401,
            "error_message": "oauth expired",
        },
        "is_default": True,
    }


def stored_tool(**others: Any) -> Body:
    words = {"en": "Tides", "de": "Gezeiten"}
    return {
        "id": "tool-1",
        "name": "tides",
        "description": "When the water is high.",
        "system_prompt": None,
        "locale": {"name": words, "description": words, "usage_sentence": words},
        "jsonschema": {"type": "object", "properties": {"port": {"type": "string"}}},
        "execution_config": {"type": "mcp", "retries": 2},
        "visibility": "private",
        "created_at": TIME,
        "modified_at": LATER,
        "active": True,
        **others,
    }


def connector(number: int | None = None, **others: Any) -> Body:
    words = {"en": "Harbour", "pt-BR": "Porto"}
    return {
        "id": CONNECTOR_ID if number is None else _id(number),
        "name": "harbour" if number is None else f"harbour-{number}",
        "title": "The harbour",
        "description": "Tides and berths.",
        "created_at": TIME,
        "modified_at": LATER,
        "server": "https://harbour.example/mcp",
        "protocol": "mcp",
        "icon_url": None,
        "server_card": {"name": "example.harbour/mcp", "version": "1.0.0"},
        "owner_id": "019f0000-3333-7000-8000-0000000000c1",
        "owner_type": "workspace",
        "visibility": "shared_workspace",
        "creator_id": None,
        "locale": {"name": words, "description": words, "usage_sentence": words},
        "system_prompt": None,
        "supported_auth_methods": [auth_method()],
        "connection_preferences": [
            {
                "name": "careful",
                "tool_configuration": {
                    "requires_confirmation": {"read_only": False},
                    "skip_confirmation": ["tides"],
                    "include": None,
                    "exclude": ["berths"],
                },
                "is_default": True,
                "consumer_type": "user",
            }
        ],
        "connection_credentials": [_credentials()],
        "active": True,
        "private_tool_execution": False,
        "mistral": False,
        "is_authenticated": True,
        "tools": [stored_tool()],
        "system_prompt_route": None,
        "connection_config": {
            "type": "mcp",
            "base_url": "https://harbour.example",
            "headers": {"X-Harbour": "sk-canary-header"},
            "signed": False,
        },
        "execution_env": {"tools": [], "errors": []},
        **others,
    }


def connectors(*numbers: int, cursor: str | None = None) -> Body:
    """Return a page of connectors of these numbers."""
    return {
        "items": [connector(number) for number in numbers],
        "pagination": {"next_cursor": cursor, "page_size": 100},
    }


def mcp_tool(name: Any = "tides", **others: Any) -> Body:
    return {
        "name": name,
        "title": "Tides",
        "description": "When the water is high.",
        "inputSchema": {
            "type": "object",
            "properties": {"port": {"type": "string"}},
            "required": ["port"],
        },
        "outputSchema": {"type": "object"},
        "icons": [
            {"src": "data:,", "mimeType": "image/png", "sizes": ["48x48", "any"]}
        ],
        "annotations": {
            "title": "Tides",
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        },
        "_meta": {"ui": {"resourceUri": "ui://tides"}, "example.org/level": 3},
        "execution": {"taskSupport": "optional"},
        **others,
    }


def tool_result(*contents: Body, **others: Any) -> Body:
    return {
        "content": list(contents) or [{"type": "text", "text": "High at noon."}],
        "metadata": {
            "mcp_meta": {
                "isError": False,
                "structuredContent": {"high": "12:00"},
                "_meta": {"took": 3},
            }
        },
        **others,
    }


_TIDES = {"en": "Tides"}
_WORDS = {"name": _TIDES, "description": _TIDES, "usage_sentence": _TIDES}

CLASSES: dict[str, Body] = {
    "AudioContent": {"data": "AA==", "mimeType": "audio/wav"},
    "AuthUrlResponse": {"auth_url": "https://harbour.example/authorize", "ttl": 600},
    "AuthenticationConfiguration": _credentials(),
    "AuthenticationMethods": {"methods": [auth_method()]},
    "BlobResourceContents": {"uri": "harbour://tides", "blob": "AA=="},
    "ConnectionPreference": connector()["connection_preferences"][0],
    "Connector": connector(),
    "ConnectorAuthenticationHeader": {"name": "X-Harbour"},
    "ConnectorLocale": _WORDS,
    "ConnectorTool": stored_tool(),
    "ConnectorToolCallResponse": tool_result(),
    "ConnectorToolLocale": _WORDS,
    "CredentialsStatus": _credentials()["status"],
    "EmbeddedResource": {"resource": {"uri": "harbour://tides", "text": "High"}},
    "ImageContent": {"data": "AA==", "mimeType": "image/png"},
    "MCPServerIcon": {"src": "data:,"},
    "MCPTool": mcp_tool(),
    "MCPToolPage": {"tools": [mcp_tool(), mcp_tool("berths")], "page": 1,
        "page_size": 2},
    "PaginatedConnectors": connectors(1, 2, cursor="next"),
    "PublicAuthenticationMethod": auth_method(),
    "ResourceLink": {"name": "tides", "uri": "harbour://tides"},
    "TextResourceContents": {"uri": "harbour://tides", "text": "High"},
}  # fmt: skip
"""Bodies by the names of their classes."""
