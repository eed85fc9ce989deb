"""A gate: what may hold the attempts of calls before they are sent, to pace them."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from mistral_conversations.errors import SDKError

__all__ = ["Gate", "GatedCall", "Passage"]

A = TypeVar("A")
R = TypeVar("R")

_TIMES = 10
"""How often a gate may hold one call that the service refuses again and again."""

_BYTES_A_TOKEN = 4


class Passage(Protocol):
    """One attempt that a gate has let pass."""

    @abstractmethod
    def left(self, *, answered: bool) -> None:
        """Note that the attempt is over.

        Args:
            answered: whether it has its answer; False if it failed.
        """


class Gate(Protocol):
    """Holds each attempt until it may be sent, for all calls that share the gate."""

    @abstractmethod
    async def enter(self, tokens: int) -> Passage:
        """Wait until the next attempt may be sent.

        Args:
            tokens: a rough estimate of the tokens of its body.

        Raises:
            MistralConversationsError: none may be sent.
        """

    @abstractmethod
    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn from the head of an answer.

        Args:
            status: its status.
            headers: its headers, with names in lower case.
        """

    @abstractmethod
    def refused(self, error: SDKError) -> float | None:
        """Learn from an answer that is an error.

        Returns:
            The seconds, at least, for which the gate holds the next attempt of the same
            call, which is then repeated whatever its policy says; None to leave the
            decision to the policy.
        """


class GatedCall:
    """One call on its way through a gate.

    Args:
        gate: the gate.
        size: the bytes of the body.
    """

    def __init__(self, gate: Gate, size: int) -> None:
        self._gate = gate
        self._tokens = size // _BYTES_A_TOKEN
        self._passage: Passage | None = None
        self.times_held = 0
        """How often the gate held the call after a refusal."""

    async def enter(self) -> None:
        """Wait until the next attempt may be sent."""
        self._passage = await self._gate.enter(self._tokens)

    def passing(self, once: Callable[[A], Awaitable[R]]) -> Callable[[A], Awaitable[R]]:
        """Return what makes one attempt, and reports its end to the gate."""

        async def attempt(number: A) -> R:
            answered = False
            try:
                result = await once(number)
                answered = True
            finally:
                self._leave(answered=answered)
            return result

        return attempt

    def hold(self, error: SDKError) -> float | None:
        """Return the seconds for which the gate holds the next attempt, or None."""
        delay = self._gate.refused(error)
        if delay is None or self.times_held == _TIMES:
            return None
        self.times_held += 1
        return delay

    def _leave(self, *, answered: bool) -> None:
        passage, self._passage = self._passage, None
        if passage is not None:
            passage.left(answered=answered)
