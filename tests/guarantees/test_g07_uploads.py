"""G7, G12: however an upload ends, everything it held comes free."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import anyio
import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    AsyncLibraries,
    SDKError,
)
from tests.support.clients import becomes_true
from tests.support.endless_uploads import (
    SOON,
    Source,
    begin_upload,
    cancel_task,
    limited_libraries,
    open_files,
)
from tests.support.upload_servers import LIBRARY_ID

pytestmark = pytest.mark.anyio

Way: TypeAlias = Callable[[AsyncLibraries, Source], Awaitable[None]]


async def is_cancelled_while_nobody_reads(
    libraries: AsyncLibraries, source: Source
) -> None:
    task = begin_upload(libraries, source, "hang")
    await source.taken.wait()
    await asyncio.sleep(0.002)
    await cancel_task(task)


async def is_cancelled_while_all_is_read(
    libraries: AsyncLibraries, source: Source
) -> None:
    task = begin_upload(libraries, source, "read")
    await source.taken.wait()
    await cancel_task(task)


async def is_cancelled_while_its_source_is_mute(
    libraries: AsyncLibraries, source: Source
) -> None:
    task = begin_upload(libraries, source, "read", mute=True)
    await source.taken.wait()
    await cancel_task(task)


async def is_cancelled_twice(libraries: AsyncLibraries, source: Source) -> None:
    task = begin_upload(libraries, source, "read")
    await source.taken.wait()
    task.cancel()
    await asyncio.sleep(0)
    await cancel_task(task)
    assert await becomes_true(lambda: source.closed == source.begun)


async def is_cancelled_at_any_moment(libraries: AsyncLibraries, source: Source) -> None:
    for turns in range(0, 40, 4):
        task = begin_upload(libraries, source, "read")
        for _ in range(turns):
            await asyncio.sleep(0)
        await cancel_task(task)


async def is_moved_on_from(libraries: AsyncLibraries, source: Source) -> None:
    with anyio.move_on_after(0.01) as scope:
        await libraries.documents.upload(LIBRARY_ID, source.all(), name="hang")
    assert scope.cancelled_caught


async def is_moved_on_from_while_mute(
    libraries: AsyncLibraries, source: Source
) -> None:
    with anyio.move_on_after(0.01) as scope:
        await libraries.documents.upload(LIBRARY_ID, source.all(mute=True), name="hang")
    assert scope.cancelled_caught


async def is_refused_early(libraries: AsyncLibraries, source: Source) -> None:
    with pytest.raises(SDKError):
        await begin_upload(libraries, source, "refuse")


async def is_answered_early(libraries: AsyncLibraries, source: Source) -> None:
    await begin_upload(libraries, source, "early")


async def is_cut(libraries: AsyncLibraries, source: Source) -> None:
    with pytest.raises(APIConnectionError):
        await begin_upload(libraries, source, "cut")


async def takes_too_long(libraries: AsyncLibraries, source: Source) -> None:
    with pytest.raises(APITimeoutError):
        await libraries.documents.upload(
            LIBRARY_ID, source.all(), name="hang", timeout=0.01
        )


async def fails_by_its_progress(libraries: AsyncLibraries, source: Source) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await libraries.documents.upload(
            LIBRARY_ID, source.all(), name="read", progress=fail
        )


WAYS: list[Way] = [
    is_cancelled_while_nobody_reads,
    is_cancelled_while_all_is_read,
    is_cancelled_while_its_source_is_mute,
    is_cancelled_twice,
    is_cancelled_at_any_moment,
    is_moved_on_from,
    is_moved_on_from_while_mute,
    is_refused_early,
    is_answered_early,
    is_cut,
    takes_too_long,
    fails_by_its_progress,
]


async def leave(way: Way, times: int) -> None:
    source = Source()
    async with limited_libraries() as libraries:
        await libraries.documents.upload(LIBRARY_ID, b"x", name="whole")
        for _ in range(times):
            source.taken.clear()
            await asyncio.wait_for(way(libraries, source), SOON)
            assert source.closed == source.begun


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_all_comes_free_when_an_upload(way: Way) -> None:
    before = asyncio.all_tasks()
    await leave(way, 5)
    assert await becomes_true(lambda: asyncio.all_tasks() <= before)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_all_comes_free_200_times_when_an_upload(way: Way) -> None:
    await leave(way, 1)
    gc.collect()
    before = open_files()
    await leave(way, 200 if way is not is_cancelled_at_any_moment else 20)
    assert await becomes_true(lambda: open_files() <= before)
