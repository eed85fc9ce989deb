"""Bad ids, paths and queries: the service's refusals, or the gateway's."""

from urllib.parse import quote

import pytest

from tests.support.for_each import for_each
from tests.support.local.answer_forms import ROUTELESS, message, problems, quiet
from tests.support.local.http_caller import Caller

__all__ = ["quiet"]

pytestmark = pytest.mark.usefixtures("quiet")


@for_each(
    ("method", "rest", "body"),
    [
        *[("GET", "", None), ("DELETE", "", None), ("GET", "/history", None)],
        *[("GET", "/messages", None), ("POST", "", {"inputs": "x"})],
        *[("POST", "/restart", {"from_entry_id": "x"})],
    ],
)
@for_each(
    "conversation_id",
    [
        *["..", "%2e%2e", ".", "%2F", "a%2Fb", "%00", "%0d%0aX:%20y", "%", "%zz"],
        *["%ff", "%ED%A0%80", "%C3%A9", "%F0%9F%98%80", "~", "'", '"', "a" * 8_000],
        *["%61" * 2_000, "conv_", "*", "None"],
    ],
)
def test_odd_id_is_not_found(
    caller: Caller, method: str, rest: str, body: object, conversation_id: str
) -> None:
    reply = caller.send(method, f"/v1/conversations/{conversation_id}{rest}", body)
    assert reply.status == 404
    assert "not found" in message(reply)
    assert "x" not in reply.headers


def test_id_in_braces_is_not_found(caller: Caller) -> None:
    reply = caller.get("/v1/conversations/%7Bconversation_id%7D")
    assert "not found" in message(reply)


@for_each(
    "path",
    ["/v1/conversations/../x", "//v1/conversations", "/%2e/", "/v1/" + "a/" * 99],
)
@for_each("method", ["GET", "POST", "DELETE"])
def test_odd_path_is_refused_by_the_gateway(
    caller: Caller, method: str, path: str
) -> None:
    reply = caller.send(method, path, b"a" * 100_000 if method == "POST" else None)
    assert (reply.status, reply.json["message"]) == (404, ROUTELESS)


@for_each(
    ("name", "value"),
    [
        *[("page", value) for value in ("", "x", "1.0", "1e3", " 1", "1\n", "0x1")],
        *[("page", value) for value in ("\0", "\u0661", "\U0001f600", "-1", "null")],
        *[("page_size", value) for value in ("0", "-1", "1" * 19, "7" * 5_000)],
        *[("metadata", value) for value in ("", "{", "[]", "7", "[" * 2_500, "NaN")],
        *[("metadata", value) for value in ('{"a":NaN}', r'"\ud800"', '{"a":1e999}')],
    ],
)
def test_bad_value_of_a_query_is_refused(caller: Caller, name: str, value: str) -> None:
    reply = caller.get(f"/v1/conversations?{name}={quote(value)}")
    [item] = problems(reply)
    assert item["loc"] == ["query", name]


@pytest.mark.parametrize("query", ["%ff=%ff", "a=" + "b" * 8_000, "&&==&", "%", "?"])
def test_unknown_query_is_passed_over(caller: Caller, query: str) -> None:
    reply = caller.get(f"/v1/conversations?{query}")
    assert (reply.status, reply.json) == (200, [])
