"""A stored file: its bytes and what is known about them."""

from functools import cached_property

import attrs

from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.ids import new_uuid
from mistral_conversations.server.web.uploads import Upload

__all__ = ["StoredFile"]

# The description requires a sample type of every file, and has none for documents.
_SAMPLE_TYPES = {"batch": "batch_request", "fine-tune": "instruct", "ocr": "pretrain"}


@attrs.frozen(eq=False)
class StoredFile:
    """A file, uploaded by a caller or made by the server."""

    file: Upload
    created_at: int
    """When it was stored, in seconds of UNIX time."""

    purpose: str
    """`fine-tune`, `batch` or `ocr`."""

    source: str
    """`upload`, or `mistral` for a file that the server made."""

    visibility: str
    expires_at: int | None
    """When it ceases to exist, in seconds of UNIX time; None for never."""

    _sample_type: str | None = None
    id: str = attrs.field(factory=new_uuid, init=False)

    @property
    def sample_type(self) -> str:
        """The kind of the samples, by the purpose unless the server knows better."""
        return self._sample_type or _SAMPLE_TYPES[self.purpose]

    @cached_property
    def num_lines(self) -> int | None:
        """The lines of a JSONL file; None for any other file."""
        if self.file.extension != "jsonl":
            return None
        content = self.file.content
        is_open = bool(content) and not content.endswith(b"\n")
        return content.count(b"\n") + is_open

    def has_expired(self, time: float) -> bool:
        """Check whether it has ceased to exist, at a UNIX time in seconds."""
        return self.expires_at is not None and self.expires_at <= time

    def body(self) -> JSONObject:
        """Return the file as JSON, without its contents."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.file.content),
            "created_at": self.created_at,
            "filename": self.file.filename,
            "purpose": self.purpose,
            "sample_type": self.sample_type,
            "num_lines": self.num_lines,
            "mimetype": self.file.mime_type,
            "source": self.source,
            "signature": None,
            "expires_at": self.expires_at,
            "visibility": self.visibility,
        }
