"""Libraries and documents, as tests see them."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

__all__ = ["RecordedDocument", "RecordedLibrary"]


@attrs.frozen(eq=False)
class RecordedDocument:
    """A snapshot of a document."""

    id: str
    json: Mapping[str, Any] = attrs.field(repr=False)
    """What `GET /v1/libraries/{library_id}/documents/{document_id}` returns, in plain
    JSON types.
    """

    content: bytes = attrs.field(repr=False)
    """The uploaded file."""

    text: str | None = attrs.field(repr=False)
    """Its text content, whether processed or not; None if it has none."""


@attrs.frozen(eq=False)
class RecordedLibrary:
    """A snapshot of a library, in the plain JSON types of the API.

    Its contents belong to the server: change a copy.
    """

    id: str
    json: Mapping[str, Any] = attrs.field(repr=False)
    """What `GET /v1/libraries/{library_id}` returns."""

    documents: Sequence[RecordedDocument]
    """In the order of upload."""

    accesses: Sequence[Mapping[str, Any]] = attrs.field(repr=False)
    """What `GET /v1/libraries/{library_id}/share` returns, the owner first."""
