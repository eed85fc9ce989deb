"""A type whose JSON Schema is given, for `output_type`."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

__all__ = ["type_of_schema"]


def type_of_schema(schema: Mapping[str, Any]) -> Any:
    """Return a type with a JSON Schema, whose values are plain JSON types."""
    return Annotated[Any, msgspec.Meta(extra_json_schema=dict(schema))]
