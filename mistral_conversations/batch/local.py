"""The engine that asks rows in this process."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

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
    """

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def ask(self, request: RowRequest) -> ConversationResponse | RunResult:
        """Ask a row; return its answer, or the result of its run."""
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
