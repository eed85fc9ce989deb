"""A model that answers in turn with all kinds of entries."""

from itertools import cycle
from typing import Any

from mistral_conversations.server import (
    RecordedConversation,
    RecordedRequest,
    call,
    execute,
    handoff,
    say,
    think,
)
from tests.support import bodies

from .objects import SEED

__all__ = ["model_of_all_kinds", "tides"]

_TURNS: list[list[Any]] = [
    [say("Blue, mostly.")],
    [think("Let me see."), say("See", bodies.reference(), "there.")],
    [execute("web_search", info={"pages": 1}), say("Found.")],
    [execute("image_generation"), say("Drawn.")],
    [handoff("weather desk"), say("Grey.")],
    [say("Wait."), call("weather", city="Oslo"), call("send", to="all").pending()],
    [],
]


def model_of_all_kinds() -> Any:
    """Return a model for `LocalServer`, which answers the seed with a message."""
    turns = cycle(_TURNS)

    def model(conversation: RecordedConversation, _: RecordedRequest) -> Any:
        last = conversation.entries[-1] if conversation.entries else {}
        return [say("Hello.")] if last.get("content") == SEED else next(turns)

    return model


def tides(port: str = "Oslo", **_: Any) -> dict[str, Any]:
    """Say when the water is high."""
    return {"port": port, "high": "05:40"}
