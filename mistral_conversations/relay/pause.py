"""A pause of a run, as a page needs it."""

from collections.abc import Sequence

import attrs

from mistral_conversations.models.entries import FunctionCallEntry

__all__ = ["Pause"]


@attrs.frozen
class Pause:
    """A run that waits for decisions about its calls."""

    conversation_id: str | None
    calls: Sequence[FunctionCallEntry]
    elsewhere: frozenset[str] = frozenset()
    """The ids of calls that need a result from elsewhere instead of an approval."""
