"""A document: its file, its text and the state of its processing."""

import hashlib
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import attrs

from mistral_conversations.server.libraries.extraction import extract, pages, summary
from mistral_conversations.server.libraries.search import Passage, passages
from mistral_conversations.server.web.failures import JSONObject, not_found
from mistral_conversations.server.web.ids import new_uuid, read_utc, timestamp
from mistral_conversations.server.web.uploads import Upload

__all__ = ["COMPLETED", "FAILED", "RUNNING", "Document", "Status"]


class Status(NamedTuple):
    """The state of the processing, as a term for programs and a term for people."""

    process_status: str
    processing_status: str


RUNNING = Status("in_progress", "Running")
COMPLETED = Status("done", "Completed")
FAILED = Status("error", "Error")

_NOTHING_YET: JSONObject = {
    "summary": None,
    "number_of_pages": None,
    "tokens_processing_main_content": None,
    "tokens_processing_summary": None,
    "tokens_processing_total": 0,
}


@attrs.define(eq=False)
class Document:
    """A document of a library."""

    library_id: str
    file: Upload
    owner: JSONObject
    """The uploader: `uploaded_by_id` and `uploaded_by_type`."""

    created_at: datetime
    name: str = attrs.field(init=False)
    ready_at: datetime = attrs.field(init=False)
    """When the processing ends or ended."""

    attributes: JSONObject | None = attrs.field(default=None, init=False)
    expires_at: datetime | None = attrs.field(default=None, init=False)
    """When the document is deleted; None is never."""

    id: str = attrs.field(factory=new_uuid, init=False)

    def __attrs_post_init__(self) -> None:
        """Take the name from the file."""
        self.name = self.file.filename
        self.ready_at = self.created_at

    @cached_property
    def hash(self) -> str:
        """The MD5 of the bytes in hex, as in the service's answers."""
        return hashlib.md5(self.file.content, usedforsecurity=False).hexdigest()

    @cached_property
    def text(self) -> str | None:
        """The text, whether processed or not; None if it cannot be read."""
        file = self.file
        return extract(file.content, file.mime_type, file.extension)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The passages of the text that a search finds."""
        return passages(self.text or "")

    def process(self, now: datetime, seconds: float) -> None:
        """Start the processing, which takes so many seconds."""
        self.ready_at = now + timedelta(seconds=seconds)

    def status(self, now: datetime) -> Status:
        """Return the state of the processing."""
        if now < self.ready_at:
            return RUNNING
        return FAILED if self.text is None else COMPLETED

    def has_expired(self, now: datetime) -> bool:
        """Return whether the time has come to delete the document."""
        expires_at = self.expires_at  # which another thread may change
        return expires_at is not None and now >= expires_at

    def read(self, now: datetime) -> str:
        """Return the text.

        Raises:
            RefusalError: the processing has not ended, or it failed.
        """
        if self.text is None or self.status(now) is not COMPLETED:
            raise not_found(f"Document {self.id} has no text content")
        return self.text

    def update(self, changes: JSONObject) -> None:
        """Change the name, the attributes or the time of expiry."""
        self.name = changes.get("name", self.name)
        self.attributes = changes.get("attributes", self.attributes)
        if "expires_at" in changes:
            given = changes["expires_at"]
            self.expires_at = None if given is None else read_utc(given)

    def body(self, status: Status) -> JSONObject:
        """Return the document as JSON, without its contents."""
        expires_at = self.expires_at
        return {
            "id": self.id,
            "library_id": self.library_id,
            "hash": self.hash,
            "mime_type": self.file.mime_type,
            "extension": self.file.extension,
            "size": len(self.file.content),
            "name": self.name,
            "created_at": timestamp(self.created_at),
            **status._asdict(),
            **self.owner,
            **(_NOTHING_YET if status is RUNNING else self._outcome),
            "last_processed_at": (
                None if status is RUNNING else timestamp(self.ready_at)
            ),
            "expires_at": None if expires_at is None else timestamp(expires_at),
            "url": None,
            "attributes": self.attributes,
        }

    @cached_property
    def _outcome(self) -> JSONObject:
        text = self.text or ""
        short = summary(text)
        read, written = len(text.split()), len((short or "").split())
        return {
            "summary": short,
            "number_of_pages": pages(text),
            "tokens_processing_main_content": read,
            "tokens_processing_summary": written,
            "tokens_processing_total": read + written,
        }
