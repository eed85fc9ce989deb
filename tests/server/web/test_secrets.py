"""The secrets of a request are masked in bytes, texts and JSON."""

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from mistral_conversations.server.web.secrets import Secrets
from tests.support.comparison import thorough
from tests.support.for_each import for_each

KEY = "sk-4f1e/9a"
SECRETS = Secrets.of({"Authorization": f"Bearer {KEY}"})
BASIC = b64encode(b"me:open sesame").decode()


@for_each(
    ("name", "value", "secret"),
    [
        ("Authorization", f"Bearer {KEY}", KEY),
        ("authorization", f"bearer   {KEY} ", KEY),
        ("AUTHORIZATION", KEY, KEY),
        ("Authorization", f"Basic {BASIC}", BASIC),
        ("Authorization", f"Basic {BASIC}", "me:open sesame"),
        ("Authorization", f"Basic {BASIC}", "open sesame"),
        ("Authorization", "Basic no-base64-é", "no-base64-é"),
        ("Proxy-Authorization", f"Basic {BASIC}", "open sesame"),
        ("X-Api-Key", KEY, KEY),
        ("api-key", KEY, KEY),
        ("Ocp-Apim-Subscription-Key", KEY, KEY),
        ("X-Auth-Token", KEY, KEY),
        ("Cookie", f'a=b; session="{KEY}"; c', KEY),
        ("Cookie", f"session={KEY}=", f"{KEY}="),
        ("Authorization", "Bearer \udcffsecret", "\udcffsecret"),
    ],
)
def test_credentials_are_found(name: str, value: str, secret: str) -> None:
    secrets = Secrets.of({"Accept": "text/event-stream", name: value})
    assert secrets.text(f"a {secret}.") == "a ***."
    encoded = secret.encode(errors="surrogateescape")
    assert secrets.data(b"a %b.\xff" % encoded) == b"a ***.\xff"
    assert secrets.text("text/event-stream Bearer") == "text/event-stream Bearer"


def test_each_of_repeated_headers_is_found() -> None:
    headers = CIMultiDict([("X-Api-Key", "first-key"), ("X-Api-Key", "second-key")])
    assert Secrets.of(headers).text("first-key second-key") == "*** ***"


@for_each("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer key"},
                      {"Cookie": "a=b; c"}, {"Accept": "text/html"}])  # fmt: skip
def test_words_are_no_secrets(headers: dict[str, str]) -> None:
    secrets = Secrets.of(headers)
    data = b"the key is a Bearer, %41 a=b text/html"
    assert secrets.data(data) is data
    assert secrets.value({"key": ["Bearer"]}) == {"key": ["Bearer"]}


@for_each(
    ("data", "masked"),
    [
        (json.dumps({KEY: KEY}).encode(), b'{"***": "***"}'),
        (b'"sk-4f1e\\/9a"', b'"***"'),
        (b"?key=sk-4f1e%2f9a", b"?key=***"),
        (b"\xffsk-4f1e/9a\x00", b"\xff***\x00"),
        (b"the key sk-4f1e/", b"the key ***"),
        ("né sk-4f1e/9a".encode(), "né ***".encode()),
    ],
)
def test_data_is_masked(data: bytes, masked: bytes) -> None:
    assert SECRETS.data(data) == masked


@thorough
@given(st.binary(), st.binary(), st.text("a/+?\u00ff", min_size=6, max_size=12))
def test_secret_in_base64_is_masked(before: bytes, after: bytes, secret: str) -> None:
    secrets = Secrets.of({"X-Api-Key": secret})
    for encode in (b64encode, urlsafe_b64encode):
        data = b'"' + encode(before + secret.encode() + after) + b'", "other"'
        assert secrets.data(data) == b'"***", "other"'


@thorough
@given(st.binary(max_size=64))
def test_other_data_is_the_same(data: bytes) -> None:
    assert SECRETS.data(data) is data or SECRETS.data(data) == data


@for_each(
    ("value", "masked"),
    [
        (KEY, "***"),
        ({"a": [KEY, {KEY: KEY}], "b": 1}, {"a": ["***", {"***": "***"}], "b": 1}),
        ([True, 1, None, 1.5, "sk-4f1e%2F9a"], [True, 1, None, 1.5, "***"]),
    ],
)
def test_values_are_masked(value: Any, masked: Any) -> None:
    assert SECRETS.value(value) == masked


@for_each("value", [None, 1, "x", [], {"a": [{"b": float("nan")}]}])
def test_value_without_a_secret_is_the_same(value: Any) -> None:
    assert SECRETS.value(value) is value


def test_deep_value_is_masked() -> None:
    value: Any = KEY
    for _ in range(300):
        value = [{"a": value}]
    assert KEY not in repr(SECRETS.value(value))


def test_repr_shows_no_secret() -> None:
    assert KEY not in f"{SECRETS!r}{SECRETS._mask!r}{SECRETS._mask.secrets!r}"
    assert "sk-4" not in repr(SECRETS._mask.signs)
