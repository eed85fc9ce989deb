"""`Player`, which answers requests from a cassette."""

import asyncio
import logging
from typing import Any

import attrs
from aiohttp import web

from mistral_conversations.server.cassettes.ending import cut_off
from mistral_conversations.server.cassettes.exchange import Exchange, RequestFacts
from mistral_conversations.server.cassettes.intake import Intake
from mistral_conversations.server.cassettes.matching import Matcher
from mistral_conversations.server.web.failures import RefusalError

__all__ = ["Player"]

_logger = logging.getLogger("mistral_conversations.server")


@attrs.define(eq=False)
class Player:
    """Answers each request with the exchange recorded for it."""

    matcher: Matcher
    _speed: float
    """How many times as fast as recorded; 0 waits for nothing."""

    missed: list[str] = attrs.field(factory=list, init=False)
    """A text about each request that was not recorded, on several lines."""

    async def answer(self, request: web.Request, intake: Intake) -> web.StreamResponse:
        """Answer a request.

        Raises:
            RefusalError: it was not recorded.
        """
        facts = intake.facts
        exchange = self.matcher.take(facts)
        if exchange is None:
            raise self._unrecorded(facts)
        return await self.play(request, intake, exchange)

    async def play(
        self, request: web.Request, intake: Intake, exchange: Exchange
    ) -> web.StreamResponse:
        """Answer with a recorded exchange, from its first byte to its end."""
        if exchange.status is None:
            return await self._end(web.Response(), request, intake, exchange)
        response = web.StreamResponse(status=exchange.status, headers=exchange.headers)
        if _has_known_length(exchange):
            response.content_length = sum(len(each.data) for each in exchange.pieces)
        await self._wait(intake, exchange.begun)
        try:
            await response.prepare(request)
            for piece in exchange.pieces:
                await self._wait(intake, piece.at)
                await response.write(piece.data)
            return await self._end(response, request, intake, exchange)
        except ConnectionError:
            return response

    async def _end(
        self,
        response: web.StreamResponse,
        request: web.Request,
        intake: Intake,
        exchange: Exchange,
    ) -> web.StreamResponse:
        await self._wait(intake, exchange.ended)
        if exchange.end == "complete":
            await response.write_eof()
            return response
        if exchange.end == "left":
            _logger.warning(
                "The recording of line %d ends here, because its caller left: nothing "
                "more is sent",
                exchange.line,
            )
            await asyncio.Event().wait()
        return cut_off(request)

    async def _wait(self, intake: Intake, at: float) -> None:
        """Wait until a time of the recording, in seconds after the request arrived."""
        seconds = at / self._speed - intake.seconds() if self._speed else 0.0
        await asyncio.sleep(seconds)

    def _unrecorded(self, facts: RequestFacts) -> RefusalError:
        message = self.matcher.explain(facts)
        self.missed.append(message)
        _logger.info("%s", message)
        return RefusalError(400, _error(message))


def _has_known_length(exchange: Exchange) -> bool:
    """Return whether the answer has a Content-Length: not that to HEAD, nor a part."""
    kind = exchange.headers.get("content-type", "")
    is_stream = kind.startswith("text/event-stream")
    is_whole = exchange.end == "complete" and not is_stream
    return is_whole and exchange.request.method != "HEAD"


def _error(message: str) -> dict[str, Any]:
    return {
        "object": "error",
        "message": message,
        "type": "invalid_request_error",
        "code": "request_not_recorded",
    }
