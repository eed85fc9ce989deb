from mistral_conversations.server.web.address import is_loopback, url_of
from tests.support.for_each import for_each


@for_each(
    ("host", "found"),
    [
        *[("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)],
        *[("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("here", False)],
    ],
)
def test_loopback(host: str, *, found: bool) -> None:
    assert is_loopback(host) is found


@for_each(
    ("host", "url"),
    [
        ("localhost", "http://localhost:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("::", "http://[::1]:80"),
    ],
)
def test_url(host: str, url: str) -> None:
    assert url_of(host, 80) == url
