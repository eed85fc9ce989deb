"""Model cards, from the names or cards that a server is created with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from mistral_conversations._wire.converter import unstructure
from mistral_conversations._wire.json import check_json
from mistral_conversations.models.model_cards import (
    BaseModelCard,
    FTModelCard,
    ModelCapabilities,
    ModelCard,
    UnknownModelCard,
)
from mistral_conversations.server.model_cards.schemas import CARD, FINE_TUNED_CARD
from mistral_conversations.server.web.checks import problems
from mistral_conversations.server.web.failures import JSONObject

__all__ = ["ListedModel", "ListedModels", "cards_of"]

ListedModel: TypeAlias = str | ModelCard | Mapping[str, Any]
"""A model to list: its name, its card, or the keys of its card."""

ListedModels: TypeAlias = Iterable[ListedModel]

_CREATED = 1_767_225_600  # 2026-01-01
_CONTEXT = 131_072
_NO_FLAGS: JSONObject = unstructure(ModelCapabilities())
_CHAT = ("completion_chat", "function_calling")
_NAMED = (*_CHAT, "vision")

_DEFAULTS: Mapping[str, Sequence[str]] = {
    "mistral-large-2512 mistral-large-latest": _NAMED,
    "mistral-medium-2508 mistral-medium-latest": _NAMED,
    "mistral-small-2506 mistral-small-latest": _NAMED,
    "magistral-medium-2509 magistral-medium-latest": (*_NAMED, "reasoning"),
    "codestral-2508 codestral-latest": (*_CHAT, "completion_fim"),
    "mistral-ocr-2512 mistral-ocr-latest": ("ocr",),
}
"""The ids of each model, and what it can do."""


def cards_of(models: ListedModels | None) -> tuple[JSONObject, ...]:
    """Return the cards of some models as JSON; None means a few of the service's.

    Raises:
        TypeError, ValueError: a model is unusable; the message names its position.
    """
    if models is None:
        return tuple(_defaults())
    if isinstance(models, str | bytes | Mapping) or not isinstance(models, Iterable):
        kind = type(models).__name__
        raise TypeError(f"models must be a list of names or model cards, not {kind}")
    cards: dict[str, JSONObject] = {}
    for index, model in enumerate(models):
        card = _card(model, f"models[{index}]")
        if card["id"] in cards:
            raise ValueError(f"models[{index}] has the id of another: {card['id']!r}")
        cards[card["id"]] = card
    return tuple(cards.values())


def _card(model: ListedModel, place: str) -> JSONObject:
    given = _plain(model, place)
    check_json(given, place)
    check = FINE_TUNED_CARD if given.get("type") == "fine-tuned" else CARD
    for found in problems(check, given, ()):
        at = "".join(f".{step}" for step in found["loc"])
        raise ValueError(f"{place}{at} is unusable: {found['msg']}")
    return _completed(given)


def _plain(model: Any, place: str) -> JSONObject:
    if isinstance(model, str):
        return {"id": model, "capabilities": dict.fromkeys(_NAMED, True)}
    if isinstance(model, Mapping):
        return dict(model)
    if isinstance(model, BaseModelCard | FTModelCard):
        return _in_whole_seconds(unstructure(model))
    if isinstance(model, UnknownModelCard) and isinstance(model.raw, Mapping):
        return dict(model.raw)
    kind = type(model).__name__
    raise TypeError(f"{place} must be a name, a model card or a mapping, not {kind}")


def _in_whole_seconds(card: JSONObject) -> JSONObject:
    """Round the time of a card down, such as `datetime.now(UTC)`."""
    created = card.get("created")
    return {**card, "created": int(created)} if isinstance(created, float) else card


def _defaults() -> Iterator[JSONObject]:
    """Yield a card for each id: the service lists a model under its aliases, too."""
    for ids, flags in _DEFAULTS.items():
        for id_ in (names := ids.split()):
            aliases = [name for name in names if name != id_]
            capabilities = dict.fromkeys(flags, True)
            yield _completed(
                {"id": id_, "aliases": aliases, "capabilities": capabilities}
            )


def _completed(given: JSONObject) -> JSONObject:
    """Add the keys that a card of the service has."""
    card = {
        "object": "model",
        "created": _CREATED,
        "owned_by": "mistralai",
        "name": given["id"],
        "description": None,
        "max_context_length": _CONTEXT,
        "aliases": [],
        "deprecation": None,
        "deprecation_replacement_model": None,
        "default_model_temperature": None,
        "internal": False,
        "type": "base",
        **given,
    }
    card["capabilities"] = {**_NO_FLAGS, **card.get("capabilities", {})}
    return card
