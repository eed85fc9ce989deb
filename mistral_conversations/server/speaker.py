"""Who speaks in an answer."""

from typing import Self

import attrs

from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.ids import agent_id

__all__ = ["Speaker"]


@attrs.frozen
class Speaker:
    """A model, an agent made here, or an agent that lives elsewhere."""

    name: str
    model: str
    agent_id: str | None = None
    """None where a model speaks."""

    agent: JSONObject | None = attrs.field(default=None, hash=False)
    """The agent, at the version that speaks, if it was made here."""

    @classmethod
    def of(cls, agent: JSONObject) -> Self:
        """Let an agent speak that was made here."""
        return cls(agent["name"], agent["model"], agent["id"], agent)

    @classmethod
    def elsewhere(cls, name: str, model: str) -> Self:
        """Let an agent speak of which no more is known than its name."""
        return cls(name, model, agent_id(name))

    @property
    def voice(self) -> JSONObject:
        """What the entries and events tell of who speaks."""
        if self.agent_id is None:
            return {"model": self.model}
        return {"agent_id": self.agent_id, "model": self.model}

    def introduction(self, role: str) -> JSONObject:
        """Give what a handoff tells of its `previous` or its `next` agent."""
        told = agent_id(self.name) if self.agent_id is None else self.agent_id
        return {f"{role}_agent_id": told, f"{role}_agent_name": self.name}
