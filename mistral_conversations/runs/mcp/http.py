"""`mcp_http`: connect to an MCP server over streamable HTTP."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from mistral_conversations.runs.mcp.parameters import MCPApproval, options_of, texts
from mistral_conversations.runs.mcp.server import MCPServer

__all__ = ["mcp_http"]


def mcp_http(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    open_timeout: float = 30,
    prefix: str | None = None,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    requires_approval: MCPApproval = False,
    sequential: bool = False,
    timeout: float | None = 60,
    max_failures: int | None = None,
    max_result_chars: int = 400_000,
) -> MCPServer:
    """Connect to an MCP server over streamable HTTP.

    `async with mcp_http(...) as tools` for async clients, `with mcp_http(...) as
    tools` for blocking ones; `tools` are the `MCPTools` for `tools=[...]`.

    Args:
        url: the address of the server, such as `https://example.com/mcp`.
        headers: headers for each request, such as `Authorization`.
        open_timeout: the maximum time to connect and to greet in seconds, 30 by
            default.
        prefix: the beginning of each tool's name; for this and what follows, see
            `MCPTools`.
        include: the tools to use.
        exclude: the tools not to use.
        requires_approval: which calls wait for an approval.
        sequential: whether calls run one at a time.
        timeout: the maximum duration of a call in seconds, 60 by default.
        max_failures: the failures of a tool in a row that end the run.
        max_result_chars: the maximum length of a result for the model.

    Raises:
        ConfigurationError: mcp is not installed.
        TypeError, ValueError: a parameter, named in the message, is unusable.
    """
    options = options_of(locals())
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, not {type(url).__name__}")
    arguments = (url, texts("headers", headers) or {})
    return MCPServer(_name(url), "http_session", arguments, open_timeout, options)


def _name(url: str) -> str:
    """Return an address without credentials and queries, which may be secret.

    Raises:
        ValueError: it is no address of a server.
    """
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            port = "" if parts.port is None else f":{parts.port}"
            return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
    raise ValueError("url must begin with http:// or https://, and name a host")
