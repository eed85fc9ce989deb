"""Iteration over all pages of a list."""

from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

__all__ = ["AllPages", "numbered_pages", "pages_by_token"]


class Identified(Protocol):
    """Something that a list has once."""

    @property
    def id(self) -> Any:
        """What tells it from the others."""


T = TypeVar("T", bound=Identified)


class AllPages(AsyncIterator[T], Generic[T]):
    """Iterate over the items of a list, page after page, none of them twice.

    Args:
        turn: gives the next page; None after the last.
    """

    def __init__(self, turn: Callable[[], Awaitable[Sequence[T] | None]]) -> None:
        self._turn = turn
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
            found = await self._turn()
            self._ended = found is None
            new = [item for item in found or () if self._is_new(item)]
            if new:
                return new
        return ()

    def _is_new(self, item: T) -> bool:
        """Note an item, tell whether it is the first of its id."""
        known = len(self._seen)
        self._seen.add(item.id)
        return len(self._seen) > known


def numbered_pages(
    fetch: Callable[[int], Awaitable[Sequence[T]]],
    *,
    is_last: Callable[[Any], bool] | None = None,
) -> AllPages[T]:
    """Go through pages that have numbers.

    The last is an empty page, or one that is the page before: what lists it ignores
    the number of the page.

    Args:
        fetch: gives the page of a number, from 0.
        is_last: whether a page says that it is the last, where pages do.
    """
    number = 0
    last_ids: list[Any] = []
    ended = False

    async def turn() -> Sequence[T] | None:
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

    return AllPages(turn)


T_co = TypeVar("T_co", covariant=True)


class Tokened(Protocol[T_co]):
    """A page that tells where the next begins."""

    @property
    @abstractmethod
    def data(self) -> Sequence[T_co]:
        """What is listed."""

    @property
    @abstractmethod
    def next_page_token(self) -> str | None:
        """Where the next page begins; None on the last."""


def pages_by_token(
    fetch: Callable[[str | None], Awaitable[Tokened[T]]],
) -> AllPages[T]:
    """Go through pages each of which tells where the next begins.

    The last is the one that tells of no next, or of one that there was before.

    Args:
        fetch: gives the page of a token; None is the first.
    """
    token: str | None = None
    used: set[str | None] = set()

    async def turn() -> Sequence[T] | None:
        nonlocal token
        if token in used:
            return None
        page = await fetch(token)
        used.update((None, token))
        token = page.next_page_token or None
        return page.data

    return AllPages(turn)
