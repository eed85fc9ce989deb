"""What handlers raise, turned into responses."""

import logging
from typing import TypeVar

from aiohttp import web

from mistral_conversations.server.web.failures import (
    RefusalError,
    method_not_allowed,
    no_route,
    refusal,
)
from mistral_conversations.server.web.responses import error_response
from mistral_conversations.server.web.routing import Handler

__all__ = ["answered", "without_rest"]

_logger = logging.getLogger("mistral_conversations.server")


async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the response of a handler, or of the error that it raises."""
    try:
        return await handler(request)
    except RefusalError as error:
        return error_response(error)
    except web.HTTPNotFound:
        return error_response(no_route())
    except web.HTTPMethodNotAllowed as error:
        allowed = {"Allow": error.headers["Allow"]}
        return error_response(method_not_allowed(), allowed)
    except Exception:
        _logger.exception("The server failed")
        return error_response(refusal(500, "The server failed: see its log", 3000))


T = TypeVar("T", bound=web.StreamResponse)


def without_rest(response: T, request: web.Request) -> T:
    """Close the connection after a response to a request that was not read."""
    if request.can_read_body and not response.prepared:
        response.force_close()
    return response
