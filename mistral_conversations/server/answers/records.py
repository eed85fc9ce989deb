"""A conversation, as the model and tests see it."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

__all__ = ["RecordedConversation"]


@attrs.frozen(eq=False)
class RecordedConversation:
    """A snapshot of a conversation, in the plain JSON types of the API.

    Its contents belong to the server: change a copy.
    """

    id: str
    json: Mapping[str, Any]
    """What `GET /v1/conversations/{id}` returns: model or agent, instructions, tools.
    """

    entries: Sequence[Mapping[str, Any]]
    """The entries of its history; when a model is called, the new inputs come last."""

    agent: Mapping[str, Any] | None = None
    """What `GET /v1/agents/{id}` returns for the agent that answers, at the version of
    this conversation; None without an agent, or if this server did not create it.
    """

    @property
    def model(self) -> str | None:
        """The model, its own or the agent's; None if the agent is unknown here."""
        model: str | None = self._answerer.get("model")
        return model

    @property
    def instructions(self) -> str | None:
        """The instructions, its own or the agent's; None if there are none."""
        instructions: str | None = self._answerer.get("instructions")
        return instructions

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """The tools, its own or the agent's; empty if there are none."""
        tools: Sequence[Mapping[str, Any]] | None = self._answerer.get("tools")
        return tools or ()

    @property
    def _answerer(self) -> Mapping[str, Any]:
        return self.json if self.agent is None else self.agent
