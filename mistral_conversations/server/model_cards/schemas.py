"""The schemas of model cards and of requests for them, as tables of checks."""

import attrs

from mistral_conversations.models.model_cards import ModelCapabilities
from mistral_conversations.server.web.checks import (
    boolean,
    date_time,
    integer,
    items,
    nullable,
    number,
    open_fields,
    string,
    text,
)

__all__ = ["CARD", "FINE_TUNED_CARD", "LISTING"]

LISTING = open_fields(provider=string, model=string)
"""The query that lists models."""

_text_or_null = nullable(string)
_FLAGS = [name for name in attrs.fields_dict(ModelCapabilities) if name != "extra"]

_CHECKS = {
    "id": text(least=1),
    "object": string,
    "created": integer(),
    "owned_by": string,
    "capabilities": open_fields(**dict.fromkeys(_FLAGS, boolean)),
    "name": _text_or_null,
    "description": _text_or_null,
    "max_context_length": integer(),
    "aliases": items(string),
    "deprecation": nullable(date_time),
    "deprecation_replacement_model": _text_or_null,
    "default_model_temperature": nullable(number()),
    "internal": boolean,
    "type": string,
}
CARD = open_fields("id", **_CHECKS)
"""The card of a model, of any type."""

FINE_TUNED_CARD = open_fields(
    "id", "job", "root", **_CHECKS, job=string, root=string, archived=boolean
)
"""The card of a fine-tuned model."""
