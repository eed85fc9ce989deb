"""The published description and the observed bodies, in the folder a variable names.

They are not part of this repository; tests that need them are skipped without.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.published_operations import NO_METHOD

__all__ = [
    "VARIABLE",
    "api_folder",
    "built_paths",
    "described_paths",
    "described_streams",
    "names_in",
    "problems",
    "published_description",
    "schemas",
]

VARIABLE = "CONVERSATIONS_API_DIR"

_FILE = "openapi-2026-08.yaml"
_STREAM = "#stream"

Schema = Mapping[str, Any]


def api_folder() -> Path:
    """Return the folder; skip the calling test if there is none."""
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no folder with {_FILE} and payloads/")
    return Path(named)


@cache
def published_description(folder: Path) -> Any:
    """Read the published description in a folder; callers must not change it."""
    import yaml  # noqa: PLC0415 - only where there is a description to read

    # The loader in C takes a tenth of the time, where PyYAML has it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((folder / _FILE).read_text(), loader)


def described_paths() -> dict[str, Any]:
    """Return the operations by path and method, without those that are streams.

    Paths differ by a fragment (`#stream`) where they are the same to a server.
    """
    found: dict[str, Any] = {}
    for path, operations in published_description(api_folder())["paths"].items():
        if not path.endswith(_STREAM):
            found.setdefault(path.partition("#")[0], {}).update(operations)
    return found


def described_streams() -> dict[str, Any]:
    """Return the operations whose answers are streams, by path and method."""
    paths = published_description(api_folder())["paths"].items()
    return {
        path.removesuffix(_STREAM): operations
        for path, operations in paths
        if path.endswith(_STREAM)
    }


def built_paths() -> dict[str, Any]:
    """Return the operations that have methods, by path and method."""
    built = {
        path: {
            method: operation
            for method, operation in operations.items()
            if (method.upper(), path) not in NO_METHOD
        }
        for path, operations in described_paths().items()
    }
    return {path: operations for path, operations in built.items() if operations}


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = published_description(api_folder())["components"]["schemas"]
    return found


def names_in(schema: Any) -> Iterator[str]:
    """Return the names of the schemas that a schema refers to directly."""
    if isinstance(schema, list):
        for item in schema:
            yield from names_in(item)
    elif isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for key, item in schema.items():
            if key != "discriminator":
                yield from names_in(item)


def problems(value: Any, schema: Schema, place: str = "$") -> list[str]:
    """Return where plain JSON does not fit a schema.

    It supports the JSON Schema keywords that the description uses, `oneOf` as `anyOf`.
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return problems(value, schemas()[name], place)
    found = [item for part in schema.get("allOf", ()) for item in problems(value, part)]
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        tried = [problems(value, choice, place) for choice in choices]
        found += min((len(each), each) for each in tried)[1] if all(tried) else []
    if "type" in schema and not isinstance(value, _KINDS[schema["type"]]):
        return [*found, f"{place} is no {schema['type']}: {value!r}"]
    if schema.get("type") in {"integer", "number"} and isinstance(value, bool):
        found.append(f"{place} is a bool")
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        found.append(f"{place} is {value!r}")
    if isinstance(value, dict):
        found += _of_object(value, schema, place)
    elif isinstance(value, list):
        found += _of_array(value, schema, place)
    elif isinstance(value, int | float):
        least, most = schema.get("minimum", value), schema.get("maximum", value)
        found += [] if least <= value <= most else [f"{place} is {value}"]
    return found


_KINDS: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def _of_object(value: dict[str, Any], schema: Schema, place: str) -> list[str]:
    properties = schema.get("properties", {})
    found = [f"{place}.{key} is missing" for key in schema.get("required", ())
             if key not in value]  # fmt: skip
    rest = schema.get("additionalProperties", {})
    for key, item in value.items():
        inner = properties.get(key, rest)
        if inner is False:
            found.append(f"{place}.{key} is not in the schema")
        elif isinstance(inner, dict):
            found += problems(item, inner, f"{place}.{key}")
    return found


def _of_array(value: list[Any], schema: Schema, place: str) -> list[str]:
    found = [] if len(value) >= schema.get("minItems", 0) else [f"{place} is short"]
    for index, item in enumerate(value):
        found += problems(item, schema.get("items", {}), f"{place}[{index}]")
    return found
