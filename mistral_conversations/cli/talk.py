"""The conversation behind a chat: send messages, show answers, track open calls."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from mistral_conversations import (
    Conversations,
    ConversationStream,
    FunctionCallEntry,
    InputEntries,
)
from mistral_conversations._characters import whole
from mistral_conversations.cli.question import Question, last_question
from mistral_conversations.cli.recovery_notice import RECOVERY, recovery_noticed
from mistral_conversations.cli.screens import answer_screen
from mistral_conversations.cli.terminal import report
from mistral_conversations.errors import (
    ConfigurationError,
    ConversationBusyError,
    MistralConversationsError,
)
from mistral_conversations.runs.calls.answers import calls_of, unanswered

if TYPE_CHECKING:
    from mistral_conversations import OpenCall

__all__ = ["BUSY", "LONGEST_BUSY", "PlainTalk", "Talk"]

# The longest time, in seconds, that the service was seen to lock a conversation after a
# dropped stream.
LONGEST_BUSY = 90
BUSY = f"[the previous answer is still being written; waiting up to {LONGEST_BUSY} s]"
_UNUSABLE = "[this conversation has no usable id: the next message starts a new one]"
_NOT_OURS = (
    "the first question of a continued conversation cannot be asked again: send it as "
    "a message, or start a new chat"
)


@attrs.define
class Talk(ABC):
    """One conversation with a model or an agent."""

    client: Conversations
    conversation_id: str | None = None
    """None until the service has assigned it."""

    settings: Mapping[str, Any] = attrs.field(kw_only=True)
    """The parameters with which a conversation starts."""

    open_calls: "Sequence[OpenCall]" = attrs.field(default=(), init=False)
    """The calls about which the user must decide."""

    _is_ours: bool = attrs.field(init=False)
    """Whether this chat starts the conversation, with its settings."""

    _asked: str | None = attrs.field(default=None, init=False)
    """The last message of this chat."""

    def __attrs_post_init__(self) -> None:
        """Remember whether the conversation is older."""
        self._is_ours = self.conversation_id is None

    @property
    def partner(self) -> str:
        """The model, the agent or the conversation, for the user."""
        if self.conversation_id is not None and not self._is_ours:
            return f"conversation {self.conversation_id}"
        agent = self.settings["agent_id"]
        return f"agent {agent}" if agent else str(self.settings["model"])

    @property
    @abstractmethod
    def is_waiting(self) -> bool:
        """Whether `reply` must come before the next message."""

    def say(self, text: str) -> None:
        """Send a message and show the answer."""
        self._asked = text
        self._send(text)

    @abstractmethod
    def reply(self) -> None:
        """Answer the open calls as decided, together, and show what follows."""

    def switch(self, model: str) -> None:
        """Start a new conversation, with another model, at the next message."""
        self._forget()
        self.settings = {**self.settings, "model": model, "agent_id": None}

    def retry(self) -> None:
        """Ask the last question again, in a copy of the conversation before it.

        Raises:
            ConfigurationError: there is no question.
        """
        question = self._question()
        if question.entry_id is not None:
            self._send(question.inputs, question.entry_id)
        elif self._is_ours:
            self._forget()
            self._send(question.inputs)
        else:
            raise ConfigurationError(_NOT_OURS)

    def _question(self) -> Question:
        entries: Sequence[InputEntries] = ()
        if self.conversation_id is not None:
            entries = self.client.get_history(self.conversation_id).entries
        question = last_question(entries, self._asked)
        if question is None:
            raise ConfigurationError("there is no question to ask again")
        return question

    def _forget(self) -> None:
        """Leave the conversation: the next message starts another one."""
        self.conversation_id = None
        self.open_calls = ()
        self._is_ours = True

    @abstractmethod
    def _send(self, inputs: Any, from_entry_id: str | None = None) -> None:
        """Send a message and show the answer.

        Args:
            inputs: the message.
            from_entry_id: the last entry of the conversation to copy; None for a
                message to the conversation itself.
        """

    def refresh(self) -> Sequence[InputEntries]:
        """Read the open calls from the history; return its entries."""
        if self.conversation_id is None:
            return ()
        entries = self.client.get_history(self.conversation_id).entries
        self._find(calls_of(unanswered(entries)))
        return entries

    @abstractmethod
    def _find(self, calls: Sequence[FunctionCallEntry]) -> None:
        """Keep the calls without an answer."""

    def _know(self, conversation_id: str | None) -> None:
        """Keep the id that the service named, if it can be sent back."""
        if conversation_id is None:
            return
        # UTF-8 cannot encode half a character.
        is_whole = whole(conversation_id) == conversation_id
        is_usable = is_whole and conversation_id.strip()
        self.conversation_id = conversation_id if is_usable else None
        if not is_usable:
            report(_UNUSABLE)


@attrs.define
class PlainTalk(Talk):
    """A conversation whose function calls the user answers."""

    @property
    def is_waiting(self) -> bool:
        """Whether there are open calls: the service accepts no other input."""
        return bool(self.open_calls)

    def reply(self) -> None:
        """Answer all open calls together and show what follows."""
        from mistral_conversations.cli.decision import answers_of

        results, confirmations = answers_of(self.open_calls)
        append = partial(
            self.client.append_stream,
            self.conversation_id or "",
            results or None,
            tool_confirmations=confirmations or None,
        )
        self._continue(append)

    def _send(self, inputs: Any, from_entry_id: str | None = None) -> None:
        id_ = self.conversation_id
        if id_ is None:
            start = self.client.start_stream
            self._show(start(inputs, recover=RECOVERY, **self.settings))
        elif from_entry_id is None:
            self._continue(partial(self.client.append_stream, id_, inputs))
        else:
            restart = self.client.restart_stream
            self._continue(partial(restart, id_, from_entry_id, inputs))

    def _continue(self, send: Callable[..., ConversationStream]) -> None:
        """Show the answer of a conversation, which may be busy for a while."""
        send = _sendable(partial(send, recover=RECOVERY))
        stream = send()
        try:
            self._show(stream)
        except ConversationBusyError:
            report(BUSY)
            self._show(send(wait_if_busy=LONGEST_BUSY))

    def _show(self, stream: ConversationStream) -> None:
        screen = answer_screen()
        try:
            screen.open()
            with recovery_noticed(screen), stream:
                self.open_calls = ()
                for event in stream:
                    screen.show(event)
        finally:
            screen.close()
            self._know(stream.conversation_id)
        if stream.snapshot is not None:
            self._find(calls_of(unanswered(stream.snapshot.outputs)))

    def _find(self, calls: Sequence[FunctionCallEntry]) -> None:
        self.open_calls: Sequence[OpenCall] = ()
        if calls:
            from mistral_conversations.cli.decision import opened

            self.open_calls = opened(calls)


def _sendable(send: Callable[..., Any]) -> Callable[..., Any]:
    """Raise a MistralConversationsError for an id that cannot be sent back."""

    def checked(**options: Any) -> Any:
        try:
            return send(**options)
        except ValueError as error:  # half a character in an id of the service
            message = f"the service sent an id that cannot be sent back: {error}"
            raise MistralConversationsError(message) from None

    return checked
