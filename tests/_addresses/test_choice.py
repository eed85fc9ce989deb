"""The addresses of the service and of its proxy."""

from typing import Any

import pytest

from mistral_conversations import AsyncConversations, ConfigurationError
from mistral_conversations._addresses.choice import (
    checked_base_url,
    checked_proxy,
    environment_proxy,
)
from tests.support.for_each import for_each


def test_service_is_the_default() -> None:
    assert checked_base_url(None) == "https://api.mistral.ai"


@pytest.mark.parametrize("value", ["", "http://gateway.test/mistral/"])
def test_variable_is_read(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_BASE_URL", value)
    expected = value.rstrip("/") or "https://api.mistral.ai"
    assert checked_base_url(None) == expected
    assert checked_base_url("http://other.test") == "http://other.test"


@for_each(
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


@for_each(
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
        "https://me:s3cret@höst.test",
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


@for_each("given", [3, b"https://host.test", ["https://host.test"]])
def test_base_url_that_is_no_text_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url must be a str"):
        AsyncConversations("key", base_url=given)


def test_variable_that_is_no_base_url_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISTRAL_BASE_URL", "nonsense")
    with pytest.raises(ConfigurationError, match="nonsense"):
        AsyncConversations("key")


HTTPS = "https://api.mistral.ai"
HTTP = "http://127.0.0.1:8000/path"


@pytest.mark.parametrize("url", [HTTPS, HTTP])
def test_no_variable_is_no_proxy(url: str) -> None:
    assert environment_proxy(url) is None


@pytest.mark.parametrize(
    ("variable", "url", "used"),
    [
        ("HTTPS_PROXY", HTTPS, True),
        ("https_proxy", HTTPS, True),
        ("HTTPS_PROXY", HTTP, False),
        ("HTTP_PROXY", HTTP, True),
        ("HTTP_PROXY", HTTPS, False),
        ("ALL_PROXY", HTTPS, True),
        ("all_proxy", HTTP, True),
    ],
)
def test_variable_is_for_its_scheme(
    variable: str, url: str, used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://proxy.test:3128")
    assert environment_proxy(url) == ("http://proxy.test:3128" if used else None)


@pytest.mark.parametrize(
    ("bypassed", "direct"),
    [
        ("*", True),
        ("api.mistral.ai", True),
        (".mistral.ai", True),
        ("mistral.ai", True),
        ("elsewhere.test, api.mistral.ai", True),
        ("api.mistral.ai:443", False),
        ("elsewhere.test", False),
        ("notmistral.ai", False),
    ],
)
def test_no_proxy_names_hosts(
    bypassed: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", bypassed)
    assert (environment_proxy(HTTPS) is None) == direct


def test_no_proxy_may_name_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1:8000")
    assert environment_proxy(HTTP) is None
    assert environment_proxy("http://127.0.0.1:9000") is not None


def test_specific_variable_wins_over_the_general(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://general.test:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://specific.test:2")
    assert environment_proxy(HTTPS) == "http://specific.test:2"


def test_proxy_without_a_scheme_is_http() -> None:
    assert checked_proxy("proxy.test:3128", "proxy") == "http://proxy.test:3128"


@for_each(
    "proxy",
    [
        "socks5://me:s3cret@127.0.0.1:1080",
        "http://",
        "",
        "ftp://me:s3cret@proxy.test",
        "http://me:s3cret@proxy.test:nonsense",
        "http://me:s3cret@proxy.test:99999999",
        "http://me:s3cret@[::1",
        "http://a..b:1",
        "a..b:1",
        "http://me:s3cret@a..b:1",
        "http://.:1",
        "http://" + "a" * 70 + ":1",
        "http://proxy.test:0",
        "http://me:s3cret/2@proxy.test:1",
        "http://me:1#s3cret@proxy.test:1",
        "http://me:1?s3cret@proxy.test:1",
        "http://me:s3cret@pro xy.test:1",
        "http://me:s3cret@proxy\0.test:1",
        "http://me:s3cret@proxy\x7f.test:1",
        " ",
        3,
    ],
)
def test_proxy_that_cannot_be_used_is_refused_at_construction(proxy: Any) -> None:
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        AsyncConversations("key", proxy=proxy)
    assert "s3cret" not in str(caught.value)


def test_proxy_of_the_environment_that_cannot_be_used_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(ConfigurationError, match="environment"):
        AsyncConversations("key")
    AsyncConversations("key", proxy="http://proxy.test:3128")


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("ALL_PROXY", HTTPS),
        ("all_proxy", HTTPS),
        ("ALL_PROXY", HTTP),
        ("HTTPS_PROXY", HTTPS),
        ("https_proxy", HTTPS),
        ("HTTP_PROXY", HTTP),
    ],
)
@pytest.mark.parametrize(
    ("proxy", "kind"),
    [
        ("socks5://me:s3cret@127.0.0.1:1080", "a socks5 proxy"),
        ("socks5h://127.0.0.1:1080", "a socks5h proxy"),
        ("SOCKS4://127.0.0.1:1080", "a socks4 proxy"),
        ("ftp://127.0.0.1", "a ftp proxy"),
        ("me:s3cret@a://127.0.0.1", "another address"),
    ],
)
def test_variable_of_a_proxy_that_cannot_be_used_is_named(
    proxy: str, kind: str, variable: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(ConfigurationError) as caught:
        AsyncConversations("key", base_url=url)
    assert str(caught.value) == (
        f"{variable} of the environment must be like http://HOST:PORT, not {kind}: "
        "name an HTTP proxy, list the host of base_url in NO_PROXY, or pass the async "
        "client a session=... with a connector for that kind of proxy"
    )


def test_lower_case_variable_wins_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:1")
    monkeypatch.setenv("all_proxy", "socks5://proxy.test:1")
    with pytest.raises(ConfigurationError, match=r"^all_proxy of the environment"):
        environment_proxy(HTTPS)


def test_parameter_that_is_no_http_proxy_is_named() -> None:
    with pytest.raises(ConfigurationError, match="not a socks5 proxy: name an"):
        AsyncConversations("key", proxy="socks5://127.0.0.1:1080")


def test_proxy_that_is_not_used_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
    assert environment_proxy(HTTP) is None


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("127.0.0.0/8", HTTP),
        ("::1/128", "http://[::1]:8000"),
        ("[::1]", "http://[::1]:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("10.0.0.0/8 127.0.0.1", HTTP),
        ("localhost, *", HTTP),
        (".MISTRAL.ai", HTTPS),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_no_proxy_names_networks_and_addresses(
    variable: str, no_proxy: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:3128")
    assert environment_proxy(url) is not None
    monkeypatch.setenv(variable, no_proxy)
    assert environment_proxy(url) is None


def test_password_that_is_no_unicode_is_refused_at_construction() -> None:
    with pytest.raises(ConfigurationError, match="proxy must be like"):
        AsyncConversations("key", proxy="http://me:\ud800@proxy.test:1")


def test_proxy_of_the_environment_without_a_host_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://a..b:1")
    with pytest.raises(ConfigurationError, match="environment"):
        AsyncConversations("key")


def test_password_of_a_proxy_is_not_shown() -> None:
    client = AsyncConversations("key", proxy="http://me:s3cret@proxy.test:3128")
    assert "s3cret" not in repr(vars(client))
