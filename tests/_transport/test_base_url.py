"""The address of the service."""

from typing import Any

import pytest

from mistral_conversations import AsyncConversations, ConfigurationError
from mistral_conversations._transport.base_url import checked_base_url


def test_service_is_the_default() -> None:
    assert checked_base_url(None) == "https://api.mistral.ai"


@pytest.mark.parametrize("value", ["", "http://gateway.test/mistral/"])
def test_variable_is_read(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_BASE_URL", value)
    expected = value.rstrip("/") or "https://api.mistral.ai"
    assert checked_base_url(None) == expected
    assert checked_base_url("http://other.test") == "http://other.test"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://host.test", "https://host.test"),
        ("https://host.test/", "https://host.test"),
        ("http://host.test:8080//", "http://host.test:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://host.test/a/b/", "https://host.test/a/b"),
        ("https://host.test/v1beta", "https://host.test/v1beta"),
        ("HTTPS://Host", "https://Host"),
        ("Http://HOST.test/Path/", "http://HOST.test/Path"),
        ("http://" + "a" * 63 + ".test", "http://" + "a" * 63 + ".test"),
    ],
)
def test_base_url_is_kept_without_its_last_slash(given: str, kept: str) -> None:
    assert checked_base_url(given) == kept
    AsyncConversations("key", base_url=given)


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "host.test",
        "host.test:8080",
        "//host.test",
        "ftp://host.test",
        "ws://host.test",
        "https://",
        "https:///path",
        "https://host.test:port",
        "https://host.test:0",
        "https://host.test:65536",
        "https://[::1",
        "https://host.test/a b",
        "https://host.test/\n",
        " https://host.test",
        "https://höst.test",
        "https://host.test?a=b",
        "https://host.test#a",
        "https://me@host.test",
        "https://me:s3cret@host.test",
        "https://host.test/v1",
        "https://host.test/v1/",
        "https://host.test/gateway/v1",
        "http://.",
        "http://..",
        "http://a..b",
        "http://.a",
        "http://" + "a" * 70,
        "http://" + "a" * 70 + ".test",
        r"http://a\b",
        r"http://host.test/a\b",
        "http://host?",
        "http://host#",
        "http://host/?",
        "http://@host",
        "http://u@host",
    ],
)
def test_base_url_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        AsyncConversations("key", base_url=given)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("given", [3, b"https://host.test", ["https://host.test"]])
def test_base_url_that_is_no_text_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url must be a str"):
        AsyncConversations("key", base_url=given)


def test_variable_that_is_no_base_url_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISTRAL_BASE_URL", "nonsense")
    with pytest.raises(ConfigurationError, match="nonsense"):
        AsyncConversations("key")
