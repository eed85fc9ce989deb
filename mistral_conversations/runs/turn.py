"""`RunTurn`: an answer of the model, before its calls are executed."""

import attrs

from mistral_conversations._public import publish
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.runs.calls.open_call import OpenCall

__all__ = ["RunTurn"]


@attrs.frozen(kw_only=True)
class RunTurn:
    """An answer of the model, before its calls are executed.

    `AsyncRunStream.turns()` iterates over the turns of a run.
    """

    number: int
    """From 1; 0 for the calls that the history has open."""

    response: ConversationResponse | None
    """The answer. Of turn 0, the last one in the history; None if it has none."""

    calls: tuple[OpenCall, ...]
    """The calls of the answer. Their methods decide about them."""


publish(globals(), *__all__)
