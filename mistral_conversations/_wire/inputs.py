"""The `inputs` of a call, in every form a caller may give them."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from mistral_conversations._wire.converter import unstructure
from mistral_conversations.models.entries import InputEntries, MessageInputEntry

__all__ = ["inputs_to_json"]

_ENTRIES = get_args(InputEntries)


def inputs_to_json(inputs: Any) -> Any:
    """Give `inputs` as the API takes them: text, or a list of entries.

    A str stays a str; one entry becomes a list of one; a str in a sequence becomes a
    message of the user; a mapping goes as it is, a model as its fields but None.

    Raises:
        TypeError: something that is no entry, by its place (`inputs[2]`).
        ValueError: a mapping that is no entry, by its place.
    """
    if isinstance(inputs, str):
        return inputs
    if isinstance(inputs, Sequence) and not isinstance(inputs, bytes | bytearray):
        return [_entry(item, f"inputs[{i}]") for i, item in enumerate(inputs)]
    return [_entry(inputs, "inputs")]


def _entry(item: Any, place: str) -> Any:
    if isinstance(item, str):
        return unstructure(MessageInputEntry(role="user", content=item))
    if isinstance(item, Mapping):
        return _mapping(item, place)
    if isinstance(item, _ENTRIES):
        return unstructure(item)
    raise TypeError(
        f"{place} is a {type(item).__name__}: give text, an entry "
        "(MessageInputEntry, FunctionResultEntry, ...) or a mapping with its keys"
    )


def _mapping(item: Mapping[str, Any], place: str) -> Any:
    if "type" in item or ("role" in item and "content" in item):
        return unstructure(dict(item))
    raise ValueError(
        f"{place} has neither `type` nor `role` and `content`, so it is no entry: "
        f"its keys are {sorted(map(str, item))}"
    )
