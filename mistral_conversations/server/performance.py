"""One answer in the making: its events are stamped, its entries kept."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations.server.agents.store import Agents
from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.ids import new_id, timestamp
from mistral_conversations.server.libraries.lookup import Lookup
from mistral_conversations.server.message import Message
from mistral_conversations.server.pieces import Fail
from mistral_conversations.server.speaker import Speaker
from mistral_conversations.server.usage import usage

__all__ = ["Event", "Performance"]

Event: TypeAlias = JSONObject


@attrs.define
class Performance:
    """The stage that pieces are played on."""

    conversation_id: str
    prompt: Sequence[JSONObject]
    """The entries that are answered."""

    speaker: Speaker
    """Who speaks; a handoff gives the word to another."""

    agents: Agents
    """Who else may be there to speak."""

    lookup: Lookup
    """What is found in the libraries."""

    outputs: list[JSONObject] = attrs.field(factory=list)
    """The entries, complete ones only; they grow while pieces are played."""

    failure: Fail | None = None
    """How the answer ended, if it failed."""

    _message: Message | None = None
    _begun: str | None = None

    @property
    def voice(self) -> JSONObject:
        """Who speaks: `model`, and `agent_id` where it is an agent."""
        return self.speaker.voice

    def event(self, type: str, /, **keys: Any) -> Event:
        """Make an event that belongs to no entry."""
        return {"type": type, "created_at": timestamp(), **keys}

    def delta(self, type: str, /, **keys: Any) -> Event:
        """Make an event of the entry that is kept next."""
        event = self.event(type, output_index=len(self.outputs), **keys)
        self._begun = self._begun or event["created_at"]
        return event

    def keep(self, type: str, /, **keys: Any) -> None:
        """Keep the entry that the deltas since the last one amount to."""
        times = {"created_at": self._begun, "completed_at": timestamp()}
        self.outputs.append({"object": "entry", "type": type, **times, **keys})
        self._begun = None

    def message(self) -> Message:
        """Give the message that is being said, a new one if there is none."""
        if self._message is None:
            head = {"id": new_id("msg"), **self.voice, "role": "assistant"}
            self._message = Message(head)
        return self._message

    def keep_message(self) -> None:
        """Keep the message that is being said, if there is one."""
        if self._message is not None:
            content = self._message.content()
            self.keep("message.output", **self._message.head, content=content)
            self._message = None

    def give_voice(self, speaker: Speaker) -> None:
        """Let another agent speak from now on, with its own tools if they are known."""
        self.speaker = speaker
        if speaker.agent is not None:
            self.lookup.tools = speaker.agent["tools"]

    def usage(self) -> JSONObject:
        """Count the tokens of prompt and outputs."""
        return usage(self.prompt, self.outputs)
