"""The requests that a server received, recorded for tests and for the model."""

from collections import deque
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
from aiohttp import web
from multidict import CIMultiDict

from mistral_conversations._secret import MASK
from mistral_conversations._wire.json import decode_json, encode_json

__all__ = ["Journal", "RecordedRequest", "record"]

_MOST_REQUESTS = 10_000
_MOST_BYTES = 64 * 1024 * 1024
_SECRETS = ("Authorization", "Proxy-Authorization")


@attrs.frozen(eq=False)
class RecordedRequest:
    """A request as received, except for the API key."""

    method: str
    path: str
    """From `/v1` on, percent-encoded as received, without the query."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By case-insensitive name; `***` replaces the API key."""

    body: bytes = attrs.field(repr=False)
    """Empty if the request was refused before its body was read: it has no valid key,
    or names another host.
    """

    @cached_property
    def json(self) -> Any:
        """The body as plain JSON types; None without a body.

        Raises:
            ValueError: the body is not JSON.
        """
        return decode_json(self.body) if self.body else None

    def of_batch(self, path: str, body: object) -> "RecordedRequest":
        """Return the record of a request that the batch job of this one contains."""
        content = encode_json(body)
        return RecordedRequest(self.method, path, {}, self.headers, content)


@attrs.define(eq=False)
class Journal:
    """The newest requests: at most 10,000, with 64 MiB of bodies, and at least one."""

    _requests: deque[RecordedRequest] = attrs.field(factory=deque)
    _bytes: int = 0

    def add(self, request: RecordedRequest) -> None:
        """Add a request, and drop the oldest beyond the limits."""
        self._requests.append(request)
        self._bytes += len(request.body)
        while self._is_too_much():
            self._bytes -= len(self._requests.popleft().body)

    def _is_too_much(self) -> bool:
        count = len(self._requests)
        return count > _MOST_REQUESTS or (self._bytes > _MOST_BYTES and count > 1)

    def requests(self) -> tuple[RecordedRequest, ...]:
        """Return all requests, oldest first."""
        return tuple(self._requests)


def record(request: web.Request, body: bytes) -> RecordedRequest:
    """Record a request and its body."""
    headers = CIMultiDict(request.headers)
    for name in _SECRETS:
        if name in headers:
            headers[name] = MASK
    return RecordedRequest(
        request.method,
        request.rel_url.raw_path,
        request.query,
        headers,
        body,
    )
