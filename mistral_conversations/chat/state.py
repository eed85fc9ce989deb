"""What a chat knows after each turn."""

import attrs

from mistral_conversations.chat.queue import TurnQueue
from mistral_conversations.chat.settings import Position, Source
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.runs import RunResult
from mistral_conversations.models.usage import ConversationUsageInfo
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.progress import added

__all__ = ["ChatState"]


@attrs.define(kw_only=True)
class ChatState:
    """What a chat knows after each turn."""

    position: Position = attrs.field(factory=Position)
    """What the next turn continues."""

    usage: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    """The tokens of all answers."""

    settled: ConversationUsageInfo = attrs.field(factory=ConversationUsageInfo)
    """Those of the answers before the turn in progress, or the paused one."""

    last: RunResult | None = None
    """The result of the last turn that has ended."""

    turns: int = 0
    """How many turns have ended."""

    is_deleted: bool = False

    queue: TurnQueue = attrs.field(factory=TurnQueue, init=False)

    @property
    def paused(self) -> RunPaused | None:
        """The pause of the last turn; None once a run has resumed it."""
        paused = self.position.paused
        return None if paused is None or paused.is_resumed else paused

    def expected(self) -> Position:
        """Return what the next turn will continue: no pause, if a turn resumes it."""
        if self.queue.is_taken or self.paused is None:
            return attrs.evolve(self.position, paused=None)
        return self.position

    def settle(self) -> None:
        """Forget a pause that was resumed outside of the chat."""
        if self.position.paused is not None and self.paused is None:
            self.settled = self.usage
            self.position = attrs.evolve(self.position, paused=None)

    def check(self) -> None:
        """Raise a ConfigurationError if the chat was deleted."""
        if self.is_deleted:
            raise ConfigurationError(
                "this chat was deleted: begin another one with conversations.chat()"
            )

    def known_id(self) -> str:
        """Return the conversation's id.

        Raises:
            ConfigurationError: there is none yet, or the chat was deleted.
        """
        self.check()
        id = self.position.conversation_id
        if id is None:
            raise ConfigurationError(
                "this chat has no conversation yet: send a message first"
            )
        return id

    def forked(self, from_entry_id: str | None) -> Position:
        """Return what a fork continues.

        Raises:
            ConfigurationError: there is no such place to fork from.
            TypeError: `from_entry_id` is not a str.
        """
        self.check()
        if not isinstance(from_entry_id, str | None):
            raise TypeError(
                f"from_entry_id must be a str, not {type(from_entry_id).__name__}"
            )
        position = self.position
        if from_entry_id is None and self.paused is not None:
            raise ConfigurationError(
                "this chat is paused: pass the from_entry_id of an entry before the "
                "calls that wait for a decision"
            )
        if from_entry_id is None and position.conversation_id is None:
            return Position(source=position.source)
        return Position(source=Source(self.known_id(), from_entry_id))

    def described(self, cls: type) -> str:
        """Return the `repr` of a chat of a class."""
        id = self.position.conversation_id
        shown = "" if id is None else f" {id!r}"
        turns = f"{self.turns} turn{'' if self.turns == 1 else 's'}"
        return f"<{cls.__name__}{shown}, {turns}{self._status}>"

    @property
    def _status(self) -> str:
        if self.is_deleted:
            return ", deleted"
        if self.queue.is_taken:
            return ", in a turn"
        return "" if self.paused is None else ", paused"

    def end_turn(self, result: RunResult) -> None:
        """Keep the result of a turn that has ended."""
        self._learn(result.conversation_id, result.usage)
        self.settled, self.last = self.usage, result
        self.turns += 1
        self.position = attrs.evolve(self.position, paused=None)

    def pause(self, paused: RunPaused) -> None:
        """Keep a turn that waits for decisions."""
        self._learn(paused.result.conversation_id, paused.result.usage)
        self.position = attrs.evolve(self.position, paused=paused)

    def break_turn(
        self, conversation_id: str | None, usage: ConversationUsageInfo
    ) -> None:
        """Keep what is known of a turn that broke; a pause that nothing resumed stays.

        Args:
            conversation_id: the conversation, if the service has named it.
            usage: the tokens of the answers of the turn.
        """
        self._learn(conversation_id, usage)
        paused = self.position.paused
        if paused is None or paused.is_resumed:
            self.settled = self.usage
            self.position = attrs.evolve(self.position, paused=None)

    def learn_id(self, id: str | None) -> None:
        """Keep the conversation's id, unless it is that of the source of a fork."""
        position = self.position
        origin = None if position.source is None else position.source.conversation_id
        if id not in {None, position.conversation_id, origin}:
            self.position = attrs.evolve(position, conversation_id=id, source=None)

    def _learn(self, id: str | None, usage: ConversationUsageInfo) -> None:
        self.usage = added(self.settled, usage)
        self.learn_id(id)
