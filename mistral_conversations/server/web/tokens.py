"""Tokens of pages: positions in a list, which are opaque to callers."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import attrs

from mistral_conversations.server.web.checks import Location, problem
from mistral_conversations.server.web.failures import JSONObject

__all__ = ["PageTokens", "page_token"]


@attrs.frozen
class PageTokens:
    """The tokens of the pages of one list."""

    prefix: str
    """What distinguishes them from the tokens of other lists."""

    def of(self, position: int) -> str:
        """Return the token of the page that begins behind the item at a position."""
        return urlsafe_b64encode(f"{self.prefix}{position}".encode()).decode()

    def read(self, given: str) -> int | str:
        """Read a token; return any other text unchanged, for the check to reject."""
        try:
            text = urlsafe_b64decode(given).decode()
            before, found, rest = text.partition(self.prefix)
            return given if before or not found else int(rest)
        except ValueError:
            return given


def page_token(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Accept the position that a token was read as."""
    if not isinstance(value, int):
        msg = "Value error, this is not the token of a next page"
        yield problem("value_error", loc, msg, value)
