"""The middleware around all operations: records, trouble, the key, errors."""

import attrs
from aiohttp import web

from mistral_conversations.server.web.authentication import check_key, has_key
from mistral_conversations.server.web.body import Body
from mistral_conversations.server.web.delivery import Delivery
from mistral_conversations.server.web.failures import (
    RefusalError,
    too_large,
)
from mistral_conversations.server.web.host_names import HostNames
from mistral_conversations.server.web.records import Journal, RecordedRequest, record
from mistral_conversations.server.web.refusals import answered, without_rest
from mistral_conversations.server.web.responses import error_response, trouble_response
from mistral_conversations.server.web.routing import Handler, ask_for_body
from mistral_conversations.server.web.trouble import CALM, Trouble, Troubles

__all__ = ["Middleware", "recorded_request", "trouble_of"]

# The service's limit for a file.
_LARGEST_BODY = 512 * 1024 * 1024

_RECORDED = web.RequestKey("recorded", RecordedRequest)
_TROUBLE = web.RequestKey("trouble", Trouble)
_BODILESS = (204, 304)


def recorded_request(request: web.Request) -> RecordedRequest:
    """Return the record of a request that the middleware has passed on."""
    return request[_RECORDED]


def trouble_of(request: web.Request) -> Trouble:
    """Return the trouble of a request that the middleware has passed on."""
    return request[_TROUBLE]


@attrs.define(eq=False)
class Middleware:
    """Passes requests to the operations, and turns what they raise into responses."""

    _api_key: str | None = attrs.field(repr=False)
    """The only key that is accepted; None accepts any."""

    _host_names: HostNames
    largest_body: int = _LARGEST_BODY
    """The most bytes of a body that is read."""

    troubles: Troubles = attrs.field(factory=Troubles)
    journal: Journal = attrs.field(factory=Journal)

    @web.middleware
    async def handle(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Respond to a request."""
        request[_TROUBLE] = CALM
        try:
            body = await self._read(request)
        except RefusalError as error:
            self._record(request, b"")
            return without_rest(error_response(error), request)
        self._record(request, body)
        response = await self._answer(request, handler)
        if trouble_of(request) is CALM or not isinstance(response, web.Response):
            return without_rest(response, request)
        return await _deliver(response, request)

    async def _read(self, request: web.Request) -> bytes:
        """Read the body of a request, unless its sender may not ask for anything."""
        self._host_names.check(request)
        if not has_key(request, self._api_key):
            return b""
        if (request.content_length or 0) > self.largest_body:
            raise too_large(self.largest_body)
        await ask_for_body(request)
        try:
            return await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise too_large(self.largest_body) from None

    def _record(self, request: web.Request, body: bytes) -> None:
        recorded = request[_RECORDED] = record(request, body)
        self.journal.add(recorded)

    async def _answer(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        async def checked(request: web.Request) -> web.StreamResponse:
            trouble = self.troubles.strike(recorded_request(request))
            request[_TROUBLE] = trouble
            if trouble.status is not None:
                return trouble_response(trouble, trouble.status)
            if _needs_key(request):
                check_key(request, self._api_key)
            return await handler(request)

        return await answered(request, checked)


def _needs_key(request: web.Request) -> bool:
    """Check whether the service answers; the gateway and signed URLs need no key."""
    return request.match_info.http_exception is None and request.path.startswith("/v1/")


async def _deliver(response: web.Response, request: web.Request) -> web.StreamResponse:
    """Deliver an answer that is not streamed, with its trouble."""
    trouble = attrs.evolve(trouble_of(request), comments=None)
    data = response.body if isinstance(response.body, bytes) else b""
    if request.method == "HEAD" or response.status in _BODILESS:
        data = b""
        trouble = attrs.evolve(trouble, gzip=False, garbage=None)
    head = web.StreamResponse(status=response.status, headers=response.headers)
    without_rest(head, request)
    if not (trouble.gzip or trouble.garbage or trouble.cut == "end"):
        head.content_length = len(data)
    delivery = Delivery(trouble, Body(request, trouble, head))
    await delivery.send_whole(data)
    return await delivery.response
