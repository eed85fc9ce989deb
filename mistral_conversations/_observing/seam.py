"""The seam: what an observer of a client sees, and may add.

An observer makes one observer for each call and run, and a run's observer makes one for
each function. Everything happens in the task of the caller, or in that of the function;
what ends by garbage collection is reported in whichever thread collects it.
"""

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import Any, Protocol

import attrs

from mistral_conversations._wire.call import Call
from mistral_conversations.hooks import (
    FunctionEndInfo,
    FunctionStartInfo,
    RequestInfo,
    ResponseInfo,
    RetryInfo,
    RunInfo,
    StreamInfo,
)
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult

__all__ = [
    "NO_HEADERS",
    "CallObserver",
    "FunctionObserver",
    "ObservedCall",
    "ObservedRun",
    "Observer",
    "RunObserver",
]

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class ObservedCall:
    """A call that is about to be made."""

    call: Call
    operation: str
    """Such as `conversations.append_stream`."""

    base_url: str


@attrs.frozen(kw_only=True)
class ObservedRun:
    """A run that is about to begin."""

    settings: Mapping[str, Any]
    """The parameters of a start by name, such as `model` and `agent_id`."""

    inputs: Any
    conversation_id: str | None
    streams: bool
    base_url: str


class FunctionObserver:
    """Sees one call of a function."""

    def entered(self) -> AbstractContextManager[object]:
        """Return the context in which the function runs, in the task of the call."""
        return nullcontext()

    async def begin(self, info: FunctionStartInfo) -> None:
        """See the function before it is called."""

    async def end(self, info: FunctionEndInfo, error: BaseException | None, /) -> None:
        """See its end.

        Args:
            info: what hooks receive.
            error: what the function raised.
        """


class RunObserver:
    """Sees one run."""

    def entered(self) -> AbstractContextManager[object]:
        """Return the context of a step of the run, such as a request."""
        return nullcontext()

    def function(self, _: FunctionStartInfo, /) -> FunctionObserver:
        """Return the observer of a function that is about to be called."""
        return FunctionObserver()

    async def end(
        self, info: RunInfo, result: RunResult, error: BaseException | None, /
    ) -> None:
        """See the end of the run, in one of its tasks."""

    def drop(self, info: RunInfo, result: RunResult, /) -> None:
        """See that a streamed run was garbage-collected before its end."""


class CallObserver:
    """Sees one call: its attempts, and its end."""

    headers: Mapping[str, str] = NO_HEADERS
    """Headers to add to each attempt; fixed when the observer is made."""

    def entered(self) -> AbstractContextManager[object]:
        """Return the context in which the call is made."""
        return nullcontext()

    async def request(self, info: RequestInfo) -> None:
        """See an attempt before it is sent."""

    async def response(self, info: ResponseInfo) -> None:
        """See the end of an attempt."""

    async def retry(self, info: RetryInfo, error: BaseException, /) -> None:
        """See that an attempt failed and is repeated, before the delay."""

    def first_event(self, seconds: float) -> None:
        """See that the first event of a stream has arrived.

        Args:
            seconds: since the request.
        """

    async def end(self, answer: object, error: BaseException | None, /) -> None:
        """See the end of a call other than a stream.

        Args:
            answer: the decoded answer, such as a `ConversationResponse`; None without.
            error: what is raised instead.
        """

    async def end_stream(
        self,
        info: StreamInfo,
        answer: ConversationResponse | None,
        error: BaseException | None,
        /,
    ) -> None:
        """See the end of a stream.

        Args:
            info: what hooks receive.
            answer: the answer so far.
            error: what ended it early.
        """

    def drop_stream(
        self, info: StreamInfo, answer: ConversationResponse | None, /
    ) -> None:
        """See that a stream was garbage-collected before its end."""


class Observer(Protocol):
    """Sees the calls and runs of a client. No method may raise an `Exception`."""

    @abstractmethod
    def call(self, observed: ObservedCall, /) -> CallObserver:
        """Return the observer of a call that is about to be made."""

    @abstractmethod
    def run(self, observed: ObservedRun, /) -> RunObserver:
        """Return the observer of a run that is about to begin."""
