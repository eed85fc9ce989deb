"""Attempts: one call, sent until it is answered or fails for good."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from mistral_conversations._transport.deadline import Deadline
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
    ) -> None:
        self._method = method
        self._path = path
        self._policy = policy
        self._deadline = deadline
        self._busy = busy
        self._body = body
        self._watch = watch
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
        if self._deadline.at is None:
            return await self._run(attempt)
        scope = asyncio.timeout_at(self._deadline.at)
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
            self._attempt = Attempt(self._attempt.number + 1)
            try:
                return await attempt(self._attempt)
            except (APIConnectionError, SDKError) as error:
                delay = self._delay(error)
                self._add(error)
                if delay is None or delay >= self._deadline.left():
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
            await asyncio.sleep(delay)

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
            self._attempt.number - self._refused,
            self._policy,
            repeatable=self._body is None or self._body.repeatable,
        )
