"""What a batch needs of its client."""

import attrs

from mistral_conversations.batch.inputs import ReadRow
from mistral_conversations.batch.local import Operations

__all__ = ["BatchClient"]


@attrs.frozen(kw_only=True)
class BatchClient:
    """The client of a batch."""

    operations: Operations
    read: ReadRow | None = None
    """Calls what reads a plain iterable; None calls it on the event loop."""
