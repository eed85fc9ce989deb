"""The operations of the vendor's client that read connectors and call their tools."""

import urllib.request
from typing import Any

import pytest

from mistral_conversations.server import LocalConnector
from tests.support.vendor_client import REASON, Parts
from tests.vendor.conftest import OpenParts

models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)
errors: Any = pytest.importorskip("mistralai.client.errors", reason=REASON)

# The vendor's client warns of its call of a tool.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

HARBOUR = {"connector_id_or_name": "harbour"}
MAIL = {"connector_id_or_name": "mail"}


def tides(port: str) -> dict[str, str]:
    """Say when the water is high."""
    return {"port": port, "high": "05:40"}


def broken() -> None:
    raise RuntimeError("The mast broke")


@pytest.fixture
def parts(open_parts: OpenParts) -> Parts:
    """Call a server with two connectors."""
    tools: dict[str, Any] = {"tides": tides, "broken": broken}
    harbour = LocalConnector("harbour", tools=tools)
    mail = LocalConnector("mail", tools={"tides": tides}, authenticated=False)
    return open_parts(connectors=[harbour, mail])


def test_connectors_are_listed_in_pages(parts: Parts) -> None:
    connectors = parts["beta.connectors"]
    first = connectors.call("list", page_size=1)
    cursor = first.pagination.next_cursor
    second = connectors.call("list", page_size=1, cursor=cursor)
    assert second.pagination.next_cursor is None
    [harbour], [mail] = first.items, second.items
    assert (harbour.name, mail.name) == ("harbour", "mail")
    by_id = connectors.call("get", connector_id_or_name=harbour.id)
    assert by_id.id == connectors.call("get", **HARBOUR).id == harbour.id


def test_tools_are_listed_and_called(parts: Parts) -> None:
    connectors = parts["beta.connectors"]
    tools = connectors.call("list_tools", **HARBOUR)
    assert [tool.name for tool in tools] == ["tides", "broken"]
    assert tools[0].input_schema["required"] == ["port"]
    answer = connectors.call(
        "call_tool", tool_name="tides", arguments={"port": "Bergen"}, **HARBOUR
    )
    [text] = answer.content
    assert text.text == '{"port":"Bergen","high":"05:40"}'
    assert answer.metadata.mcp_meta.structured_content["high"] == "05:40"
    failed = connectors.call("call_tool", tool_name="broken", **HARBOUR)
    assert failed.metadata.mcp_meta.is_error is True


def test_access_comes_by_a_url(parts: Parts) -> None:
    connectors = parts["beta.connectors"]
    with pytest.raises(errors.SDKError) as raised:
        connectors.call("list_tools", **MAIL)
    assert raised.value.status_code == 403
    [method] = connectors.call("get_authentication_methods", **MAIL)
    assert method.method_type == "oauth2"
    answer = connectors.call("get_auth_url", **MAIL)
    with urllib.request.urlopen(answer.auth_url) as response:
        assert response.status == 200
    assert [tool.name for tool in connectors.call("list_tools", **MAIL)] == ["tides"]
