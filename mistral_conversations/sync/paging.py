"""The blocking iterator over all pages of a list."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, Self

from mistral_conversations._paging import AllPages, T
from mistral_conversations.sync.portal import Portal

__all__ = ["Pages"]


class Pages(Iterator[T], Generic[T]):
    """Blocking twin of `AllPages`; the items of a page cross threads together."""

    def __init__(self, pages: AllPages[T], portal: Portal) -> None:
        self._pages = pages
        self._portal = portal
        self._items: deque[T] = deque()

    def __iter__(self) -> Self:
        """Return the iterator itself."""
        return self

    def __next__(self) -> T:
        """Return the next item."""
        try:
            return self._items.popleft()
        except IndexError:
            self._items.extend(self._portal.call(self._pages.next_items))
        try:
            return self._items.popleft()
        except IndexError:
            raise StopIteration from None
