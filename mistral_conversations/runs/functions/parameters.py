"""The parameters that the model fills: their JSON Schema, and what reads arguments."""

import inspect
import json
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any, Protocol, Self

import attrs

from mistral_conversations._wire.annotations import Shape, description_of
from mistral_conversations._wire.schemas import joined_schemas
from mistral_conversations._wire.values import write
from mistral_conversations.runs.functions.signature import STARS, Signature

__all__ = ["AnnotatedParameters", "GivenParameters", "Parameters"]

_EMPTY = inspect.Parameter.empty


class Parameters(Protocol):
    """The parameters that the model fills."""

    @property
    @abstractmethod
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of the arguments."""

    @abstractmethod
    def read(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as they are passed to the function.

        Raises:
            ValueError: the message lists everything that is wrong.
        """


@attrs.frozen
class AnnotatedParameter:
    """A parameter that is described by its annotation."""

    name: str
    shape: Shape
    description: str | None
    default: Any

    @classmethod
    def of(cls, signature: Signature, name: str, described: str | None) -> Self:
        """Describe a parameter.

        Args:
            signature: the signature.
            name: the parameter.
            described: what the docstring says of it.

        Raises:
            TypeError: it has no annotation, or one that cannot be described.
        """
        found, place = signature.parameters[name], signature.place_of(name)
        if found.kind in STARS:
            raise TypeError(
                f"{signature.owner} takes {STARS[found.kind]}{name}, which cannot be "
                "described to the model: name its parameters, or pass "
                "function_tool(..., parameters=...) with a JSON Schema"
            )
        if name not in signature.annotations:
            raise TypeError(f"{place} has no annotation: annotate it, such as with str")
        if type(found.default).__name__ == "FieldInfo":  # of pydantic
            raise TypeError(
                f"{place} has a pydantic Field as its default, which the function "
                "would receive: annotate it Annotated[..., Field(...)], and set the "
                "default itself"
            )
        annotation = signature.annotations[name]
        shape = Shape.of(annotation, place)
        if found.default is None and not _accepts_none(shape):
            shape = Shape.of(annotation | None, place)
        text = description_of(annotation) or described
        return cls(name, shape, text, found.default)

    @property
    def is_required(self) -> bool:
        """Whether the model must fill it."""
        return self.default is _EMPTY

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema, with the description, and the default if JSON can hold it.

        The function has its own default, which is never passed to it.
        """
        schema = dict(self.shape.schema)
        if self.description:
            schema["description"] = self.description
        if not self.is_required and _is_finite(self.default):
            with suppress(TypeError):
                schema["default"] = json.loads(write(self.default))
        return schema


def _accepts_none(shape: Shape) -> bool:
    try:
        shape.read(None)
    except ValueError:
        return False
    return True


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


@attrs.frozen
class AnnotatedParameters:
    """Parameters that are described by their annotations."""

    _parameters: Mapping[str, AnnotatedParameter]

    @classmethod
    def of(cls, signature: Signature, descriptions: Mapping[str, str]) -> Self:
        """Describe the parameters of a function.

        Args:
            signature: the signature.
            descriptions: what the docstring says of parameters, by name.

        Raises:
            TypeError: a parameter, named in the message, cannot be described.
        """
        return cls(
            {
                name: AnnotatedParameter.of(signature, name, descriptions.get(name))
                for name in signature.parameters
            }
        )

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of the arguments, which allows no others."""
        schemas = {name: each.schema for name, each in self._parameters.items()}
        properties, definitions = joined_schemas(schemas)
        return {
            "type": "object",
            "properties": properties,
            **({"required": required} if (required := self._required) else {}),
            "additionalProperties": False,
            **({"$defs": definitions} if definitions else {}),
        }

    @property
    def _required(self) -> list[str]:
        return [name for name, each in self._parameters.items() if each.is_required]

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Convert arguments to the annotated types.

        Raises:
            ValueError: the message lists everything that is wrong.
        """
        parameters = self._parameters
        problems: list[str] = []
        if arguments.keys() != parameters.keys():
            problems += _misnamed(arguments, parameters, self._required)
        values = {}
        for name, parameter in parameters.items():
            if name not in arguments:
                continue
            try:
                values[name] = parameter.shape.read(arguments[name])
            except ValueError as error:
                problems.append(f"{name}: {error}")
        if problems:
            raise ValueError("; ".join(problems))
        return values


def _misnamed(
    arguments: Mapping[str, Any],
    names: Mapping[str, Any],
    required: list[str],
) -> Iterator[str]:
    for name in required:
        if name not in arguments:
            yield f"{name} is missing"
    if unknown := [name for name in arguments if name not in names]:
        known = f"the parameters are {', '.join(names)}" if names else "it takes none"
        yield f"there is no parameter {', '.join(map(repr, unknown))}: {known}"


@attrs.frozen
class GivenParameters:
    """Parameters that a JSON Schema of the caller describes; arguments stay JSON."""

    schema: Mapping[str, Any]
    _names: Mapping[str, Any]
    _required: list[str]
    _takes_any: bool

    @classmethod
    def of(cls, signature: Signature, schema: Mapping[str, Any]) -> Self:
        """Compare a JSON Schema with the function.

        Raises:
            ValueError: the schema is not one of an object, or it has a property that
                the function does not take.
        """
        properties = schema.get("properties", {})
        if schema.get("type") != "object" or not isinstance(properties, dict):
            raise ValueError(
                'parameters must be a JSON Schema of an object, with "type": "object" '
                'and a dict as "properties"'
            )
        found = signature.parameters
        named = {name: each for name, each in found.items() if each.kind not in STARS}
        takes_any = any(each.kind is each.VAR_KEYWORD for each in found.values())
        unknown = [name for name in properties if name not in named]
        if unknown and not takes_any:
            raise ValueError(
                f"parameters has the property {unknown[0]!r}, which {signature.owner} "
                "does not take"
            )
        required = [name for name, each in named.items() if each.default is _EMPTY]
        return cls(deepcopy(schema), named, required, takes_any)

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments unchanged.

        Raises:
            ValueError: an argument is missing, or the function does not take it.
        """
        known = arguments if self._takes_any else self._names
        if problems := list(_misnamed(arguments, known, self._required)):
            raise ValueError("; ".join(problems))
        return dict(arguments)
