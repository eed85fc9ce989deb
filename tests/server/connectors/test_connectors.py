"""Connectors of `LocalServer`, called by hand and checked by the description."""

import asyncio
from collections.abc import Iterator
from typing import Any, Literal

import attrs
import pytest

from mistral_conversations import AsyncConnectors, ImageContent, TextContent
from mistral_conversations.server import LocalConnector, LocalServer
from tests.support.api_description import described_paths, problems
from tests.support.for_each import for_each
from tests.support.local.http_caller import Caller, Reply
from tests.support.local.library_caller import NOBODY

pytestmark = pytest.mark.anyio

LISTED = "/v1/connectors"


def tides(
    port: str,
    days: int = 1,
    unit: Literal["m", "ft"] = "m",
    height: float | None = None,
    **others: Any,
) -> dict[str, Any]:
    """Say when the water is high."""
    return {"port": port, "days": days, "unit": unit, "height": height, **others}


async def berths() -> Any:
    await asyncio.sleep(0)
    return ["One", TextContent(text="Two"), ImageContent(data="AA==", mime_type="a/b")]


def broken() -> None:
    raise RuntimeError("The mast broke")


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("No text")


def mute() -> None:
    raise MuteError


TOOLS: dict[str, Any] = {
    "tides": tides,
    "berths": berths,
    "broken": broken,
    "nothing": lambda: None,
    "number": lambda: 1.5,
    "odd": lambda: {1, 2},
    "listed": lambda: [{"a": 1}],
    "text": lambda: "Ahoy",
    "mute": mute,
    "largest": max,
    "labelled": lambda port: {"type": port, "data": 1, "resource": {"uri": "u"}},
    "sent": lambda **content: content,
}


@attrs.frozen
class Reader(Caller):
    """A caller that compares each answer with the description."""

    def send(self, method: str, path: str, *args: Any, **kwargs: Any) -> Reply:
        reply = super().send(method, path, *args, **kwargs)
        if reply.status == 200 and path.startswith(LISTED):
            parts = path.partition("?")[0].split("/")
            if len(parts) > 3:
                parts[3] = "{connector_id_or_name}"
            if len(parts) > 5:
                parts[5] = "{tool_name}"
            described = described_paths()["/".join(parts)][method.lower()]
            content = described["responses"]["200"]["content"]["application/json"]
            assert problems(reply.json, content["schema"]) == []
        return reply


@pytest.fixture(scope="module")
def harbour() -> LocalConnector:
    return LocalConnector("harbour", tools=TOOLS, description="Tides and berths.")


@pytest.fixture(scope="module")
def caller(harbour: LocalConnector) -> Iterator[Reader]:
    others = [LocalConnector(f"c{n}", active=n > 1) for n in range(4)]
    with LocalServer(connectors=[harbour, *others]) as server:
        yield Reader(server.base_url)


@pytest.fixture
def closed() -> Iterator[Reader]:
    connector = LocalConnector("mail", tools=TOOLS, authenticated=False)
    with LocalServer(connectors=[connector]) as server:
        yield Reader(server.base_url)


def names(reply: Reply) -> list[str]:
    return [each["name"] for each in reply.json["items"]]


def test_pages_follow_their_cursors(caller: Reader) -> None:
    found, cursor = [], ""
    while cursor is not None:
        query = f"?page_size=2{cursor and f'&cursor={cursor}'}"
        page = caller.get(f"{LISTED}{query}")
        assert page.json["pagination"]["page_size"] == 2
        found.append(names(page))
        cursor = page.json["pagination"]["next_cursor"]
    assert found == [["harbour", "c0"], ["c1", "c2"], ["c3"]]


@pytest.mark.parametrize(
    ("active", "found"),
    [("true", ["harbour", "c2", "c3"]), ("false", ["c0", "c1"]), ("False", ["c0"])],
)
def test_only_active_ones(caller: Reader, active: str, found: list[str]) -> None:
    query = f"?active={active}&fetch_user_data=false&fetch_customer_data=true"
    page = caller.get(f"{LISTED}{query}&page_size={len(found)}")
    assert names(page) == found
    assert (page.json["pagination"]["next_cursor"] is None) == (active != "False")


@for_each("query", ["page_size=0", "page_size=1001", "page_size=x",
    "cursor=x", "cursor=AAAA", "active=maybe", "fetch_user_data=2"])  # fmt: skip
def test_a_wrong_query_of_the_list_is_refused(caller: Reader, query: str) -> None:
    reply = caller.get(f"{LISTED}?{query}")
    assert reply.status == 422
    assert reply.json["detail"][0]["loc"] == ["query", query.partition("=")[0]]


def test_one_by_its_id_or_its_name(caller: Reader, harbour: LocalConnector) -> None:
    by_name = caller.get(f"{LISTED}/harbour")
    assert by_name.json == caller.get(f"{LISTED}/{harbour.id}").json
    assert by_name.json == caller.get(f"{LISTED}/{harbour.id.upper()}").json
    assert (by_name.json["id"], by_name.json["is_authenticated"]) == (harbour.id, True)
    assert by_name.json["connection_credentials"] is None
    whole = caller.get(f"{LISTED}/harbour?fetch_user_data=true").json
    assert [each["name"] for each in whole["connection_credentials"]] == ["default"]
    checked = f"{LISTED}?page_size=1&fetch_user_data=true&check_credentials_status=true"
    (credentials,) = caller.get(checked).json["items"][0]["connection_credentials"]
    assert credentials["status"]["status_type"] == "valid"


@for_each("rest", ["", "/tools", "/auth_url", "/authentication_methods"])
@for_each("name", ["nobody", NOBODY, "%2F", "a%20b"])
def test_an_unknown_one_is_not_found(caller: Reader, name: str, rest: str) -> None:
    assert caller.get(f"{LISTED}/{name}{rest}").status == 404


def test_tools_are_described_by_their_functions(caller: Reader) -> None:
    found = caller.get(f"{LISTED}/harbour/tools").json
    assert [tool["name"] for tool in found] == list(TOOLS)
    assert found[0]["description"] == "Say when the water is high."
    assert found[0]["inputSchema"] == {
        "type": "object",
        "properties": {
            "port": {"type": "string"},
            "days": {"type": "integer"},
            "unit": {"enum": ["m", "ft"]},
            "height": {"type": "number"},
        },
        "required": ["port"],
    }
    schemas = {tool["name"]: tool["inputSchema"] for tool in found}
    assert schemas["largest"] == {"type": "object"}
    pretty = caller.get(f"{LISTED}/harbour/tools?pretty=true&page=2&page_size=3").json
    assert [tool["name"] for tool in pretty] == ["nothing", "number", "odd"]
    assert pretty[0].keys() == {"name", "description", "annotations", "inputSchema"}
    assert caller.get(f"{LISTED}/harbour/tools?page=9").json == []


@for_each("query", ["page=0", "page_size=0", "pretty=x", "credentials_name=a%20b"])
def test_a_wrong_query_of_tools_is_refused(caller: Reader, query: str) -> None:
    assert caller.get(f"{LISTED}/harbour/tools?{query}").status == 422


def call(caller: Caller, tool: str, body: Any = None, query: str = "") -> Reply:
    path = f"{LISTED}/harbour/tools/{tool}/call{query}"
    return caller.post(path, {} if body is None else body)


def texts(reply: Reply) -> list[str | None]:
    return [part.get("text") for part in reply.json["content"]]


def test_a_called_tool_runs_its_function(caller: Reader) -> None:
    reply = call(caller, "tides", {"arguments": {"port": "Brest", "moon": [1]}})
    meta = reply.json["metadata"]["mcp_meta"]
    wanted = {"port": "Brest", "days": 1, "unit": "m", "height": None, "moon": [1]}
    assert (meta["isError"], meta["structuredContent"]) == (False, wanted)
    assert texts(call(caller, "berths")) == ["One", "Two", None]
    assert [texts(call(caller, name)) for name in ("nothing", "number", "text")] == [
        [],
        ["1.5"],
        ["Ahoy"],
    ]
    assert texts(call(caller, "listed")) == ['[{"a":1}]']


def test_an_object_with_a_type_of_its_own_is_no_content(caller: Reader) -> None:
    for kind in ("text", "image", "audio", "resource_link", "resource", "boat"):
        reply = call(caller, "labelled", {"arguments": {"port": kind}})
        wanted = {"type": kind, "data": 1, "resource": {"uri": "u"}}
        assert reply.json["metadata"]["mcp_meta"]["structuredContent"] == wanted


def test_contents_of_all_types_are_sent_as_they_are(caller: Reader) -> None:
    media = {"data": "AA==", "mimeType": "a/b"}
    for content in (
        {"type": "text", "text": ""},
        {"type": "image", **media},
        {"type": "audio", **media},
        {"type": "resource_link", "name": "n", "uri": "u:a"},
        {"type": "resource", "resource": {"uri": "u:a", "text": "t"}},
        {"type": "resource", "resource": {"uri": "u:a", "blob": "AA=="}},
    ):
        reply = call(caller, "sent", {"arguments": content})
        assert reply.json["content"] == [content]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("broken", {}, "RuntimeError: The mast broke"),
        ("tides", {}, "TypeError: "),
        ("text", {"x": 1}, "TypeError: "),
        ("odd", {}, "TypeError: the result of the tool is of type set"),
        ("mute", {}, "MuteError"),
    ],
)
def test_a_tool_that_raises_is_an_error_in_the_result(
    caller: Reader, tool: str, arguments: Any, words: str
) -> None:
    reply = call(caller, tool, {"arguments": arguments})
    assert (reply.status, reply.json["metadata"]["mcp_meta"]["isError"]) == (200, True)
    (text,) = texts(reply)
    assert text is not None
    assert text.startswith(words)


@for_each("body", [[], "x", {"arguments": None}, {"arguments": [1]}])
def test_a_wrong_body_of_a_call_is_refused(caller: Reader, body: Any) -> None:
    assert call(caller, "tides", body).status == 422


def test_unknown_tools_and_credentials_are_not_found(caller: Reader) -> None:
    assert call(caller, "nobody").status == 404
    assert call(caller, "text", query="?credentials_name=other").status == 404
    assert call(caller, "text", query="?credentials_name=a.b").status == 422
    assert call(caller, "text", query="?credentials_name=default").status == 200


def test_the_url_of_authorization_gives_access(closed: Reader) -> None:
    path = f"{LISTED}/mail"
    refused = [closed.get(f"{path}/tools"), closed.post(f"{path}/tools/text/call", {})]
    assert [reply.status for reply in refused] == [403, 403]
    assert "auth_url" in refused[0].json["message"]
    assert not closed.get(path).json["is_authenticated"]
    asked = closed.get(f"{path}/auth_url?credentials_name=work&credentials_title=W")
    assert asked.json["ttl"] == 600
    assert not closed.get(path).json["is_authenticated"]
    page = closed.fetch(asked.json["auth_url"])
    assert page.status == 200
    assert b"The connector mail is authorized" in page.body
    (found,) = closed.get(f"{path}?fetch_user_data=true").json["connection_credentials"]
    assert (found["name"], found["title"], found["is_default"]) == ("work", "W", False)
    assert closed.get(f"{path}/tools?credentials_name=work").status == 200
    assert closed.get(f"{path}/authentication_methods").json[0]["method_type"] == (
        "oauth2"
    )


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("https%3A%2F%2Fapp.example%2F%3Fa%3D1", "https://app.example/?a=1"),
        ("javascript%3Aalert(1)", None),
        ("https%3A%2F%2Fa%0D%0AX-Y%3A1", None),
        ("%C3%BC", None),
    ],
)
def test_the_browser_returns_to_the_application(
    caller: Reader, address: str, location: str | None
) -> None:
    asked = caller.get(f"{LISTED}/harbour/auth_url?app_return_url={address}")
    page = caller.fetch(asked.json["auth_url"])
    assert page.status == (200 if location is None else 302)
    assert page.headers.get("location") == location


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("method_type=oauth2", 200),
        ("method_type=github_app", 400),
        ("github_installation_link=true", 400),
        ("method_type=magic", 422),
        ("credentials_name=", 422),
        (f"credentials_title={'t' * 256}", 422),
        ("github_installation_link=2", 422),
    ],
)
def test_the_query_of_the_url(caller: Reader, query: str, status: int) -> None:
    assert caller.get(f"{LISTED}/harbour/auth_url?{query}").status == status


async def test_a_call_that_is_cancelled_cancels_the_tool() -> None:
    running, cancelled = asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        running.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    connector = LocalConnector("mail", tools={"endless": endless, **TOOLS})
    async with (
        LocalServer(connectors=[connector]) as server,
        AsyncConnectors("k", base_url=server.base_url) as client,
    ):
        assert server.connectors == (connector,)
        call = asyncio.create_task(client.call_tool("mail", "endless"))
        await running.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(cancelled.wait(), 10)
        assert (await client.call_tool("mail", "text")).text == "Ahoy"


def test_access_can_be_given_and_taken_by_the_test() -> None:
    connector = LocalConnector("mail", authenticated=False)
    assert not connector.is_authenticated
    connector.authorize()
    assert connector.is_authenticated
    connector.revoke()
    assert not connector.is_authenticated
    assert repr(LocalConnector("mail", tools=TOOLS)).startswith(
        "LocalConnector(name='mail', tools=['tides', 'berths', "
    )


@for_each(
    ("kwargs", "kind", "message"),
    [
        ({"name": 5}, TypeError, "name must be a str, not int"),
        ({"name": " "}, ValueError, "name is blank"),
        (
            {"name": "n", "tools": [tides]},
            TypeError,
            "tools must be a mapping of names",
        ),
        ({"name": "n", "tools": {"t": 5}}, TypeError, "tools must be .* 't' to 5"),
        ({"name": "n", "tools": {" ": tides}}, ValueError, "tools has a blank name"),
        ({"name": "n", "description": None}, TypeError, "description must be a str"),
        ({"name": "n", "authenticated": "no"}, TypeError, "authenticated must be"),
    ],
)
def test_wrong_parameters_of_a_connector(
    kwargs: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        LocalConnector(**kwargs)


@for_each(
    ("connectors", "kind", "message"),
    [
        ("mail", TypeError, "connectors must be a list of LocalConnector, not str"),
        (5, TypeError, "connectors must be a list of LocalConnector, not int"),
        (["mail"], TypeError, r"connectors\[0\] must be a LocalConnector, not str"),
        ([LocalConnector("a"), LocalConnector("a")], ValueError,
            r"connectors\[1\]: another connector is named 'a'"),
    ],
)  # fmt: skip
def test_wrong_connectors_of_a_server(
    connectors: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        LocalServer(connectors=connectors)
