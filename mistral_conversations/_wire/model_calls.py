"""The calls on models, built and checked before sending, and their odd answers."""

from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.parameters import (
    Checks,
    Parameters,
    a_text,
    an_id,
    to_query,
)
from mistral_conversations.errors import DecodeError
from mistral_conversations.models.model_cards import UnknownModelCard

__all__ = ["list_models", "retrieve", "unknown_card"]


def list_models(parameters: Parameters) -> Call:
    """GET /v1/models; None is not sent."""
    return Call("GET", routes.MODELS, query=to_query(parameters, _LISTED))


def retrieve(model_id: str) -> Call:
    """GET /v1/models/{model_id}."""
    return Call("GET", routes.path_of(routes.MODEL, model_id=model_id))


def unknown_card(error: DecodeError) -> UnknownModelCard | None:
    """Return the card that an answer is, if it has a type but does not fit a class.

    Args:
        error: the failure to decode the answer as a card of a known type.
    """
    body = error.body
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        return None
    # An object with a type but without an id is an error, or another answer.
    if not isinstance(body.get("id"), str):
        return None
    return UnknownModelCard(type=body["type"], raw=body, meta=error.meta)


_LISTED: Checks = {"provider": a_text, "model": an_id}
