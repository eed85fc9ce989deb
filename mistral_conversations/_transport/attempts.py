"""Attempts: one call, sent until it is answered or fails for good."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from mistral_conversations._transport.deadline import Deadline, now
from mistral_conversations._transport.log import log_retry
from mistral_conversations._transport.masks import NO_MASKS
from mistral_conversations._transport.retry import busy_delay, retry_delay
from mistral_conversations._wire.service_clock import Moment
from mistral_conversations.config import RetryPolicy
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    ConversationBusyError,
    MistralConversationsError,
    SDKError,
)

if TYPE_CHECKING:
    from mistral_conversations._observing.calls import CallWatch
    from mistral_conversations._transport.gate import GatedCall
    from mistral_conversations._transport.limit import Limit

__all__ = ["Attempt", "Attempts"]

T = TypeVar("T")

_EARLIER = "the service may have processed an earlier attempt of this call"


class Repeatable(Protocol):
    """A body that may be sent only once."""

    @property
    @abstractmethod
    def repeatable(self) -> bool:
        """Whether it can be sent from its beginning now."""


class Attempt:
    """One attempt at a call.

    Args:
        number: its number, from 1.
        is_begun: whether its request was handed to aiohttp.
        is_connecting: whether its request waits for a connection.
    """

    def __init__(
        self, number: int, *, is_begun: bool = False, is_connecting: bool = False
    ) -> None:
        self.number = number
        self.is_begun = is_begun
        self.is_connecting = is_connecting
        self.masks = NO_MASKS
        """What removes the key of this attempt from its error."""
        self.limit: Limit | None = None
        """What bounds the time from its connection to the headers of its answer."""
        self.begun_at = Moment.now()

    @property
    def may_have_been_sent(self) -> bool:
        """Whether bytes of its request may have left."""
        return self.is_begun and not self.is_connecting

    def connected(self) -> None:
        """Note that it has its connection, and start the server's time."""
        self.is_connecting = False
        if self.limit is not None:
            self.limit.begin()


class Attempts:
    """Send a call again as the policy allows, and wait for a busy conversation.

    Args:
        method: the HTTP method.
        policy: how often to retry, and what.
        deadline: the end of the whole call.
        busy: until when to retry while the conversation is busy; None for not at all.
        body: the body, if it may be impossible to send it again.
        path: the path, for the log.
        watch: what shows the call to observers.
        gate: what holds each attempt before it is sent; that time counts neither for
            `deadline` nor for `busy`.
    """

    def __init__(
        self,
        method: str,
        policy: RetryPolicy,
        deadline: Deadline,
        busy: Deadline | None,
        body: Repeatable | None = None,
        *,
        path: str = "",
        watch: "CallWatch | None" = None,
        gate: "GatedCall | None" = None,
    ) -> None:
        self._method = method
        self._path = path
        self._policy = policy
        self._deadline = deadline
        self._busy = busy
        self._body = body
        self._watch = watch
        self._gate = gate
        self._scope: asyncio.Timeout | None = None
        self._attempt = Attempt(0)
        self._refused = 0
        self._processed_since: Moment | None = None
        self.may_have_been_processed = False
        """Whether the service may have processed an attempt that failed."""

    @property
    def number(self) -> int:
        """The number of attempts, the running one included."""
        return self._attempt.number

    @property
    def may_be_processed(self) -> bool:
        """Whether the service may process any attempt, the running one included."""
        return self.may_have_been_processed or self._attempt.may_have_been_sent

    @property
    def sent_at(self) -> Moment:
        """When the first attempt began that the service may have processed.

        Without one, when the running attempt began.
        """
        return self._processed_since or self._attempt.begun_at

    async def run(self, attempt: Callable[[Attempt], Awaitable[T]]) -> T:
        """Call `attempt` until it returns a result; return that."""
        if self._gate is not None:
            attempt = self._gate.passing(attempt)
        if self._deadline.at is None:
            return await self._run(attempt)
        self._scope = scope = asyncio.timeout_at(self._deadline.at)
        try:
            async with scope:
                return await self._run(attempt)
        except TimeoutError as error:
            if isinstance(error, APITimeoutError) or not scope.expired():
                raise
        raise self._deadline.error(
            may_have_been_processed=self.may_be_processed,
            attempts=self.number,
        )

    async def _run(self, attempt: Callable[[Attempt], Awaitable[T]]) -> T:
        while True:
            if self._gate is not None:
                await self._enter(self._gate)
            self._attempt = Attempt(self._attempt.number + 1)
            try:
                return await attempt(self._attempt)
            except (APIConnectionError, SDKError) as error:
                held = self._hold(error)
                delay = self._delay(error) if held is None else held
                self._add(error)
                if delay is None or (held is None and delay >= self._deadline.left()):
                    raise
                request = f"{self._method} {self._path}"
                log_retry(request, self._attempt.number, error, delay)
                if self._watch is not None:
                    await self._watch.retry(error, delay)
            except MistralConversationsError as error:
                self._add(error)
                raise
            except Exception as error:  # the caller's own: of a key function, of a file
                if self.may_have_been_processed:
                    error.add_note(_EARLIER)
                raise
            if held is None:
                await asyncio.sleep(delay)

    async def _enter(self, gate: "GatedCall") -> None:
        """Wait at the gate, with the clock of the call stopped."""
        self._reschedule(None)
        begin = now()
        try:
            await gate.enter()
        except MistralConversationsError as error:
            error.may_have_been_processed = self.may_have_been_processed
            error.attempts = self._attempt.number
            raise
        for limit in (self._deadline, self._busy):
            if limit is not None:
                limit.postpone(now() - begin)
        self._reschedule(self._deadline.at)

    def _reschedule(self, when: float | None) -> None:
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(when)

    @property
    def _times_held(self) -> int:
        return 0 if self._gate is None else self._gate.times_held

    def _hold(self, error: APIConnectionError | SDKError) -> float | None:
        """Return the seconds for which the gate holds the next attempt, or None."""
        if self._gate is None or not isinstance(error, SDKError):
            return None
        held = self._gate.hold(error)
        return held if self._body is None or self._body.repeatable else None

    def _add(self, error: MistralConversationsError) -> None:
        """Count the earlier attempts in an error, and its own in later errors."""
        self._attempt.is_begun = False  # its error says what became of it
        self._attempt.masks.error(error)
        self.may_have_been_processed |= error.may_have_been_processed
        if self.may_have_been_processed and self._processed_since is None:
            self._processed_since = self._attempt.begun_at
        error.may_have_been_processed = self.may_have_been_processed
        error.attempts = self._attempt.number

    def _delay(self, error: APIConnectionError | SDKError) -> float | None:
        if isinstance(error, ConversationBusyError):
            self._refused += 1
            left = self._busy.left() if self._busy is not None else 0
            return min(busy_delay(self._refused), left) if left > 0 else None
        return retry_delay(
            self._method,
            error,
            self._attempt.number - self._refused - self._times_held,
            self._policy,
            repeatable=self._body is None or self._body.repeatable,
        )
