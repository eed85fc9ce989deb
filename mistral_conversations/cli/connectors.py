"""The command `connectors`: list connectors and tools, authorize, call a tool."""

import argparse

from mistral_conversations import (
    EmbeddedResource,
    MCPTool,
    ResourceLink,
    TextContent,
    TextResourceContents,
    to_dict,
)
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import row
from mistral_conversations.cli.terminal import one_line, report, report_error, write

__all__ = ["auth_url", "call", "list_connectors", "list_tools"]


def list_connectors(_arguments: argparse.Namespace) -> int:
    """List all connectors of the caller."""
    with mistral_client() as client:
        for each in client.connectors.list_all():
            flags = (_word(each.active), 6), (_word(each.is_authenticated), 6)
            write(row((each.id, 36), *flags, (each.name, 0)))
    return 0


def list_tools(arguments: argparse.Namespace) -> int:
    """List all tools of a connector."""
    with mistral_client() as client:
        tools = client.connectors.list_all_tools(
            arguments.connector, credentials_name=arguments.credentials
        )
        for tool in tools:
            if isinstance(tool, MCPTool):
                summary = (tool.description or "").strip().partition("\n")[0]
                write(row((tool.name, 32), (summary, 0)))
            else:
                report_error(f"a tool is left out, it is not in MCP's form: {tool!r}")
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
