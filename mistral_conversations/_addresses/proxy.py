"""An HTTP proxy: its address, and its credentials apart, in no text that is shown."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import attrs

from mistral_conversations._secret import Secret

__all__ = ["Proxy"]


@attrs.frozen
class Proxy:
    """A proxy as aiohttp needs it.

    aiohttp takes credentials in the URL too, but shows that URL in its errors, and
    cannot send a password that is not Latin-1.
    """

    url: str
    """Its URL without user and password."""

    headers: Mapping[str, str] | None = None
    """What to send to the proxy, and to nothing behind it; None without credentials."""

    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)
    """The texts that give the password away."""

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the proxy of a URL.

        User and password may be percent-encoded. Their bytes are sent as they are
        (RFC 7617), and characters beyond ASCII as UTF-8.
        """
        parts = urlsplit(url)
        credentials, at, host = parts.netloc.rpartition("@")
        if not at:
            return cls(str(url))
        user, _, password = credentials.partition(":")
        plain = b":".join(map(_plain_bytes, (user, password)))
        token = b64encode(plain).decode()
        return cls(
            parts._replace(netloc=host).geturl(),
            {"Proxy-Authorization": Secret(f"Basic {token}")},
            tuple(map(Secret, (token, password, unquote(password)))),
        )

    def options(self, headers: Mapping[str, str], url: str) -> dict[str, Any]:
        """Return aiohttp's options for a request through this proxy.

        Args:
            headers: the headers of the request.
            url: where it goes. To https, it goes through a tunnel: only the CONNECT for
                that has the credentials.
        """
        options: dict[str, Any] = {"headers": headers, "proxy": self.url}
        if self.headers is None:
            return options
        if url.startswith("https://"):
            return {**options, "proxy_headers": self.headers}
        return {**options, "headers": {**headers, **self.headers}}


def _plain_bytes(text: str) -> bytes:
    """Return the bytes of a percent-encoded text, even of an undecodable variable."""
    return unquote_to_bytes(text.encode(errors="surrogateescape"))
