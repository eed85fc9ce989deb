"""Signed URLs: whoever has one may read a file, for half an hour."""

import secrets
from datetime import datetime, timedelta

import attrs

from mistral_conversations.server.failures import not_found
from mistral_conversations.server.libraries.shelf import Shelf

__all__ = ["FILE", "Link", "Links"]

FILE = "/files/{token}"
"""The path of a signed URL, which needs no key."""

_LIFETIME = timedelta(minutes=30)


@attrs.frozen
class Link:
    """What a signed URL stands for."""

    library_id: str
    document_id: str
    is_text: bool
    """Whether it gives the text alone, not the file."""

    expires_at: datetime


@attrs.define(eq=False)
class Links:
    """The links that were given out, by their tokens."""

    _shelf: Shelf
    """Whose clock they expire by."""

    _links: dict[str, Link] = attrs.field(factory=dict, init=False)

    def make(self, library_id: str, document_id: str, *, is_text: bool) -> str:
        """Make a link, and give the token it is found by."""
        self._forget()
        token = secrets.token_urlsafe()
        expires_at = self._shelf.clock() + _LIFETIME
        self._links[token] = Link(library_id, document_id, is_text, expires_at)
        return token

    def find(self, token: str) -> Link:
        """Give the link of a token.

        Raises:
            RefusalError: there is none, or none any more.
        """
        self._forget()
        if token not in self._links:
            raise not_found("The signed URL is unknown, or has expired")
        return self._links[token]

    def _forget(self) -> None:
        now = self._shelf.clock()
        self._links = {
            t: link for t, link in self._links.items() if now < link.expires_at
        }
