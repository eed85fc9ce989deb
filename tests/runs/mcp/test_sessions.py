"""Sessions that the application opens itself: `mcp.Client` and `mcp.ClientSession`."""

import sys
from importlib import import_module
from typing import Any

import pytest

from mistral_conversations import MCPServerError, MCPTools, RunOptions
from mistral_conversations.server import call
from tests.support.mcp_runs import ODD, in_run
from tests.support.scripted import MODEL, scripted

pytest.importorskip("mcp")
pytestmark = pytest.mark.anyio


async def test_a_run_uses_a_client_in_this_process() -> None:
    from mcp import Client  # noqa: PLC0415 - after importorskip

    server = import_module("tests.support.mcp_server").made()
    async with Client(server) as client:
        tools = MCPTools(client, prefix="p_")
        assert "p_add" in [each.name for each in await tools.functions()]
        result, _ = await in_run([tools], call("p_add", a=1, b=2), call("p_point"))
    assert result.calls[0].result == "3"
    assert result.calls[1].value.structured_content == {"x": 1, "y": 2}
    async with scripted("Never") as it:
        with pytest.raises(MCPServerError, match="cannot be listed"):
            await it.client.run("Hi", model=MODEL, tools=[tools])
        assert not it.server.requests


async def test_a_run_uses_a_session_after_its_initialization() -> None:
    from mcp import ClientSession, StdioServerParameters, stdio_client  # noqa: PLC0415

    notes: list[Any] = []

    async def note(message: Any) -> None:
        notes.append(message)

    server = StdioServerParameters(command=sys.executable, args=["-SE", ODD, "150"])
    async with (
        stdio_client(server) as streams,
        ClientSession(*streams, message_handler=note) as session,
    ):
        await session.initialize()
        tools = MCPTools(session)
        result, sent = await in_run([tools], call("tool_149"))
        assert len(sent["tools"]) == 150
        assert "No tool tool_149" in (result.calls[0].error or "")
    assert notes == []


async def test_a_session_that_nobody_initialized_is_an_error() -> None:
    from mcp import ClientSession, StdioServerParameters, stdio_client  # noqa: PLC0415

    server = StdioServerParameters(command=sys.executable, args=["-SE", ODD])
    async with stdio_client(server) as streams, scripted("Never") as it:
        tools = MCPTools(ClientSession(*streams), timeout=0.2)
        with pytest.raises(MCPServerError, match="must have been entered and init"):
            await it.client.run("Hi", model=MODEL, tools=[tools])
        assert not it.server.requests


class Session:
    """A session with one tool, which answers with what it is given."""

    server_capabilities = None

    def __init__(self, schema: dict[str, Any], *answers: Any) -> None:
        self.schema = schema
        self.answers = [*answers]

    async def list_tools(self, **_: Any) -> Any:
        """List the tool."""
        types: Any = import_module("mcp.types")
        tool = types.Tool(name="odd", title="An odd tool", input_schema=self.schema)
        return types.ListToolsResult(tools=[tool])

    async def call_tool(self, _name: str, _arguments: Any) -> Any:
        """Return or raise the next answer."""
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


async def test_what_a_session_returns_or_raises_is_a_result_or_an_error() -> None:
    types: Any = import_module("mcp.types")
    validation: Any = import_module("pydantic").ValidationError
    part = types.ImageContent.model_construct(type="image", data=5, mime_type="a/b")
    answers = {
        "no result": None,
        "is no result": types.CallToolResult.model_construct(content=[part]),
        "broken": ExceptionGroup("some", [OSError("broken pipe"), ValueError()]),
        "not connected any more": import_module("anyio").ClosedResourceError(),
        "something that is no": validation.from_exception_data("x", []),
        "RuntimeError": RuntimeError(),
    }
    session = Session({"type": "object"}, *answers.values())
    turns = [call("odd") for _ in answers]
    options = RunOptions(on_error="raise", max_failures=10)
    result, sent = await in_run([MCPTools(session)], *turns, options=options)
    assert sent["tools"][0]["function"]["description"] == "An odd tool"
    for message, each in zip(answers, result.calls, strict=True):
        assert message in (each.error or "")


async def test_a_tool_that_cannot_be_declared_is_named() -> None:
    schema = {"type": "object", "properties": {"a": {"default": float("nan")}}}
    async with scripted("Never") as it:
        with pytest.raises(MCPServerError, match=r"'odd' .* exclude=\['odd'\]"):
            await it.client.run("Hi", model=MODEL, tools=[MCPTools(Session(schema))])
        assert not it.server.requests
