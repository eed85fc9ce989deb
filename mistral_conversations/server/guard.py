"""What stands before the operations: records, trouble on demand, the key, the log."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs
from aiohttp import web

from mistral_conversations.server.delivery import Delivery, StallError
from mistral_conversations.server.failures import (
    RefusalError,
    method_not_allowed,
    no_route,
    refusal,
)
from mistral_conversations.server.records import Journal, RecordedRequest, record
from mistral_conversations.server.requests import check_key
from mistral_conversations.server.responses import refused, troubled
from mistral_conversations.server.trouble import CALM, Trouble, Troubles

__all__ = ["Guard", "Operation", "expected", "recorded_of", "trouble_of"]

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Operation: TypeAlias = tuple[str, str, Handler]

_RECORDED = web.RequestKey("recorded", RecordedRequest)
_TROUBLE = web.RequestKey("trouble", Trouble)
_BODILESS = (204, 304)
_logger = logging.getLogger("mistral_conversations.server")


def recorded_of(request: web.Request) -> RecordedRequest:
    """Give the record of a request that has passed the guard."""
    return request[_RECORDED]


def trouble_of(request: web.Request) -> Trouble:
    """Give the trouble that a request which has passed the guard is in."""
    return request[_TROUBLE]


async def expected(request: web.Request) -> web.StreamResponse | None:
    """Tell a client that waits with its body to go on (RFC 9110, 10.1.1)."""
    if request.headers["Expect"].lower() != "100-continue":
        return refused(RefusalError(417, {"detail": "Expectation Failed"}))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return None


@attrs.define(eq=False)
class Guard:
    """Lets requests pass to the operations, and answers out of them."""

    _api_key: str | None = attrs.field(repr=False)
    """The only key that is accepted; None accepts any."""

    troubles: Troubles = attrs.field(factory=Troubles)
    journal: Journal = attrs.field(factory=Journal)

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Let a request pass, and log one line of it."""
        begun = time.perf_counter()
        transport = request.transport
        status: int | str = "dropped"
        try:
            response = await self._pass(request, handler)
            status = response.status
        except asyncio.CancelledError:
            # Closing alone would wait for a client that has ceased to read.
            if transport is not None:
                transport.abort()
            raise
        finally:
            seconds = time.perf_counter() - begun
            path = request.rel_url.raw_path
            _logger.info("%s %s %s %.3f s", request.method, path, status, seconds)
        return response

    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        recorded = request[_RECORDED] = await record(request)
        request[_TROUBLE] = CALM
        self.journal.add(recorded)
        response = await self._answer(request, handler)
        if trouble_of(request) is CALM or not isinstance(response, web.Response):
            return response
        return await _deliver(response, request)

    async def _answer(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        try:
            trouble = request[_TROUBLE] = self.troubles.strike(recorded_of(request))
            if trouble.status is not None:
                return troubled(trouble, trouble.status)
            if _needs_key(request):
                check_key(request, self._api_key)
            return await handler(request)
        except RefusalError as error:
            return refused(error)
        except web.HTTPNotFound:
            return refused(no_route())
        except web.HTTPMethodNotAllowed as error:
            return refused(method_not_allowed(), {"Allow": error.headers["Allow"]})
        except Exception:
            _logger.exception("LocalServer failed")
            return refused(refusal(500, "LocalServer failed: see its log", 3000))


def _needs_key(request: web.Request) -> bool:
    """Whether the service answers, and not the gateway or whoever has a signed URL."""
    return request.match_info.http_exception is None and request.path.startswith("/v1/")


async def _deliver(response: web.Response, request: web.Request) -> web.StreamResponse:
    """Bring an answer that is not streamed to its caller, as its trouble has it."""
    trouble = attrs.evolve(trouble_of(request), comments=None)
    body = response.body if isinstance(response.body, bytes) else b""
    if request.method == "HEAD" or response.status in _BODILESS:
        body = b""
        trouble = attrs.evolve(trouble, gzip=False, garbage=None)
    head = web.StreamResponse(status=response.status, headers=response.headers)
    if not (trouble.gzip or trouble.garbage or trouble.cut == "end"):
        head.content_length = len(body)
    gone = asyncio.get_running_loop().create_future()
    try:
        await Delivery(request, trouble, gone, head).whole(body)
    except ConnectionError:
        pass
    except StallError:
        await gone
    return head
