"""The documents of libraries, and the objects that answer calls on them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs
from attrs import frozen

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
_GOING_ON = frozenset({"todo", "in_progress", "waiting_for_capacity", "running"})
_KNOWN = _DONE | _FAILED | _GOING_ON


@frozen(kw_only=True, repr=False)
class Processed(Answer):
    """Something that the service processes, and tells by one word or another."""

    process_status: ProcessStatus | None = None
    """How far the processing is; was seen to be left out."""

    processing_status: str | None = None
    """The same in a word for people: `Running`, `Completed`; may be left out too."""

    @property
    def is_processed(self) -> bool:
        """Whether it was processed, so that it can be searched."""
        return self._status in _DONE

    @property
    def has_failed(self) -> bool:
        """Whether processing it has failed."""
        return self._status in _FAILED

    @property
    def _status(self) -> str:
        """The first word that is known here, in lower case."""
        words = (self.process_status or "", self.processing_status or "")
        return next((word for each in words if (word := each.lower()) in _KNOWN), "")


@frozen(kw_only=True, repr=False)
class ProcessingStatusOut(Processed):
    """How far the processing of a document is."""

    document_id: str


@frozen(kw_only=True, repr=False)
class DocumentOut(Processed):
    """A document of a library, without its contents."""

    id: str
    """A UUID."""

    library_id: str
    hash: str | None = None
    mime_type: str | None = None
    extension: str | None = None
    size: int | None = None
    """Bytes."""

    name: str
    summary: str | None = None
    """What the service says of it, once it is processed."""

    created_at: datetime
    last_processed_at: datetime | None = None
    number_of_pages: int | None = None
    uploaded_by_id: str | None = None
    uploaded_by_type: str
    tokens_processing_main_content: int | None = None
    tokens_processing_summary: int | None = None
    tokens_processing_total: int
    url: str | None = None
    attributes: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    """Keys and values of the caller's, to filter by."""


@frozen(kw_only=True, repr=False)
class PaginationInfo(Model):
    """Where a page stands among the others."""

    total_items: int
    total_pages: int
    current_page: int
    """From 0."""

    page_size: int
    has_more: bool


@frozen(kw_only=True, repr=False)
class ListDocumentOut(Listing[DocumentOut]):
    """One page of the documents of a library: a sequence of them."""

    pagination: PaginationInfo
    data: tuple[DocumentOut, ...]

    @property
    def _items(self) -> tuple[DocumentOut, ...]:
        return self.data


@frozen(kw_only=True, repr=False)
class DocumentTextContent(Answer):
    """The text of a document, such as the service reads it from a PDF."""

    text: str
