"""Iteration over all pages, by numbers and by tokens, without a service."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count, cycle
from typing import Any

import attrs
import pytest

from mistral_conversations._paging import AllPages, numbered_pages, pages_by_token
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio


@attrs.frozen
class Item:
    id: int


class Page(list[Item]):
    def __init__(
        self, items: Sequence[Item], next_page_token: str | None = None
    ) -> None:
        super().__init__(items)
        self.next_page_token = next_page_token


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
    return numbered_pages("items", lists.fetch), lists


def tokened(pages: dict[Any, Any]) -> tuple[AllPages[Item], Lists]:
    lists = Lists(pages)
    return pages_by_token("items", lists.fetch), lists


async def ids(pages: AsyncIterator[Item]) -> list[int]:
    return [item.id async for item in pages]


@pytest.mark.parametrize(
    ("pages", "found", "asked"),
    [
        ([[]], [], 1),
        ([items(1, 2), items(3), []], [1, 2, 3], 3),
        ([items(1, 2), items(1, 2), items(3), []], [1, 2, 3], 4),
        ([items(1, 2), items(2, 3), items(3, 1), items(4), []], [1, 2, 3, 4], 5),
        ([items(1, 1, 2), []], [1, 2], 2),
    ],
)
async def test_numbered_pages_end_at_an_empty_one(
    pages: list[Any],
    found: list[int],
    asked: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    walk, lists = numbered(*pages)
    assert await ids(walk) == found
    assert lists.asked == list(range(asked))
    assert not caplog.records


@pytest.mark.parametrize(
    ("pages", "found", "asked"),
    [
        ([items(1, 2)] * 3, [1, 2], 3),
        ([items(1), items(2), items(1), items(2)], [1, 2], 4),
        ([items(1, 2), items(2), items(1)], [1, 2], 3),
        ([items(1), items(1), items(2), items(1), items(2)], [1, 2], 5),
        ([items(1, 2), items(2, 3), items(1, 3), items(3, 2)], [1, 2, 3], 4),
    ],
)
async def test_two_pages_in_a_row_with_nothing_new_end_it_with_a_warning(
    pages: list[Any],
    found: list[int],
    asked: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    walk, lists = numbered(*pages)
    assert await ids(walk) == found
    assert lists.asked == list(range(asked))
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("mistral_conversations", "WARNING")
    assert record.getMessage() == (
        "list_all() stops, there may be more items: page after page brings nothing new"
    )


@pytest.mark.parametrize(
    ("pages", "asked"), [([items(1, 2)], 3), ([[]], 100), ([items(1), []], 5)]
)
async def test_ever_new_tokens_end_with_a_warning(
    pages: list[Any], asked: int, caplog: pytest.LogCaptureFixture
) -> None:
    tokens, bodies, used = count(), cycle(pages), []

    async def fetch(token: str | None) -> Page:
        used.append(token)
        return Page(next(bodies), str(next(tokens)))

    walk = pages_by_token("items", fetch)
    assert await ids(walk) == [item.id for item in pages[0]]
    assert len(used) == asked
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@for_each(
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


async def test_a_repeated_token_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    walk, _ = tokened({None: Page(items(1), "a"), "a": Page(items(2), "a")})
    assert await ids(walk) == [1, 2]
    assert await anext(walk, None) is None
    (record,) = caplog.records
    assert record.getMessage() == (
        "list_all() stops, there may be more items: "
        "the service repeats the token of a page"
    )


class SlowPages:
    """Ten items a page; each page takes some steps of the loop."""

    def __init__(self, pages: int = 5) -> None:
        self._pages = pages
        self.under_way = 0
        self.most_at_once = 0
        self.fetched: list[int] = []

    async def fetch(self, number: int) -> list[Item]:
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            await asyncio.sleep(0.002)
        finally:
            self.under_way -= 1
        self.fetched.append(number)
        first = number * 10
        return items(*range(first, first + 10)) if number < self._pages else []


async def read(walk: AsyncIterator[Item], found: list[int], pause: int = 1) -> None:
    async for item in walk:
        found.append(item.id)
        for _ in range(pause):
            await asyncio.sleep(0)


@pytest.mark.parametrize("pause", [0, 1, 3])
async def test_tasks_share_the_items(pause: int) -> None:
    pages, found = SlowPages(), []  # type: tuple[SlowPages, list[int]]
    walk = numbered_pages("items", pages.fetch)
    await asyncio.gather(*(read(walk, found, pause) for _ in range(4)))
    assert sorted(found) == list(range(50))
    assert pages.fetched == list(range(6))
    assert pages.most_at_once == 1


async def test_a_cancelled_reader_takes_nothing_from_the_others() -> None:
    pages, found = SlowPages(), []  # type: tuple[SlowPages, list[int]]
    walk = numbered_pages("items", pages.fetch)
    readers = [asyncio.create_task(read(walk, found)) for _ in range(6)]
    for reader in readers[:4]:  # the first of them fetches, the others wait
        await asyncio.sleep(0.001)
        reader.cancel()
    results = await asyncio.gather(*readers, return_exceptions=True)
    assert [type(each) for each in results[4:]] == [type(None)] * 2
    assert sorted(found) == list(range(50))
    assert pages.most_at_once == 1


async def test_an_error_reaches_one_reader_and_the_others_continue() -> None:
    walk, lists = numbered(items(1), (ValueError("lost"), items(2)), [])
    found: list[int] = []
    readers = (read(walk, found) for _ in range(3))
    results = await asyncio.gather(*readers, return_exceptions=True)
    assert sorted(map(repr, results)) == ["None", "None", "ValueError('lost')"]
    assert found == [1, 2]
    assert lists.asked == [0, 1, 1, 2]


async def test_all_readers_end_where_every_fetch_fails() -> None:
    async def fetch(_: int) -> list[Item]:
        await asyncio.sleep(0)
        raise ValueError("down")

    walk = numbered_pages("items", fetch)
    readers = (read(walk, []) for _ in range(3))
    results = await asyncio.gather(*readers, return_exceptions=True)
    assert list(map(repr, results)) == ["ValueError('down')"] * 3


async def test_event_loops_of_several_threads_share_the_items() -> None:
    pages, found = SlowPages(), []  # type: tuple[SlowPages, list[int]]
    walk = numbered_pages("items", pages.fetch)
    threads = [
        threading.Thread(target=asyncio.run, args=[read(walk, found)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert sorted(found) == list(range(50))
    assert pages.most_at_once == 1
