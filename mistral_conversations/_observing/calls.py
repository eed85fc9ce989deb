"""What observers see of one call, while the transport sends it."""

import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, Self, TypeVar

from mistral_conversations._observing.operation_names import (
    conversation_of,
    operation_of,
)
from mistral_conversations._observing.outcomes import (
    Head,
    body_of_error,
)
from mistral_conversations._observing.seam import CallObserver, ObservedCall, Observer
from mistral_conversations._request_id import request_id_of
from mistral_conversations._wire.call import Call
from mistral_conversations.hooks import RequestInfo, ResponseInfo, RetryInfo

__all__ = ["CallWatch", "Numbered", "Watchable"]

T = TypeVar("T")


class Numbered(Protocol):
    """An attempt."""

    number: int


class Watchable(Protocol):
    """The options of a call, to which a watch can be added."""

    @abstractmethod
    def watched_by(self, watch: "CallWatch") -> Self:
        """Return these options with a watch and its headers."""


class CallWatch:
    """Show one call to observers.

    Args:
        observers: the observers of the client.
        call: the call.
        base_url: the address of the service.
        bodies: whether the information has bodies.
    """

    def __init__(
        self,
        observers: Sequence[Observer],
        call: Call,
        base_url: str,
        *,
        bodies: bool,
    ) -> None:
        self.operation: str = operation_of(call)
        self.call = call
        self.bodies = bodies
        self.head: Head | None = None
        """The answer to the running attempt, or to the last one."""
        self.attempts: int = 0
        self.begun_at: float = time.monotonic()
        """When the last attempt began."""
        observed = ObservedCall(call=call, operation=self.operation, base_url=base_url)
        self.seen: list[CallObserver] = [each.call(observed) for each in observers]

    @property
    def headers(self) -> Mapping[str, str]:
        """What observers add to the headers."""
        return {name: v for each in self.seen for name, v in each.headers.items()}

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Enter the contexts of the observers."""
        with ExitStack() as stack:
            for each in self.seen:
                stack.enter_context(each.entered())
            yield

    def answered(self, head: Head) -> None:
        """See that the headers of an answer have arrived."""
        self.head = head

    def watched(
        self, once: Callable[[Any], Awaitable[T]]
    ) -> Callable[[Any], Awaitable[T]]:
        """Return what sends one attempt, in view of the observers."""

        async def attempt(number: Numbered) -> T:
            try:
                await self._begin(number)  # may be cancelled in a hook
                result = await once(number)
            except BaseException as error:
                await self._end(error, body_of_error(error) if self.bodies else None)
                raise
            await self._end(None, self._content(result))
            return result

        return attempt

    async def retry(self, error: BaseException, delay: float) -> None:
        """See that an attempt failed and is repeated after a delay."""
        info = RetryInfo(
            **self._request,
            status=self._status(error),
            error=type(error),
            delay=delay,
        )
        for each in self.seen:
            await each.retry(info, error)

    async def end(self, answer: object, error: BaseException | None) -> None:
        """See the end of the call."""
        for each in self.seen:
            await each.end(answer, error)

    @property
    def _request(self) -> dict[str, Any]:
        return {
            "operation": self.operation,
            "method": self.call.method,
            "path": self.call.path,
            "attempt": self.attempts,
            "conversation_id": conversation_of(self.call),
            "body": self.call.body if self.bodies else None,
        }

    async def _begin(self, attempt: Numbered) -> None:
        self.attempts, self.head = attempt.number, None
        self.begun_at = time.monotonic()
        info = RequestInfo(**self._request)
        for each in self.seen:
            await each.request(info)
        self.begun_at = time.monotonic()

    async def _end(self, error: BaseException | None, body: bytes | None) -> None:
        head = self.head
        info = ResponseInfo(
            **self._request,
            status=self._status(error),
            request_id=None if head is None else request_id_of(head.headers),
            seconds=time.monotonic() - self.begun_at,
            bytes=0 if head is None else head.received,
            error=None if error is None else type(error),
            response_body=body,
        )
        for each in self.seen:
            await each.response(info)

    def _status(self, error: BaseException | None) -> int | None:
        return self.head.status if self.head else getattr(error, "status", None)

    def _content(self, result: object) -> bytes | None:
        content = getattr(result, "content", None) if self.bodies else None
        return bytes(content) if isinstance(content, bytes | bytearray) else None
