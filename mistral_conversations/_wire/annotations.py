"""Annotations as JSON Schema, and JSON as values of annotated types.

msgspec describes and converts everything except what needs pydantic.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from typing import Any, Self, get_args

import attrs

from mistral_conversations._wire.msgspec_types import describe_by_msgspec
from mistral_conversations._wire.pydantic_annotations import needs_pydantic
from mistral_conversations._wire.schemas import Schema
from mistral_conversations._wire.values import write

__all__ = ["Shape", "description_of"]


@attrs.frozen(eq=False)
class Shape:
    """What JSON must look like to become a value of an annotated type."""

    schema: Schema
    """The JSON Schema, of this object alone; its root is never a mere reference."""

    is_object: bool
    """Whether the root of the schema is an object."""

    _read: Callable[[Any], Any] = attrs.field(repr=False)

    @classmethod
    def of(cls, annotation: Any, place: str) -> Self:
        """Describe an annotation.

        Args:
            annotation: a type, with every name in it resolved.
            place: what is annotated, for the error.

        Raises:
            TypeError: JSON Schema cannot describe the annotation, or JSON cannot be
                converted to it.
        """
        try:
            hash(annotation)
        except TypeError:  # of an odd object in `Annotated`
            schema, read = _described(annotation, place)
        else:
            schema, read = _described_once(annotation, place)
        return cls(deepcopy(schema), schema.get("type") == "object", read)

    def read(self, value: Any) -> Any:
        """Convert JSON's plain types to a value of the type.

        "5" and 5.0 are read as the integer 5 where only a number fits.

        Raises:
            ValueError: the value does not fit; the message, which a model can read,
                names the position.
        """
        try:
            return self._read(value)
        except RecursionError:
            raise ValueError("the value is nested too deeply") from None
        except ValueError:
            raise
        except Exception as error:  # noqa: BLE001 - of a validator of the caller's
            raise ValueError(f"{type(error).__name__}: {error}") from None


def _described(annotation: Any, place: str) -> tuple[Schema, Callable[[Any], Any]]:
    if needs_pydantic(annotation):
        from mistral_conversations._wire.pydantic_types import (  # noqa: PLC0415
            describe_by_pydantic,
        )

        schema, read_text = describe_by_pydantic(annotation, place)
        return schema, _of_text(read_text)
    return describe_by_msgspec(annotation, place)


_described_once = lru_cache(maxsize=256)(_described)
"""For functions of which each run makes a tool again."""


def _of_text(read_text: Callable[[str], Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        try:
            text = write(value)
        except TypeError as error:
            raise ValueError(str(error)) from None
        return read_text(text)

    return read


def description_of(annotation: Any) -> str | None:
    """Return the description in `Annotated`.

    That is a text, or the `description` of an object such as `msgspec.Meta`, or the
    `documentation` of one (PEP 727).
    """
    for item in reversed(getattr(annotation, "__metadata__", ())):
        if isinstance(item, str):
            return item
        for attribute in ("description", "documentation"):
            found = getattr(item, attribute, None)
            if isinstance(found, str):
                return found
    inner = [each for each in get_args(annotation) if each is not type(None)]
    is_optional = len(inner) == 1 and len(get_args(annotation)) > 1
    return description_of(inner[0]) if is_optional else None
