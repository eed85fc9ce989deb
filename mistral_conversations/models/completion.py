"""Models of `completion_args`: the settings and the format of an answer."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
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
ReasoningEffort: TypeAlias = (
    Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | str
)
ResponseFormats: TypeAlias = Literal["text", "json_object", "json_schema"] | str
ToolChoiceEnum: TypeAlias = Literal["auto", "none", "any", "required"] | str


@frozen(kw_only=True, repr=False)
class JsonSchema(Model):
    """A JSON Schema that the answer must follow."""

    name: str
    description: str | None = None
    schema: Mapping[str, Any] = attrs.field(hash=False)
    strict: bool | None = None
    """Whether the answer must follow it exactly; the service reads None as false."""


@frozen(kw_only=True, repr=False)
class ResponseFormat(Model):
    """The format of the answer: text, any JSON, or JSON that follows a schema.

    With `json_object`, the instructions must also ask for JSON.
    """

    type: ResponseFormats | None = None
    """The service reads None as `text`."""

    json_schema: JsonSchema | None = None
    """The schema, for the type `json_schema`."""

    @classmethod
    def of(cls, output_type: Any) -> "ResponseFormat":
        """Return the format that asks for an object of a type.

        `ConversationResponse.parse` reads the reply. The schema is strict, with an
        object at the root: a type that is no object, such as `list[int]`, becomes the
        only key of one.

        Args:
            output_type: an attrs class, dataclass, TypedDict, msgspec Struct, pydantic
                model, or another type that JSON Schema can describe.

        Raises:
            TypeError: the type cannot be described; the message names the remedy.
        """
        from mistral_conversations._traceback import (  # noqa: PLC0415 - on use
            short_traceback,
        )
        from mistral_conversations._wire.structured_output import (  # noqa: PLC0415
            Output,
        )

        with short_traceback:
            return Output.of(output_type).response_format


@frozen(kw_only=True, repr=False)
class Prediction(Model):
    """Text that the answer will probably contain, which speeds the answer up."""

    type: Literal["content"] | str = "content"
    content: str | None = None
    """The service reads None as empty."""


@frozen(kw_only=True, repr=False)
class CompletionArgs(Model):
    """Settings of an answer; the service decides on those that are None."""

    stop: CompletionArgsStop | None = None
    """One or more texts; the answer ends before any of them."""

    presence_penalty: float | None = None
    """From -2 to 2."""

    frequency_penalty: float | None = None
    """From -2 to 2."""

    temperature: float | None = None
    """From 0 to 1."""

    top_p: float | None = None
    """From 0 to 1."""

    max_tokens: int | None = None
    random_seed: int | None = None
    prediction: Prediction | None = None
    response_format: ResponseFormat | None = None
    tool_choice: ToolChoiceEnum | None = None
    """The service reads None as `auto`."""

    reasoning_effort: ReasoningEffort | None = None


publish(globals(), *__all__)
