"""Mappings and classes of the caller's, written by what they hold.

cattrs writes them too, but resolves the annotations of a class, which may exist for
type checkers alone, and converts keys to what cannot be a key.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import attrs
from cattrs import Converter

__all__ = ["configure_caller_objects"]


def configure_caller_objects(converter: Converter) -> None:
    """Write mappings, attrs classes and dataclasses as JSON objects."""
    converter.register_unstructure_hook_factory(
        _is_mapping, lambda _: _mapping_writer(converter)
    )
    converter.register_unstructure_hook_factory(
        _has_fields, lambda cls: _fields_writer(cls, converter)
    )


def _is_mapping(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Mapping)


def _mapping_writer(converter: Converter) -> Any:
    def write(mapping: Mapping[Any, Any]) -> dict[Any, Any]:
        return {
            _key(key, converter): converter.unstructure(value)
            for key, value in mapping.items()
        }

    return write


def _key(key: Any, converter: Converter) -> Any:
    """Convert a key, such as that of an enum, to a key; `check_json` rejects others."""
    if key.__class__ is str:
        return key
    plain = converter.unstructure(key)
    return key if isinstance(plain, dict | list) else plain


def _has_fields(cls: Any) -> bool:
    return isinstance(cls, type) and (attrs.has(cls) or dataclasses.is_dataclass(cls))


def _fields_writer(cls: Any, converter: Converter) -> Any:
    found = attrs.fields(cls) if attrs.has(cls) else dataclasses.fields(cls)
    names = [field.name for field in found]

    def write(obj: Any) -> dict[str, Any]:
        return {name: converter.unstructure(getattr(obj, name)) for name in names}

    return write
