"""A proxy between the client and the server, where requests and answers go wrong."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.support.listener import Listener

from .dice import Dice
from .passage import Note, Passage
from .troubles import CALM, Trouble, drawn
from .wire import Head, Side

__all__ = ["CALL", "Proxy"]

CALL = "x-torture-call"
"""The header that names the call of a request; without it, nothing goes wrong."""

_BACKLOG = 1024
_LONGEST_CALM = 6.0


class Proxy:
    """Pass requests on to a server, each with a trouble by the dice.

    Now and then it does not listen for a moment, so that nobody can connect.

    Args:
        seed: decides, with the name of the call and the number of its request.
        port: that of the server, on this machine.
        record: receives what became of each request.
    """

    def __init__(self, seed: int, port: int, record: Callable[[Note], None]) -> None:
        self._seed = seed
        self._port = port
        self._record = record
        self._numbers: Counter[str] = Counter()
        self._listener = Listener(self._serve, backlog=_BACKLOG)
        self._outages: asyncio.Task[None] | None = None
        self.open_connections = 0

    async def __aenter__(self) -> Self:
        await self._listener.start()
        self._outages = asyncio.create_task(self._be_out_now_and_then())
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        assert self._outages is not None
        self._outages.cancel()
        await asyncio.wait({self._outages})
        await self._listener.stop()

    @property
    def port(self) -> int:
        return self._listener.port

    async def _be_out_now_and_then(self) -> None:
        dice = Dice(self._seed, "outages")
        while True:
            await asyncio.sleep(dice.about(0.5, _LONGEST_CALM))
            self._listener.pause()
            await asyncio.sleep(dice.about(0.01, 0.2))
            await self._listener.start()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.open_connections += 1
        try:
            await _Connection(self, Side(reader, writer)).serve()
        except (ConnectionError, asyncio.CancelledError):
            pass  # whoever cut it has noted that
        finally:
            self.open_connections -= 1
            writer.transport.abort()

    async def connect(self) -> Side:
        """Connect with the server."""
        return Side(*await asyncio.open_connection("127.0.0.1", self._port))

    def begin(self, request: Head) -> tuple[Trouble, Note]:
        """Draw the trouble of a request."""
        call = request.headers.get(CALL, "")
        self._numbers[call] += 1
        number = self._numbers[call]
        trouble = drawn(Dice(self._seed, call, number)) if call else CALM
        method, path, _ = request.first.split(" ")
        return trouble, Note(call, number, method, path, str(trouble))

    def end(self, note: Note) -> None:
        """Record what became of a request."""
        if note.call:
            self._record(note)


class _Connection:
    """A connection of the client, and the one with the server behind it."""

    def __init__(self, proxy: Proxy, client: Side) -> None:
        self._proxy = proxy
        self._client = client
        self._server: Side | None = None

    async def serve(self) -> None:
        try:
            while (request := await self._client.head()) is not None:
                if not await self._pass(request):
                    break
        finally:
            if self._server is not None:
                self._server.reset()
            with suppress(ConnectionError):
                self._client.close()

    async def _pass(self, request: Head) -> bool:
        trouble, note = self._proxy.begin(request)
        try:
            passage = Passage(self._client, self._connected, request, trouble, note)
            return await passage.run()
        finally:
            self._proxy.end(note)

    async def _connected(self) -> Side:
        if self._server is None or not self._server.is_usable:
            if self._server is not None:
                self._server.close()
            self._server = await self._proxy.connect()
        return self._server
