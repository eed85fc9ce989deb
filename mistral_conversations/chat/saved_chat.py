"""A chat as JSON text."""

from collections.abc import Mapping
from typing import Any

import attrs

from mistral_conversations._wire.converter import structure, to_dict
from mistral_conversations._wire.json import decode_json, encode_json
from mistral_conversations._wire.values import write
from mistral_conversations.chat.settings import ChatSettings, Position, Source
from mistral_conversations.chat.state import ChatState
from mistral_conversations.models.model import Model
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.recovery.settings import Recovery
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.plan import AT_RESTART, AT_START
from mistral_conversations.runs.settings import RunLimits, RunOptions

__all__ = ["load", "save"]

_TYPE = "mistral_conversations.Chat"
_VERSION = 1

_PLAIN = (*AT_START, *AT_RESTART, "completion_args", "handoff_execution")
_CLASSES = {"limits": RunLimits, "options": RunOptions, "recover": Recovery}


@attrs.frozen(kw_only=True, repr=False)
class SavedChat(Model):
    """A chat."""

    type: str = _TYPE
    version: int = _VERSION
    conversation_id: str | None = None
    source_id: str | None = None
    """The conversation of which a fork has not yet begun."""

    from_entry_id: str | None = None
    settings: Mapping[str, Any]
    """The parameters of `chat` in JSON's plain types."""

    functions: tuple[str, ...] = ()
    """The names of the functions, which are passed again."""

    has_output: bool = False
    """Whether there was an `output_type`, which is passed again."""

    usage: ConversationUsageInfo
    settled: ConversationUsageInfo
    turns: int
    paused: str | None = None
    """The JSON text of the pause."""


def save(settings: ChatSettings, state: ChatState) -> str:
    """Return a chat as JSON text."""
    position = state.position
    source = position.source or Source("", None)
    saved = SavedChat(
        conversation_id=position.conversation_id,
        source_id=source.conversation_id or None,
        from_entry_id=source.from_entry_id,
        settings=_plain(settings.parameters),
        functions=settings.function_names,
        has_output=settings.parameters["output_type"] is not None,
        usage=state.usage,
        settled=state.settled,
        turns=state.turns,
        paused=None if position.paused is None else position.paused.to_json(),
    )
    return encode_json(to_dict(saved)).decode()


def load(
    text: str | bytes, given: Mapping[str, Any]
) -> tuple[Mapping[str, Any], ChatState]:
    """Return the parameters and the state of the chat that `save` has written.

    Args:
        text: the JSON text.
        given: the parameters that are passed again.

    Raises:
        TypeError: `text` is neither text nor bytes.
        ValueError: it is not a saved chat, or of another version of this library; or
            `tools` or `output_type` is missing.
    """
    if not isinstance(text, str | bytes):
        raise TypeError(
            f"text must be the str that to_json() returned, not {type(text).__name__}"
        )
    try:
        saved = _structured(decode_json(text))
        parameters, state = _parameters(saved.settings), _state(saved)
    except (TypeError, ValueError) as error:
        problem = str(error).replace(f"{SavedChat.__name__}.", "")
        raise ValueError(f"this is not the text of a chat: {problem}") from None
    _refuse_missing(saved, given)
    return {**parameters, **given}, state


def _plain(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    plain = {name: parameters[name] for name in _PLAIN}
    made: dict[str, Any] = decode_json(write(plain))
    for name in _CLASSES:
        value = parameters[name]
        made[name] = attrs.asdict(value) if attrs.has(type(value)) else value
    made["wait_if_busy"] = parameters["wait_if_busy"]
    return {name: value for name, value in made.items() if value is not None}


def _structured(data: Any) -> SavedChat:
    if not isinstance(data, dict) or data.get("type") != _TYPE:
        raise ValueError(f"it has no type {_TYPE!r}")
    version = data.get("version")
    if type(version) is not int or version != _VERSION:
        raise ValueError(
            f"its version is {version!r}, and this library reads version {_VERSION}: "
            "use the version of mistral_conversations that saved it, or a later one"
        )
    saved: SavedChat = structure(SavedChat, data)
    return saved


def _parameters(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {*_PLAIN, *_CLASSES, "wait_if_busy"}
    if unknown := sorted(settings.keys() - known):
        raise ValueError(f"settings has the unknown key {unknown[0]!r}")
    made = {**dict.fromkeys(known), **settings}
    for name, cls in _CLASSES.items():
        if isinstance(made[name], Mapping):
            made[name] = cls(**made[name])
    return made


def _state(saved: SavedChat) -> ChatState:
    source = saved.source_id and Source(saved.source_id, saved.from_entry_id)
    paused = None if saved.paused is None else RunPaused.from_json(saved.paused)
    position = Position(
        conversation_id=saved.conversation_id, source=source or None, paused=paused
    )
    return ChatState(
        position=position, usage=saved.usage, settled=saved.settled, turns=saved.turns
    )


def _refuse_missing(saved: SavedChat, given: Mapping[str, Any]) -> None:
    names = ChatSettings.of(given).function_names
    if missing := sorted(set(saved.functions) - set(names)):
        shown = ", ".join(map(repr, missing))
        raise ValueError(
            f"tools lacks functions that the chat has: {shown}. Pass the tools of "
            "chat() again"
        )
    if saved.has_output and given["output_type"] is None:
        raise ValueError("output_type is missing: the chat has one; pass it again")
