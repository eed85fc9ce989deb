"""The engine that asks rows in this process."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from mistral_conversations.batch.pacing.pacer import Pacer
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult
from mistral_conversations.stream import AsyncConversationStream

__all__ = ["LocalEngine", "Operations"]


class Operations(Protocol):
    """The operations that ask rows."""

    @property
    @abstractmethod
    def start(self) -> Callable[..., Awaitable[ConversationResponse]]:
        """Starts a conversation."""

    @property
    @abstractmethod
    def start_stream(self) -> Callable[..., AsyncConversationStream]:
        """Starts a conversation, and streams the answer."""

    @property
    @abstractmethod
    def run(self) -> Callable[..., Awaitable[RunResult]]:
        """Runs a conversation until the model is done."""


class LocalEngine:
    """Asks rows in this process, through a client.

    Args:
        operations: the client.
        pacer: the gate that its calls pass; None without one.
    """

    def __init__(self, operations: Operations, pacer: Pacer | None = None) -> None:
        self._operations = operations
        self._pacer = pacer

    async def ask(self, request: RowRequest) -> ConversationResponse | RunResult:
        """Ask a row; return its answer, or the result of its run."""
        answer = await self._answer(request)
        tokens = answer.usage.total_tokens
        if self._pacer is not None and tokens:  # the service reports 0 now and then
            self._pacer.spent(tokens)
        return answer

    async def _answer(self, request: RowRequest) -> ConversationResponse | RunResult:
        inputs, parameters = request.inputs, request.parameters
        if request.mode == "run":
            return await self._operations.run(inputs, **parameters)
        return await self._start(inputs, **parameters)

    async def _start(
        self, inputs: Any, *, recover: Any = None, **parameters: Any
    ) -> ConversationResponse:
        """Start a conversation; stream the answer if it may have to be recovered."""
        if not recover:
            return await self._operations.start(inputs, **parameters)
        start = self._operations.start_stream
        return await start(inputs, recover=recover, **parameters).response()

    async def aclose(self) -> None:
        """Do nothing: the client is the caller's."""
