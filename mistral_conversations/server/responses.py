"""Answers as aiohttp sends them."""

import uuid
from collections.abc import Mapping

from aiohttp import web

from mistral_conversations._wire.json import encode_json
from mistral_conversations.server.failures import JSONObject, RefusalError, refusal
from mistral_conversations.server.ids import new_request_id
from mistral_conversations.server.performance import Performance
from mistral_conversations.server.trouble import Trouble

__all__ = [
    "event_stream",
    "json_response",
    "name_request",
    "refused",
    "troubled",
    "whole_answer",
]

_TOKENS_A_MINUTE = 500_000


def json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with JSON."""
    return web.Response(
        body=encode_json(body),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def refused(
    error: RefusalError, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with an error."""
    return json_response(error.body, error.status, headers)


def troubled(trouble: Trouble, status: int) -> web.Response:
    """Answer with the status, and the body, that a trouble has."""
    body = trouble.body
    if body is None:
        response = refused(refusal(status, "Trouble on demand", 3000))
    elif isinstance(body, str):
        response = web.Response(body=body.encode(), status=status)
        response.content_type = "text/plain"
    elif isinstance(body, bytes):
        response = web.Response(body=body, status=status)
    else:
        response = json_response(body, status)
    if trouble.retry_after is not None:
        told = trouble.retry_after
        response.headers["Retry-After"] = told if isinstance(told, str) else f"{told:g}"
    response.headers.update(trouble.headers)
    return response


def event_stream() -> web.StreamResponse:
    """Make the head of a stream of events."""
    return web.StreamResponse(headers={"Content-Type": "text/event-stream"})


def whole_answer(stage: Performance) -> web.Response:
    """Answer with all that was played, at once."""
    usage = stage.usage()
    body: JSONObject = {
        "object": "conversation.response",
        "conversation_id": stage.conversation_id,
        "outputs": stage.outputs,
        "usage": usage,
        "guardrails": None,
    }
    left = max(0, _TOKENS_A_MINUTE - usage["total_tokens"])
    limits = {
        "x-ratelimit-limit-tokens-minute": str(_TOKENS_A_MINUTE),
        "x-ratelimit-remaining-tokens-minute": str(left),
    }
    return json_response(body, 200, limits)


async def name_request(_request: web.Request, response: web.StreamResponse) -> None:
    """Give an answer the ids by which the service knows a request."""
    response.headers["mistral-correlation-id"] = str(uuid.uuid4())
    response.headers["x-kong-request-id"] = new_request_id()
