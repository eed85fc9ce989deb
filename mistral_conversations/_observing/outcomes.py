"""What became of an attempt, a stream or a run."""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from mistral_conversations._wire.json import encode_json
from mistral_conversations.errors import SDKError
from mistral_conversations.hooks import Outcome

__all__ = ["Head", "body_of_error", "outcome_of"]


class Head(Protocol):
    """An answer whose headers have arrived."""

    @property
    @abstractmethod
    def status(self) -> int:
        """The HTTP status."""

    @property
    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """The headers, their names in lower case."""

    @property
    @abstractmethod
    def received(self) -> int:
        """The bytes of the body that have arrived."""


def outcome_of(error: BaseException | None, *, done: bool = False) -> Outcome:
    """Return how a stream or a run has ended.

    A coroutine that is garbage-collected raises `GeneratorExit`.
    """
    if done:
        return "done"
    if error is None:
        return "closed"
    if isinstance(error, GeneratorExit):
        return "dropped"
    return "cancelled" if isinstance(error, asyncio.CancelledError) else "failed"


def body_of_error(error: BaseException | None) -> bytes | None:
    """Return the body of an answer that became an error, written again."""
    if not isinstance(error, SDKError) or error.body is None:
        return None
    if isinstance(error.body, str):
        return error.body.encode(errors="replace")
    return encode_json(error.body)
