"""Types of pydantic, an optional library, as JSON Schema, and JSON as their values."""

from collections.abc import Callable
from typing import Any

import pydantic
import pydantic.errors
import pydantic.json_schema

from mistral_conversations._wire.schemas import Schema, rooted, subschemas

__all__ = ["describe_by_pydantic"]

_UNUSABLE = (
    pydantic.errors.PydanticUserError,
    pydantic.errors.PydanticUndefinedAnnotation,
    AttributeError,
    NameError,
    TypeError,
)

_MOST_PROBLEMS = 10


class _Schemas(pydantic.json_schema.GenerateJsonSchema):
    ignored_warning_kinds: set[pydantic.json_schema.JsonSchemaWarningKind] = {  # noqa: RUF012 - pydantic's own
        "skipped-choice",
        "non-serializable-default",
    }


def describe_by_pydantic(
    annotation: Any, place: str
) -> tuple[Schema, Callable[[str], Any]]:
    """Return the JSON Schema of a type, and what reads JSON text as its values.

    The reader raises a ValueError for text that does not fit.

    Raises:
        TypeError: pydantic cannot describe the type.
    """
    try:
        adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(annotation)
        schema = adapter.json_schema(schema_generator=_Schemas)
    except _UNUSABLE as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise TypeError(
            f"{place} cannot be described to the model by pydantic: {reason}; beside "
            "pydantic's classes, use only types that it describes, such as dataclasses "
            "instead of attrs classes"
        ) from None

    def read(text: str) -> Any:
        try:
            return adapter.validate_json(text)
        except pydantic.ValidationError as error:
            raise ValueError(_listed(error)) from None

    return _tidy(schema), read


def _tidy(schema: Schema) -> Schema:
    """Drop the titles that only repeat a name."""
    definitions = schema.pop("$defs", {})
    made = rooted(schema, definitions)
    for each in subschemas(made):
        for key in ("properties", "$defs"):
            for name, inner in each.get(key, {}).items():
                _drop_title(inner, name)
    made.pop("title", None)
    return made


def _drop_title(schema: Any, name: str) -> None:
    if isinstance(schema, dict) and isinstance(title := schema.get("title"), str):
        letters = title.replace(" ", "").replace("_", "").lower()
        if letters == name.replace("_", "").lower():
            del schema["title"]


def _listed(error: pydantic.ValidationError) -> str:
    problems = error.errors(
        include_url=False, include_context=False, include_input=False
    )
    texts = [_described(each["loc"], each["msg"]) for each in problems]
    rest = len(texts) - _MOST_PROBLEMS
    more = [f"and {rest} more"] if rest > 0 else []
    return "; ".join(texts[:_MOST_PROBLEMS] + more)


def _described(loc: tuple[int | str, ...], message: str) -> str:
    is_acronym = message[1:2].isupper()  # URL, JSON
    text = message if is_acronym else message[:1].lower() + message[1:]
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    place = "".join(steps).removeprefix(".")
    return f"{text}, at {place}" if place else text
