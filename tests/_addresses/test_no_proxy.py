"""The hosts that a value of NO_PROXY names."""

from mistral_conversations._addresses.no_proxy import is_named
from tests.support.for_each import for_each

NAMED = [
    ("api.mistral.ai", None, "*"),
    ("api.mistral.ai", None, "elsewhere.test,*"),
    ("api.mistral.ai", None, "api.mistral.ai"),
    ("api.mistral.ai", None, "mistral.ai"),
    ("api.mistral.ai", None, ".mistral.ai"),
    ("api.mistral.ai", None, "*.mistral.ai"),
    ("api.mistral.ai", None, "API.Mistral.AI"),
    ("API.Mistral.AI", None, "mistral.ai"),
    ("api.mistral.ai", None, "mistral.ai."),
    ("api.mistral.ai.", None, "mistral.ai"),
    ("api.mistral.ai", 443, "mistral.ai"),
    ("api.mistral.ai", 443, "mistral.ai:443"),
    ("api.mistral.ai", None, " elsewhere.test ,  mistral.ai "),
    ("api.mistral.ai", None, "elsewhere.test mistral.ai"),
    ("localhost", 8000, "localhost,127.0.0.1"),
    ("127.0.0.1", 8000, "127.0.0.1"),
    ("127.0.0.1", 8000, "127.0.0.1:8000"),
    ("127.0.0.1", 8000, "127.0.0.0/8"),
    ("127.0.0.1", 8000, "127.0.0.1/8"),
    ("127.0.0.1", 8000, "10.0.0.0/8, 127.0.0.0/8"),
    ("127.0.0.1", 8000, "127.0.0.0/8:8000"),
    ("10.1.2.3", None, "0.0.0.0/0"),
    ("192.168.7.1", None, "192.168.0.0/255.255.0.0"),
    ("::1", None, "::1"),
    ("::1", None, "[::1]"),
    ("::1", None, "::1/128"),
    ("::1", None, "[::1]/128"),
    ("::1", None, "0:0:0:0:0:0:0:1"),
    ("::1", 8000, "[::1]:8000"),
    ("fd00::7", None, "fd00::/8"),
    ("FD00::7", None, "fd00::/8"),
]
OTHERS = [
    ("api.mistral.ai", None, ""),
    ("api.mistral.ai", None, " , "),
    ("api.mistral.ai", None, "."),
    ("api.mistral.ai", None, "elsewhere.test"),
    ("notmistral.ai", None, "mistral.ai"),
    ("mistral.ai", None, "api.mistral.ai"),
    ("api.mistral.ai", 443, "mistral.ai:80"),
    ("api.mistral.ai", None, ":443"),
    ("api.mistral.ai", None, "127.0.0.0/8"),
    ("127.0.0.1", 8000, "127.0.0.1:80"),
    ("127.0.0.1", 8000, "10.0.0.0/8"),
    ("127.0.0.1", 8000, "::/0"),
    ("127.0.0.1", 8000, "127.0.0.0/99"),
    ("127.0.0.1", 8000, "localhost"),
    ("::1", None, "127.0.0.0/8"),
    ("::1", 8000, "[::1]:80"),
    ("::2", None, "::1/128"),
    ("host1", None, "10.0.0.0/8"),
    ("1", None, "*.1.2"),
    ("", None, "mistral.ai"),
]


@for_each(("host", "port", "no_proxy"), NAMED)
def test_host_is_named(host: str, port: int | None, no_proxy: str) -> None:
    assert is_named(host, port, no_proxy)


@for_each(("host", "port", "no_proxy"), OTHERS)
def test_host_is_not_named(host: str, port: int | None, no_proxy: str) -> None:
    assert not is_named(host, port, no_proxy)
