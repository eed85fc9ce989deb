"""Attempts: one call, sent until it is answered or fails for good."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from mistral_conversations._transport.deadline import Deadline
from mistral_conversations._transport.retry import busy_delay, retry_delay
from mistral_conversations.config import RetryPolicy
from mistral_conversations.errors import (
    APIConnectionError,
    APITimeoutError,
    ConversationBusyError,
    SDKError,
)

__all__ = ["Attempts"]

T = TypeVar("T")


class Repeatable(Protocol):
    """A body that knows whether it can be sent again."""

    @property
    @abstractmethod
    def repeatable(self) -> bool:
        """Whether it can be sent from its beginning now."""


class Attempts:
    """Send a call again as the policy allows, and wait for a busy conversation.

    Args:
        method: the HTTP method.
        policy: how often, and what.
        deadline: the end of the whole call.
        busy: until when a busy conversation is asked again; None for not at all.
        body: what is sent, if it may be that it cannot be sent again.
    """

    def __init__(
        self,
        method: str,
        policy: RetryPolicy,
        deadline: Deadline,
        busy: Deadline | None,
        body: Repeatable | None = None,
    ) -> None:
        self._method = method
        self._policy = policy
        self._deadline = deadline
        self._busy = busy
        self._body = body
        self._sent = 0
        self._refused = 0
        self.may_have_been_processed = False
        """Whether an attempt that failed may have been processed."""

    async def run(self, attempt: Callable[[int], Awaitable[T]]) -> T:
        """Call `attempt` with its number, from 1, until it gives an answer."""
        if self._deadline.at is None:
            return await self._run(attempt)
        scope = asyncio.timeout_at(self._deadline.at)
        try:
            async with scope:
                return await self._run(attempt)
        except TimeoutError as error:
            if isinstance(error, APITimeoutError) or not scope.expired():
                raise
        raise self._deadline.error(attempts=self._sent)

    async def _run(self, attempt: Callable[[int], Awaitable[T]]) -> T:
        while True:
            self._sent += 1
            try:
                return await attempt(self._sent)
            except (APIConnectionError, SDKError) as error:
                error.attempts = self._sent
                delay = self._delay(error)
                if delay is None or delay >= self._deadline.left():
                    raise
                self.may_have_been_processed |= error.may_have_been_processed
            await asyncio.sleep(delay)

    def _delay(self, error: APIConnectionError | SDKError) -> float | None:
        if self._body is not None and not self._body.repeatable:
            return None
        if isinstance(error, ConversationBusyError):
            self._refused += 1
            left = self._busy.left() if self._busy is not None else 0
            return min(busy_delay(self._refused), left) if left > 0 else None
        failed = self._sent - self._refused
        return retry_delay(self._method, error, failed, self._policy)
