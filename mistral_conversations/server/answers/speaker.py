"""The model or agent that speaks in an answer."""

from typing import Self

import attrs

from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.ids import agent_id

__all__ = ["Speaker"]


@attrs.frozen
class Speaker:
    """A model, an agent created here, or an agent known by name only."""

    name: str
    model: str
    agent_id: str | None = None
    """None for a model."""

    agent: JSONObject | None = attrs.field(default=None, hash=False)
    """The agent at the version that speaks, if it was created here."""

    @classmethod
    def of(cls, agent: JSONObject) -> Self:
        """Make the speaker for an agent created here."""
        return cls(agent["name"], agent["model"], agent["id"], agent)

    @classmethod
    def elsewhere(cls, name: str, model: str) -> Self:
        """Make the speaker for an agent known by name only."""
        return cls(name, model, agent_id(name))

    @property
    def author(self) -> JSONObject:
        """The keys that name the speaker in entries and events."""
        if self.agent_id is None:
            return {"model": self.model}
        return {"agent_id": self.agent_id, "model": self.model}

    def handoff_keys(self, role: str) -> JSONObject:
        """Return the keys of a handoff for its `previous` or its `next` agent."""
        id_ = agent_id(self.name) if self.agent_id is None else self.agent_id
        return {f"{role}_agent_id": id_, f"{role}_agent_name": self.name}
