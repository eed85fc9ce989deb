"""`Rescue`: continues a stream whose answer was lost, with the recovered rest."""

from typing import TYPE_CHECKING

from mistral_conversations._stream.state import StreamState
from mistral_conversations._wire.service_clock import Moment
from mistral_conversations.errors import (
    MistralConversationsError,
    RecoveryError,
    StreamError,
)
from mistral_conversations.models.conversations import ConversationResponse

if TYPE_CHECKING:
    from mistral_conversations._stream.search import Search, Trace

__all__ = ["Rescue"]


class Rescue:
    """Continue a stream whose answer was lost.

    Args:
        state: the state of the stream.
        trace: what the recovery needs to know; None for no recovery.
    """

    def __init__(self, state: StreamState, trace: "Trace | None") -> None:
        self._state = state
        self._trace = trace
        self._search: Search | None = None
        if trace is not None:
            state.record = trace.record

    @property
    def is_due(self) -> bool:
        """Whether the rest of the answer is lost, and can be searched for."""
        return self._search is not None

    def opened(self, sent_at: Moment) -> None:
        """Note when the request was sent that the service now answers."""
        trace = self._trace
        if trace is not None:
            self._state.record = lambda error: trace.record(error, sent_at)

    def begin(self, error: MistralConversationsError) -> bool:
        """Return whether the stream can continue after an error."""
        if self._trace is None:
            return False
        self._trace.record(error)
        self._search = self._trace.search(error)
        if self._search is not None:
            self._state.error = None
        return self.is_due

    async def finish(self) -> None:
        """Wait for the rest of the answer, and add it to the stream.

        Raises:
            RecoveryError: it is not found, or does not continue what was streamed.
        """
        search = self._search
        if search is None:
            return
        try:
            self._resume(search, await search.run())
        except RecoveryError as error:
            self._search = None
            if isinstance(error, StreamError):
                self._state.fail(error)
            raise
        self._search = None

    def learn(self) -> None:
        """Learn from the time at which the stream ended."""
        if self._trace is not None:
            self._trace.learn(self._state.done_at)

    def _resume(self, search: "Search", recovered: ConversationResponse) -> None:
        try:
            self._state.resume(recovered)
        except ValueError as error:
            raise search.mismatch(str(error)) from None
