"""An answer in the making: its events and its entries so far."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations.server.agents.store import AgentStore
from mistral_conversations.server.answers.confirmation import Suspension
from mistral_conversations.server.answers.message import Message
from mistral_conversations.server.answers.pieces import Fail
from mistral_conversations.server.answers.speaker import Speaker
from mistral_conversations.server.answers.usage import usage
from mistral_conversations.server.connectors.store import ConnectorStore
from mistral_conversations.server.files.images import Images
from mistral_conversations.server.libraries.lookup import Lookup
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.ids import new_id, timestamp

__all__ = ["Answer", "Event"]

Event: TypeAlias = JSONObject


@attrs.define
class Answer:
    """An answer that grows while the pieces of a turn become events."""

    conversation_id: str
    prompt: Sequence[JSONObject]
    """The entries to answer."""

    speaker: Speaker
    """The model or agent that speaks; a handoff changes it."""

    agents: AgentStore
    """The agents that a handoff may name."""

    lookup: Lookup
    """The search of the libraries."""

    images: Images
    """The images that the answer generates."""

    connectors: ConnectorStore
    """The connectors that the tools of the conversation may name."""

    executed: JSONObject | None = None
    """The result of the connector's tool that is being executed."""

    outputs: list[JSONObject] = attrs.field(factory=list)
    """The complete entries so far."""

    failure: Fail | None = None
    """Why the answer failed, if it did."""

    suspension: Suspension | None = None
    """The rest of the turn, if it waits for a confirmation."""

    ends_at_handoff: bool = False
    """Whether the caller carries a handoff out, and with it the rest of the turn."""

    _message: Message | None = None
    _started_at: str | None = None

    @property
    def author(self) -> JSONObject:
        """The keys that name the speaker: `model`, and `agent_id` for an agent."""
        return self.speaker.author

    def event(self, type: str, /, **keys: Any) -> Event:
        """Make an event that belongs to no entry."""
        return {"type": type, "created_at": timestamp(), **keys}

    def delta(self, type: str, /, **keys: Any) -> Event:
        """Make an event of the next entry."""
        event = self.event(type, output_index=len(self.outputs), **keys)
        self._started_at = self._started_at or event["created_at"]
        return event

    def add(self, type: str, /, **keys: Any) -> None:
        """Add the entry that the deltas since the last one amount to."""
        times = {"created_at": self._started_at, "completed_at": timestamp()}
        self.outputs.append({"object": "entry", "type": type, **times, **keys})
        self._started_at = None

    def message(self) -> Message:
        """Return the open message, a new one if there is none."""
        if self._message is None:
            head = {"id": new_id("msg"), **self.author, "role": "assistant"}
            self._message = Message(head)
        return self._message

    @property
    def has_open_message(self) -> bool:
        """Whether the next text continues a message."""
        return self._message is not None

    def add_message(self) -> None:
        """Complete the open message, if there is one."""
        if self._message is not None:
            content = self._message.content()
            self.add("message.output", **self._message.head, content=content)
            self._message = None

    def hand_over(self, speaker: Speaker) -> None:
        """Change the speaker; an agent that is known here brings its own tools."""
        self.speaker = speaker
        if speaker.agent is not None:
            self.lookup.tools = speaker.agent["tools"]

    def usage(self) -> JSONObject:
        """Count the tokens of prompt and outputs."""
        return usage(self.prompt, self.outputs)

    def body(self) -> JSONObject:
        """Return the whole answer, as a plain call receives it."""
        return {
            "object": "conversation.response",
            "conversation_id": self.conversation_id,
            "outputs": self.outputs,
            "usage": self.usage(),
            "guardrails": None,
        }
