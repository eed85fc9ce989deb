"""What a server was asked and what it holds, to assert on and to answer by."""

from collections import deque
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
from aiohttp import web
from multidict import CIMultiDict

from mistral_conversations._wire.json import decode_json

__all__ = [
    "Journal",
    "RecordedAgent",
    "RecordedConversation",
    "RecordedRequest",
    "record",
]

_MOST_REQUESTS = 10_000
_MOST_BYTES = 64 * 1024 * 1024
_SECRETS = ("Authorization", "Proxy-Authorization")


@attrs.frozen(eq=False)
class RecordedRequest:
    """A request as it came, but for the API key."""

    method: str
    path: str
    """From `/v1` on, percent-encoded as it came, without the query."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By any case of their names; in the place of the key stands `***`."""

    body: bytes = attrs.field(repr=False)

    @cached_property
    def json(self) -> Any:
        """The body as plain JSON types; None where there is no body.

        Raises:
            ValueError: the body is no JSON.
        """
        return decode_json(self.body) if self.body else None


@attrs.frozen(eq=False)
class RecordedConversation:
    """A conversation as it stands, in the plain JSON types of the API.

    What is inside belongs to the server: change a copy.
    """

    id: str
    json: Mapping[str, Any]
    """What `GET /v1/conversations/{id}` tells: model or agent, instructions, tools, ...
    """

    entries: Sequence[Mapping[str, Any]]
    """What its history tells; for a model that is asked, the new inputs are the last.
    """

    agent: Mapping[str, Any] | None = None
    """What `GET /v1/agents/{id}` tells of the agent that answers, at the version of
    this conversation; None without an agent, or if it was never made here.
    """

    @property
    def model(self) -> str | None:
        """The model, or that of the agent; None if the agent was never made here."""
        model: str | None = self._answerer.get("model")
        return model

    @property
    def instructions(self) -> str | None:
        """The instructions, or those of the agent; None if there are none."""
        instructions: str | None = self._answerer.get("instructions")
        return instructions

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """The tools, or those of the agent; empty if there are none."""
        tools: Sequence[Mapping[str, Any]] | None = self._answerer.get("tools")
        return tools or ()

    @property
    def _answerer(self) -> Mapping[str, Any]:
        return self.json if self.agent is None else self.agent


@attrs.frozen(eq=False)
class RecordedAgent:
    """An agent as it is now, in the plain JSON types of the API.

    What is inside belongs to the server: change a copy.
    """

    id: str
    json: Mapping[str, Any]
    """What `GET /v1/agents/{id}` tells: the current version."""

    versions: Sequence[Mapping[str, Any]]
    """The same of each version; its place is its number."""

    aliases: Mapping[str, int]
    """The numbers of the versions that have an alias, by the alias."""


@attrs.define(eq=False)
class Journal:
    """The newest requests: at most 10,000, with 64 MiB of bodies, and at least one."""

    _requests: deque[RecordedRequest] = attrs.field(factory=deque)
    _bytes: int = 0

    def add(self, request: RecordedRequest) -> None:
        """Keep a request, and let go of the oldest beyond the limits."""
        self._requests.append(request)
        self._bytes += len(request.body)
        while self._is_too_much():
            self._bytes -= len(self._requests.popleft().body)

    def _is_too_much(self) -> bool:
        count = len(self._requests)
        return count > _MOST_REQUESTS or (self._bytes > _MOST_BYTES and count > 1)

    def requests(self) -> tuple[RecordedRequest, ...]:
        """Give all, the oldest first."""
        return tuple(self._requests)


async def record(request: web.Request) -> RecordedRequest:
    """Read a request to its end, and record it."""
    headers = CIMultiDict(request.headers)
    for name in _SECRETS:
        if name in headers:
            headers[name] = "***"
    return RecordedRequest(
        request.method,
        request.rel_url.raw_path,
        request.query,
        headers,
        await request.read(),
    )
