"""`ConversationInputs`: the types that `inputs` accepts."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from mistral_conversations.models.entries import InputEntries

__all__ = ["ConversationInputs"]

ConversationInputs: TypeAlias = (
    str
    | InputEntries
    | Mapping[str, Any]
    | Sequence[InputEntries | Mapping[str, Any] | str]
)
"""Text; one entry, as a model or a mapping; or a sequence of entries and texts."""
