"""Iteration over all pages, by numbers and by tokens, without a service."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import attrs
import pytest

from mistral_conversations._paging import AllPages, numbered_pages, pages_by_token

pytestmark = pytest.mark.anyio


@attrs.frozen
class Item:
    id: int


@attrs.frozen
class Page:
    data: Sequence[Item]
    next_page_token: str | None = None


def items(*ids: int) -> list[Item]:
    return [Item(id) for id in ids]


class Lists:
    """Pages by what they are asked by; an exception among them is raised once."""

    def __init__(self, pages: dict[Any, Any]) -> None:
        self._pages = pages
        self.asked: list[Any] = []

    async def fetch(self, place: Any) -> Any:
        self.asked.append(place)
        found = self._pages[place]
        if isinstance(found, tuple):
            error, self._pages[place] = found
            raise error
        return found


def numbered(*pages: Any) -> tuple[AllPages[Item], Lists]:
    lists = Lists(dict(enumerate(pages)))
    return numbered_pages(lists.fetch), lists


def tokened(pages: dict[Any, Any]) -> tuple[AllPages[Item], Lists]:
    lists = Lists(pages)
    return pages_by_token(lists.fetch), lists


async def ids(pages: AsyncIterator[Item]) -> list[int]:
    return [item.id async for item in pages]


@pytest.mark.parametrize(
    ("pages", "found", "asked"),
    [
        ([[]], [], 1),
        ([items(1, 2), items(3), []], [1, 2, 3], 3),
        ([items(1, 2), items(1, 2)], [1, 2], 2),
        ([items(1, 2), items(2, 3), items(3, 1), items(4), []], [1, 2, 3, 4], 5),
        ([items(1, 1, 2), []], [1, 2], 2),
    ],
)
async def test_numbered_pages_end_at_an_empty_one_or_at_the_same(
    pages: list[Any], found: list[int], asked: int
) -> None:
    walk, lists = numbered(*pages)
    assert await ids(walk) == found
    assert lists.asked == list(range(asked))


@pytest.mark.parametrize(
    ("pages", "found", "asked"),
    [
        ({None: Page([])}, [], [None]),
        ({None: Page(items(1, 2))}, [1, 2], [None]),
        ({None: Page(items(1), "")}, [1], [None]),
        ({None: Page(items(1), "a"), "a": Page(items(2))}, [1, 2], [None, "a"]),
        ({None: Page([], "a"), "a": Page([], "b"), "b": Page(items(1))},
            [1], [None, "a", "b"]),
        ({None: Page(items(1), "a"), "a": Page(items(1), "b"), "b": Page(items(2))},
            [1, 2], [None, "a", "b"]),
        ({None: Page(items(1), "a"), "a": Page(items(2), "b"),
            "b": Page(items(3), "a")}, [1, 2, 3], [None, "a", "b"]),
        ({None: Page(items(1), "a"), "a": Page(items(2), "a")}, [1, 2], [None, "a"]),
    ],
)  # fmt: skip
async def test_pages_by_token_end_without_a_token_or_with_one_that_was_there(
    pages: dict[Any, Any], found: list[int], asked: list[Any]
) -> None:
    walk, lists = tokened(pages)
    assert await ids(walk) == found
    assert lists.asked == asked


MADE: list[Callable[[], tuple[AllPages[Item], Lists]]] = [
    lambda: numbered(items(1, 2), (ValueError("lost"), items(3)), []),
    lambda: tokened({
        None: Page(items(1, 2), "a"),
        "a": (ValueError("lost"), Page(items(3))),
    }),
]  # fmt: skip


@pytest.mark.parametrize("made", MADE)
async def test_after_an_error_it_continues_where_it_was(
    made: Callable[[], tuple[AllPages[Item], Lists]],
) -> None:
    walk, lists = made()
    assert [(await anext(walk)).id, (await anext(walk)).id] == [1, 2]
    with pytest.raises(ValueError, match="lost"):
        await anext(walk)
    assert await ids(walk) == [3]
    assert lists.asked[1] == lists.asked[2]


@pytest.mark.parametrize("made", MADE)
async def test_a_page_is_asked_for_when_it_is_needed_and_none_after_the_end(
    made: Callable[[], tuple[AllPages[Item], Lists]],
) -> None:
    walk, lists = made()
    assert lists.asked == []
    assert aiter(walk) is walk
    await anext(walk)
    await anext(walk)
    assert len(lists.asked) == 1
    with pytest.raises(ValueError, match="lost"):
        await anext(walk)
    assert await ids(walk) == [3]
    asked = list(lists.asked)
    assert await anext(walk, None) is None
    assert lists.asked == asked


async def test_items_come_a_page_at_a_time_for_blocking_callers() -> None:
    walk, _ = tokened({None: Page(items(1, 2), "a"), "a": Page(items(2, 3))})
    assert [await walk.next_items() for _ in range(3)] == [items(1, 2), items(3), ()]
