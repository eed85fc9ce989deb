"""The published description in two, plain answers and streams, with the departures.

A fragment (`#stream`) is never sent: the operations with and without it have the same
path and method, which one description cannot hold.
"""

import copy
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.api_description import published_description
from tests.support.local.answer_schemas import ADDED_KEYS

from .departures import ERRORS, Departure

__all__ = ["Description", "descriptions", "operations_of"]

Description = dict[str, Any]
"""A description as plain JSON."""


def descriptions(folder: Path) -> dict[str, Description]:
    """Return the description of plain answers and that of streams, by name."""
    published = published_description(folder)
    parts: dict[str, Description] = {"plain": {}, "streams": {}}
    for path, operations in published["paths"].items():
        bare, _, fragment = path.partition("#")
        paths = parts["streams" if fragment == "stream" else "plain"]
        paths.setdefault(bare, {}).update(operations)
    return {name: _amended(published, paths) for name, paths in parts.items()}


def operations_of(description: Description) -> Iterable[tuple[str, Any]]:
    """Return the operations of a description, each with its method and path."""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation


def _amended(published: Description, paths: Description) -> Description:
    amended = copy.deepcopy({**published, "paths": paths})
    schemas = amended["components"]["schemas"]
    for name, keys in ADDED_KEYS.items():
        schemas[name]["properties"].update({key: {"type": "string"} for key in keys})
    _write_out_data(schemas["ConversationEvents"]["properties"])
    for label, operation in operations_of(amended):
        for departure in ERRORS:
            if re.match(departure.where, label):
                _allow(operation["responses"], departure)
    return amended


def _write_out_data(event: dict[str, Any]) -> None:
    """Describe the data of an event as the text that it is in a stream."""
    event["data"] = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": event["data"],
    }


def _allow(responses: dict[str, Any], departure: Departure) -> None:
    """Add an answer beside those of the same status."""
    response = responses.setdefault(
        str(departure.status),
        {
            "description": departure.why,
            "content": {"application/json": {"schema": {"anyOf": []}}},
        },
    )
    schema = response["content"]["application/json"]["schema"]
    schema["anyOf"].append(departure.schema)
