"""The conversations, in memory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import attrs

from mistral_conversations.server.failures import (
    JSONObject,
    busy,
    missing_results,
    not_found,
    refusal,
)
from mistral_conversations.server.ids import new_id, timestamp
from mistral_conversations.server.records import RecordedConversation
from mistral_conversations.server.speaker import Speaker

__all__ = ["Conversation", "Store", "has_metadata"]

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

# Of an agent that lives elsewhere no more is known than its id.
_MODEL_OF_AGENTS = "mistral-medium-latest"
_UNNAMED = "main"


@attrs.define(eq=False)
class Conversation:
    """One conversation: how it was started, and its entries."""

    settings: JSONObject
    """What `GET /v1/conversations/{id}` tells of it, beside ids and times."""

    entries: list[JSONObject] = attrs.field(factory=list)
    id: str = attrs.field(factory=lambda: new_id("conv"))
    created_at: str = attrs.field(factory=timestamp)
    updated_at: str = attrs.field(factory=timestamp)
    agent: JSONObject | None = None
    """The agent at the version that answers; None without one made here."""

    _written: bool = False

    @classmethod
    def started_with(cls, body: Mapping[str, Any], agent: JSONObject | None) -> Self:
        """Make the conversation that the body of a start asks for.

        Args:
            body: the body.
            agent: who answers, if it is an agent made here.
        """
        kind = _OF_MODEL if body.get("agent_id") is None else _OF_AGENT
        settings = {key: body.get(key, kept) for key, kept in (kind | _OF_BOTH).items()}
        return cls(_pinned(settings, agent), agent=agent)

    def body(self) -> JSONObject:
        """Tell of the conversation, without its entries."""
        times = {"created_at": self.created_at, "updated_at": self.updated_at}
        return {"object": "conversation", "id": self.id, **times, **self.settings}

    def record(self, entries: Sequence[JSONObject]) -> RecordedConversation:
        """Tell of the conversation as it is with these entries."""
        body = self.body()
        return RecordedConversation(self.id, body, tuple(entries), self.agent)

    @property
    def speaker(self) -> Speaker:
        """Who answers, until it hands over."""
        if self.agent is not None:
            return Speaker.of(self.agent)
        if "agent_id" in self.settings:
            return Speaker(_UNNAMED, _MODEL_OF_AGENTS, self.settings["agent_id"])
        return Speaker(_UNNAMED, self.settings["model"])

    @property
    def tools(self) -> list[JSONObject]:
        """The tools that can be used: of the agent, or of the start."""
        tools: list[JSONObject] | None = (self.agent or self.settings).get("tools")
        return tools or []

    def begin_writing(self) -> None:
        """Shut the conversation for others, until `end_writing`.

        Raises:
            RefusalError: an answer is being written already.
        """
        self.refuse_if_written()
        self._written = True

    def end_writing(self) -> None:
        """Open the conversation for the next answer."""
        self._written = False

    def refuse_if_written(self) -> None:
        """Refuse a second answer at the same time.

        Raises:
            RefusalError: an answer is being written already.
        """
        if self._written:
            raise busy()

    def add(self, entries: Sequence[JSONObject]) -> None:
        """Append entries."""
        self.entries.extend(entries)
        self.updated_at = timestamp()

    def replace(self, entries: Sequence[JSONObject]) -> None:
        """Have these entries from now on."""
        self.entries = []
        self.add(entries)

    def copy(self) -> Self:
        """Make a copy of the same id, for an answer that is not to be stored."""
        return attrs.evolve(self, entries=list(self.entries), written=False)

    def branch(
        self, body: Mapping[str, Any], agent: JSONObject | None
    ) -> "Conversation":
        """Make the conversation that the body of a restart asks for.

        Args:
            body: the body.
            agent: who answers from now on, if it is an agent made here.

        Raises:
            RefusalError: it has no entry of that id.
        """
        ids = [entry["id"] for entry in self.entries]
        if body["from_entry_id"] not in ids:
            raise not_found(f"Entry {body['from_entry_id']} not found")
        until = ids.index(body["from_entry_id"]) + 1
        settings = {
            key: kept if body.get(key) is None else body[key]
            for key, kept in self.settings.items()
        }
        entries = self.entries[:until]
        return Conversation(_pinned(settings, agent), entries, agent=agent)

    def continued(
        self, inputs: Sequence[JSONObject], confirmations: Sequence[JSONObject]
    ) -> list[JSONObject]:
        """Give the entries as they are with the inputs and the confirmations.

        Raises:
            RefusalError: a confirmation is for no call that waits for one, or a call
                has neither a result nor a confirmation.
        """
        entries = [*self._confirmed(confirmations), *inputs]
        _refuse_missing_results(entries)
        return entries

    def _confirmed(self, confirmations: Sequence[JSONObject]) -> list[JSONObject]:
        said = {c["tool_call_id"]: _STATUS[c["confirmation"]] for c in confirmations}
        unknown = sorted(
            said.keys() - {call["tool_call_id"] for call in self._pending()}
        )
        if unknown:
            message = f"No tool call waits for a confirmation with the ids: {unknown}"
            raise refusal(400, message, 3001)
        return [
            {**entry, "confirmation_status": said[entry["tool_call_id"]]}
            if entry["type"] == "function.call" and entry["tool_call_id"] in said
            else entry
            for entry in self.entries
        ]

    def _pending(self) -> Iterator[JSONObject]:
        for entry in self.entries:
            if entry.get("confirmation_status") == "pending":
                yield entry


def _pinned(settings: JSONObject, agent: JSONObject | None) -> JSONObject:
    """Put the number of the version in the place of an alias, or of none."""
    if agent is None:
        return settings
    return {**settings, "agent_version": agent["version"]}


def _refuse_missing_results(entries: Sequence[JSONObject]) -> None:
    answered = {e["tool_call_id"] for e in entries if e["type"] == "function.result"}
    missing = [
        entry["tool_call_id"]
        for entry in entries
        if entry["type"] == "function.call"
        and entry["tool_call_id"] not in answered
        and entry.get("confirmation_status") in {None, "pending"}
    ]
    if missing:
        raise missing_results(missing)


@attrs.define
class Store:
    """All conversations, by their ids."""

    _conversations: dict[str, Conversation] = attrs.field(factory=dict)

    def add(self, conversation: Conversation) -> None:
        """Keep a conversation."""
        self._conversations[conversation.id] = conversation

    def find(self, conversation_id: str) -> Conversation:
        """Give a conversation.

        Raises:
            RefusalError: there is none of that id.
        """
        if conversation_id not in self._conversations:
            raise not_found(f"Conversation {conversation_id} not found")
        return self._conversations[conversation_id]

    def remove(self, conversation_id: str) -> None:
        """Forget a conversation.

        Raises:
            RefusalError: there is none of that id.
        """
        del self._conversations[self.find(conversation_id).id]

    def records(self) -> tuple[RecordedConversation, ...]:
        """Give all conversations, the oldest first, as they stand."""
        return tuple(c.record(c.entries) for c in self._by_age())

    def page(
        self, page: int, page_size: int, metadata: Mapping[str, Any]
    ) -> list[Conversation]:
        """Give a page of the conversations, the newest first.

        Args:
            page: its number, from 0.
            page_size: how many conversations a page has.
            metadata: pairs that a conversation must have, all of them.
        """
        newest = reversed(self._by_age())
        found = [c for c in newest if has_metadata(c.settings["metadata"], metadata)]
        return found[page * page_size : (page + 1) * page_size]

    def _by_age(self) -> list[Conversation]:
        """Give all, the oldest first: one is kept only when its answer begins."""
        return sorted(self._conversations.values(), key=lambda c: c.created_at)


def has_metadata(metadata: Mapping[str, Any] | None, pairs: Mapping[str, Any]) -> bool:
    """Tell whether metadata have all of some pairs."""
    held = metadata or {}
    return all(key in held and held[key] == pairs[key] for key in pairs)
