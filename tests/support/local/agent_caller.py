"""A caller for agents."""

from typing import Any
from urllib.parse import urlencode

import attrs

from tests.support.local.http_caller import Caller, Reply

__all__ = ["AGENTS", "NOBODY", "AgentCaller"]

AGENTS = "/v1/agents"
NOBODY = "ag_019f00000000000000000000000000aa"


@attrs.frozen
class AgentCaller(Caller):
    def create(self, **settings: Any) -> dict[str, Any]:
        """Create an agent, and return it as JSON."""
        body = {"model": "mistral-small-latest", "name": "weather desk", **settings}
        reply = self.post(AGENTS, body)
        assert reply.status == 200, reply.body
        agent: dict[str, Any] = reply.json
        return agent

    def made(self, **settings: Any) -> str:
        """Create an agent, and return its id."""
        agent_id: str = self.create(**settings)["id"]
        return agent_id

    def update(self, agent_id: str, **changes: Any) -> dict[str, Any]:
        reply = self.send("PATCH", f"{AGENTS}/{agent_id}", changes)
        assert reply.status == 200, reply.body
        agent: dict[str, Any] = reply.json
        return agent

    def ask(self, method: str, agent_id: str, rest: str = "", **query: Any) -> Reply:
        """Send a request about an agent that has no body."""
        asked = f"?{urlencode(query)}" if query else ""
        return self.send(method, f"{AGENTS}/{agent_id}{rest}{asked}")

    def listed(self, path: str = AGENTS, **query: Any) -> Any:
        reply = self.get(f"{path}?{urlencode(query, doseq=True)}")
        assert reply.status == 200, reply.body
        return reply.json

    def converse(self, agent_id: str, **body: Any) -> Reply:
        """Start a conversation with an agent."""
        return self.post(
            "/v1/conversations", {"inputs": "Hello", "agent_id": agent_id, **body}
        )

    def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Return a conversation as JSON."""
        reply = self.get(f"/v1/conversations/{conversation_id}")
        assert reply.status == 200
        body: dict[str, Any] = reply.json
        return body
