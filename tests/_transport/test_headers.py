"""Headers that callers add, and those of answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations import AsyncConversations, ConfigurationError
from mistral_conversations._transport.headers import checked_headers, plain_headers
from tests.support.clients import answers, client_of
from tests.support.for_each import for_each
from tests.support.raw_server import json_answer, raw_server

CONTROL = [chr(code) for code in (*range(9), *range(10, 32), *range(127, 160))]
OURS = {
    *("authorization", "proxy-authorization", "content-encoding"),
    *("content-length", "trailer"),
    *("transfer-encoding", "connection", "expect", "http2-settings", "te", "upgrade"),
}
NAMES = st.from_regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}", fullmatch=True)
VALUES = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], include_characters="\t")
)


def test_no_headers_are_none() -> None:
    assert checked_headers(None) == {}


@given(st.dictionaries(NAMES.filter(lambda n: n.lower() not in OURS), VALUES))
def test_headers_that_can_be_sent_are_given_as_they_are(
    headers: dict[str, str],
) -> None:
    assert checked_headers(headers) == headers


@given(VALUES, st.sampled_from(CONTROL), VALUES)
def test_control_character_in_a_value_is_refused(a: str, bad: str, b: str) -> None:
    with pytest.raises(ConfigurationError, match="X-Name"):
        checked_headers({"X-Name": a + bad + b})


@for_each("name", ["", " ", "a b", "a:b", "a\n", "é", "a\x00", "(a)", 3])
def test_name_that_is_no_token_is_refused(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="not the name of a header"):
        checked_headers({name: "value"})


@for_each("value", [3, None, b"bytes", ["a"], True])
def test_value_that_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="X-Name"):
        checked_headers({"X-Name": value})


@for_each("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_authorization_is_for_the_key(name: str) -> None:
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        checked_headers({name: "Bearer s3cret"})
    assert "s3cret" not in str(caught.value)


def test_credentials_of_a_proxy_are_for_its_url() -> None:
    with pytest.raises(ConfigurationError, match="pass proxy='http://USER:") as caught:
        checked_headers({"Proxy-Authorization": "Basic s3cret"})
    assert "s3cret" not in str(caught.value)


@given(VALUES, st.characters(categories=["Cs"]), VALUES)
def test_half_a_character_in_a_value_is_refused(a: str, bad: str, b: str) -> None:
    with pytest.raises(ConfigurationError, match="X-Name"):
        checked_headers({"X-Name": a + bad + b})


REFUSED = [
    {"X-Name": "a\ud83d"},
    {"X-Name": "\udc80"},
    {"Content-Length": "0"},
    {"content-length": "2"},
    {"Transfer-Encoding": "chunked"},
    {"TRANSFER-ENCODING": "identity"},
    {"Content-Encoding": "gzip"},
    {"Trailer": "X-Name"},
    {"Expect": "100-continue"},
    {"expect": "100-Continue"},
    {"Connection": "Upgrade"},
    {"Connection": "close, X-Name"},
    {"Upgrade": "h2c"},
    {"HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA"},
    {"TE": "gzip"},
]


@pytest.mark.parametrize(
    "headers",
    [
        {"Connection": "close"},
        {"connection": "Keep-Alive"},
        {"TE": "trailers"},
        {"Host": "service.test"},
        {"Accept-Encoding": "identity"},
    ],
    ids=str,
)
@pytest.mark.anyio
async def test_header_that_changes_no_framing_is_sent(headers: dict[str, str]) -> None:
    async with (
        raw_server(answers(json_answer([]))) as server,
        client_of(server, headers=headers) as client,
    ):
        for _ in range(2):
            await client.list()
        ((name, value),) = headers.items()
        assert {each.headers[name.lower()] for each in server.requests} == {value}


@pytest.mark.anyio
@for_each("headers", REFUSED)
@for_each("operation", ["list", "start", "start_stream"])
async def test_header_that_cannot_be_sent_is_refused_before_anything_is_sent(
    operation: str, headers: dict[str, str]
) -> None:
    (name,) = headers
    async with (
        raw_server(answers(json_answer([]))) as server,
        client_of(server) as client,
    ):
        with pytest.raises(ConfigurationError, match=name):
            client.with_options(headers=headers)
        with pytest.raises(ConfigurationError, match=name):
            client_of(server, headers=headers)
        with pytest.raises(ConfigurationError, match=name):
            await call_with(client, operation, headers)
        assert server.connections == 0


async def call_with(
    client: AsyncConversations, operation: str, headers: dict[str, str]
) -> None:
    if operation == "list":
        await client.list(headers=headers)
    elif operation == "start":
        await client.start("Sky?", model="m", headers=headers)
    else:
        client.start_stream("Sky?", model="m", headers=headers)


@for_each("headers", ["X: y", [("X", "y")], 3])
def test_headers_that_are_no_mapping_are_refused(headers: Any) -> None:
    with pytest.raises(ConfigurationError, match="mapping"):
        checked_headers(headers)


def test_headers_are_a_copy() -> None:
    headers = {"X-Name": "a"}
    checked = checked_headers(headers)
    headers["X-Name"] = "b\r\n"
    assert checked == {"X-Name": "a"}


def test_plain_headers_are_lower_case_and_joined() -> None:
    pairs = [("X-Name", "a"), ("Other", "b"), ("x-name", "c")]
    assert plain_headers(pairs) == {"x-name": "a, c", "other": "b"}


def test_plain_headers_can_be_written_as_utf_8() -> None:
    """aiohttp decodes a byte that is not UTF-8 as a lone surrogate."""
    plain = plain_headers([("A", "caf\udce9"), ("B", "café"), ("A", "\udcff")])
    assert plain == {"a": "café, ÿ", "b": "café"}


@pytest.mark.anyio
async def test_header_of_the_call_replaces_that_of_the_client_in_any_case() -> None:
    """Header names ignore case: the same name in two cases has two values."""
    async with (
        raw_server(answers(json_answer([]))) as server,
        client_of(server, headers={"X-Name": "client"}) as client,
    ):
        view = client.with_options(headers={"X-OTHER": "view"})
        await view.list(headers={"x-name": "call", "user-agent": "me"})
    sent = server.requests[0].headers
    assert (sent["x-name"], sent["x-other"]) == ("call", "view")
    assert sent["user-agent"] == "me"
