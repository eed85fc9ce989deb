"""The address of a proxy and its credentials, apart."""

from base64 import b64decode

from mistral_conversations._addresses.proxy import Proxy
from tests.support.for_each import for_each


def test_proxy_without_credentials_sends_none() -> None:
    assert Proxy.of("http://proxy.test:3128") == Proxy("http://proxy.test:3128")


@for_each(
    ("credentials", "sent"),
    [
        ("me:secret", b"me:secret"),
        ("me", b"me:"),
        ("me:", b"me:"),
        (":secret", b":secret"),
        ("me:p%40ss%3Aword", b"me:p@ss:word"),
        ("me:a:b", b"me:a:b"),
        ("me:a@b", b"me:a@b"),
        ("me:%E2%82%AC", "me:€".encode()),
        ("me:€", "me:€".encode()),
        ("m%C3%A9:%F0%9F%98%80", "mé:😀".encode()),
        ("me:%FC", b"me:\xfc"),
        ("me:\udcfc", b"me:\xfc"),  # from a variable that is not UTF-8
        ("me:100%", b"me:100%"),
    ],
)
def test_credentials_are_sent_as_their_bytes(credentials: str, sent: bytes) -> None:
    proxy = Proxy.of(f"http://{credentials}@proxy.test:3128")
    assert proxy.url == "http://proxy.test:3128"
    assert proxy.headers is not None
    value = proxy.headers["Proxy-Authorization"]
    assert b64decode(value.removeprefix("Basic ")) == sent


@for_each("host", ["[::1]:3128", "proxy.test", "proxy.test/path"])
def test_rest_of_the_url_is_kept(host: str) -> None:
    proxy = Proxy.of(f"https://me:secret@{host}")
    assert proxy.url == f"https://{host}"


def test_repr_shows_no_password() -> None:
    proxy = Proxy.of("http://me:s3cret-pw@proxy.test:3128")
    assert "s3cret" not in repr(proxy)
    assert "bWU6czNjcmV0LXB3" not in repr(proxy)
    assert "proxy.test" in repr(proxy)
