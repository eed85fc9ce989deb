"""The log: one line about each request."""

import asyncio
import logging
import time

from aiohttp import web

from mistral_conversations.server.web.routing import Handler
from mistral_conversations.server.web.secrets import Secrets

__all__ = ["log_requests"]

_logger = logging.getLogger("mistral_conversations.server")


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond to a request, and log one line about it.

    The line has the status, or `dropped` for an answer that the server or the client
    has cut off.
    """
    begun = time.perf_counter()
    transport = request.transport
    status: int | str = "dropped"
    try:
        response = await handler(request)
        if transport is not None and not transport.is_closing():
            status = response.status
    except asyncio.CancelledError:
        # Closing alone would wait for a client that no longer reads.
        if transport is not None:
            transport.abort()
        raise
    finally:
        if _logger.isEnabledFor(logging.INFO):
            _log(request, status, time.perf_counter() - begun)
    return response


def _log(request: web.Request, status: int | str, seconds: float) -> None:
    path = Secrets.of(request.headers).text(request.rel_url.raw_path)
    _logger.info("%s %s %s %.3f s", request.method, path, status, seconds)
