"""The command `connectors`: list connectors and tools, authorize, call a tool."""

import argparse
from collections.abc import Iterable, Iterator

from mistral_conversations import (
    Connector,
    EmbeddedResource,
    MCPTool,
    ResourceLink,
    TextContent,
    TextResourceContents,
    to_dict,
)
from mistral_conversations.cli.items import write_items
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import Table
from mistral_conversations.cli.terminal import one_line, report, report_error, write

__all__ = ["auth_url", "call", "list_connectors", "list_tools"]

_CONNECTORS = Table[Connector](
    [("ID", 36), ("ACTIVE", 6), ("AUTHORIZED", 6), ("NAME", 0)],
    lambda each: (each.id, _word(each.active), _word(each.is_authenticated), each.name),
)
_TOOLS = Table[MCPTool](
    [("NAME", 32), ("DESCRIPTION", 0)],
    lambda tool: (tool.name, (tool.description or "").strip().partition("\n")[0]),
)


def list_connectors(arguments: argparse.Namespace) -> int:
    """List all connectors of the caller."""
    with mistral_client() as client:
        found = client.connectors.list_all()
        write_items(_CONNECTORS, found, as_json=arguments.json)
    return 0


def list_tools(arguments: argparse.Namespace) -> int:
    """List all tools of a connector."""
    with mistral_client() as client:
        tools = client.connectors.list_all_tools(
            arguments.connector, credentials_name=arguments.credentials
        )
        write_items(_TOOLS, _in_mcp_form(tools), as_json=arguments.json)
    return 0


def auth_url(arguments: argparse.Namespace) -> int:
    """Print the URL at which to give a connector access."""
    with mistral_client() as client:
        found = client.connectors.get_auth_url(
            arguments.connector, credentials_name=arguments.credentials
        )
    write(f"{one_line(found.auth_url)}\n")
    report(f"open it in a browser within {found.ttl} seconds")
    return 0


def call(arguments: argparse.Namespace) -> int:
    """Call a tool, and print its result."""
    with mistral_client() as client:
        result = client.connectors.call_tool(
            arguments.connector,
            arguments.tool,
            arguments.arguments,
            credentials_name=arguments.credentials,
        )
    for content in result.content:
        write(f"{_shown(content)}\n")
    if result.is_error:
        report_error(f"{one_line(arguments.tool)} failed")
    return 1 if result.is_error else 0


def _in_mcp_form(tools: Iterable[object]) -> Iterator[MCPTool]:
    for tool in tools:
        if isinstance(tool, MCPTool):
            yield tool
        else:
            report_error(f"a tool is left out, it is not in MCP's form: {tool!r}")


def _word(flag: bool | None) -> str | None:
    return None if flag is None else "yes" if flag else "no"


def _shown(content: object) -> str:
    """Return the text of a content, or a description of it in brackets."""
    match content:
        case TextContent(text=text):
            return text
        case EmbeddedResource(resource=TextResourceContents(text=text)):
            return text
        case ResourceLink(uri=uri):
            return f"[{one_line(uri)}]"
    body = to_dict(content)
    facts = (body.get("type"), body.get("mimeType")) if isinstance(body, dict) else ()
    return f"[{one_line(' '.join(str(fact) for fact in facts if fact))}]"
