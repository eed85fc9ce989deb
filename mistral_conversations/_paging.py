"""Iteration over all pages of a list."""

from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

__all__ = ["AllPages", "numbered_pages", "pages_by_token"]


class Identified(Protocol):
    """An item of a list."""

    @property
    def id(self) -> Any:
        """The id, which no other item of the list has."""


T = TypeVar("T", bound=Identified)


class AllPages(AsyncIterator[T], Generic[T]):
    """Iterate over the items of a list, page after page, without duplicates.

    Args:
        next_page: returns the next page; None after the last.
    """

    def __init__(self, next_page: Callable[[], Awaitable[Sequence[T] | None]]) -> None:
        self._next_page = next_page
        self._seen: set[Any] = set()
        self._items: deque[T] = deque()
        self._ended = False

    def __aiter__(self) -> Self:
        """Return the iterator itself."""
        return self

    async def __anext__(self) -> T:
        """Return the next item; fetch the next page if this one is used up."""
        if not self._items:
            self._items.extend(await self.next_items())
        if not self._items:
            raise StopAsyncIteration
        return self._items.popleft()

    async def next_items(self) -> Sequence[T]:
        """Return the new items of the next page with any; nothing after the last."""
        while not self._ended:
            found = await self._next_page()
            self._ended = found is None
            new = [item for item in found or () if self._is_new(item)]
            if new:
                return new
        return ()

    def _is_new(self, item: T) -> bool:
        """Record an item; return whether it is the first with its id."""
        known = len(self._seen)
        self._seen.add(item.id)
        return len(self._seen) > known


def numbered_pages(
    fetch: Callable[[int], Awaitable[Sequence[T]]],
    *,
    is_last: Callable[[Any], bool] | None = None,
) -> AllPages[T]:
    """Iterate over pages by their numbers.

    The iteration ends at an empty page, or at one that repeats the page before: a
    service that ignores the number would send that page forever.

    Args:
        fetch: returns a page by its number, from 0.
        is_last: returns whether a page marks itself as the last; None if pages do not.
    """
    number = 0
    last_ids: list[Any] = []
    ended = False

    async def next_page() -> Sequence[T] | None:
        nonlocal number, last_ids, ended
        if ended:
            return None
        found = await fetch(number)
        ids = [item.id for item in found]
        if not ids or ids == last_ids:
            return None
        ended = is_last is not None and is_last(found)
        number, last_ids = number + 1, ids
        return found

    return AllPages(next_page)


T_co = TypeVar("T_co", covariant=True)


class Tokened(Protocol[T_co]):
    """A page with the token of the next one."""

    @property
    @abstractmethod
    def data(self) -> Sequence[T_co]:
        """The items."""

    @property
    @abstractmethod
    def next_page_token(self) -> str | None:
        """The token of the next page; None on the last."""


def pages_by_token(
    fetch: Callable[[str | None], Awaitable[Tokened[T]]],
) -> AllPages[T]:
    """Iterate over pages by their tokens.

    The iteration ends at a page without a token, or with one that was used before.

    Args:
        fetch: returns a page by its token; None stands for the first page.
    """
    token: str | None = None
    used: set[str | None] = set()

    async def next_page() -> Sequence[T] | None:
        nonlocal token
        if token in used:
            return None
        page = await fetch(token)
        used.update((None, token))
        token = page.next_page_token or None
        return page.data

    return AllPages(next_page)
