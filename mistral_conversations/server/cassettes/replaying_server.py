"""`ReplayingServer`, a service on this machine that answers from its recording."""

import asyncio
import math
from contextlib import AsyncExitStack

import attrs
from aiohttp import web

from mistral_conversations._checks import check_flag, is_number, on_field
from mistral_conversations.server.cassettes.cassette import open_cassette
from mistral_conversations.server.cassettes.cassette_server import CassetteServer
from mistral_conversations.server.cassettes.intake import Intake
from mistral_conversations.server.cassettes.matching import Matcher
from mistral_conversations.server.cassettes.player import Player
from mistral_conversations.server.web.authentication import check_api_key, masking_key

__all__ = ["ReplayingServer"]


def _speed(_: object, __: object, value: object) -> None:
    if not is_number(value):
        raise TypeError(f"speed must be a number, not {type(value).__name__}")
    if not 0 <= value < math.inf:
        raise ValueError(
            f"speed must be 0 (no waiting) or more, and finite, not {value}"
        )


@masking_key
@attrs.define(eq=False, repr=False)
class ReplayingServer(CassetteServer):
    """A service on this machine that answers from its recording.

    `LocalServer.replaying` creates it, and describes its parameters. Entering it reads
    the cassette; each time, all of the recording is unused again.
    """

    _speed: float = attrs.field(
        default=0.0, alias="speed", kw_only=True, validator=_speed
    )
    _strict: bool = attrs.field(
        default=False, alias="strict", kw_only=True, validator=on_field(check_flag)
    )
    _api_key: str | None = attrs.field(
        default=None, alias="api_key", kw_only=True, validator=check_api_key
    )
    _player: Player = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Check the rules of comparison, and reject a public host without a key."""
        super().__attrs_post_init__()
        self._refuse_public(self._api_key)

    @property
    def api_key(self) -> str | None:
        """The only key that this server accepts; None if any is."""
        return None if self._api_key is None else str(self._api_key)

    async def _prepare(self, _stack: AsyncExitStack, /) -> None:
        cassette = await open_cassette(self._path)
        matcher = await asyncio.to_thread(Matcher, cassette.exchanges, self._rules)
        self._player = Player(matcher, self._speed)

    async def _answer(self, request: web.Request, intake: Intake) -> web.StreamResponse:
        await intake.read()
        return await self._player.answer(request, intake)

    def _refuse_unused(self) -> None:
        if not self._strict:
            return
        found = [f"not used: {each}" for each in self._player.matcher.unused()]
        found += dict.fromkeys(self._player.missed)
        if found:
            listed = "\n- ".join(each.replace("\n", "\n  ") for each in found)
            raise AssertionError(f"The cassette {self._path} does not fit:\n- {listed}")
