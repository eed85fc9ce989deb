"""The delivery of an answer to its caller, with the trouble on its way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs
from aiohttp import web

from mistral_conversations._wire.json import encode_json
from mistral_conversations.server.web.body import Body
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.trouble import Trouble

__all__ = ["Delivery"]

_Step: TypeAlias = Callable[[Body], Awaitable[None]]


def _future() -> "asyncio.Future[web.StreamResponse]":
    return asyncio.get_running_loop().create_future()


class _StallError(Exception):
    """Nothing more is sent, though the caller waits."""


@attrs.define(eq=False)
class Delivery:
    """Delivers one answer: part by part, or at once by `respond`.

    Once the caller has left or is cut off, or the answer stalls, nothing more is sent
    and the methods return at once, so that the answer is still written to its end.
    """

    trouble: Trouble
    _body: Body | None = None
    """Where the parts go; None if the answer comes at once, or the caller has left."""

    response: "asyncio.Future[web.StreamResponse]" = attrs.field(
        factory=_future, init=False
    )
    """What the caller waits for; cancelled when the caller leaves."""

    streams: bool = attrs.field(init=False)
    """Whether the answer is sent part by part."""

    events: int = attrs.field(default=0, init=False)
    """How many events were due so far, whether sent or not."""

    left_at: float | None = attrs.field(default=None, init=False)
    """When the caller left, by the clock of the event loop."""

    _stalled: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        """Record whether the answer is sent part by part."""
        self.streams = self._body is not None

    async def begin(self) -> None:
        """Send the head after the delay, unless trouble strikes before."""
        await self._attempt(self._begin)

    async def reach(self) -> None:
        """Pass the time before the next event, and the trouble at this place."""
        await self._attempt(self._reach)

    async def send(self, event: JSONObject) -> None:
        """Send the event that is due."""
        await self._attempt(lambda body: self._send_event(body, event))
        self.events += 1

    async def send_whole(self, data: bytes) -> None:
        """Send an answer that is not streamed, from the first byte to the end."""
        await self.begin()
        await self._attempt(lambda body: self._send_data(body, data))
        await self.end()

    async def end(self) -> None:
        """End the answer in good order; if it stalls, wait until the caller leaves."""
        await self._attempt(Body.end)
        if self._stalled:
            await asyncio.wait([self.response])
        self.leave()

    def leave(self) -> None:
        """Record that the caller has left, and send nothing more."""
        if self.left_at is None:
            self.left_at = asyncio.get_running_loop().time()
        if self._body is not None:
            self._body.stop_comments()
            self.respond(self._body.head)
            self._body = None

    def respond(self, response: web.StreamResponse | Exception) -> None:
        """Respond, unless there is a response already or the caller has left."""
        if self.response.done():
            return
        if isinstance(response, Exception):
            self.response.set_exception(response)
        else:
            self.response.set_result(response)

    async def _attempt(self, step: _Step) -> None:
        if self._body is None or self._stalled:
            return
        try:
            await step(self._body)
        except ConnectionError:
            self.leave()
        except _StallError:
            self._stalled = True

    async def _begin(self, body: Body) -> None:
        await self._pause(self.trouble.delay)
        if not self.trouble.strikes_first:
            await body.begin()

    async def _reach(self, body: Body) -> None:
        await self._pause(self.trouble.event_delay)
        await self._strike_if_due(body)

    async def _send_event(self, body: Body, event: JSONObject) -> None:
        if self.trouble.giant_event and self._is_due():
            event = {**event, "padding": "x" * self.trouble.giant_event}
        await self._write(body, _frame(event["type"], encode_json(event)))

    async def _send_data(self, body: Body, data: bytes) -> None:
        await self._strike_if_due(body)
        await self._write(body, data)
        self.events += 1
        await self._strike_if_due(body)

    async def _pause(self, seconds: float) -> None:
        if not seconds:
            return
        done, _ = await asyncio.wait([self.response], timeout=seconds)
        if done:
            raise ConnectionResetError("the caller has left")

    async def _write(self, body: Body, data: bytes) -> None:
        limit = self.trouble.after_bytes
        if limit is None or body.sent + len(data) < limit:
            await body.write(data)
            return
        if limit > body.sent:
            await body.write(data[: limit - body.sent])
        await self._strike(body)

    async def _strike_if_due(self, body: Body) -> None:
        if self.trouble.after_bytes is None and self._is_due():
            await self._strike(body)

    def _is_due(self) -> bool:
        return self.events == self.trouble.after_events

    async def _strike(self, body: Body) -> None:
        if self.trouble.garbage is not None:
            garbage = self.trouble.garbage.encode()
            await body.write(_frame("message.output.delta", garbage))
        if self.trouble.stall:
            raise _StallError
        if self.trouble.cut is not None:
            await body.cut(self.trouble.cut)
            raise ConnectionResetError("the caller was cut off")


def _frame(name: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)
