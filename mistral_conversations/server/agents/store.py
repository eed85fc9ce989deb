"""The agents and their versions, in memory."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, dropwhile
from typing import Any

import attrs

from mistral_conversations.server.agents.records import RecordedAgent
from mistral_conversations.server.web.failures import JSONObject, not_found
from mistral_conversations.server.web.ids import new_id, timestamp
from mistral_conversations.server.web.values import read_integer

__all__ = ["Agent", "AgentStore"]

_COMPLETION_ARGS: JSONObject = {
    "stop": None,
    "presence_penalty": None,
    "frequency_penalty": None,
    "temperature": None,
    "top_p": None,
    "max_tokens": None,
    "random_seed": None,
    "prediction": None,
    "response_format": None,
    "tool_choice": "auto",
    "reasoning_effort": None,
}
_SETTINGS: JSONObject = {
    "updated_at": None,
    "model": None,
    "name": None,
    "instructions": None,
    "tools": [],
    "completion_args": _COMPLETION_ARGS,
    "guardrails": None,
    "description": None,
    "handoffs": None,
    "metadata": None,
    "version_message": None,
    "deployment_chat": False,
}

# An update may send null for them, but no agent may have it.
_NEVER_NULL = ("model", "name", "deployment_chat")


@attrs.define(eq=False)
class Agent:
    """An agent: its versions, the current one of them, and its aliases."""

    position: int
    """Its position among all agents ever created."""

    created_at: str
    _versions: list[JSONObject]
    id: str = attrs.field(factory=lambda: new_id("ag"), init=False)
    _current: int = attrs.field(default=0, init=False)
    _aliases: dict[str, JSONObject] = attrs.field(factory=dict, init=False)

    @property
    def name(self) -> str:
        """The name of the current version."""
        name: str = self._versions[self._current]["name"]
        return name

    def body(self, version: float | str | None = None) -> JSONObject:
        """Return the agent as JSON.

        Args:
            version: a number or an alias; None is the current version.

        Raises:
            RefusalError: there is no such version.
        """
        number = self._number(version)
        return {
            "object": "agent",
            "id": self.id,
            "version": number,
            "versions": [*self.versions()],
            "created_at": self.created_at,
            **self._versions[number],
            "source": "api",
        }

    def versions(self) -> Sequence[int]:
        """Return the numbers of all versions, oldest first."""
        return range(len(self._versions))

    def update(self, changes: Mapping[str, Any]) -> None:
        """Change the current version into a new one, which becomes current.

        A `version_message` describes one version and does not carry over.
        """
        changed = {
            key: value
            for key, value in changes.items()
            if value is not None or key not in _NEVER_NULL
        }
        current = {**self._versions[self._current], "version_message": None}
        self._versions.append(_version({**current, **changed}))
        self._current = len(self._versions) - 1

    def switch(self, version: float) -> None:
        """Make another version current.

        Raises:
            RefusalError: there is no such version.
        """
        current = self._number(version)
        self._versions[current] = _version(self._versions[current])
        self._current = current

    def aliases(self) -> list[JSONObject]:
        """Return the aliases as JSON, in the order of creation."""
        return list(self._aliases.values())

    def set_alias(self, alias: str, version: float) -> JSONObject:
        """Set an alias, or move it to another version, and return it as JSON.

        Raises:
            RefusalError: there is no such version.
        """
        now = timestamp()
        created_at = self._aliases.get(alias, {}).get("created_at", now)
        self._aliases[alias] = {
            "alias": alias,
            "version": self._number(version),
            "created_at": created_at,
            "updated_at": now,
        }
        return self._aliases[alias]

    def delete_alias(self, alias: str) -> None:
        """Delete an alias.

        Raises:
            RefusalError: there is no such alias.
        """
        if alias not in self._aliases:
            raise not_found(f"Alias {alias} of agent {self.id} not found")
        del self._aliases[alias]

    def record(self) -> RecordedAgent:
        """Return a snapshot of the agent."""
        aliases = {alias["alias"]: alias["version"] for alias in self.aliases()}
        versions = tuple(self.body(number) for number in self.versions())
        return RecordedAgent(self.id, self.body(), versions, aliases)

    def _number(self, version: float | str | None) -> int:
        if version is None:
            return self._current
        named: Any = version
        if isinstance(version, str):
            alias = self._aliases.get(version)
            named = read_integer(version) if alias is None else alias["version"]
        if isinstance(named, str) or not 0 <= named < len(self._versions):
            raise not_found(f"Version {version} of agent {self.id} not found")
        return int(named)


def _version(settings: Mapping[str, Any]) -> JSONObject:
    completion_args = {**_COMPLETION_ARGS, **settings.get("completion_args", {})}
    version = {**_SETTINGS, **settings, "completion_args": completion_args}
    return {**version, "updated_at": timestamp()}


@attrs.define(eq=False)
class AgentStore:
    """The agents, by id."""

    _agents: dict[str, Agent] = attrs.field(factory=dict)
    _deleted: set[str] = attrs.field(factory=set)
    _positions: "count[int]" = attrs.field(factory=count)

    def create(self, settings: Mapping[str, Any]) -> Agent:
        """Create an agent."""
        created_at = timestamp()
        agent = Agent(next(self._positions), created_at, [_version(settings)])
        self._agents[agent.id] = agent
        return agent

    def find(self, agent_id: str) -> Agent:
        """Return an agent.

        Raises:
            RefusalError: no agent has that id.
        """
        if agent_id not in self._agents:
            raise not_found(f"Agent {agent_id} not found")
        return self._agents[agent_id]

    def remove(self, agent_id: str) -> None:
        """Delete an agent; remember its id only.

        Raises:
            RefusalError: no agent has that id.
        """
        del self._agents[self.find(agent_id).id]
        self._deleted.add(agent_id)

    def at(
        self, agent_id: str | None, version: float | str | None
    ) -> JSONObject | None:
        """Return a version of an agent as JSON; None if it was never created here.

        Raises:
            RefusalError: the agent was deleted, or has no such version.
        """
        if agent_id not in self._agents and agent_id not in self._deleted:
            return None
        return self.find(agent_id).body(version)

    def named(self, name: str) -> list[JSONObject]:
        """Return the agents of a name or an id as JSON, newest first."""
        return [
            agent.body()
            for agent in self.newest_first()
            if name in {agent.id, agent.name}
        ]

    def newest_first(self, before: int | None = None) -> Iterator[Agent]:
        """Yield all agents, newest first, or those created before a position."""
        agents = reversed(self._agents.values())
        if before is None:
            return agents
        return dropwhile(lambda agent: agent.position >= before, agents)

    def records(self) -> tuple[RecordedAgent, ...]:
        """Return snapshots of all agents, oldest first."""
        return tuple(agent.record() for agent in [*self._agents.values()])
