"""`CallTrace`: what a call on conversations leaves for the recovery of its answer."""

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from mistral_conversations._wire.call import Call
from mistral_conversations._wire.lost_call import attach_sent_at, record
from mistral_conversations._wire.service_clock import Moment, ServiceClock
from mistral_conversations.errors import MistralConversationsError
from mistral_conversations.models.conversations import ConversationResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_conversations._stream.search import Search

    Searcher: TypeAlias = Callable[[MistralConversationsError], Search | None]

__all__ = ["CallTrace"]


class CallTrace:
    """What a call leaves for the recovery of its answer.

    Args:
        call: the call.
        clock: the service's clock.
        searcher: returns the search for the answer that an error has lost; None leaves
            the recovery to the caller.
    """

    def __init__(
        self, call: Call, clock: ServiceClock, searcher: "Searcher | None"
    ) -> None:
        self._call = call
        self._clock = clock
        self._searcher = searcher

    def record(
        self, error: MistralConversationsError, sent_at: Moment | None = None
    ) -> None:
        """Record the call in an error that ends it.

        Args:
            error: the error.
            sent_at: when the call was sent; None if the error says so.
        """
        if sent_at is not None:
            attach_sent_at(error, sent_at)
        record(error, self._call, self._clock)

    def search(self, error: MistralConversationsError) -> "Search | None":
        """Return the search for the answer that an error has lost; None for none."""
        return None if self._searcher is None else self._searcher(error)

    def learn(self, time: datetime | None) -> None:
        """Learn the service's time from an answer that has just arrived."""
        self._clock.learn(time, Moment.now())

    def learn_from(self, response: ConversationResponse) -> None:
        """Learn the service's time from the latest entry of an answer."""
        self._clock.learn_from(response.outputs, Moment.now())
