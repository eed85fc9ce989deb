"""Who waits for an answer, and may go before it is there."""

import asyncio
from collections.abc import Awaitable, Callable

import attrs
from aiohttp import web

from mistral_conversations.server.delivery import Delivery, StallError
from mistral_conversations.server.performance import Event
from mistral_conversations.server.records import RecordedRequest

__all__ = ["Caller"]


@attrs.define(eq=False)
class Caller:
    """The one who asked: told of each event while streaming, or given the whole.

    A caller who has gone is told nothing, and the telling goes on.
    """

    request: RecordedRequest
    answer: "asyncio.Future[web.StreamResponse]"
    """What the caller waits for; it is cancelled when the caller goes."""

    _delivery: Delivery | None
    """The way of a stream; None where all comes at once, or nobody listens."""

    streams: bool = attrs.field(init=False)
    left_at: float | None = attrs.field(default=None, init=False)
    """When the caller went, by the clock of the event loop."""

    _stalled: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        """Note whether the caller wants events."""
        self.streams = self._delivery is not None

    async def begin(self) -> None:
        """Let the time pass until the stream begins."""
        await self._follow(Delivery.begin)

    async def reach(self) -> None:
        """Get to where the next event is due."""
        await self._follow(Delivery.reach)

    async def tell(self, event: Event) -> None:
        """Tell the event that is due."""
        await self._follow(lambda delivery: delivery.event(event))

    async def end(self) -> None:
        """End the stream in good order, or wait with a caller whose stream stalls."""
        await self._follow(Delivery.end)
        if self._stalled:
            await asyncio.wait([self.answer])
        self.leave()

    def leave(self) -> None:
        """Note that the caller listens no more."""
        if self.left_at is None:
            self.left_at = asyncio.get_running_loop().time()
        if self._delivery is not None:
            self._delivery.close()
            self.take(self._delivery.response)
            self._delivery = None

    def take(self, answer: web.StreamResponse | Exception) -> None:
        """Take the answer, unless there is one, or nobody to take it."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)

    async def _follow(self, step: Callable[[Delivery], Awaitable[None]]) -> None:
        if self._delivery is None or self._stalled:
            return
        try:
            await step(self._delivery)
        except ConnectionError:
            self.leave()
        except StallError:
            self._stalled = True
