"""Which annotations need pydantic; it is not imported to find out."""

import dataclasses
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, get_args, get_type_hints

import attrs

__all__ = ["needs_pydantic"]

_LIBRARIES = frozenset({"pydantic", "pydantic_core", "annotated_types"})
_MARKS = ("__pydantic_core_schema__", "__get_pydantic_core_schema__")


def needs_pydantic(annotation: Any) -> bool:
    """Return whether an annotation has a class or a constraint of pydantic in it.

    Fields of dataclasses, attrs classes, TypedDicts and named tuples count too.
    """
    if _LIBRARIES.isdisjoint(sys.modules):
        return False
    return _is_of_pydantic(annotation, set())


def _is_of_pydantic(annotation: Any, seen: set[int]) -> bool:
    if id(annotation) in seen:
        return False
    seen.add(id(annotation))
    if _library(annotation) in _LIBRARIES or _library(type(annotation)) in _LIBRARIES:
        return True
    if any(hasattr(annotation, mark) for mark in _MARKS):
        return True
    return any(_is_of_pydantic(part, seen) for part in _parts(annotation))


def _library(value: Any) -> str:
    module = getattr(value, "__module__", None)
    return module.partition(".")[0] if isinstance(module, str) else ""


def _parts(annotation: Any) -> Iterable[Any]:
    yield from get_args(annotation)
    yield from getattr(annotation, "__metadata__", ())
    for name in ("__value__", "__supertype__"):  # `type` statements, NewType
        with suppress(AttributeError, NameError):
            yield getattr(annotation, name)
    origin = getattr(annotation, "__origin__", annotation)
    if isinstance(origin, type) and _has_fields(origin):
        yield from _hints(origin).values()


def _has_fields(cls: type) -> bool:
    return (
        dataclasses.is_dataclass(cls)
        or attrs.has(cls)
        or hasattr(cls, "__struct_fields__")
        or hasattr(cls, "__total__")
        or hasattr(cls, "_fields")
    )


def _hints(cls: type) -> dict[str, Any]:
    try:
        return get_type_hints(cls, include_extras=True)
    except Exception:  # noqa: BLE001 - whatever describes it reports what is wrong
        return {}
