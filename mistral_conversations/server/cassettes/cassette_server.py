"""`CassetteServer`, what recording and replaying servers have in common."""

import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import attrs
from aiohttp import web

from mistral_conversations.server.cassettes.intake import Intake
from mistral_conversations.server.cassettes.matching import Rules
from mistral_conversations.server.web.access_log import log_requests
from mistral_conversations.server.web.authentication import check_key
from mistral_conversations.server.web.host_names import HostNames
from mistral_conversations.server.web.listening import Listening
from mistral_conversations.server.web.records import (
    Journal,
    RecordedRequest,
    record,
)
from mistral_conversations.server.web.refusals import answered, without_rest
from mistral_conversations.server.web.routing import add_catch_all

__all__ = ["CassetteServer", "Redact"]

Redact: TypeAlias = Sequence[str] | Callable[[Any], Any]
"""JSON paths, or a function that takes a body and returns what to write instead."""


def _cassette_path(value: object) -> Path:
    if not isinstance(value, str | os.PathLike):
        kind = type(value).__name__
        raise TypeError(f"path must be a str or a path, not {kind}")
    text = os.fspath(value)
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"path must be the path of a file, not {text!r}")
    return Path(text)


@attrs.define(eq=False, repr=False)
class CassetteServer(Listening):
    """A server whose answers come from a service or its recording."""

    _path: Path = attrs.field(alias="path", converter=_cassette_path)
    _match: Sequence[str] | None = attrs.field(
        default=None, alias="match", kw_only=True
    )
    _ignore: Sequence[str] = attrs.field(default=(), alias="ignore", kw_only=True)
    _redact: Redact | None = attrs.field(default=None, alias="redact", kw_only=True)
    _rules: Rules = attrs.field(init=False)
    _names: HostNames = attrs.field(init=False)
    _journal: Journal = attrs.field(factory=Journal, init=False)

    def __attrs_post_init__(self) -> None:
        """Check the rules of comparison."""
        self._rules = Rules.of(self._match, self._ignore, self._redact)
        self._names = self._host_names()

    def __repr__(self) -> str:
        """Show the address, or that there is none, and the cassette."""
        name = type(self).__name__
        if not hasattr(self, "_rules"):  # in the traceback of a failed constructor
            return f"<{name}, not initialized>"
        return f"<{name} {self._base_url or 'not running'}, {self._path}>"

    @property
    def path(self) -> Path:
        """The cassette."""
        return self._path

    @property
    def api_key(self) -> str | None:
        """The only key that this server accepts; None if any is."""
        return None

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The requests received, in the order of arrival, like `LocalServer.requests`.

        The body of an upload, which passes while it arrives, is empty there.
        """
        return self._journal.requests()

    async def _application(self, stack: AsyncExitStack) -> web.Application:
        await self._prepare(stack)
        app = web.Application(middlewares=[log_requests])
        add_catch_all(app, self._handle)
        return app

    async def _prepare(self, stack: AsyncExitStack, /) -> None:
        """Open what the answers need.

        Args:
            stack: closes it.
        """
        raise NotImplementedError

    async def _answer(self, request: web.Request, intake: Intake) -> web.StreamResponse:
        """Answer a request, whose body is read unless it is an upload."""
        raise NotImplementedError

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        return without_rest(await answered(request, self._checked), request)

    async def _checked(self, request: web.Request) -> web.StreamResponse:
        self._names.check(request)
        if self.api_key is not None:
            check_key(request, self.api_key)
        keeps = self._keeps_uploads()
        intake = Intake(request, self._rules.redaction, keeps_uploads=keeps)
        if intake.body is not None:
            await intake.read()
        self._journal.add(record(request, intake.body or b""))
        return await self._answer(request, intake)

    def _keeps_uploads(self) -> bool:
        """Return whether an upload is read before it is answered."""
        return False
