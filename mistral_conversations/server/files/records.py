"""Files, as tests see them."""

from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["RecordedFile"]


@attrs.frozen(eq=False)
class RecordedFile:
    """A snapshot of a file."""

    id: str
    json: Mapping[str, Any] = attrs.field(repr=False)
    """What `GET /v1/files` lists: name, size, purpose, source, in plain JSON types."""

    content: bytes = attrs.field(repr=False)
    """The bytes of the file."""
