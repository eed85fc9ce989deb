"""One request on its way to the server, and its answer on the way back."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal, NoReturn, TypeAlias

import attrs

from .line import Line
from .troubles import Place, Trouble
from .wire import Body, Head, Side

__all__ = ["Note", "Passage", "Share"]

Share: TypeAlias = Literal["none", "part", "whole"]

_LONGEST_STALL = 20.0
_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
_WITHHELD = 3
_SMALL = 64 * 1024
_BODILESS = (204, 304)


@attrs.define
class Note:
    """What became of one request."""

    call: str
    number: int
    """The number of the request among those of its call, from 1."""

    method: str
    path: str
    trouble: str
    forwarded: Share = "none"
    answered: Share = "none"
    status: int | None = None
    """The status of the answer that was sent, or would have been."""

    struck: str = ""
    """What went wrong, beyond delays."""

    left: bool = False
    """Whether the client left before the end of its answer."""

    seconds: float = 0.0

    @property
    def is_calm(self) -> bool:
        """Whether the request and its answer passed whole and unchanged."""
        return not self.struck and self.answered == "whole"


class PassageEndedError(Exception):
    """Raised where the passage ends early.

    Args:
        reusable: whether the connection can serve another request.
    """

    def __init__(self, *, reusable: bool = False) -> None:
        super().__init__()
        self.reusable = reusable


class Passage:
    """Pass one request and its answer, with its trouble.

    Args:
        client: the side of the client.
        connect: returns a connection with the server.
        request: the head of the request.
        trouble: what goes wrong.
        note: where to note what happens.
    """

    def __init__(
        self,
        client: Side,
        connect: Callable[[], Awaitable[Side]],
        request: Head,
        trouble: Trouble,
        note: Note,
    ) -> None:
        self._client = client
        self._connect = connect
        self._request = request
        self._trouble = trouble
        self._note = note
        self._server: Side | None = None
        self._answer: Body | None = None
        self._line: Line | None = None
        self._watch: asyncio.Task[None] | None = None

    async def run(self) -> bool:
        """Pass them; return whether the connection can serve another request."""
        begin = asyncio.get_running_loop().time()
        try:
            await self._pass_request()
            await self._pass_answer()
            await self._follow_answer()
        except PassageEndedError as ended:
            return ended.reusable
        finally:
            self._note.seconds = asyncio.get_running_loop().time() - begin
            await self._stop_watching()
            await self._release_server()
        return True

    async def _pass_request(self) -> None:
        body = Body(self._client, self._request)
        if not body.is_chunked and self._request.length <= _SMALL:
            await self._client.hold(self._request.length)
            self._watch_client()
        await self._reach("before")
        await self._refuse_at("before", body)
        self._server = await self._connect()
        line = self._line = Line(self._server, self._request, self._trouble, "request")
        self._note.forwarded = "part"
        await self._pass_on(line, self._request.data)
        while piece := await body.piece():
            half = len(piece) // 2
            await self._pass_on(line, piece[:half])
            await self._refuse_at("request", body)
            await self._pass_on(line, piece[half:])
        if not body.is_whole:
            self._end_because("the client left")
        self._note.forwarded = "whole"
        if self._watch is None:
            self._watch_client()

    def _watch_client(self) -> None:
        """Listen to the client, which has nothing more to say, and may leave."""
        self._watch = asyncio.create_task(self._client.listen())
        self._watch.add_done_callback(self._notice)

    async def _pass_answer(self) -> None:
        await self._reach("between")
        if self._trouble.hints:
            await self._client.write(_HINTS)
        head = await self._answer_head()
        body = self._answer = Body(self._source, head, exists=_has_body(head))
        await self._refuse_at("between")
        self._note.status = head.status
        await self._pause("answer")
        line = Line(self._client, head, self._trouble, "answer")
        await self._pass_on(line, head.data)
        self._note.answered = "part"
        while piece := await body.piece():
            await self._pass_on(line, await self._until_end(body, piece))
        if not body.is_whole:
            self._end_because("the server left")
        self._note.answered = "whole"

    async def _pass_on(self, line: Line, piece: bytes) -> None:
        """Pass on a piece, up to the place of the cut."""
        if self._note.left and not self._trouble.server_finishes:
            self._end_because("the client left")
        if not await line.pass_on(piece):
            await self._strike()

    async def _answer_head(self) -> Head:
        head = await self._source.head()
        while head is not None and head.status < 200:
            await self._client.write(head.data)
            head = await self._source.head()
        if head is None:
            self._end_because("the server left")
        return head

    async def _until_end(self, body: Body, piece: bytes) -> bytes:
        """Return what passes of a piece now: of the last one, what was withheld."""
        if not body.is_whole:
            return piece
        if self._trouble.cut is not None and self._trouble.at == "end":
            at = 0 if body.is_chunked else len(piece) - _WITHHELD
            await self._client.write(piece[: max(at, 0)])
        await self._reach("end")
        return piece

    async def _follow_answer(self) -> None:
        """Send bytes that belong to no answer, or close the connection."""
        if self._trouble.tail:
            self._note.struck = f"tail {self._trouble.tail[:12]!r}"
            await self._client.write(self._trouble.tail)
            await asyncio.sleep(self._trouble.fraction * 0.2)
            self._client.close()
            raise PassageEndedError
        if self._trouble.cut is not None and self._trouble.at == "after":
            await asyncio.sleep(self._trouble.fraction * 0.1)
            await self._strike()

    @property
    def _source(self) -> Side:
        """The side of the server, which sends the answer."""
        assert self._server is not None
        return self._server

    async def _reach(self, place: Place) -> None:
        """Pass the delay of a place, and the cut there."""
        await self._pause(place)
        if self._trouble.cut is not None and self._trouble.at == place:
            await self._strike()

    async def _pause(self, place: Place) -> None:
        """Wait, until the client leaves at most, if that can be seen."""
        seconds = self._trouble.delays.get(place, 0)
        if seconds and self._watch is not None:
            await asyncio.wait({self._watch}, timeout=seconds)
        elif seconds:
            await asyncio.sleep(seconds)

    async def _strike(self) -> NoReturn:
        """Cut the connection of the client, and end the passage."""
        cut, place = self._trouble.cut, self._trouble.at
        is_late = self._watch is not None and self._watch.done()
        if cut != "close" or place != "after" or is_late:
            self._note.struck = f"{cut} at {place}"
        if cut == "stall":
            await self._stall()
        if cut == "reset":
            self._client.reset()
        else:
            self._client.close()
        raise PassageEndedError

    async def _stall(self) -> None:
        """Pass nothing more until the client leaves."""
        until = asyncio.get_running_loop().time() + _LONGEST_STALL
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                if self._watch is not None:
                    await asyncio.wait({self._watch})
                else:
                    while await self._client.read():
                        pass

    async def _refuse_at(self, place: Place, rest: Body | None = None) -> None:
        """Answer instead of the server, if that is what goes wrong at this place.

        Args:
            place: the place.
            rest: what is left of the request, to read unless the connection closes.
        """
        refusal = self._trouble.refusal
        if refusal is None or refusal.at != place:
            return
        self._note.struck = f"{refusal.status} at {place}"
        self._note.status = refusal.status
        if not refusal.closes and rest is not None:
            while await rest.piece():
                pass
        await self._client.write(refusal.data())
        self._note.answered = "whole"
        if refusal.closes:
            await self._linger()
            self._client.close()
        raise PassageEndedError(reusable=not refusal.closes)

    async def _linger(self) -> None:
        """Read what the client still sends, for a while, so that it can read."""
        if self._watch is not None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._trouble.fraction):
                while await self._client.read():
                    pass

    def _end_because(self, reason: str) -> NoReturn:
        """End the passage because a side is gone."""
        self._note.left |= reason == "the client left"
        self._note.struck = self._note.struck or reason
        self._client.close()
        raise PassageEndedError

    def _notice(self, _: "asyncio.Task[None]") -> None:
        """Notice that the client has left, or speaks out of turn."""
        if self._note.answered == "whole":
            return
        if not self._client.has_ended:
            self._note.struck = "the client sent bytes before it had its answer"
            return
        self._note.left = True
        if self._line is not None:
            self._line.drips = False
        if self._server is not None and not self._trouble.server_finishes:
            self._server.reset()

    async def _stop_watching(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.remove_done_callback(self._notice)
            watch.cancel()
            await asyncio.wait({watch})

    async def _release_server(self) -> None:
        """Read the rest of the answer, or cut the connection of the server."""
        server = self._server
        if server is None or self._note.forwarded == "none":
            return
        if self._answer is not None and self._answer.is_whole:
            return
        if self._note.forwarded == "part" or not self._trouble.server_finishes:
            server.reset()
            return
        with suppress(PassageEndedError):
            if self._answer is None:
                head = await self._answer_head()
                self._answer = Body(server, head, exists=_has_body(head))
            while await self._answer.piece():
                pass


def _has_body(head: Head) -> bool:
    return head.status not in _BODILESS
