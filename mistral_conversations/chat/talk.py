"""The turns of a conversation with a person."""

import inspect
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeAlias

from mistral_conversations._callables import is_async
from mistral_conversations._traceback import short_traceback
from mistral_conversations.chat.person import answer_of_person
from mistral_conversations.runs.pausing.paused import RunPaused
from mistral_conversations.runs.streaming.stream import AsyncRunStream, run_reader_of

__all__ = ["Ask", "Talk", "check_ask", "is_blank", "is_decided"]

Ask: TypeAlias = Callable[[], str | Awaitable[str | None] | None]
"""Asks for the next message; None ends the conversation."""


class Talker(Protocol):
    """A chat, as far as a conversation with a person needs it."""

    @property
    @abstractmethod
    def paused(self) -> RunPaused | None:
        """The pause of the last turn."""

    @abstractmethod
    def stream(self, inputs: str | None = None) -> AsyncRunStream:
        """Stream a turn."""


class Talk(AsyncIterator[AsyncRunStream]):
    """The turns of a conversation with a person; no generator, which break would leave.

    Args:
        chat: the chat.
        ask: asks for the next message.

    Raises:
        TypeError: `ask` is not a function.
    """

    def __init__(self, chat: Talker, ask: Ask) -> None:
        check_ask(ask)
        self._chat = chat
        self._ask = ask
        self._turn: AsyncRunStream | None = None

    async def __anext__(self) -> AsyncRunStream:
        with short_traceback:
            await self._finish()
            if is_decided(self._chat.paused):
                self._turn = self._chat.stream()
            elif (message := await self._asked()) is None:
                raise StopAsyncIteration
            else:
                self._turn = self._chat.stream(message)
        return self._turn

    async def _finish(self) -> None:
        """Read what the body of the loop has not read of the last turn."""
        turn, self._turn = self._turn, None
        if turn is not None and not run_reader_of(turn).course.is_over:
            await turn.result()

    async def _asked(self) -> str | None:
        """Ask until there is a message that is not blank; None at the end."""
        message = await self._answer()
        while is_blank(message):
            message = await self._answer()
        return message

    async def _answer(self) -> str | None:
        ask = self._ask
        try:
            answer = ask() if is_async(ask) else await answer_of_person(ask)
            return await answer if inspect.isawaitable(answer) else answer
        except EOFError:
            return None


def check_ask(ask: object) -> None:
    """Raise a TypeError for what cannot ask."""
    if not callable(ask):
        raise TypeError(
            "ask must be a function that returns the next message, not "
            f"{type(ask).__name__}"
        )


def is_blank(message: object) -> bool:
    """Return whether a message is text, but has nothing to send."""
    return isinstance(message, str) and not message.strip()


def is_decided(paused: RunPaused | None) -> bool:
    """Return whether a turn is paused and all its calls are decided.

    Raises:
        RunPaused: the given one: its calls wait for a decision.
    """
    if paused is None:
        return False
    if any(call.decision is None for call in paused.calls):
        raise paused
    return True
