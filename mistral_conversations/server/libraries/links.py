"""Signed URLs, which give access to a file for half an hour, without a key."""

import secrets
from datetime import datetime, timedelta

import attrs

from mistral_conversations.server.libraries.store import LibraryStore
from mistral_conversations.server.web.failures import not_found

__all__ = ["FILE", "Link", "Links"]

FILE = "/files/{token}"
"""The path of a signed URL."""

_LIFETIME = timedelta(minutes=30)


@attrs.frozen
class Link:
    """The target of a signed URL."""

    library_id: str
    document_id: str
    is_text: bool
    """Whether it gives access to the text alone, not to the file."""

    expires_at: datetime


@attrs.define(eq=False)
class Links:
    """The valid links, by token."""

    _store: LibraryStore
    """The store, for its clock."""

    _links: dict[str, Link] = attrs.field(factory=dict, init=False)

    def create(self, library_id: str, document_id: str, *, is_text: bool) -> str:
        """Create a link, and return its token."""
        self._expire()
        token = secrets.token_urlsafe()
        expires_at = self._store.clock() + _LIFETIME
        self._links[token] = Link(library_id, document_id, is_text, expires_at)
        return token

    def find(self, token: str) -> Link:
        """Return the link of a token.

        Raises:
            RefusalError: the token is unknown or has expired.
        """
        self._expire()
        if token not in self._links:
            raise not_found("The signed URL is unknown, or has expired")
        return self._links[token]

    def _expire(self) -> None:
        now = self._store.clock()
        self._links = {
            t: link for t, link in self._links.items() if now < link.expires_at
        }
