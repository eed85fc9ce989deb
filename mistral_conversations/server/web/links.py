"""Signed URLs, which give access to a file for a limited time, without a key."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import attrs
from aiohttp import web

from mistral_conversations.server.web.clock import Clock, now
from mistral_conversations.server.web.failures import not_found
from mistral_conversations.server.web.routing import Operation

__all__ = ["Links", "Respond"]

_PATH = "/files/{token}"

Respond: TypeAlias = Callable[[], web.Response]
"""Responds with the target of a link.

It raises a RefusalError once the target is gone.
"""


@attrs.frozen
class _Link:
    respond: Respond
    expires_at: datetime


@attrs.define(eq=False)
class Links:
    """The valid links, by token."""

    clock: Clock = now
    _links: dict[str, _Link] = attrs.field(factory=dict, init=False)

    def operations(self) -> Sequence[Operation]:
        """Return the operation that follows a link, with its method and route."""
        return (("GET", _PATH, self._follow),)

    def create(
        self, request: web.Request, respond: Respond, lifetime: timedelta
    ) -> str:
        """Create a link, and return its URL on the host name that the caller used."""
        self._expire()
        token = secrets.token_urlsafe()
        self._links[token] = _Link(respond, self.clock() + lifetime)
        return str(request.url.with_path(_PATH.format(token=token)))

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        self._expire()
        link = self._links.get(request.match_info["token"])
        if link is None:
            raise not_found("The signed URL is unknown, or has expired")
        return link.respond()

    def _expire(self) -> None:
        time = self.clock()
        links = self._links.items()
        self._links = {t: link for t, link in links if time < link.expires_at}
