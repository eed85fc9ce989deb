"""The class of an object without a tag: the one that fits its shape."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from mistral_conversations._wire.keys import json_fields, required_keys
from mistral_conversations._wire.odd_values import MISFITS
from mistral_conversations.models.entries import MessageInputEntry, MessageOutputEntry

__all__ = ["structure_by_shape"]


def structure_by_shape(
    value: Mapping[str, Any],
    classes: Iterable[Any],
    structure: Callable[[Any, Any], Any],
) -> Any:
    """Structure an object whose `type` is absent or null, if one class fits it best.

    The class that knows most of its keys: a function call fits the class of a tool
    execution, too, which does not know its `tool_call_id`.

    Args:
        value: the object.
        classes: the classes that it may be of.
        structure: structures an object of a class, or raises one of MISFITS.

    Raises:
        KeyError: it has a `type`, no class fits, or several fit equally.
    """
    given = {key for key, item in value.items() if item is not None}
    fitting: dict[Any, Any] = {}
    for cls in classes if "type" not in given else ():
        if required_keys(cls) <= given:
            with suppress(*MISFITS):
                fitting[cls] = structure(value, cls)
    _choose_message(fitting, value)
    known = {cls: len(given & json_fields(cls).keys()) for cls in fitting}
    best = [cls for cls in fitting if known[cls] == max(known.values())]
    if len(best) != 1:
        raise KeyError("type")
    return fitting[best[0]]


def _choose_message(fitting: dict[Any, Any], value: Mapping[str, Any]) -> None:
    """Keep one of the two classes of a message, by its role.

    The keys do not decide: a message from the model need not have one of its own.
    """
    if MessageInputEntry in fitting and MessageOutputEntry in fitting:
        is_output = value["role"] == "assistant" and value.get("prefix") is None
        del fitting[MessageInputEntry if is_output else MessageOutputEntry]
