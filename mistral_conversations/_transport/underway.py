"""The calls under way, which end when their client is closed."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mistral_conversations._event_loop import running_loop
from mistral_conversations._transport.attempts import Attempt, Attempts
from mistral_conversations.errors import (
    APIConnectionError,
    ConfigurationError,
    MistralConversationsError,
)

__all__ = ["CallsUnderWay"]

T = TypeVar("T")


class CallsUnderWay:
    """Run calls on any loop; closing ends them, whatever they wait for."""

    def __init__(self) -> None:
        self._scopes: set[tuple[asyncio.AbstractEventLoop, asyncio.Timeout]] = set()
        self._pid = os.getpid()
        self._closed = False

    async def run(
        self, attempts: Attempts, attempt: Callable[[Attempt], Awaitable[T]]
    ) -> T:
        """Run the attempts of one call.

        Raises:
            ConfigurationError: the client was closed; the service has not processed
                the call.
            APIConnectionError: the client was closed; the service may have processed
                the call.
        """
        scope = asyncio.Timeout(None)
        entry = (running_loop(), scope)
        self._scopes.add(entry)
        try:
            async with scope:
                if self._closed:  # by another thread, which may have missed this call
                    raise ConfigurationError("this client is closed: create a new one")
                return await attempts.run(attempt)
        except TimeoutError as error:
            if isinstance(error, MistralConversationsError) or not scope.expired():
                raise
        finally:
            self._scopes.discard(entry)
        raise _closed_during(attempts)

    def close(self) -> None:
        """End all calls, and those to come; do not wait for their ends."""
        self._closed = True
        if self._pid != os.getpid():  # they run in the process that was forked
            self._scopes, self._pid = set(), os.getpid()
        here = running_loop() if self._scopes else None
        for loop, scope in list(self._scopes):
            if loop is here:
                _expire(scope)
            elif loop.is_running():
                try:
                    loop.call_soon_threadsafe(_expire, scope)
                except RuntimeError:
                    continue  # the loop has just ended


def _expire(scope: asyncio.Timeout) -> None:
    try:
        scope.reschedule(asyncio.get_running_loop().time())
    except RuntimeError:
        return  # its call has ended, or has not begun


def _closed_during(attempts: Attempts) -> MistralConversationsError:
    if not attempts.may_be_processed:
        return ConfigurationError(
            "this client was closed before the service could process the call"
        )
    return APIConnectionError(
        "this client was closed during the call: the service may have processed it",
        may_have_been_processed=True,
        attempts=attempts.number,
    )
