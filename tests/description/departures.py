"""Where `LocalServer` departs from the published description, and why it may.

Each departure has been observed on the service, except for those of connectors and
batch jobs, which no recording shows. The description is amended by this table, and by
the `ADDED_KEYS` of the schemas of answers, before anything is generated from it, so
that a departure is judged by its own schema, and everything else by the published one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

__all__ = ["ERRORS", "Departure"]

Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}
_DETAIL: Schema = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": _TEXT},
    "additionalProperties": False,
}
_ERROR: Schema = {
    "type": "object",
    "required": ["object", "message", "type", "code"],
    "properties": {
        "object": {"const": "Error"},
        "message": _TEXT,
        "type": {"const": "invalid_request_error"},
        "code": {"type": "integer"},
    },
    "additionalProperties": False,
}
_INVALID: Schema = {
    "allOf": [
        {"$ref": "#/components/schemas/HTTPValidationError"},
        {"type": "object", "required": ["object", "message", "type", "code"]},
    ]
}
_ROUTE = {
    "type": "object",
    "required": ["message", "request_id"],
    "properties": {"message": _TEXT, "request_id": _TEXT},
    "additionalProperties": False,
}


@attrs.frozen
class Departure:
    """An answer outside the description that operations may give."""

    status: int
    schema: Schema
    where: str
    """A regular expression; a method, a space and a path match it from their start."""

    why: str


ERRORS: Sequence[Departure] = (
    Departure(401, _DETAIL, ".*", "a missing or empty key"),
    Departure(404, _ERROR, r".*\{", "an id that nothing has"),
    Departure(
        404,
        _ROUTE,
        r".*\{",
        "a generated id with a slash or dots makes a path that no route matches",
    ),
    Departure(
        405,
        _DETAIL,
        r".*\{",
        "a generated id of dots makes the path of another operation",
    ),
    Departure(
        400,
        _ERROR,
        "POST /v1/conversations",
        "inputs without the results that are missing, or results twice",
    ),
    Departure(
        409,
        _ERROR,
        r"POST /v1/conversations/\{conversation_id\}",
        "a conversation into which an answer is being written",
    ),
    Departure(
        403,
        _ERROR,
        r"(PUT|DELETE) /v1/libraries/\{library_id\}/share",
        "the owner's own access",
    ),
    Departure(403, _ERROR, r".* /v1/connectors/\{", "no credentials are stored"),
    Departure(
        400,
        _ERROR,
        r"GET /v1/connectors/\{connector_id_or_name\}/auth_url",
        "a method of authorization that the connector lacks",
    ),
    Departure(404, _ERROR, "POST /v1/batch/jobs", "a file that nothing has"),
    Departure(
        422,
        _INVALID,
        "[A-Z]+ /v1/(files|batch)",
        "the description gives these operations no errors at all",
    ),
)
"""Errors. The description has no status but 422."""
