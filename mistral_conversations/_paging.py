"""Iteration over all pages of a list."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future
from operator import attrgetter
from typing import Any, Generic, Self, TypeVar

from mistral_conversations._traceback import short_traceback

__all__ = ["AllPages", "Portions", "numbered_pages", "pages_by_token"]

_logger = logging.getLogger("mistral_conversations")

_MOST_REPEATED = 2
_MOST_EMPTY = 100


T = TypeVar("T")


class Portions(AsyncIterator[T], Generic[T]):
    """Iterate over items that arrive in portions, such as the pages of a list.

    Any number of tasks and threads may share the iteration: one of them fetches a
    portion while the others wait, and each item reaches one of them. If the fetch fails
    or is cancelled, only its own reader notices; the next one fetches it again.

    Args:
        next_portion: returns the next portion, which may be empty; None after the last.
    """

    def __init__(
        self, next_portion: Callable[[], Awaitable[Sequence[T] | None]]
    ) -> None:
        self._next_portion = next_portion
        self._items: deque[T] = deque()
        self._turns: dict[None, Future[None]] = {}
        self._ended = False

    def __aiter__(self) -> Self:
        """Return the iterator itself."""
        return self

    async def __anext__(self) -> T:
        """Return the next item; fetch the next portion if this one is used up."""
        while (item := self.pop()) is None:
            with short_traceback:
                if not await self.turn():
                    raise StopAsyncIteration
        return item

    def pop(self) -> T | None:
        """Return the next item of the portion; None if the portion is used up."""
        try:  # instead of a check: another thread may take the item after it
            return self._items.popleft()
        except IndexError:
            return None

    async def turn(self) -> bool:
        """Fetch the next portion with new items, or wait for the reader that does.

        Returns:
            Whether there were new items, which another reader may have taken since.
        """
        mine: Future[None] = Future()
        # A dict, because `setdefault` is atomic for readers on other threads, too.
        while (turn := self._turns.setdefault(None, mine)) is not mine:
            await asyncio.wait({asyncio.wrap_future(turn)})
        try:
            return bool(self._items) or await self._fetch()
        finally:
            del self._turns[None]
            mine.set_result(None)

    async def _fetch(self) -> bool:
        """Fetch portions up to one with new items; return False after the last."""
        while not self._ended:
            found = await self._next_portion()
            new = () if found is None else self._accept(found)
            self._items.extend(new)
            self._ended = self._ended or found is None
            if new:
                return True
        return False

    def _accept(self, found: Sequence[T]) -> Sequence[T]:
        """Return the new items of a portion."""
        return found


class AllPages(Portions[T]):
    """Iterate over the items of a list, page after page, without duplicates.

    The iteration also ends after two pages in a row that repeat known items, or after a
    hundred empty ones, with a WARNING in the log: a service that ignores the number or
    the token of a page would otherwise send pages forever.

    Args:
        name: what the list contains, for the log.
        next_page: returns the next page; None after the last.
        identity: returns what no other item of the list has; its `id`, by default.
    """

    def __init__(
        self,
        name: str,
        next_page: Callable[[], Awaitable[Sequence[T] | None]],
        identity: Callable[[T], Any] = attrgetter("id"),
    ) -> None:
        super().__init__(next_page)
        self._name = name
        self._identity = identity
        self._seen: set[Any] = set()
        self._repeated = 0
        self._empty = 0

    def _accept(self, found: Sequence[T]) -> Sequence[T]:
        new = [item for item in found if self._is_new(item)]
        self._ended = self._is_stuck(found, new)
        return new

    def _is_new(self, item: T) -> bool:
        """Record an item; return whether it is the first with its identity."""
        known = len(self._seen)
        self._seen.add(self._identity(item))
        return len(self._seen) > known

    def _is_stuck(self, found: Sequence[T], new: Sequence[T]) -> bool:
        """Return whether too many pages in a row have brought nothing new."""
        if new:
            self._repeated = self._empty = 0
            return False
        if found:
            self._repeated += 1
        else:
            self._empty += 1
        if self._repeated < _MOST_REPEATED and self._empty < _MOST_EMPTY:
            return False
        _warn(self._name, "page after page brings nothing new")
        return True


def _warn(name: str, reason: str) -> None:
    _logger.warning("list_all() stops, there may be more %s: %s", name, reason)


def numbered_pages(
    name: str,
    fetch: Callable[[int], Awaitable[Sequence[T]]],
    *,
    first: int = 0,
    is_last: Callable[[Any], bool] | None = None,
    identity: Callable[[T], Any] = attrgetter("id"),
) -> AllPages[T]:
    """Iterate over pages by their numbers, up to an empty one.

    Args:
        name: what the list contains, for the log.
        fetch: returns a page by its number.
        first: the number of the first page.
        is_last: returns whether a page marks itself as the last; None if pages do not.
        identity: returns what no other item of the list has; its `id`, by default.
    """
    number = first
    ended = False

    async def next_page() -> Sequence[T] | None:
        nonlocal number, ended
        if ended:
            return None
        found = await fetch(number)
        number += 1
        ended = not found or (is_last is not None and is_last(found))
        return found or None

    return AllPages(name, next_page, identity)


def pages_by_token(
    name: str,
    fetch: Callable[[str | None], Awaitable[Sequence[T]]],
    *,
    token_of: Callable[[Any], str | None] = attrgetter("next_page_token"),
) -> AllPages[T]:
    """Iterate over pages by their tokens, up to one without a token.

    An empty page with a token does not end the iteration: a service may filter pages
    that it has already cut. A token that was used before ends it, with a WARNING.

    Args:
        name: what the list contains, for the log.
        fetch: returns a page by its token; None stands for the first page.
        token_of: returns the token of the page after a page; its `next_page_token`, by
            default. None or "" marks the last page.
    """
    token: str | None = None
    used: set[str | None] = set()

    async def next_page() -> Sequence[T] | None:
        nonlocal token
        if token in used:
            if token is not None:
                _warn(name, "the service repeats the token of a page")
            return None
        page = await fetch(token)
        following = token_of(page) or None
        used.update((None, token))
        token = following
        return page

    return AllPages(name, next_page)
