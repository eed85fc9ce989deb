"""The conversation behind a chat: send messages, show answers, track open calls."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from mistral_conversations import (
    Conversations,
    ConversationStream,
    FunctionCallEntry,
)
from mistral_conversations._characters import whole
from mistral_conversations.cli.recovery_notice import RECOVERY, recovery_noticed
from mistral_conversations.cli.terminal import report
from mistral_conversations.display.answer import AnswerScreen
from mistral_conversations.errors import (
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


@attrs.define
class Talk(ABC):
    """One conversation with a model or an agent."""

    client: Conversations
    conversation_id: str | None = None
    """None until the service has assigned it."""

    open_calls: "Sequence[OpenCall]" = attrs.field(default=(), init=False)
    """The calls about which the user must decide."""

    @property
    @abstractmethod
    def is_waiting(self) -> bool:
        """Whether `reply` must come before the next message."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Send a message and show the answer."""

    @abstractmethod
    def reply(self) -> None:
        """Answer the open calls as decided, together, and show what follows."""

    def refresh(self) -> None:
        """Read the open calls from the history."""
        if self.conversation_id is not None:
            history = self.client.get_history(self.conversation_id)
            self._find(calls_of(unanswered(history.entries)))

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

    start: Callable[[str], ConversationStream] = attrs.field(kw_only=True)
    """Starts the conversation with its first message."""

    @property
    def is_waiting(self) -> bool:
        """Whether there are open calls: the service accepts no other input."""
        return bool(self.open_calls)

    def say(self, text: str) -> None:
        """Send a message and show the answer."""
        if self.conversation_id is None:
            self._show(self.start(text))
        else:
            self._append(self.conversation_id, text)

    def reply(self) -> None:
        """Answer all open calls together and show what follows."""
        from mistral_conversations.cli.decision import answers_of

        results, confirmations = answers_of(self.open_calls)
        self._append(
            self.conversation_id or "",
            results or None,
            tool_confirmations=confirmations or None,
        )

    def _append(self, *inputs: Any, **options: Any) -> None:
        append = _sendable(
            partial(self.client.append_stream, *inputs, recover=RECOVERY, **options)
        )
        stream = append()
        try:
            self._show(stream)
        except ConversationBusyError:
            report(BUSY)
            self._show(append(wait_if_busy=LONGEST_BUSY))

    def _show(self, stream: ConversationStream) -> None:
        screen = AnswerScreen()
        try:
            with recovery_noticed(screen), stream:
                self.open_calls = ()
                for event in stream:
                    screen.show(event)
        finally:
            screen.end_line()
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
