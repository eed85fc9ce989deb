"""Replies as objects of a type: the format to ask for, and the text that comes back."""

import re
from typing import Annotated, Any, Self, get_args, get_origin

import attrs

from mistral_conversations._text import one_line
from mistral_conversations._wire.annotations import Shape
from mistral_conversations._wire.reply_json import parse_reply, reply_so_far
from mistral_conversations._wire.strict_schema import closed, keys_below
from mistral_conversations.errors import OutputValidationError
from mistral_conversations.models.completion import JsonSchema, ResponseFormat
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    MessageOutputEntry,
    OutputEntries,
)
from mistral_conversations.models.model import ResponseMeta

__all__ = ["Output", "reply_text"]

_KEY = "value"
"""The key of a value that is no object, since the root of a schema must be one."""

_LONGEST_NAME = 64
_MODULES = re.compile(r"(?:[\w<>]++\.)++(?=\w)")


def reply_text(response: ConversationResponse) -> str:
    """Return the text of the last message that has any.

    Messages before it, such as one before a web search, are not part of the reply.
    """
    messages = (e for e in response.outputs if isinstance(e, MessageOutputEntry))
    texts = [message.text for message in messages]
    return next((text for text in reversed(texts) if text.strip()), "")


@attrs.frozen(kw_only=True)
class Output:
    """A type that replies are read as."""

    name: str
    """The type, for messages."""

    response_format: ResponseFormat
    """The format to ask for: a schema with an object at the root."""

    shape: Shape = attrs.field(repr=False)
    keys_below: frozenset[str] | None = attrs.field(repr=False)
    """The keys that objects inside the root may have; None if any."""

    @classmethod
    def of(cls, output_type: Any, place: str = "output_type") -> Self:
        """Describe a type.

        Args:
            output_type: an attrs class, dataclass, TypedDict, msgspec Struct, pydantic
                model, or any other type that JSON Schema can describe.
            place: the name of the parameter, for errors.

        Raises:
            TypeError: the type cannot be described; the message names the remedy.
        """
        shape = Shape.of(output_type, place)
        schema = closed(shape.schema if shape.is_object else _wrapped(shape.schema))
        name = _name_of(output_type)
        json_schema = JsonSchema(name=_identifier(name), schema=schema, strict=True)
        return cls(
            name=name,
            response_format=ResponseFormat(type="json_schema", json_schema=json_schema),
            shape=shape,
            keys_below=keys_below(schema),
        )

    def parse_answer(self, response: ConversationResponse) -> Any:
        """Read the reply of an answer: the text of its last message.

        Raises:
            OutputValidationError: there is no text, or it does not fit the type.
        """
        text = reply_text(response)
        if text:
            return self.parse(text, response.meta)
        found = ", ".join(dict.fromkeys(map(_described, response.outputs)))
        problem = f"no text to read as {self.name}, only {found or 'nothing'}"
        raise OutputValidationError(f"the answer has {problem}", meta=response.meta)

    def parse(self, text: str, meta: ResponseMeta | None = None) -> Any:
        """Read the text of a reply.

        Args:
            text: the text.
            meta: the metadata of the response, for the error.

        Raises:
            OutputValidationError: it is not JSON, or does not fit the type.
        """
        try:
            value = parse_reply(text)
        except ValueError as error:
            problem = f"the reply is not JSON: {error}"
        else:
            try:
                return self.shape.read(self._unwrapped(value))
            except ValueError as error:
                problem = f"the reply does not fit {self.name}: {error}"
        raise OutputValidationError(problem, text=text, meta=meta)

    def partial(self, text: str) -> Any:
        """Return the plain JSON value of a reply as far as it has come.

        Returns:
            The value, not validated; None before its first character.
        """
        value = reply_so_far(text, self._may_nest)
        if not self.shape.is_object and value == {}:
            return None
        return self._unwrapped(value)

    def _unwrapped(self, value: Any) -> Any:
        """Take a value that is no object out of its object.

        A model that was not asked for the wrapping replies without.
        """
        is_wrapped = not self.shape.is_object and isinstance(value, dict)
        return value[_KEY] if is_wrapped and value.keys() == {_KEY} else value

    def _may_nest(self, key: str) -> bool:
        return self.keys_below is None or key in self.keys_below


def _wrapped(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with a single key, for a type that is none.

    References count from the root, so that the definitions stay there.
    """
    inner = {key: value for key, value in schema.items() if key != "$defs"}
    wrapped = {"type": "object", "properties": {_KEY: inner}, "required": [_KEY]}
    return wrapped | {key: schema[key] for key in ("$defs",) if key in schema}


def _name_of(output_type: Any) -> str:
    if get_origin(output_type) is Annotated:
        return _name_of(get_args(output_type)[0])
    name = None if get_args(output_type) else getattr(output_type, "__name__", None)
    return one_line(name or _without_modules(str(output_type)), 80)


def _without_modules(text: str) -> str:
    """Shorten `list[rivers.River]` to `list[River]`; leave the texts of a Literal."""
    return text.removeprefix("typing.") if "'" in text else _MODULES.sub("", text)


def _identifier(name: str) -> str:
    """Return a name that the API accepts: letters, digits, `_` and `-`."""
    return re.sub("[^a-zA-Z0-9-]+", "_", name).strip("_")[:_LONGEST_NAME] or "output"


def _described(entry: OutputEntries) -> str:
    if isinstance(entry, FunctionCallEntry):
        return f"a function call of {entry.name}"
    blank = " without text" if isinstance(entry, MessageOutputEntry) else ""
    return f"{entry.type}{blank}"
