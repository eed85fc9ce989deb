"""The agents, in memory."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import attrs

from mistral_conversations.server.failures import JSONObject, not_found
from mistral_conversations.server.ids import new_id, timestamp
from mistral_conversations.server.reading import number
from mistral_conversations.server.records import RecordedAgent

__all__ = ["Agent", "Agents"]

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

# The description lets an update send null for them, and no agent have it.
_NEVER_NULL = ("model", "name", "deployment_chat")


@attrs.define(eq=False)
class Agent:
    """One agent: its versions, which of them is the current one, and its aliases."""

    place: int
    """Where it stands among all that were ever made."""

    created_at: str
    _versions: list[JSONObject]
    id: str = attrs.field(factory=lambda: new_id("ag"), init=False)
    _current: int = attrs.field(default=0, init=False)
    _aliases: dict[str, JSONObject] = attrs.field(factory=dict, init=False)

    def body(self, version: float | str | None = None) -> JSONObject:
        """Tell of the agent.

        Args:
            version: its number, or an alias of it; None is the current one.

        Raises:
            RefusalError: there is no such version.
        """
        told = self._number(version)
        return {
            "object": "agent",
            "id": self.id,
            "version": told,
            "versions": [*range(len(self._versions))],
            "created_at": self.created_at,
            **self._versions[told],
            "source": "api",
        }

    def bodies(self) -> list[JSONObject]:
        """Tell of all versions, the newest first."""
        return [self.body(n) for n in reversed(range(len(self._versions)))]

    def update(self, changes: Mapping[str, Any]) -> None:
        """Make a version that differs from the current one, and make it current.

        What is said of a version (`version_message`) is not said of the next.
        """
        taken = {
            key: value
            for key, value in changes.items()
            if value is not None or key not in _NEVER_NULL
        }
        kept = {**self._versions[self._current], "version_message": None}
        self._versions.append(_version({**kept, **taken}))
        self._current = len(self._versions) - 1

    def switch(self, version: float) -> None:
        """Make a version the current one.

        Raises:
            RefusalError: there is no such version.
        """
        current = self._number(version)
        self._versions[current] = _version(self._versions[current])
        self._current = current

    def aliases(self) -> list[JSONObject]:
        """Tell of the aliases, in the order in which they were made."""
        return list(self._aliases.values())

    def name_version(self, alias: str, version: float) -> JSONObject:
        """Give a version an alias, which may have been another's, and tell of it.

        Raises:
            RefusalError: there is no such version.
        """
        now = timestamp()
        told = {"alias": alias, "version": self._number(version)}
        since = self._aliases.get(alias, {}).get("created_at", now)
        self._aliases[alias] = {**told, "created_at": since, "updated_at": now}
        return self._aliases[alias]

    def forget_alias(self, alias: str) -> None:
        """Take an alias away.

        Raises:
            RefusalError: there is none of that name.
        """
        if alias not in self._aliases:
            raise not_found(f"Alias {alias} of agent {self.id} not found")
        del self._aliases[alias]

    def record(self) -> RecordedAgent:
        """Tell of the agent as it is now."""
        aliases = {alias["alias"]: alias["version"] for alias in self.aliases()}
        return RecordedAgent(self.id, self.body(), tuple(self.bodies()[::-1]), aliases)

    def _number(self, version: float | str | None) -> int:
        if version is None:
            return self._current
        named: Any = version
        if isinstance(version, str):
            alias = self._aliases.get(version)
            named = number(version) if alias is None else alias["version"]
        if isinstance(named, str) or not 0 <= named < len(self._versions):
            raise not_found(f"Version {version} of agent {self.id} not found")
        return int(named)


def _version(settings: Mapping[str, Any]) -> JSONObject:
    completion_args = {**_COMPLETION_ARGS, **settings.get("completion_args", {})}
    told = {**_SETTINGS, **settings, "completion_args": completion_args}
    return {**told, "updated_at": timestamp()}


@attrs.define(eq=False)
class Agents:
    """All agents, by their ids."""

    _agents: dict[str, Agent] = attrs.field(factory=dict)
    _deleted: set[str] = attrs.field(factory=set)
    _places: "count[int]" = attrs.field(factory=count)

    def create(self, settings: Mapping[str, Any]) -> Agent:
        """Make an agent, and keep it."""
        created_at = timestamp()
        agent = Agent(next(self._places), created_at, [_version(settings)])
        self._agents[agent.id] = agent
        return agent

    def find(self, agent_id: str) -> Agent:
        """Give an agent.

        Raises:
            RefusalError: there is none of that id.
        """
        if agent_id not in self._agents:
            raise not_found(f"Agent {agent_id} not found")
        return self._agents[agent_id]

    def remove(self, agent_id: str) -> None:
        """Forget an agent, but for its id.

        Raises:
            RefusalError: there is none of that id.
        """
        del self._agents[self.find(agent_id).id]
        self._deleted.add(agent_id)

    def at(
        self, agent_id: str | None, version: float | str | None
    ) -> JSONObject | None:
        """Tell of the agent that is to answer; None if it was never made here.

        Raises:
            RefusalError: it was deleted, or has no such version.
        """
        if agent_id is None or agent_id not in self._agents.keys() | self._deleted:
            return None
        return self.find(agent_id).body(version)

    def called(self, name: str) -> list[JSONObject]:
        """Tell of the agents that have a name, or an id, the newest first."""
        told = [agent.body() for agent in self.newest_first()]
        return [agent for agent in told if name in {agent["id"], agent["name"]}]

    def newest_first(self) -> list[Agent]:
        """Give all agents, the newest first."""
        return [*self._agents.values()][::-1]

    def records(self) -> tuple[RecordedAgent, ...]:
        """Give all agents, the oldest first, as they are now."""
        return tuple(agent.record() for agent in [*self._agents.values()])
