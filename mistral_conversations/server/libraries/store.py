"""The libraries and their documents, in memory."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import Any

import attrs

from mistral_conversations.server.libraries.accesses import OWNER, Accesses
from mistral_conversations.server.libraries.documents import COMPLETED, Document
from mistral_conversations.server.libraries.records import (
    RecordedDocument,
    RecordedLibrary,
)
from mistral_conversations.server.libraries.search import search
from mistral_conversations.server.web.clock import Clock, now
from mistral_conversations.server.web.failures import JSONObject, not_found
from mistral_conversations.server.web.ids import new_uuid, timestamp
from mistral_conversations.server.web.uploads import Upload

__all__ = ["Library", "LibraryStore"]

_SETTINGS = ("name", "description", "chunk_size")


@attrs.define(eq=False)
class Library:
    """A library: its settings, its documents and the accesses to it."""

    settings: JSONObject
    """Its name, description and chunk size."""

    position: int
    """Its place in the order of creation."""

    owner_type: str
    created_at: datetime
    updated_at: datetime
    id: str = attrs.field(factory=new_uuid, init=False)
    accesses: Accesses = attrs.field(init=False)
    documents: dict[str, Document] = attrs.field(factory=dict, init=False)
    """By id, in the order of upload."""

    _expiring: dict[str, Document] = attrs.field(factory=dict, init=False)
    """The documents with a time of expiry, by id."""

    _by_hash: dict[str, Document] = attrs.field(factory=dict, init=False)
    _size: int = attrs.field(default=0, init=False)
    """The bytes of all documents."""

    def __attrs_post_init__(self) -> None:
        """Create the access of the owner."""
        self.accesses = Accesses(self.id, self.owner_type)

    def body(self) -> JSONObject:
        """Return the library as JSON, without its documents."""
        return {
            "id": self.id,
            **self.settings,
            "created_at": timestamp(self.created_at),
            "updated_at": timestamp(self.updated_at),
            "owner_id": OWNER,
            "owner_type": self.owner_type,
            "total_size": self._size,
            "nb_documents": len(self.documents),
            "emoji": None,
            "generated_name": None,
            "generated_description": None,
            **self.accesses.counts(),
        }

    def update(self, changes: Mapping[str, Any], now: datetime) -> None:
        """Change the name, the description or both."""
        for key in ("name", "description"):
            self.settings[key] = changes.get(key, self.settings[key])
        self.updated_at = now

    def upload(self, file: Upload, now: datetime) -> tuple[Document, bool]:
        """Add a file.

        Returns:
            Its document, and whether the document is new: bytes that are already
            stored add none.
        """
        owner = {"uploaded_by_id": OWNER, "uploaded_by_type": self.owner_type}
        document = Document(self.id, file, owner, now)
        known = self._by_hash.setdefault(document.hash, document)
        if known is not document:
            return known, False
        self.documents[document.id] = document
        self._size += len(file.content)
        self.updated_at = now
        return document, True

    def find(self, document_id: str) -> Document:
        """Return a document.

        Raises:
            RefusalError: no document of this library has that id.
        """
        if document_id not in self.documents:
            raise not_found(f"Document {document_id} not found")
        return self.documents[document_id]

    def change(self, document_id: str, changes: JSONObject, now: datetime) -> Document:
        """Update a document, and return it.

        Raises:
            RefusalError: no document of this library has that id.
        """
        document = self.find(document_id)
        document.update(changes)
        self._expiring.pop(document_id, None)
        if document.expires_at is not None:
            self._expiring[document_id] = document
        self.updated_at = now
        return document

    def remove(self, document_id: str, now: datetime) -> None:
        """Delete a document.

        Raises:
            RefusalError: no document of this library has that id.
        """
        document = self.documents.pop(self.find(document_id).id)
        del self._by_hash[document.hash]
        self._expiring.pop(document_id, None)
        self._size -= len(document.file.content)
        self.updated_at = now

    def expire(self, now: datetime) -> None:
        """Delete the documents whose time has come."""
        for document in tuple(self._expiring.values()):
            if document.has_expired(now):
                self.remove(document.id, now)

    def record(self, now: datetime) -> RecordedLibrary:
        """Return a snapshot of the library.

        It is taken on any thread, so expired documents are left out, not deleted.
        """
        left = [d for d in tuple(self.documents.values()) if not d.has_expired(now)]
        counts = {
            "total_size": sum(len(document.file.content) for document in left),
            "nb_documents": len(left),
        }
        documents = tuple(
            RecordedDocument(d.id, d.body(d.status(now)), d.file.content, d.text)
            for d in left
        )
        accesses = tuple(self.accesses.bodies())
        return RecordedLibrary(self.id, {**self.body(), **counts}, documents, accesses)


@attrs.define(eq=False)
class LibraryStore:
    """The libraries, by id."""

    processing: float = 0.0
    """The seconds that the processing of a document takes."""

    clock: Clock = now
    _libraries: dict[str, Library] = attrs.field(factory=dict, init=False)
    _positions: "count[int]" = attrs.field(factory=count, init=False)

    def create(self, body: Mapping[str, Any]) -> Library:
        """Create a library from the body of a request."""
        settings = {key: body.get(key) for key in _SETTINGS}
        now = self.clock()
        owner_type = body.get("owner_type") or "Workspace"
        library = Library(settings, next(self._positions), owner_type, now, now)
        self._libraries[library.id] = library
        return library

    def upload(self, library_id: str, file: Upload) -> tuple[Document, bool]:
        """Add a file to a library, and start to process it if it is new.

        Raises:
            RefusalError: no library has that id.
        """
        now = self.clock()
        document, is_new = self.find(library_id).upload(file, now)
        if is_new:
            document.process(now, self.processing)
        return document, is_new

    def newest_first(self) -> list[Library]:
        """Return all libraries, newest first."""
        found = [*reversed(self._libraries.values())]
        for library in found:
            library.expire(self.clock())
        return found

    def find(self, library_id: str) -> Library:
        """Return a library.

        Raises:
            RefusalError: no library has that id.
        """
        if library_id not in self._libraries:
            raise not_found(f"Library {library_id} not found")
        library = self._libraries[library_id]
        library.expire(self.clock())
        return library

    def remove(self, library_id: str) -> Library:
        """Delete a library with its documents, and return it.

        Raises:
            RefusalError: no library has that id.
        """
        return self._libraries.pop(self.find(library_id).id)

    def records(self) -> tuple[RecordedLibrary, ...]:
        """Return snapshots of all libraries, oldest first."""
        now = self.clock()
        libraries = tuple(self._libraries.values())
        return tuple(library.record(now) for library in libraries)

    def search(self, library_ids: Iterable[str], query: str) -> list[JSONObject]:
        """Find passages in the processed documents of some libraries, best first.

        Unknown libraries are ignored.
        """
        documents = [d for id_ in library_ids for d in self._processed(id_.lower())]
        among = [(d, passage) for d in documents for passage in d.passages]
        found = search(query, [passage for _, passage in among])
        return [
            {
                "library_id": among[index][0].library_id,
                "document_id": among[index][0].id,
                "name": among[index][0].name,
                "text": among[index][1].text,
                "score": score,
            }
            for index, score in found
        ]

    def _processed(self, library_id: str) -> list[Document]:
        now = self.clock()
        library = self._libraries.get(library_id)
        documents = tuple(library.documents.values()) if library else ()
        return [
            document
            for document in documents
            if document.status(now) is COMPLETED and not document.has_expired(now)
        ]
