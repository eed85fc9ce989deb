"""The responses of the operations on conversations."""

from typing import Any, cast

from aiohttp import web

from mistral_conversations._wire.json import decode_json
from mistral_conversations.server.answers.answer import Answer
from mistral_conversations.server.conversations.conversation import Conversation
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.rate_limit import RateLimiter, limit_headers
from mistral_conversations.server.web.responses import json_response

__all__ = ["answer_in", "answer_response", "history_response", "messages_response"]

# Runs of the code interpreter, by the unit of time.
_RUNS = {"day": 1_000, "minute": 60}


def answer_response(answer: Answer, rate: RateLimiter) -> web.Response:
    """Respond with a whole answer, and what the rate limit has left."""
    body = answer.body()
    usage = body["usage"]
    limits = dict(rate.headers(usage["total_tokens"]))
    runs = usage.get("connectors", {}).get("code_interpreter")
    if runs is not None:
        for unit, most in _RUNS.items():
            limits |= limit_headers(f"code-interpreter-{unit}", most, runs)
    return json_response(body, 200, limits)


def answer_in(response: web.StreamResponse) -> JSONObject:
    """Return the body of a response with a whole answer."""
    answer: JSONObject = decode_json(cast("Any", response).body)
    return answer


def history_response(conversation: Conversation) -> web.Response:
    """Respond with all entries of a conversation."""
    head = _head(conversation, "history")
    return json_response({**head, "entries": conversation.entries})


def messages_response(conversation: Conversation) -> web.Response:
    """Respond with the messages of a conversation."""
    head = _head(conversation, "messages")
    messages = [e for e in conversation.entries if e["type"].startswith("message.")]
    return json_response({**head, "messages": messages})


def _head(conversation: Conversation, kind: str) -> JSONObject:
    object_ = f"conversation.{kind}"
    return {"object": object_, "conversation_id": conversation.id}
