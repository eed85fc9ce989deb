"""How an answer is to be made: `completion_args`."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations.models.model import Model

__all__ = [
    "CompletionArgs",
    "CompletionArgsStop",
    "JsonSchema",
    "Prediction",
    "ReasoningEffort",
    "ResponseFormat",
    "ResponseFormats",
    "ToolChoiceEnum",
]

CompletionArgsStop: TypeAlias = str | tuple[str, ...]
ReasoningEffort: TypeAlias = Literal["high", "none"] | str
ResponseFormats: TypeAlias = Literal["text", "json_object", "json_schema"] | str
ToolChoiceEnum: TypeAlias = Literal["auto", "none", "any", "required"] | str


@frozen(kw_only=True, repr=False)
class JsonSchema(Model):
    """The JSON Schema that an answer must follow."""

    name: str
    description: str | None = None
    schema: Mapping[str, Any] = attrs.field(hash=False)
    strict: bool | None = None
    """Whether to follow it to the letter; the service takes None as false."""


@frozen(kw_only=True, repr=False)
class ResponseFormat(Model):
    """The format of the answer: text, any JSON, or JSON by a schema.

    With `json_object` the instructions must also ask for JSON.
    """

    type: ResponseFormats | None = None
    """The service takes None as `text`."""

    json_schema: JsonSchema | None = None
    """For the type `json_schema`."""


@frozen(kw_only=True, repr=False)
class Prediction(Model):
    """Text that the answer is likely to contain, to make it faster."""

    type: Literal["content"] | str = "content"
    content: str | None = None
    """The service takes None as empty."""


@frozen(kw_only=True, repr=False)
class CompletionArgs(Model):
    """What the service lets a caller set; None leaves it to the service."""

    stop: CompletionArgsStop | None = None
    """Text, or texts, before which the answer ends."""

    presence_penalty: float | None = None
    """-2 to 2."""

    frequency_penalty: float | None = None
    """-2 to 2."""

    temperature: float | None = None
    """0 to 1."""

    top_p: float | None = None
    """0 to 1."""

    max_tokens: int | None = None
    random_seed: int | None = None
    prediction: Prediction | None = None
    response_format: ResponseFormat | None = None
    tool_choice: ToolChoiceEnum | None = None
    """The service takes None as `auto`."""

    reasoning_effort: ReasoningEffort | None = None
