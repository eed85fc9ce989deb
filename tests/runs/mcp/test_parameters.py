"""The parameters of `MCPTools`, `mcp_stdio` and `mcp_http`."""

from typing import Any

import pytest

from mistral_conversations import MCPTools, function_tool, mcp_http, mcp_stdio
from mistral_conversations.runs.mcp.parameters import name_for_model
from mistral_conversations.server import call
from tests.support.for_each import for_each
from tests.support.mcp_runs import in_run, odd_stdio
from tests.support.scripted import MODEL, scripted

pytest.importorskip("mcp")

WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"prefix": 5}, TypeError, "prefix must be a str, not int"),
    ({"prefix": "a.b"}, ValueError, "prefix must have 1 to 40"),
    ({"prefix": ""}, ValueError, "prefix must have"),
    ({"prefix": "a" * 41}, ValueError, "prefix must have"),
    ({"include": "add"}, TypeError, "include must be a list of the names .*'add'"),
    ({"include": [5]}, TypeError, "include must be a list"),
    ({"exclude": b"add"}, TypeError, "exclude must be a list"),
    ({"requires_approval": "add"}, TypeError, "requires_approval must be"),
    ({"requires_approval": 5}, TypeError, "requires_approval must be"),
    ({"requires_approval": [5]}, TypeError, "requires_approval must be"),
    ({"sequential": "yes"}, TypeError, "sequential"),
    ({"timeout": "5"}, TypeError, "timeout"),
    ({"timeout": -1}, ValueError, "timeout"),
    ({"timeout": float("nan")}, ValueError, "timeout"),
    ({"max_failures": 0}, ValueError, "max_failures"),
    ({"max_result_chars": 0}, ValueError, "max_result_chars"),
    ({"max_result_chars": None}, TypeError, "max_result_chars"),
]


class Session:
    """What looks like a session."""

    async def list_tools(self) -> None:
        """List nothing."""

    async def call_tool(self) -> None:
        """Call nothing."""


@for_each("options, kind, message", WRONG)
def test_a_wrong_option_is_named(
    options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    for make in (
        lambda: MCPTools(Session(), **options),
        lambda: mcp_stdio("x", **options),
        lambda: mcp_http("http://x", **options),
    ):
        with pytest.raises(kind, match=message):
            make()


OPENING: list[tuple[Any, type[Exception], str]] = [
    (lambda: mcp_stdio(5), TypeError, "command must be text"),  # type: ignore[arg-type]
    (lambda: mcp_stdio(["a", "b"]), TypeError, r"pass mcp_stdio\(\*command\)"),  # type: ignore[arg-type]
    (lambda: mcp_stdio(""), ValueError, "command must name"),
    (lambda: mcp_stdio("a\0b"), ValueError, "command must be text without NUL"),
    (lambda: mcp_stdio("a", 5), TypeError, "args must be text"),  # type: ignore[arg-type]
    (lambda: mcp_stdio("a", env="b"), TypeError, "env must be a mapping"),  # type: ignore[arg-type]
    (lambda: mcp_stdio("a", env={"b": 5}), TypeError, "env must map .* 'b'"),  # type: ignore[dict-item]
    (lambda: mcp_stdio("a", env={"b": "\0"}), ValueError, "env has a line break"),
    (lambda: mcp_stdio("a", cwd=5), TypeError, "cwd must be text"),  # type: ignore[arg-type]
    (lambda: mcp_stdio("a", stderr="b"), TypeError, "stderr must be"),  # type: ignore[arg-type]
    (lambda: mcp_stdio("a", open_timeout=0), ValueError, "open_timeout"),
    (lambda: mcp_http(5), TypeError, "url must be a str"),  # type: ignore[arg-type]
    (lambda: mcp_http("ftp://x"), ValueError, "url must begin"),
    (lambda: mcp_http("http://"), ValueError, "url must begin"),
    (lambda: mcp_http("http://[x"), ValueError, "url"),
    (lambda: mcp_http("http://x", headers=[]), TypeError, "headers"),  # type: ignore[arg-type]
    (lambda: mcp_http("http://x", headers={"a": "b\n"}), ValueError, "headers has"),
    (lambda: MCPTools(None), TypeError, "MCPTools takes an open .*, not NoneType"),
    (lambda: MCPTools(Session), TypeError, "not the class Session"),
    (lambda: MCPTools(mcp_stdio("x")), TypeError, "not MCPServer"),
]


@for_each("make, kind, message", OPENING)
def test_what_cannot_be_opened_is_named(
    make: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        make()


def test_names_fit_the_service() -> None:
    assert name_for_model("", "add") == "add"
    assert name_for_model("a_", "b.c/d") == "a_b_c_d"
    assert name_for_model("", "") == "_"
    longer = [name_for_model("p_", "é" * 70 + end) for end in "ab"]
    assert longer[0] != longer[1]
    assert [len(each) for each in longer] == [64, 64]


@pytest.mark.anyio
async def test_what_is_no_tool_is_refused_with_the_remedy() -> None:
    async with scripted("Never") as it:
        wrong: tuple[tuple[Any, str], ...] = (
            (Session(), r"tools\[1\] is a session with an MCP server: pass MCP"),
            (MCPTools, r"tools\[1\] is the class MCPTools: pass an object"),
            (mcp_stdio("x"), r"tools\[1\] is a context manager, MCPServer: pass what"),
        )
        function = Session().list_tools
        for tool, remedy in wrong:
            with pytest.raises(TypeError, match=remedy):
                await it.client.run("Hi", model=MODEL, tools=[function, tool])
        assert not it.server.requests


@pytest.mark.anyio
async def test_names_that_collide_are_an_error_before_anything_is_sent() -> None:
    @function_tool(name="echo")
    def other() -> None:
        """Have the name of a tool."""

    async with odd_stdio("static") as tools, scripted("Never") as it:
        collisions: tuple[tuple[Any, str], ...] = (
            ([other, tools], r"tools\[0\] and tools\[1\] both have a tool 'echo'"),
            ([tools, other], r"tools\[1\] and tools\[0\] both have a tool 'echo'"),
            ([tools, tools], r"tools\[0\] and tools\[1\] .* prefix="),
            ([tools, other.declaration], "declares it too"),
        )
        for given, message in collisions:
            with pytest.raises(ValueError, match=message):
                await it.client.run("Hi", model=MODEL, tools=given)
        for name in ("include", "exclude", "requires_approval"):
            options: dict[str, Any] = {name: ["ehco"]}
            misspelt = MCPTools(tools._connection, **options)
            with pytest.raises(ValueError, match=f"{name} of MCPTools has 'ehco'"):
                await it.client.run("Hi", model=MODEL, tools=[misspelt])
        assert not it.server.requests
        prefixed = MCPTools(tools._connection, prefix="p_")
        result, _ = await in_run(
            [other, tools.__class__(tools._connection, exclude=["echo"]), prefixed],
            [call("p_echo", a=1), call("structured")],
        )
        assert [each.result for each in result.calls] == ['{"a": 1}', '{"a":[1,null]}']
