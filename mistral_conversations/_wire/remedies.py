"""What to do about the problems that a 422 lists.

The service checks a start against two schemas, one for a model and one for an agent,
and lists the problems of both. Those of the schema that is not meant say nothing.
"""

import re
from collections.abc import Collection, Sequence

from mistral_conversations._wire.problems import described, enumerated, path_of
from mistral_conversations.models.validation import ValidationError

__all__ = ["remedy"]

_SCHEMA = re.compile(r"(Model|Agent)\w*Request\b")
_OF_AN_AGENT = ("instructions", "tools", "completion_args", "guardrails")
_OF_A_START = ("model", "agent_id", "instructions", "tools")


def remedy(detail: Sequence[ValidationError]) -> str:
    """Return a message that says what to change; empty if the problems say it."""
    missing = {_field(item) for item in detail if "missing" in item.type}
    if {"model", "agent_id"} <= missing:
        return "give model or agent_id: the request has neither"
    kept = _of_the_request(detail)
    if kept and all(_schema(item) == "Agent" for item in kept):
        return _to_leave_out(
            kept,
            _OF_AN_AGENT,
            "leave out {} beside agent_id, or change the agent with agents.update()",
        )
    if not any(map(_schema, detail)):
        return _to_leave_out(
            kept,
            _OF_A_START,
            "leave out {}: a conversation keeps what it was started with",
        )
    return (
        enumerated(map(described, kept), len(kept)) if len(kept) < len(detail) else ""
    )


def _of_the_request(detail: Sequence[ValidationError]) -> list[ValidationError]:
    """Return the problems without those of the schema that is not meant."""
    forbidden = {(_schema(item), _field(item)) for item in detail if _is_extra(item)}
    other = {("Agent", "model"): "Agent", ("Model", "agent_id"): "Model"}
    others = {schema for found, schema in other.items() if found in forbidden}
    if len(others) != 1:
        return list(detail)
    return [item for item in detail if _schema(item) not in others]


def _to_leave_out(
    kept: Sequence[ValidationError], names: Collection[str], advice: str
) -> str:
    """Return the advice for the fields that are forbidden, then the other problems."""
    unfit = [item for item in kept if _is_extra(item) and _field(item) in names]
    if not unfit:
        return ""
    fields = " and ".join(dict.fromkeys(map(_field, unfit)))
    rest = [described(item) for item in kept if item not in unfit]
    return "; ".join([advice.format(fields), *rest])


def _schema(item: ValidationError) -> str | None:
    found = _SCHEMA.search(" ".join(map(str, item.loc)))
    return found[1] if found else None


def _field(item: ValidationError) -> str:
    """Return the name of a field of the body itself; empty for one inside a field."""
    path = [key for key in path_of(item) if key != "body"]
    return path[0] if len(path) == 1 else ""


def _is_extra(item: ValidationError) -> bool:
    return "extra" in item.type
