"""What a batch needs of its client."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, TypeVar

import attrs

from mistral_conversations._api_client import APIClient
from mistral_conversations._transport.gate import Gate
from mistral_conversations.batch.inputs import ReadRow
from mistral_conversations.batch.local import Operations
from mistral_conversations.config import RetryPolicy

__all__ = ["BatchClient", "View"]

C = TypeVar("C", bound=APIClient)


class View(Protocol):
    """Makes a client of another part of the API, on the same connections."""

    @abstractmethod
    def __call__(self, cls: type[C], /) -> C:
        """Make one."""


@attrs.frozen(kw_only=True)
class BatchClient:
    """The client of a batch."""

    operations: Operations
    gated: Callable[[Gate], Operations]
    """Makes a client whose calls pass a gate, on the same connections."""

    view: View
    retries: RetryPolicy
    """The policy of the client."""

    read: ReadRow | None = None
    """Calls what reads a plain iterable; None calls it on the event loop."""
