"""Responses, as aiohttp sends them."""

from collections.abc import Mapping

from aiohttp import web

from mistral_conversations._wire.json import encode_json
from mistral_conversations.server.web.failures import RefusalError, refusal
from mistral_conversations.server.web.ids import new_request_id
from mistral_conversations.server.web.trouble import Trouble

__all__ = [
    "add_request_ids",
    "error_response",
    "event_stream",
    "json_response",
    "trouble_response",
]


def json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Respond with JSON."""
    return web.Response(
        body=encode_json(body),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def error_response(
    error: RefusalError, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Respond with an error."""
    return json_response(error.body, error.status, headers or error.headers)


def trouble_response(trouble: Trouble, status: int) -> web.Response:
    """Respond with the status and the body of a trouble."""
    body = trouble.body
    if body is None:
        response = error_response(refusal(status, "Trouble on demand", 3000))
    elif isinstance(body, str):
        response = web.Response(body=body.encode(), status=status)
        response.content_type = "text/plain"
    elif isinstance(body, bytes):
        response = web.Response(body=body, status=status)
    else:
        response = json_response(body, status)
    if trouble.retry_after is not None:
        after = trouble.retry_after
        text = after if isinstance(after, str) else f"{after:g}"
        response.headers["Retry-After"] = text
    response.headers.update(trouble.headers)
    return response


def event_stream() -> web.StreamResponse:
    """Return the head of a stream of events."""
    return web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8"}
    )


async def add_request_ids(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers by which the service identifies a request."""
    request_id = str(new_request_id())
    for name in ("mistral-correlation-id", "x-kong-request-id"):
        # A `Trouble` may have headers of its own.
        response.headers.setdefault(name, request_id)
