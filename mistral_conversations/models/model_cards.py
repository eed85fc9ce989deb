"""Models of the service's AI models: their cards and capabilities."""

from datetime import datetime
from types import NoneType
from typing import Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.model import Answer, Model, ResponseMeta, Unknown
from mistral_conversations.models.unix_time import UnixTime

__all__ = [
    "BaseModelCard",
    "FTModelCard",
    "ModelCapabilities",
    "ModelCard",
    "ModelList",
    "UnknownModelCard",
]

# The id of a model is worth more than an odd value elsewhere in its card.
_NONE_IF_ODD = {"if_odd": NoneType}
_FALSE_IF_ODD = {"if_odd": bool}
_EMPTY_IF_ODD = {"if_odd": tuple}


def _flag() -> bool:
    """Return a field that is False if the service leaves it out."""
    flag: bool = attrs.field(default=False, metadata=_FALSE_IF_ODD)
    return flag


@frozen(kw_only=True, repr=False)
class ModelCapabilities(Model):
    """What a model can do.

    A flag that the service leaves out is False. Flags that are not listed here are in
    `extra`.
    """

    completion_chat: bool = _flag()
    """Whether it answers conversations."""

    function_calling: bool = _flag()
    reasoning: bool = _flag()
    completion_fim: bool = _flag()
    """Whether it fills in the middle of a text, such as code."""

    fine_tuning: bool = _flag()
    """Whether models can be fine-tuned from it."""

    vision: bool = _flag()
    """Whether it reads images."""

    ocr: bool = _flag()
    classification: bool = _flag()
    moderation: bool = _flag()
    audio: bool = _flag()
    """Whether it takes audio as input."""

    audio_transcription: bool = _flag()
    audio_transcription_realtime: bool = _flag()
    audio_speech: bool = _flag()
    unified_resources: bool = _flag()


@frozen(kw_only=True, repr=False)
class _ModelCard(Answer):
    """The fields of every model card."""

    id: str
    """The name to pass as `model`. An alias has a card of its own."""

    object: str = "model"
    created: UnixTime | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    owned_by: str | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    capabilities: ModelCapabilities = attrs.field(
        factory=ModelCapabilities, metadata={"if_odd": ModelCapabilities}
    )
    name: str | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    description: str | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    max_context_length: int | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    """In tokens; None if the service does not say."""

    aliases: tuple[str, ...] = attrs.field(default=(), metadata=_EMPTY_IF_ODD)
    """The other ids of this model; each is also listed with a card of its own."""

    deprecation: datetime | None = attrs.field(default=None, metadata=_NONE_IF_ODD)
    """When the service will retire the model; None if no time is set."""

    deprecation_replacement_model: str | None = attrs.field(
        default=None, metadata=_NONE_IF_ODD
    )
    default_model_temperature: float | None = attrs.field(
        default=None, metadata=_NONE_IF_ODD
    )
    internal: bool = _flag()


@frozen(kw_only=True, repr=False)
class BaseModelCard(_ModelCard):
    """A model of the service."""

    type: Literal["base"] = "base"


@frozen(kw_only=True, repr=False)
class FTModelCard(_ModelCard):
    """A fine-tuned model."""

    type: Literal["fine-tuned"] = "fine-tuned"
    job: str
    """The id of the fine-tuning job that made it."""

    root: str
    """The model from which it was fine-tuned."""

    archived: bool = _flag()


@frozen(kw_only=True)
class UnknownModelCard(Unknown):
    """A model card of an unknown type, or one that does not fit its type's schema."""

    meta: ResponseMeta | None = attrs.field(default=None, eq=False, repr=False)
    """The metadata of the HTTP response; None for a card in a list."""

    @property
    def id(self) -> str | None:
        """The id of the model, if the object has one."""
        found = self.raw.get("id") if isinstance(self.raw, dict) else None
        return found if isinstance(found, str) else None


ModelCard: TypeAlias = BaseModelCard | FTModelCard | UnknownModelCard


@frozen(kw_only=True, repr=False)
class ModelList(Listing[ModelCard]):
    """The models that the key can use; a sequence of cards.

    A model with aliases is listed several times, once under each id.
    """

    object: str = "list"
    data: tuple[ModelCard, ...] = ()

    @property
    def _items(self) -> tuple[ModelCard, ...]:
        return self.data


publish(globals(), *__all__)
