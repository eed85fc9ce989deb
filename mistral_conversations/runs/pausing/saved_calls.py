"""The calls of a paused run as JSON: answered ones, and open ones with decisions."""

from contextlib import suppress
from typing import Any, Self

import attrs

from mistral_conversations._wire.json import check_json, decode_json
from mistral_conversations._wire.values import write
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    FunctionCallEntryArguments,
)
from mistral_conversations.models.model import Model
from mistral_conversations.models.runs import RunCall
from mistral_conversations.runs.calls.decisions import (
    Answered,
    Approved,
    Decision,
    Rejected,
)
from mistral_conversations.runs.calls.open_call import OpenCall, open_calls
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.functions.results import Answer

__all__ = ["SavedAnswer", "SavedCall"]


@attrs.frozen(kw_only=True, repr=False)
class SavedDecision(Model):
    """A decision about a call; the type of the decision has the other keys."""

    type: str
    arguments: str | None = None
    always: bool = False
    reason: str = ""
    value: Any = None
    result: str = ""
    metadata: Any = None

    @classmethod
    def of(cls, decision: Decision | None) -> Self | None:
        """Return what is saved of a decision."""
        match decision:
            case Approved(arguments, always):
                return cls(type="approved", arguments=arguments, always=always)
            case Rejected(reason):
                return cls(type="rejected", reason=reason)
            case Answered(answer):
                return cls(
                    type="answered",
                    value=_value(answer.value, answer.text),
                    result=answer.text,
                    metadata=_plain(answer.metadata),
                )
        return None

    def decision(self) -> Decision:
        """Return the decision.

        Raises:
            ValueError: its type is unknown.
        """
        match self.type:
            case "approved":
                return Approved(self.arguments, self.always)
            case "rejected":
                return Rejected(self.reason)
            case "answered":
                return Answered(Answer(self.value, self.metadata, self.result))
        raise ValueError(f"it has a decision of the unknown type {self.type!r}")


@attrs.frozen(kw_only=True, repr=False)
class SavedCall(Model):
    """A call without an answer, and the decision about it."""

    entry: FunctionCallEntry
    is_waiting: bool
    is_elsewhere: bool
    problem: str | None = None
    decision: SavedDecision | None = None

    @classmethod
    def of(cls, call: OpenCall) -> Self:
        """Return what is saved of a call."""
        return cls(
            entry=call.entry,
            is_waiting=call.is_waiting,
            is_elsewhere=call.is_elsewhere,
            problem=call.problem,
            decision=SavedDecision.of(call.decision),
        )

    def call(self, turn: int) -> OpenCall:
        """Return the call, whose function is unknown until the run is resumed."""
        (call,) = open_calls([self.entry], turn, Toolset({}, ()))
        made = attrs.evolve(
            call,
            problem=self.problem,
            is_elsewhere=self.is_elsewhere,
            is_waiting=self.is_waiting,
        )
        made.resume(None if self.decision is None else self.decision.decision())
        return made


@attrs.frozen(kw_only=True, repr=False)
class SavedAnswer(Model):
    """A call that the run has answered."""

    tool_call_id: str
    name: str
    arguments: FunctionCallEntryArguments
    turn: int
    value: Any = None
    metadata: Any = None
    result: str
    error: str | None = None
    seconds: float

    @classmethod
    def of(cls, call: RunCall) -> Self:
        """Return what is saved of a call."""
        fields = attrs.asdict(call, recurse=False)
        fields["value"] = _value(call.value, call.result)
        for name in ("arguments", "metadata"):
            fields[name] = _plain(fields[name])
        return cls(**fields)

    def call(self) -> RunCall:
        """Return the call."""
        return RunCall(**_fields(self))


def _fields(saved: Model) -> dict[str, Any]:
    fields = attrs.asdict(saved, recurse=False)
    del fields["extra"]
    return fields


def _value(value: Any, text: str) -> Any:
    return value if _is_plain(value) else text


def _plain(value: Any) -> Any:
    """Convert a value to JSON's plain types; what JSON cannot hold, to a text."""
    if _is_plain(value):
        return value
    for form in (_written, repr):
        with suppress(Exception):  # the class of the value may raise anything
            return form(value)
    return f"<{type(value).__name__}>"


def _written(value: Any) -> Any:
    return decode_json(write(value))


def _is_plain(value: Any) -> bool:
    """Check whether a value comes back equal from JSON."""
    try:
        if not _has_plain_types(value):
            return False
        check_json(value, "value", halves=True)
    except (RecursionError, ValueError):
        return False
    return True


def _has_plain_types(value: Any) -> bool:
    kind = type(value)
    if kind is list:
        return all(map(_has_plain_types, value))
    if kind is dict:
        return all(type(key) is str for key in value) and all(
            map(_has_plain_types, value.values())
        )
    return value is None or kind in {str, int, float, bool}
