"""The keys that the fields of a model have in JSON.

A key is the name of its field, unless the field names another one, such as
`inputSchema`: `attrs.field(metadata={"key": "inputSchema"})`.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from mistral_conversations.models.model import Model

__all__ = ["OURS", "json_fields", "key_of", "required_keys"]

OURS = frozenset({"extra", "meta"})
"""The fields that are not keys of a JSON object."""

_KEY = "key"


def key_of(field: "attrs.Attribute[Any]") -> str:
    """Return the key of a field in JSON."""
    key: str = field.metadata.get(_KEY, field.name)
    return key


def json_fields(cls: type[Model]) -> Mapping[str, "attrs.Attribute[Any]"]:
    """Return the fields that are keys of a JSON object, by their keys."""
    return {
        key_of(field): field for field in attrs.fields(cls) if field.name not in OURS
    }


def required_keys(cls: type[Model]) -> set[str]:
    """Return the keys without which a JSON object does not fit a class."""
    return {
        key for key, field in json_fields(cls).items() if field.default is attrs.NOTHING
    }
