"""`RecordingServer`, a proxy on this machine that records what a service answers."""

import asyncio
import errno
import os
from contextlib import AsyncExitStack
from itertools import count
from types import TracebackType
from typing import Literal, TypeAlias, get_args

import attrs
from aiohttp import web

from mistral_conversations._addresses.choice import SERVICE, checked_address
from mistral_conversations.server.cassettes.cassette import (
    Cassette,
    first_line,
    open_cassette,
)
from mistral_conversations.server.cassettes.cassette_server import CassetteServer
from mistral_conversations.server.cassettes.intake import Intake
from mistral_conversations.server.cassettes.matching import Matcher
from mistral_conversations.server.cassettes.player import Player
from mistral_conversations.server.cassettes.recorder import Recorder
from mistral_conversations.server.cassettes.upstream import Upstream
from mistral_conversations.server.cassettes.writer import CassetteWriter

__all__ = ["Mode", "RecordingServer"]

Mode: TypeAlias = Literal["all", "new"]


def _checked_upstream(url: object) -> str:
    return checked_address(url, "upstream")


def _mode(_: object, __: object, value: object) -> None:
    if value not in get_args(Mode):
        raise ValueError(f"mode must be 'all' or 'new', not {value!r}")


@attrs.define(eq=False, repr=False)
class RecordingServer(CassetteServer):
    """A proxy on this machine that records what a service answers.

    `LocalServer.recording` creates it, and describes its parameters.
    """

    _upstream: str = attrs.field(
        default=SERVICE,
        alias="upstream",
        kw_only=True,
        converter=_checked_upstream,
    )
    _mode: Mode = attrs.field(
        default="all", alias="mode", kw_only=True, validator=_mode
    )
    _writer: CassetteWriter | None = attrs.field(default=None, init=False)
    _recorder: Recorder = attrs.field(init=False)
    _player: Player = attrs.field(init=False)

    @property
    def upstream(self) -> str:
        """The base URL of the recorded service."""
        return self._upstream

    @property
    def recorded(self) -> int:
        """The number of exchanges recorded since the server was last entered."""
        return 0 if self._writer is None else self._writer.exchanges

    async def __aexit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening, cut off what has not ended, and close the cassette.

        If an error leaves the `with` block before the first exchange, there is no
        cassette; otherwise, one without exchanges.

        Raises:
            Exception: the cassette was not written as a whole; any error of a function
                that redacts.
        """
        if self._writer is not None and error is not None:
            self._writer.may_be_empty = False
        await super().__aexit__(type_, error, traceback)

    async def _prepare(self, stack: AsyncExitStack, /) -> None:
        await asyncio.to_thread(self._prepare_folder)
        cassette = await self._earlier()
        keep = None if cassette is None else cassette.size
        writer = CassetteWriter(self._path, first_line(self._upstream), keep)
        self._writer = await stack.enter_async_context(writer)
        upstream = await stack.enter_async_context(Upstream(self._upstream))
        exchanges = () if cassette is None else cassette.exchanges
        numbers = count(1 + max((each.number for each in exchanges), default=0))
        self._recorder = Recorder(upstream, writer, self._rules.redaction, numbers)
        matcher = await asyncio.to_thread(Matcher, exchanges, self._rules)
        self._player = Player(matcher, 0.0)

    async def _answer(self, request: web.Request, intake: Intake) -> web.StreamResponse:
        if self._mode == "new":
            await intake.read()
            exchange = self._player.matcher.take(intake.facts)
            if exchange is not None:
                return await self._player.play(request, intake, exchange)
        return await self._recorder.answer(request, intake)

    def _keeps_uploads(self) -> bool:
        return self._mode == "new"

    def _prepare_folder(self) -> None:
        if self._path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)

    async def _earlier(self) -> Cassette | None:
        """Return the cassette that grows; None if a new one begins."""
        if self._mode == "new" and await asyncio.to_thread(self._path.exists):
            return await open_cassette(self._path)
        return None
