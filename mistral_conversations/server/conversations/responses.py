"""The responses of the operations on conversations."""

from aiohttp import web

from mistral_conversations.server.answers.answer import Answer
from mistral_conversations.server.conversations.store import Conversation
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.responses import json_response

__all__ = ["answer_response", "history_response", "messages_response"]

_TOKENS_A_MINUTE = 500_000


def answer_response(answer: Answer) -> web.Response:
    """Respond with a whole answer."""
    body = answer.body()
    left = max(0, _TOKENS_A_MINUTE - body["usage"]["total_tokens"])
    limits = {
        "x-ratelimit-limit-tokens-minute": str(_TOKENS_A_MINUTE),
        "x-ratelimit-remaining-tokens-minute": str(left),
    }
    return json_response(body, 200, limits)


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
