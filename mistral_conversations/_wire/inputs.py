"""The `inputs` of a call, in every form that callers may pass."""

import reprlib
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from mistral_conversations._wire.converter import to_plain
from mistral_conversations.models.chunks import MessageInputContentChunks
from mistral_conversations.models.entries import InputEntries, MessageInputEntry

__all__ = ["inputs_to_json"]

_ENTRIES = get_args(InputEntries)
_CHUNKS = get_args(MessageInputContentChunks)


def inputs_to_json(inputs: Any) -> Any:
    """Convert `inputs` to what the API accepts: text, or a list of entries.

    A str stays a str, and one entry becomes a list of one. In a sequence, a str becomes
    a user message, a mapping is sent unchanged, and a model becomes its fields except
    those that are None.

    Raises:
        TypeError: an item is neither text nor an entry; the message names its
            position (`inputs[2]`).
        ValueError: a mapping lacks the keys of an entry; the message names its
            position.
    """
    if isinstance(inputs, str):
        return inputs
    if isinstance(inputs, Sequence) and not isinstance(inputs, bytes | bytearray):
        return [_entry(item, f"inputs[{i}]") for i, item in enumerate(inputs)]
    return [_entry(inputs, "inputs")]


def _entry(item: Any, place: str) -> Any:
    if isinstance(item, str):
        return to_plain(MessageInputEntry(role="user", content=item), place)
    if isinstance(item, Mapping):
        _check_keys(item, place)
        return to_plain(item, place)
    if isinstance(item, _ENTRIES):
        return to_plain(item, place)
    raise TypeError(f"{place} is of type {type(item).__name__}: {_remedy(item)}")


def _remedy(item: Any) -> str:
    if isinstance(item, _CHUNKS):
        return (
            "put it into the content of an entry, "
            'MessageInputEntry(role="user", content=(TextChunk(text=...), ...))'
        )
    return (
        "pass text, an entry (MessageInputEntry, FunctionResultEntry, ...) or a "
        "mapping with its keys"
    )


def _check_keys(item: Mapping[str, Any], place: str) -> None:
    if "type" in item or ("role" in item and "content" in item):
        return
    raise ValueError(
        f"{place} has neither `type` nor `role` and `content`, which an entry needs: "
        f"its keys are {sorted(map(_shown, item))}"
    )


def _shown(key: object) -> str:
    return key if isinstance(key, str) else reprlib.repr(key)
