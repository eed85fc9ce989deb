"""The blocking iterator over items that arrive in portions."""

from collections.abc import Iterator
from typing import Generic, Self

from mistral_conversations._paging import Portions, T
from mistral_conversations._traceback import short_traceback
from mistral_conversations.sync.portal import Portal

__all__ = ["Pages"]


class Pages(Iterator[T], Generic[T]):
    """Blocking twin of `Portions`, whose items cross threads together."""

    def __init__(self, pages: Portions[T], portal: Portal) -> None:
        self._pages = pages
        self._portal = portal

    def __iter__(self) -> Self:
        """Return the iterator itself."""
        return self

    def __next__(self) -> T:
        """Return the next item; fetch the next portion if this one is used up."""
        while (item := self._pages.pop()) is None:
            with short_traceback:
                if not self._portal.call(self._pages.turn):
                    raise StopIteration
        return item
