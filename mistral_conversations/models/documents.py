"""Models of the documents in libraries, their processing status and their text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.listing import Listing
from mistral_conversations.models.model import Answer, Model

__all__ = [
    "DocumentOut",
    "DocumentTextContent",
    "ListDocumentOut",
    "PaginationInfo",
    "ProcessStatus",
    "ProcessingStatusOut",
]

ProcessStatus: TypeAlias = (
    Literal[
        "self_managed",
        "missing_content",
        "noop",
        "done",
        "todo",
        "in_progress",
        "error",
        "waiting_for_capacity",
    ]
    | str
)

_DONE = frozenset({"done", "noop", "self_managed", "completed"})
_FAILED = frozenset({"error", "missing_content", "failed"})
_RUNNING = frozenset({"todo", "in_progress", "waiting_for_capacity", "running"})
_KNOWN = _DONE | _FAILED | _RUNNING


@frozen(kw_only=True, repr=False)
class Processed(Answer):
    """Something that the service processes; either of two fields has the status."""

    process_status: ProcessStatus | None = None
    """The processing status; the service may leave it out."""

    processing_status: str | None = None
    """The status in words for people (`Running`, `Completed`); may be left out, too.

    Deprecated by the service."""

    @property
    def is_processed(self) -> bool:
        """Whether processing has finished, so that searches find the document."""
        return self._status in _DONE

    @property
    def has_failed(self) -> bool:
        """Whether processing has failed."""
        return self._status in _FAILED

    @property
    def _status(self) -> str:
        """The first of the two statuses that is known here, in lower case."""
        reported = (self.process_status or "", self.processing_status or "")
        statuses = (status.lower() for status in reported)
        return next((status for status in statuses if status in _KNOWN), "")


@frozen(kw_only=True, repr=False)
class ProcessingStatusOut(Processed):
    """The processing status of a document."""

    document_id: str


@frozen(kw_only=True, repr=False)
class DocumentOut(Processed):
    """A document in a library, without its contents."""

    id: str
    """A UUID."""

    library_id: str
    hash: str | None = None
    """Deprecated by the service."""

    mime_type: str | None = None
    extension: str | None = None
    size: int | None = None
    """The size in bytes."""

    name: str
    summary: str | None = None
    """The service's summary, once the document is processed."""

    created_at: datetime
    expires_at: datetime | None = None
    """The time after which the service deletes the document; None is never."""

    last_processed_at: datetime | None = None
    number_of_pages: int | None = None
    uploaded_by_id: str | None = None
    uploaded_by_type: str
    tokens_processing_main_content: int | None = None
    """Deprecated by the service."""

    tokens_processing_summary: int | None = None
    """Deprecated by the service."""

    tokens_processing_total: int
    url: str | None = None
    attributes: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    """The caller's keys and values to filter by."""


@frozen(kw_only=True, repr=False)
class PaginationInfo(Model):
    """The position of a page among all pages."""

    total_items: int
    total_pages: int
    current_page: int
    """From 0."""

    page_size: int
    has_more: bool


@frozen(kw_only=True, repr=False)
class ListDocumentOut(Listing[DocumentOut]):
    """One page of the documents in a library; a sequence of `DocumentOut`."""

    pagination: PaginationInfo | None = None
    """The service may leave it out."""

    data: tuple[DocumentOut, ...]

    @property
    def _items(self) -> tuple[DocumentOut, ...]:
        return self.data


@frozen(kw_only=True, repr=False)
class DocumentTextContent(Answer):
    """The text that the service extracted from a document."""

    text: str


publish(globals(), *__all__)
