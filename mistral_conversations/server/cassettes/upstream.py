"""`Upstream`, the service behind a recording server."""

import asyncio
import ssl
from collections.abc import AsyncIterable
from contextlib import AbstractAsyncContextManager
from io import BytesIO
from typing import Any, Self, TypeAlias

import aiohttp
import attrs
from multidict import CIMultiDict, MultiMapping
from yarl import URL

from mistral_conversations._addresses.choice import environment_proxy
from mistral_conversations._addresses.proxy import Proxy

__all__ = ["Upstream", "passed_on"]

Body: TypeAlias = bytes | AsyncIterable[bytes] | None

# What is between two hops (RFC 9110, 7.6.1), and what each hop sets itself.
_OF_ONE_HOP = frozenset(
    {
        "connection",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_CONNECT_SECONDS = 30.0
_LARGEST_HEAD = 1024 * 1024


def passed_on(headers: MultiMapping[str]) -> CIMultiDict[str]:
    """Return the headers that a proxy passes on."""
    names = ",".join(headers.getall("Connection", [])).split(",")
    named = {name.strip().lower() for name in names}
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _OF_ONE_HOP | named
    )


@attrs.define(eq=False)
class Upstream:
    """The service behind a recording server; entered, it opens connections as needed.

    It passes each request on once, through the proxy of the environment if there is one
    for the service, and follows no redirect.
    """

    url: str
    """The base URL, without `/v1`."""

    _session: aiohttp.ClientSession | None = attrs.field(default=None, init=False)
    _proxy: Proxy | None = attrs.field(default=None, init=False)

    async def __aenter__(self) -> Self:
        """Open the session, on the running loop."""
        proxy = environment_proxy(self.url)
        self._proxy = None if proxy is None else Proxy.of(proxy)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=await self._trust()),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            skip_auto_headers=("Accept", "Content-Type", "User-Agent"),
            max_line_size=_LARGEST_HEAD,
            max_field_size=_LARGEST_HEAD,
        )
        return self

    async def _trust(self) -> ssl.SSLContext | bool:
        """Return whom to trust: aiohttp reads `SSL_CERT_FILE` when it is imported."""
        if self.url.startswith("https:"):
            return await asyncio.to_thread(ssl.create_default_context)
        return True

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def request(
        self, method: str, target: str, headers: MultiMapping[str], body: Body
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send a request.

        Args:
            method: its method.
            target: the path with the query, percent-encoded.
            headers: the headers of the caller.
            body: its bytes, or an iterable of them as they arrive.
        """
        if self._session is None:
            raise RuntimeError("enter the upstream first")
        sent = passed_on(headers)
        # Identity: what is compressed would have to be decompressed for the record.
        sent["Accept-Encoding"] = "identity"
        options: dict[str, Any] = {}
        if self._proxy is not None:
            options = self._proxy.options({}, self.url)
            sent.update(options.pop("headers"))
        return self._session.request(
            method,
            URL(f"{self.url}{target}", encoded=True),
            headers=sent,
            data=BytesIO(body) if isinstance(body, bytes) else body,
            allow_redirects=False,
            **options,
        )
