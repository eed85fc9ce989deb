"""Iteration over all pages of a list."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

__all__ = ["AllPages"]


class Identified(Protocol):
    """Something that a list has once."""

    @property
    def id(self) -> Any:
        """What tells it from the others."""


T = TypeVar("T", bound=Identified)


class AllPages(AsyncIterator[T], Generic[T]):
    """Iterate over the items of a list, page after page, none of them twice.

    It ends with an empty page, and with one that is the page before: what lists it
    ignores the number of the page.

    Args:
        fetch: gives the page of a number, from 0.
    """

    def __init__(self, fetch: Callable[[int], Awaitable[Sequence[T]]]) -> None:
        self._fetch = fetch
        self._page = 0
        self._last_ids: list[Any] = []
        self._seen: set[Any] = set()
        self._items: deque[T] = deque()
        self._ended = False

    def __aiter__(self) -> Self:
        """Give this."""
        return self

    async def __anext__(self) -> T:
        """Give the next item, from the next page where one is over."""
        if not self._items:
            self._items.extend(await self.next_items())
        if not self._items:
            raise StopAsyncIteration
        return self._items.popleft()

    async def next_items(self) -> Sequence[T]:
        """Give what is new on the next pages, nothing when all are read."""
        while not self._ended:
            found = await self._fetch(self._page)
            ids = [item.id for item in found]
            self._ended = not ids or ids == self._last_ids
            new = [item for item in found if item.id not in self._seen]
            self._seen.update(ids)
            self._last_ids, self._page = ids, self._page + 1
            if new:
                return new
        return ()
