"""What a server holds in its libraries, to assert on."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

__all__ = ["RecordedDocument", "RecordedLibrary"]


@attrs.frozen(eq=False)
class RecordedDocument:
    """A document as it stands."""

    id: str
    json: Mapping[str, Any] = attrs.field(repr=False)
    """What `GET /v1/libraries/{library_id}/documents/{document_id}` tells, in plain
    JSON types.
    """

    content: bytes = attrs.field(repr=False)
    """The file as it was uploaded."""

    text: str | None = attrs.field(repr=False)
    """What its text content tells, or will once it is processed; None if there is none.
    """


@attrs.frozen(eq=False)
class RecordedLibrary:
    """A library as it stands, in the plain JSON types of the API.

    What is inside belongs to the server: change a copy.
    """

    id: str
    json: Mapping[str, Any] = attrs.field(repr=False)
    """What `GET /v1/libraries/{library_id}` tells."""

    documents: Sequence[RecordedDocument]
    """In the order in which they were uploaded."""

    accesses: Sequence[Mapping[str, Any]] = attrs.field(repr=False)
    """What `GET /v1/libraries/{library_id}/share` tells, the owner first."""
