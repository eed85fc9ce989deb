"""The operations on connectors: their requests and answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConnectors,
    AudioContent,
    AuthenticationMethods,
    AuthUrlResponse,
    BlobResourceContents,
    Connector,
    ConnectorToolCallResponse,
    DecodeError,
    EmbeddedResource,
    ImageContent,
    MCPTool,
    MCPToolPage,
    NotFoundError,
    PaginatedConnectors,
    PermissionDeniedError,
    ResourceLink,
    ServerError,
    TextContent,
    TextResourceContents,
    UnknownContent,
    UnknownMCPTool,
    UnknownResourceContents,
    from_dict,
    to_dict,
)
from tests.support.bodies import without
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import FAST, Reply, answers, lose, refusal
from tests.support.comparison import json_differences
from tests.support.connector_bodies import (
    CONNECTOR_ID,
    auth_method,
    connector,
    connectors,
    mcp_tool,
    stored_tool,
    tool_result,
)
from tests.support.for_each import for_each
from tests.support.raw_server import json_answer
from tests.support.sent_requests import queries, targets
from tests.support.wire import Row, check_operation

pytestmark = pytest.mark.anyio

LIST = "/v1/connectors"
PATH = f"{LIST}/{CONNECTOR_ID}"
ONE = {"page": ["1"], "page_size": ["100"]}
CALLED = f"{PATH}/tools/tides/call"

# method, positional and named arguments; HTTP method, path, query, body
WIRE: list[Row] = [
    ("list", (), {}, ("GET", LIST, {"page_size": ["100"]}, None)),
    ("list", (5, "c=/+ü"), {"active": False, "fetch_user_data": True,
        "fetch_customer_data": False, "check_credentials_status": True},
        ("GET", LIST, {"page_size": ["5"], "cursor": ["c=/+ü"], "active": ["false"],
            "fetch_user_data": ["true"], "fetch_customer_data": ["false"],
            "check_credentials_status": ["true"]}, None)),
    ("get", (CONNECTOR_ID,), {}, ("GET", PATH, {}, None)),
    ("get", ("har/bour #1",), {"fetch_user_data": True, "fetch_customer_data": True},
        ("GET", f"{LIST}/har%2Fbour%20%231",
            {"fetch_user_data": ["true"], "fetch_customer_data": ["true"]}, None)),
    ("list_tools", (CONNECTOR_ID,), {}, ("GET", f"{PATH}/tools", ONE, None)),
    ("list_tools", (CONNECTOR_ID, 2, 7), {"refresh": True, "pretty": False,
        "credentials_name": "mine_1-a"},
        ("GET", f"{PATH}/tools", {"page": ["2"], "page_size": ["7"],
            "refresh": ["true"], "pretty": ["false"],
            "credentials_name": ["mine_1-a"]}, None)),
    ("get_auth_url", (CONNECTOR_ID,), {}, ("GET", f"{PATH}/auth_url", {}, None)),
    ("get_auth_url", (CONNECTOR_ID,), {"app_return_url": "https://a.example/?b=c&d",
        "method_type": "github_app", "credentials_name": "mine",
        "credentials_title": "My ü", "github_installation_link": False},
        ("GET", f"{PATH}/auth_url", {"app_return_url": ["https://a.example/?b=c&d"],
            "method_type": ["github_app"], "credentials_name": ["mine"],
            "credentials_title": ["My ü"], "github_installation_link": ["false"]},
            None)),
    ("get_auth_url", (CONNECTOR_ID,), {"github_installation_link": True},
        ("GET", f"{PATH}/auth_url", {"github_installation_link": ["true"]}, None)),
    ("get_authentication_methods", (CONNECTOR_ID,), {},
        ("GET", f"{PATH}/authentication_methods", {}, None)),
    ("call_tool", (CONNECTOR_ID, "tides"), {}, ("POST", CALLED, {}, {})),
    ("call_tool", (CONNECTOR_ID, "tides", {"port": "Brest", "days": [1, 2.5, None]}),
        {"credentials_name": "mine"}, ("POST", CALLED, {"credentials_name": ["mine"]},
            {"arguments": {"port": "Brest", "days": [1, 2.5, None]}})),
    ("call_tool", (CONNECTOR_ID, "a/../b"), {"arguments": {}},
        ("POST", f"{PATH}/tools/a%2F..%2Fb/call", {}, {"arguments": {}})),
]  # fmt: skip
ANSWERS: dict[str, tuple[Any, Any]] = {
    "list": (PaginatedConnectors, connectors(1, 2, cursor="next")),
    "get": (Connector, connector()),
    "list_tools": (MCPToolPage, [mcp_tool(), mcp_tool("berths")]),
    "get_auth_url": (AuthUrlResponse, {"auth_url": "https://a.example", "ttl": 600}),
    "get_authentication_methods": (AuthenticationMethods, [auth_method()]),
    "call_tool": (ConnectorToolCallResponse, tool_result()),
}
ARRAYS = {"list_tools": "tools", "get_authentication_methods": "methods"}
"""The field that holds a bare array, by method."""


@for_each("row", WIRE)
async def test_an_operation_on_the_wire(row: Row) -> None:
    field = ARRAYS.get(row[0])
    await check_operation(AsyncConnectors, row, *ANSWERS[row[0]], field=field)


def test_every_operation_is_on_the_wire_here() -> None:
    others = {"aclose", "with_options", "list_all", "list_all_tools"}
    operations = {name for name in dir(AsyncConnectors) if name[0] != "_"} - others
    assert {method for method, *_ in WIRE} == operations == ANSWERS.keys()


def result(body: Any) -> ConnectorToolCallResponse:
    return from_dict(ConnectorToolCallResponse, body)


async def test_a_connector_is_read() -> None:
    answer = json_answer(connector(mood="calm"))
    async with client_answered_with(AsyncConnectors, answer) as (client, _):
        found = await client.get("harbour")
    assert (found.id, found.name, found.extra) == (
        CONNECTOR_ID,
        "harbour",
        {"mood": "calm"},
    )
    assert found.created_at == datetime(2026, 7, 1, 10, 20, 30, 123456, UTC)
    assert found.connection_credentials
    status = found.connection_credentials[0].status
    assert status
    assert (status.status_type, status.error_http_code) == ("error", 401)
    assert found.connection_preferences
    rules = found.connection_preferences[0].tool_configuration
    assert rules.requires_confirmation == {"read_only": False}
    assert (rules.skip_confirmation, rules.exclude) == (("tides",), ("berths",))
    assert found.tools
    assert found.tools[0].execution_config == {"type": "mcp", "retries": 2}
    assert found.server_card == {"name": "example.harbour/mcp", "version": "1.0.0"}
    assert "sk-canary" not in repr(found)


@for_each(
    "changes",
    [
        {"owner_type": "planet", "visibility": "moon", "protocol": "smoke"},
        {"tools": [{"name": "odd"}], "supported_auth_methods": "none"},
        {"connection_config": [], "connection_credentials": {}, "locale": 5},
        {"server_card": "card", "execution_env": 5, "connection_preferences": [1]},
    ],
)
def test_drift_never_costs_a_connector(changes: dict[str, Any]) -> None:
    found = from_dict(Connector, connector(**changes))
    assert found.name == "harbour"
    assert json_differences(connector(**changes), to_dict(found)) == []


def test_secrets_of_a_connector_are_not_in_its_repr() -> None:
    secret = {"type": "mcp", "Headers": {"X-Key": "sk-canary"}}
    found = from_dict(
        Connector,
        connector(
            tools=[stored_tool(execution_config=secret)],
            execution_env={"servers": [{"authorization": ["sk-canary"]}, secret]},
            server_card={"remotes": [secret], "headers": None},
            supported_auth_methods=[auth_method(global_headers=["sk-canary"])],
            connection_config=[secret],
        ),
    )
    assert found.tools
    assert "sk-canary" not in repr(found)
    assert "'X-Key': '***'" in repr(found.tools[0])
    assert found.execution_env == {
        "servers": [{"authorization": ["sk-canary"]}, secret]
    }


def test_keys_that_are_not_required_may_be_missing() -> None:
    body = connector()
    required = {
        *("id", "name", "description", "created_at", "modified_at"),
        *("owner_type", "visibility", "private_tool_execution"),
    }
    bare = from_dict(Connector, without(body, *(body.keys() - required)))
    assert (bare.tools, bare.active, bare.protocol) == (None, None, None)
    assert to_dict(bare).keys() == required


@for_each("body", [None, [], {}, without(connector(), "id")])
async def test_what_is_no_connector_is_a_decode_error(body: Any) -> None:
    async with client_answered_with(AsyncConnectors, json_answer(body)) as (client, _):
        with pytest.raises(DecodeError, match="not what the API describes") as caught:
            await client.get("harbour")
    assert caught.value.body == body


@for_each("pagination", [None, [], {"page_size": "many", "next_cursor": None}])
def test_an_odd_pagination_costs_no_page(pagination: Any) -> None:
    found = from_dict(
        PaginatedConnectors, {"items": [connector()], "pagination": pagination}
    )
    assert ([each.name for each in found], found.next_cursor) == (["harbour"], None)
    odd = {"page_size": "many", "next_cursor": "c"}
    assert from_dict(PaginatedConnectors, {"items": [], "pagination": odd}).next_cursor


async def test_list_all_follows_the_cursors() -> None:
    pages = [connectors(1, 2, cursor="a"), connectors(cursor="b"), connectors(2, 3)]
    replies = [json_answer(page) for page in pages]
    async with client_answered_with(AsyncConnectors, *replies) as (client, server):
        found = [each.name async for each in client.list_all(2, active=True)]
    assert found == ["harbour-1", "harbour-2", "harbour-3"]
    first = {"page_size": ["2"], "active": ["true"]}
    assert queries(server) == [first, first | {"cursor": ["a"]}, {**first,
        "cursor": ["b"]}]  # fmt: skip


async def test_list_all_raises_where_it_cannot_read_the_next_cursor() -> None:
    odd = {"items": [connector()], "pagination": {"next_cursor": 5, "page_size": 1}}
    replies = [json_answer(odd), json_answer(connectors(1))]
    async with client_answered_with(AsyncConnectors, *replies) as (client, _):
        everything = client.list_all()
        with pytest.raises(DecodeError, match="'next_cursor': 5"):
            await anext(everything)
        assert [each.name async for each in everything] == ["harbour-1"]


async def test_list_all_tools_counts_from_one_to_an_empty_page() -> None:
    pages = [[mcp_tool("a"), mcp_tool("b"), 5], [mcp_tool("b"), mcp_tool("c"), 5], []]
    replies = [json_answer(page) for page in pages]
    async with client_answered_with(AsyncConnectors, *replies) as (client, server):
        tools = client.list_all_tools("harbour", 3, pretty=True, refresh=True)
        found = [t.name if isinstance(t, MCPTool) else t.raw async for t in tools]
    assert found == ["a", "b", 5, "c"]
    first = {"page_size": ["3"], "pretty": ["true"]}
    pages_asked = [{**first, "page": [str(n)]} for n in (1, 2, 3)]
    assert queries(server) == [pages_asked[0] | {"refresh": ["true"]}, *pages_asked[1:]]


async def test_tools_are_read_with_the_names_of_mcp() -> None:
    answer = json_answer([mcp_tool(mood="calm")])
    async with client_answered_with(AsyncConnectors, answer) as (client, _):
        page = await client.list_tools("harbour", 3, 10)
    (tool,) = page
    assert isinstance(tool, MCPTool)
    assert (page.page, page.page_size) == (3, 10)
    assert tool.input_schema["required"] == ["port"]
    assert tool.mcp_meta == {
        "ui": {"resourceUri": "ui://tides"},
        "example.org/level": 3,
    }
    assert tool.annotations
    assert (tool.annotations.read_only_hint, tool.annotations.open_world_hint) == (
        True,
        False,
    )
    assert tool.icons
    assert (tool.icons[0].mime_type, tool.icons[0].sizes) == (
        "image/png",
        ("48x48", "any"),
    )
    assert tool.execution
    assert (tool.execution.task_support, tool.extra) == ("optional", {"mood": "calm"})


async def test_an_odd_tool_costs_no_other() -> None:
    odd = [{"title": "No name"}, {"name": "no schema"}, "text", None, mcp_tool(name=5)]
    compact = {"name": "a", "description": "A", "inputSchema": "port: str"}
    body = [*odd, compact, mcp_tool("b", annotations=5, icons="none", _meta=[1])]
    async with client_answered_with(AsyncConnectors, json_answer(body)) as (client, _):
        page = await client.list_tools("harbour", pretty=True)
    *strange, first, second = page
    assert [each.raw for each in strange if isinstance(each, UnknownMCPTool)] == odd
    assert isinstance(first, MCPTool)
    assert (first.name, first.input_schema) == ("a", {})
    assert first.extra == {"inputSchema": "port: str"}
    assert isinstance(second, MCPTool)
    assert second.extra == {"annotations": 5, "icons": "none", "_meta": [1]}
    assert json_differences(body, to_dict(page)["tools"]) == []


def test_a_result_with_contents_of_all_kinds() -> None:
    common = {"annotations": {"audience": ["user"], "priority": 1}, "_meta": {"a": 1}}
    link = {"type": "resource_link", "name": "n", "uri": "file:///a", "size": 3}
    blob = {"uri": "u", "blob": "AP8=", "mimeType": "image/png", "_meta": {}}
    body = tool_result(
        {"type": "text", "text": "One", **common},
        {"type": "image", "data": "iVBO", "mimeType": "image/png", **common},
        {"type": "audio", "data": "AAE=", "mimeType": "audio/wav"},
        link,
        {"type": "resource", "resource": {"uri": "u", "text": "Deep"}, **common},
        {"type": "resource", "resource": blob},
        {"type": "text", "text": "Two"},
    )
    found = result(body)
    kinds = [TextContent, ImageContent, AudioContent, ResourceLink]
    kinds += [EmbeddedResource, EmbeddedResource, TextContent]
    assert [type(part) for part in found.content] == kinds
    text, image, audio, linked, deep, binary, _ = found.content
    assert isinstance(text, TextContent)
    assert text.annotations
    assert (text.annotations.audience, text.mcp_meta) == (("user",), {"a": 1})
    assert isinstance(image, ImageContent)
    assert (image.decoded, image.mime_type) == (b"\x89PN", "image/png")
    assert isinstance(audio, AudioContent)
    assert audio.decoded == b"\x00\x01"
    assert isinstance(linked, ResourceLink)
    assert linked.size == 3
    assert isinstance(deep, EmbeddedResource)
    assert deep.resource == TextResourceContents(uri="u", text="Deep")
    assert isinstance(binary, EmbeddedResource)
    assert isinstance(binary.resource, BlobResourceContents)
    assert binary.resource.decoded == b"\x00\xff"
    assert (found.text, found.is_error) == ("One\nTwo", False)
    assert found.structured_content == {"high": "12:00"}
    assert json_differences(body, to_dict(found)) == []


@for_each(
    "content",
    [
        {"type": "video", "data": "AA=="},
        {"type": "image", "data": 5, "mimeType": "image/png"},
        {"type": "image", "data": "AA=="},
        {"data": "AA==", "mimeType": "image/png"},
        {"type": "resource"},
        "text",
        None,
    ],
)
def test_an_odd_content_costs_no_other(content: Any) -> None:
    found = result(tool_result(content, {"type": "text", "text": "Fine"}))
    assert isinstance(found.content[0], UnknownContent)
    assert (found.content[0].raw, found.text) == (content, "Fine")


def test_an_odd_detail_costs_no_content() -> None:
    text = {"type": "text", "text": "a"}
    link = {"type": "resource_link", "name": "n", "uri": "u:a"}
    media = {"data": "", "mimeType": "a/b"}
    odds: list[dict[str, Any]] = [
        {**text, "annotations": 5},
        {**text, "annotations": {"priority": "high"}},
        {**text, "_meta": [1]},
        {**link, "size": "big"},
        {**link, "icons": [5]},
        {"type": "image", **media, "annotations": []},
        {"type": "audio", **media, "_meta": 5},
        {"type": "resource", "resource": {"uri": "u", "text": ""}, "annotations": 5},
    ]
    for odd in odds:
        (part,) = result(tool_result(odd)).content
        assert not isinstance(part, UnknownContent)
        assert json_differences(odd, to_dict(part)) == []


@for_each(
    "resource", [{"uri": "u"}, {"text": "t"}, {"uri": "u", "text": 5}, "text", [], 5]
)
def test_odd_contents_of_a_resource_are_kept(resource: Any) -> None:
    content = {"type": "resource", "resource": resource}
    found = result(tool_result(content))
    (part,) = found.content
    assert isinstance(part, EmbeddedResource)
    assert isinstance(part.resource, UnknownResourceContents)
    assert (part.resource.raw, to_dict(part)) == (resource, content)


def test_base64_may_be_broken_into_lines() -> None:
    content = ImageContent(data="iV\r\nBO\n", mime_type="image/png")
    assert (content.decoded, content.data) == (b"\x89PN", "iV\r\nBO\n")


@for_each("data", ["A", "%%%%", "AAE", "ü"])
@for_each("cls", [ImageContent, AudioContent])
def test_what_is_no_base64_is_a_clear_error(cls: Any, data: str) -> None:
    content = cls(data=data, mime_type="image/png")
    with pytest.raises(ValueError, match=rf"{cls.__name__}\.data is not base64: "):
        _ = content.decoded


@for_each(
    ("changes", "failed"),
    [
        ({"metadata": {"mcp_meta": {"isError": True}}}, True),
        ({"metadata": {"mcp_meta": {}}, "isError": True}, True),
        ({"metadata": None, "isError": True}, True),
        ({"metadata": {"mcp_meta": {"isError": False}}, "isError": True}, False),
        ({"metadata": None}, False),
        ({"metadata": "odd"}, False),
        ({"metadata": {"mcp_meta": [1]}}, False),
    ],
)
def test_a_failed_tool_says_so(changes: dict[str, Any], failed: bool) -> None:
    found = result(tool_result(**changes))
    assert (found.is_error, found.text) == (failed, "High at noon.")
    assert found.structured_content is None


def test_a_structured_result_may_stand_where_mcp_has_it() -> None:
    mcp = {"content": [], "structuredContent": {"high": 1}, "isError": False}
    assert result(mcp).structured_content == {"high": 1}
    assert result({**mcp, "structuredContent": [1]}).structured_content is None
    assert result(tool_result(**mcp)).structured_content == {"high": "12:00"}


def test_a_result_without_text() -> None:
    assert result({"content": []}).text == ""


Start = Callable[[Any], Any]
NOWHERE: list[Start] = [
    lambda c: c.get("nobody"),
    lambda c: c.list_tools("nobody"),
    lambda c: c.get_auth_url("nobody"),
    lambda c: c.get_authentication_methods("nobody"),
    lambda c: c.call_tool("harbour", "nothing"),
]


@for_each("start", NOWHERE)
async def test_what_is_not_there_is_not_found(start: Start) -> None:
    handler = answers(refusal(404))
    async with client_served_by(AsyncConnectors, handler) as (client, server):
        with pytest.raises(NotFoundError):
            await start(client)
    assert len(server.requests) == 1


@for_each("first", [lose, refusal(500), refusal(502), refusal(503)])
async def test_a_call_of_a_tool_is_sent_once(first: Reply) -> None:
    handler = answers(first, json_answer(tool_result()))
    async with client_served_by(AsyncConnectors, handler, retries=FAST) as (
        client,
        server,
    ):
        with pytest.raises((ServerError, APIConnectionError)) as caught:
            await client.call_tool("harbour", "tides")
    assert caught.value.may_have_been_processed
    assert targets(server) == [("POST", f"{LIST}/harbour/tools/tides/call")]


async def test_a_call_of_a_tool_is_sent_again_where_it_was_not_processed() -> None:
    handler = answers(refusal(429), json_answer(tool_result()))
    async with client_served_by(AsyncConnectors, handler, retries=FAST) as (
        client,
        server,
    ):
        found = await client.call_tool("harbour", "tides")
    assert (found.text, len(server.requests)) == ("High at noon.", 2)


@pytest.mark.parametrize("first", [lose, refusal(502)])
async def test_reading_is_repeated(first: Reply) -> None:
    handler = answers(first, json_answer([mcp_tool()]))
    async with client_served_by(AsyncConnectors, handler, retries=FAST) as (
        client,
        server,
    ):
        assert len(await client.list_tools("harbour")) == 1
    assert len(server.requests) == 2


async def test_a_connector_without_access_is_a_typed_error() -> None:
    async with client_served_by(AsyncConnectors, answers(refusal(403))) as (client, _):
        with pytest.raises(PermissionDeniedError):
            await client.list_tools("harbour")


WRONG: list[tuple[Start, type[Exception], str]] = [
    (lambda c: c.list("5"), TypeError, "page_size must be an int, not str"),
    (lambda c: c.list(0), ValueError, "page_size must be 1 or more, not 0"),
    (lambda c: c.list(cursor=5), TypeError, "cursor must be a str, not int"),
    (lambda c: c.list(active="yes"), TypeError, "active must be"),
    (lambda c: c.list_all(active=1), TypeError, "active must be"),
    (lambda c: c.get(""), ValueError,
        "connector_id_or_name is blank: pass an id or a name from the service"),
    (lambda c: c.get(5), TypeError, "connector_id_or_name must be a str, not int"),
    (lambda c: c.get("a", fetch_user_data=1), TypeError, "fetch_user_data must be"),
    (lambda c: c.list_tools("a", 0), ValueError, "page must be 1 or more, not 0"),
    (lambda c: c.list_all_tools("a", refresh="x"), TypeError, "refresh must be"),
    (lambda c: c.list_all_tools(None), TypeError, "connector_id_or_name must be a str"),
    (lambda c: c.list_tools("a", credentials_name="my name"), ValueError,
        "credentials_name must be 1 to 64 of the characters .* not 'my name'"),
    (lambda c: c.get_auth_url("a", credentials_name=""), ValueError,
        "credentials_name must be 1 to 64"),
    (lambda c: c.get_auth_url("a", credentials_name="ü"), ValueError,
        "credentials_name must be 1 to 64"),
    (lambda c: c.get_auth_url("a", credentials_title="t" * 256), ValueError,
        "credentials_title must have at most 255 characters, not 256"),
    (lambda c: c.get_auth_url("a", app_return_url=5), TypeError,
        "app_return_url must be a str, not int"),
    (lambda c: c.get_auth_url("a", method_type="github_app",
        github_installation_link=True), ValueError,
        "github_installation_link needs method_type='oauth2'"),
    (lambda c: c.call_tool("a", " "), ValueError,
        "tool_name is blank: pass a name from the service"),
    (lambda c: c.call_tool("a", None), TypeError, "tool_name must be a str"),
    (lambda c: c.call_tool("a", "t", [1]), TypeError,
        "arguments must be a mapping, not list"),
    (lambda c: c.call_tool("a", "t", "{}"), TypeError,
        "arguments must be a mapping, not str"),
    (lambda c: c.call_tool("a", "t", {"x": {1}}), TypeError,
        r"arguments\.x is of type set"),
    (lambda c: c.call_tool("a", "t", {"x": float("nan")}), ValueError,
        r"arguments\.x is nan"),
    (lambda c: c.call_tool("a", "t", {}, credentials_name=5), TypeError,
        "credentials_name must be a str, not int"),
    (lambda c: c.call_tool("a", "t", args={}), TypeError, "args"),
]  # fmt: skip


@for_each(("start", "kind", "message"), WRONG)
async def test_wrong_parameters_are_refused_before_sending(
    start: Start, kind: type[Exception], message: str
) -> None:
    async with AsyncConnectors("sk-test", base_url="http://nowhere.invalid") as client:
        with pytest.raises(kind, match=message):
            await start(client)
