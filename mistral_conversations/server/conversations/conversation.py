"""A conversation: its settings, its entries and its lock."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs

from mistral_conversations.server.answers.confirmation import Suspension
from mistral_conversations.server.answers.records import RecordedConversation
from mistral_conversations.server.answers.speaker import Speaker
from mistral_conversations.server.web.failures import (
    JSONObject,
    busy,
    missing_results,
    not_found,
    refusal,
)
from mistral_conversations.server.web.ids import new_id, timestamp

__all__ = ["Conversation"]

_OF_MODEL: JSONObject = {
    "model": None,
    "instructions": None,
    "tools": [],
    "completion_args": {},
    "guardrails": None,
}
_OF_AGENT = {"agent_id": None, "agent_version": None}
_OF_BOTH = {"name": None, "description": None, "metadata": None}
_STATUS = {"allow": "allowed", "deny": "denied"}

# An agent that was not created here is known by its id only.
_MODEL_OF_AGENTS = "mistral-medium-latest"
_UNNAMED = "main"


@attrs.define(eq=False)
class Conversation:
    """A conversation: its settings and its entries."""

    settings: JSONObject
    """What `GET /v1/conversations/{id}` returns, without ids and times."""

    entries: list[JSONObject] = attrs.field(factory=list)
    id: str = attrs.field(factory=lambda: new_id("conv"))
    created_at: str = attrs.field(factory=timestamp)
    updated_at: str = attrs.field(factory=timestamp)
    agent: JSONObject | None = None
    """The agent at the version that answers; None without one created here."""

    suspension: Suspension | None = None
    """The rest of the last turn, if it waits for a confirmation."""

    _locked: bool = False

    @classmethod
    def started_with(cls, body: Mapping[str, Any], agent: JSONObject | None) -> Self:
        """Make a conversation from the body of a start.

        Args:
            body: the body.
            agent: the agent that answers, if it was created here.
        """
        kind = _OF_MODEL if body.get("agent_id") is None else _OF_AGENT
        defaults = kind | _OF_BOTH
        settings = {key: body.get(key, default) for key, default in defaults.items()}
        return cls(_pinned(settings, agent), agent=agent)

    def body(self) -> JSONObject:
        """Return the conversation as JSON, without its entries."""
        times = {"created_at": self.created_at, "updated_at": self.updated_at}
        return {"object": "conversation", "id": self.id, **times, **self.settings}

    def record(self, entries: Sequence[JSONObject]) -> RecordedConversation:
        """Return a snapshot of the conversation with these entries."""
        body = self.body()
        return RecordedConversation(self.id, body, tuple(entries), self.agent)

    @property
    def speaker(self) -> Speaker:
        """The model or agent that answers first."""
        if self.agent is not None:
            return Speaker.of(self.agent)
        if "agent_id" in self.settings:
            return Speaker(_UNNAMED, _MODEL_OF_AGENTS, self.settings["agent_id"])
        return Speaker(_UNNAMED, self.settings["model"])

    @property
    def tools(self) -> list[JSONObject]:
        """The available tools: the agent's, or those given at the start."""
        tools: list[JSONObject] | None = (self.agent or self.settings).get("tools")
        return tools or []

    @property
    def completion_args(self) -> JSONObject:
        """The sampling parameters: the agent's, or those given at the start."""
        args: JSONObject | None = (self.agent or self.settings).get("completion_args")
        return args or {}

    def lock(self) -> None:
        """Lock the conversation while an answer is written, until `unlock`.

        Raises:
            RefusalError: an answer is being written already.
        """
        self.refuse_if_locked()
        self._locked = True

    def unlock(self) -> None:
        """Unlock the conversation for the next answer."""
        self._locked = False

    def refuse_if_locked(self) -> None:
        """Refuse a second answer at the same time.

        Raises:
            RefusalError: an answer is being written already.
        """
        if self._locked:
            raise busy()

    def add(self, entries: Sequence[JSONObject]) -> None:
        """Append entries."""
        self.entries.extend(entries)
        self.updated_at = timestamp()

    def replace(self, entries: Sequence[JSONObject]) -> None:
        """Replace the entries."""
        self.entries = []
        self.add(entries)

    def copy(self) -> Self:
        """Copy the conversation, id included, for an answer that is not stored."""
        return attrs.evolve(self, entries=list(self.entries), locked=False)

    def branch(
        self, body: Mapping[str, Any], agent: JSONObject | None
    ) -> "Conversation":
        """Make a conversation from the body of a restart.

        Args:
            body: the body.
            agent: the agent that answers from now on, if it was created here.

        Raises:
            RefusalError: no entry has the id that the body names.
        """
        ids = [entry["id"] for entry in self.entries]
        if body["from_entry_id"] not in ids:
            raise not_found(f"Entry {body['from_entry_id']} not found")
        until = ids.index(body["from_entry_id"]) + 1
        settings = {
            key: value if body.get(key) is None else body[key]
            for key, value in self.settings.items()
        }
        entries = self.entries[:until]
        return Conversation(_pinned(settings, agent), entries, agent=agent)

    def continued(
        self, inputs: Sequence[JSONObject], confirmations: Sequence[JSONObject]
    ) -> list[JSONObject]:
        """Return the entries, with confirmations applied and inputs added.

        Raises:
            RefusalError: no call waits for one of the confirmations, as it may have a
                result, or a call has neither a result nor a confirmation.
        """
        answered = _answered([*self.entries, *inputs])
        entries = [*self._confirmed(confirmations, answered), *inputs]
        _refuse_missing_results(entries)
        return entries

    def _confirmed(
        self, confirmations: Sequence[JSONObject], answered: set[str]
    ) -> list[JSONObject]:
        statuses = {
            c["tool_call_id"]: _STATUS[c["confirmation"]] for c in confirmations
        }
        unknown = sorted(statuses.keys() - (self._pending() - answered))
        if unknown:
            message = f"No tool call waits for a confirmation with the ids: {unknown}"
            raise refusal(400, message, 3001)
        return [
            {**entry, "confirmation_status": statuses[entry["tool_call_id"]]}
            if entry["type"] == "function.call" and entry["tool_call_id"] in statuses
            else entry
            for entry in self.entries
        ]

    def _pending(self) -> set[str]:
        """Return the ids of the calls that ask for a confirmation."""
        return {
            entry["tool_call_id"]
            for entry in self.entries
            if entry.get("confirmation_status") == "pending"
        }


def _pinned(settings: JSONObject, agent: JSONObject | None) -> JSONObject:
    """Replace an alias of a version, or none, by the number of the version."""
    if agent is None:
        return settings
    return {**settings, "agent_version": agent["version"]}


def _answered(entries: Sequence[JSONObject]) -> set[str]:
    """Return the ids of the calls that have a result."""
    return {e["tool_call_id"] for e in entries if e["type"] == "function.result"}


def _refuse_missing_results(entries: Sequence[JSONObject]) -> None:
    answered = _answered(entries)
    missing = [
        entry["tool_call_id"]
        for entry in entries
        if entry["type"] == "function.call"
        and entry["tool_call_id"] not in answered
        and entry.get("confirmation_status") in {None, "pending"}
    ]
    if missing:
        raise missing_results(missing)
