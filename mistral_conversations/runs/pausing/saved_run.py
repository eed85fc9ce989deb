"""A paused run as JSON text."""

from collections.abc import Mapping
from typing import Any

import attrs

from mistral_conversations._wire.converter import structure, to_dict
from mistral_conversations._wire.inputs import inputs_to_json
from mistral_conversations._wire.json import decode_json, encode_json
from mistral_conversations._wire.values import write
from mistral_conversations.models.conversations import (
    ConversationResponse,
    ToolCallConfirmation,
)
from mistral_conversations.models.entries import InputEntries
from mistral_conversations.models.model import Model
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.pausing.paused_run import PausedRun
from mistral_conversations.runs.pausing.saved_calls import SavedAnswer, SavedCall
from mistral_conversations.runs.progress import Progress

__all__ = ["load", "save"]

_TYPE = "mistral_conversations.RunPaused"
_VERSION = 1


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
    has_output: bool
    always: tuple[str, ...]
    is_begun: bool
    inputs: tuple[Any, ...]
    """As they are sent, like `repeated`."""

    repeated: tuple[Any, ...]
    confirmed: tuple[ToolCallConfirmation, ...]
    current_id: str
    """The conversation of the last answer."""

    response: ConversationResponse | None = None
    turns: int
    entries: tuple[InputEntries, ...]
    calls: tuple[SavedAnswer, ...]
    usage: ConversationUsageInfo
    failures: Mapping[str, int]
    corrections: int
    has_confirmed: bool = False


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
        has_output=paused.has_output,
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
        has_output=saved.has_output,
        always=frozenset(saved.always),
        is_begun=saved.is_begun,
        inputs=saved.inputs,
        repeated=saved.repeated,
        confirmed=saved.confirmed,
        progress=progress,
    )
