"""What observers see of one stream, from its request to its end."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from mistral_conversations._observing.calls import CallWatch, Watchable
from mistral_conversations._observing.outcomes import outcome_of
from mistral_conversations._request_id import request_id_of
from mistral_conversations._wire.converter import to_dict
from mistral_conversations.errors import StreamError
from mistral_conversations.hooks import Outcome, StreamInfo
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = ["StreamFacts", "StreamWatch"]

T = TypeVar("T")
W = TypeVar("W", bound=Watchable)


class StreamFacts(Protocol):
    """The state of a stream."""

    done: bool
    error: StreamError | None
    recovered: bool

    @property
    def conversation_id(self) -> str | None:
        """The conversation, if known."""

    @property
    def usage(self) -> ConversationUsageInfo | None:
        """The tokens, if known."""

    @property
    def snapshot(self) -> ConversationResponse | None:
        """The response so far."""


class StreamWatch:
    """Show one stream to observers. It sees nothing of a stream that is never opened.

    Args:
        begin: shows the request to the observers, once it is sent.
    """

    def __init__(self, begin: Callable[[], CallWatch]) -> None:
        self._begin = begin
        self._watch: CallWatch | None = None
        self._begun_at = 0.0
        self._first: float | None = None
        self._events = 0

    async def open(self, options: W, send: Callable[[W], Awaitable[T]]) -> T:
        """Send the request in view of the observers; return its open answer.

        Args:
            options: the options of the call.
            send: sends the request with the given options.
        """
        self._begun_at = time.monotonic()
        self._watch = watch = self._begin()
        with watch.entered():
            return await send(options.watched_by(watch))

    def received(self, events: int) -> None:
        """See that events have arrived."""
        self._events += events
        if self._first is None and events and self._watch is not None:
            self._first = time.monotonic() - self._begun_at
            for each in self._watch.seen:
                each.first_event(self._first)

    async def end(self, facts: StreamFacts, error: BaseException | None = None) -> None:
        """See the end of the stream, once.

        Args:
            facts: the state of the stream.
            error: what ended it, if that is not the error in its state.
        """
        watch, self._watch = self._watch, None
        if watch is None:
            return
        cause = None if facts.done else error or facts.error
        outcome = outcome_of(cause, done=facts.done)
        answer = facts.snapshot
        info = self._info(watch, facts, outcome, cause, answer)
        for each in watch.seen:
            await each.end_stream(info, answer, cause)

    def drop(self, facts: StreamFacts) -> None:
        """See that the stream was garbage-collected."""
        watch, self._watch = self._watch, None
        if watch is None:
            return
        answer = facts.snapshot
        info = self._info(watch, facts, "dropped", None, answer)
        for each in watch.seen:
            each.drop_stream(info, answer)

    def _info(
        self,
        watch: CallWatch,
        facts: StreamFacts,
        outcome: Outcome,
        error: BaseException | None,
        answer: ConversationResponse | None,
    ) -> StreamInfo:
        head = watch.head
        return StreamInfo(
            operation=watch.operation,
            method=watch.call.method,
            path=watch.call.path,
            conversation_id=facts.conversation_id,
            attempts=watch.attempts,
            status=getattr(error, "status", None) if head is None else head.status,
            request_id=None if head is None else request_id_of(head.headers),
            outcome=outcome,
            error=None if error is None else type(error),
            seconds=time.monotonic() - self._begun_at,
            seconds_to_first_event=self._first,
            events=self._events,
            bytes=0 if head is None else head.received,
            usage=facts.usage,
            recovered=facts.recovered,
            response_body=to_dict(answer) if watch.bodies and answer else None,
        )
