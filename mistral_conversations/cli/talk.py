"""The conversation behind a chat: send messages, show answers, track open calls."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import attrs

from mistral_conversations import (
    Conversations,
    ConversationStream,
    FunctionCallEntry,
    FunctionResultEntry,
    ToolCallConfirmation,
)
from mistral_conversations._characters import whole
from mistral_conversations.cli.answer import AnswerScreen
from mistral_conversations.cli.terminal import report
from mistral_conversations.errors import (
    ConversationBusyError,
    MistralConversationsError,
)

__all__ = ["Talk", "is_pending"]

# The longest time, in seconds, that the service was seen to lock a conversation after a
# dropped stream.
_LONGEST_BUSY = 90
_BUSY = f"[the previous answer is still being written; waiting up to {_LONGEST_BUSY} s]"
_UNUSABLE = "[this conversation has no usable id: the next message starts a new one]"


@attrs.define
class Talk:
    """One conversation with a model or an agent."""

    client: Conversations
    start: Callable[[str], ConversationStream]
    """Starts the conversation with its first message."""

    conversation_id: str | None = None
    """None until the service has assigned it."""

    open_calls: Sequence[FunctionCallEntry] = ()
    """The function calls that the service waits for; it accepts no other input."""

    def say(self, text: str) -> None:
        """Send a message and show the answer."""
        if self.conversation_id is None:
            self._show(self.start(text))
        else:
            self._append(self.conversation_id, text)

    def reply(
        self, answers: Sequence[FunctionResultEntry | ToolCallConfirmation]
    ) -> None:
        """Answer all open calls together and show what follows."""
        results = [a for a in answers if isinstance(a, FunctionResultEntry)]
        confirmations = [a for a in answers if isinstance(a, ToolCallConfirmation)]
        self._append(
            self.conversation_id or "",
            results or None,
            tool_confirmations=confirmations or None,
        )

    def refresh(self) -> None:
        """Read the open calls from the history."""
        if self.conversation_id is not None:
            history = self.client.get_history(self.conversation_id)
            self.open_calls = _unanswered(history.entries)

    def _append(self, *inputs: Any, **options: Any) -> None:
        append = partial(self.client.append_stream, *inputs, **options)
        try:
            stream = append()
        except ValueError as error:  # half a character in an id of the service
            message = f"the service sent an id that cannot be sent back: {error}"
            raise MistralConversationsError(message) from None
        try:
            self._show(stream)
        except ConversationBusyError:
            report(_BUSY)
            self._show(append(wait_if_busy=_LONGEST_BUSY))

    def _show(self, stream: ConversationStream) -> None:
        screen = AnswerScreen()
        try:
            with stream:
                self.open_calls = ()
                for event in stream:
                    screen.show(event)
        finally:
            screen.end_line()
            self._know(stream.conversation_id)
        if stream.snapshot is not None:
            self.open_calls = _unanswered(stream.snapshot.outputs)

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


def is_pending(call: FunctionCallEntry) -> bool:
    """Return whether a call waits for a confirmation rather than a result."""
    return call.confirmation_status == "pending"


def _unanswered(entries: Iterable[object]) -> Sequence[FunctionCallEntry]:
    """Return the calls without a result; those allowed or denied need none."""
    found = tuple(entries)
    answered = {e.tool_call_id for e in found if isinstance(e, FunctionResultEntry)}
    calls = (entry for entry in found if isinstance(entry, FunctionCallEntry))
    return tuple(
        call
        for call in calls
        if call.tool_call_id not in answered
        and (call.confirmation_status is None or is_pending(call))
    )
