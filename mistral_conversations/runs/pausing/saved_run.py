"""A paused run as JSON text."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

import attrs

from mistral_conversations._wire.converter import structure, to_dict
from mistral_conversations._wire.inputs import inputs_to_json
from mistral_conversations._wire.json import check_json, decode_json, encode_json
from mistral_conversations._wire.values import write
from mistral_conversations.models.conversations import (
    ConversationResponse,
    ToolCallConfirmation,
)
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    FunctionCallEntryArguments,
    InputEntries,
)
from mistral_conversations.models.model import Model
from mistral_conversations.models.runs import RunCall
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.calls.decisions import (
    Answered,
    Approved,
    Decision,
    Rejected,
)
from mistral_conversations.runs.calls.open_call import OpenCall, open_calls
from mistral_conversations.runs.calls.toolset import Toolset
from mistral_conversations.runs.functions.results import Answer
from mistral_conversations.runs.pausing.paused_run import PausedRun
from mistral_conversations.runs.progress import Progress

__all__ = ["load", "save"]

_TYPE = "mistral_conversations.RunPaused"
_VERSION = 1


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


@attrs.frozen(kw_only=True, repr=False)
class SavedRun(Model):
    """A paused run."""

    type: str = _TYPE
    version: int = _VERSION
    conversation_id: str | None = None
    """The conversation that the run was to continue, as in `PausedRun`."""

    from_entry_id: str | None = None
    settings: Mapping[str, Any]
    turn: int
    open_calls: tuple[SavedCall, ...]
    always: tuple[str, ...]
    is_begun: bool
    inputs: tuple[Any, ...]
    """As they are sent, like `repeated`."""

    repeated: tuple[Any, ...]
    confirmed: tuple[ToolCallConfirmation, ...]
    current_id: str | None = None
    """The conversation of the last answer."""

    response: ConversationResponse | None = None
    turns: int
    entries: tuple[InputEntries, ...]
    calls: tuple[SavedAnswer, ...]
    usage: ConversationUsageInfo
    failures: Mapping[str, int]
    corrections: int
    has_confirmed: bool = False


def _fields(saved: Model) -> dict[str, Any]:
    fields = attrs.asdict(saved, recurse=False)
    del fields["extra"]
    return fields


def save(paused: PausedRun) -> str:
    """Return a paused run as JSON text."""
    progress = attrs.asdict(paused.progress, recurse=False)
    del progress["executed"]  # nothing of the turn has run
    saved = SavedRun(
        conversation_id=paused.conversation_id,
        from_entry_id=paused.from_entry_id,
        settings=decode_json(write(paused.settings)),
        turn=paused.turn,
        open_calls=tuple(SavedCall.of(call) for call in paused.calls),
        always=tuple(sorted(paused.always)),
        is_begun=paused.is_begun,
        inputs=tuple(inputs_to_json(paused.inputs)),
        repeated=tuple(inputs_to_json(paused.repeated)),
        confirmed=tuple(paused.confirmed),
        current_id=progress.pop("conversation_id"),
        calls=tuple(SavedAnswer.of(call) for call in progress.pop("calls")),
        **progress,
    )
    return encode_json(to_dict(saved)).decode()


def load(text: str | bytes) -> PausedRun:
    """Return the paused run that `save` has written.

    Raises:
        TypeError: `text` is neither text nor bytes.
        ValueError: it is not a saved pause, or of another version of this library.
    """
    if not isinstance(text, str | bytes):
        raise TypeError(
            f"text must be the str that to_json() returned, not {type(text).__name__}"
        )
    try:
        return _paused(_structured(decode_json(text)))
    except ValueError as error:
        problem = str(error).replace(f"{SavedRun.__name__}.", "")
        raise ValueError(f"this is not the text of a RunPaused: {problem}") from None


def _structured(data: Any) -> SavedRun:
    if not isinstance(data, dict) or data.get("type") != _TYPE:
        raise ValueError(f"it has no type {_TYPE!r}")
    version = data.get("version")
    if type(version) is not int or version != _VERSION:
        raise ValueError(
            f"its version is {version!r}, and this library reads version {_VERSION}: "
            "use the version of mistral_conversations that saved it, or a later one"
        )
    saved: SavedRun = structure(SavedRun, data)
    if "response" in saved.extra:
        raise ValueError("response is no answer of the service")
    if not any(call.is_waiting for call in saved.open_calls):
        raise ValueError("none of its open_calls waits for a decision")
    return saved


def _paused(saved: SavedRun) -> PausedRun:
    progress = Progress(
        conversation_id=saved.current_id,
        response=saved.response,
        turns=saved.turns,
        entries=list(saved.entries),
        calls=[each.call() for each in saved.calls],
        usage=saved.usage,
        failures=dict(saved.failures),
        corrections=saved.corrections,
        has_confirmed=saved.has_confirmed,
    )
    return PausedRun(
        conversation_id=saved.conversation_id,
        from_entry_id=saved.from_entry_id,
        settings=saved.settings,
        turn=saved.turn,
        calls=tuple(each.call(saved.turn) for each in saved.open_calls),
        always=frozenset(saved.always),
        is_begun=saved.is_begun,
        inputs=saved.inputs,
        repeated=saved.repeated,
        confirmed=saved.confirmed,
        progress=progress,
    )


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
