"""The facts of an upload: the fields of its form, and the hashes of its files."""

import hashlib
from contextlib import suppress
from typing import Any, TypeAlias

from mistral_conversations.server.web.multipart import PART_END, FormParser, Found
from mistral_conversations.server.web.part_headers import PartHeaders, boundary_of

__all__ = ["FormFacts"]

_JSONObject: TypeAlias = dict[str, Any]

_LONGEST_TEXT = 64 * 1024
_MOST_PARTS = 1000


class FormFacts:
    """Read an upload as it passes, and keep no more than the cassette has of it.

    Args:
        content_type: the header of the upload, or an empty text.
    """

    def __init__(self, content_type: str) -> None:
        self._parser = _parser(content_type)
        self._parts: list[_Part] = []

    def feed(self, data: bytes) -> None:
        """Read some bytes."""
        if self._parser is None:
            return
        try:
            for found in self._parser.feed(data):
                self._read(found)
        except ValueError:
            self._parser = None

    def facts(self) -> _JSONObject | None:
        """Return the fields by name, repeated ones as a list; None if it is no form.

        A file is an object with its `filename`, `type`, `size` and `sha256`. Another
        field is its text, or an object with its `size` and `sha256` if it is longer
        than 64 KiB or not UTF-8.
        """
        if self._parser is None:
            return None
        try:
            self._parser.close()
        except ValueError:
            return None
        fields: dict[str, list[str | _JSONObject]] = {}
        for part in self._parts:
            fields.setdefault(part.name, []).append(part.facts())
        return {name: all_ if all_[1:] else all_[0] for name, all_ in fields.items()}

    def _read(self, found: Found) -> None:
        if isinstance(found, PartHeaders):
            if len(self._parts) == _MOST_PARTS:
                raise ValueError("too many parts to keep")
            self._parts.append(_Part(found))
        elif found is not PART_END:
            self._parts[-1].feed(found)


class _Part:
    def __init__(self, headers: PartHeaders) -> None:
        if headers.name is None:
            raise ValueError("a part without a name is no field")
        self.name = headers.name
        self._headers = headers
        self._hash = hashlib.sha256()
        self._size = 0
        self._text = bytearray()

    def feed(self, data: bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        if self._headers.filename is None and self._size <= _LONGEST_TEXT:
            self._text += data

    def facts(self) -> str | _JSONObject:
        is_file = self._headers.filename is not None
        if not is_file and self._size <= _LONGEST_TEXT:
            with suppress(UnicodeDecodeError):
                return self._text.decode()
        facts = {
            "filename": self._headers.filename,
            "type": self._headers.declared_type,
            "size": self._size,
            "sha256": self._hash.hexdigest(),
        }
        kept = facts if is_file else ("size", "sha256")
        return {name: facts[name] for name in kept if facts[name] is not None}


def _parser(content_type: str) -> FormParser | None:
    try:
        boundary = boundary_of(content_type)
    except ValueError:
        return None
    return None if boundary is None else FormParser(boundary)
