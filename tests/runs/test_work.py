"""The work of a streamed run, in a task of its own."""

import asyncio
import sys

import pytest

from mistral_conversations.runs.streaming.work import Work


@pytest.mark.anyio
@pytest.mark.skipif(sys.version_info < (3, 12), reason="no eager tasks")
async def test_work_that_reports_before_its_task_is_known_is_noticed() -> None:
    async def start() -> None:
        work.report()
        await asyncio.sleep(60)

    work, loop = Work(), asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
    try:
        await asyncio.wait_for(work.wait(start), 5)
    finally:
        loop.set_task_factory(None)
        await work.aclose()


def test_closing_on_another_loop_cancels_without_waiting() -> None:
    async def start() -> None:
        work.report()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(asyncio.get_running_loop())

    work, ended = Work(), list[asyncio.AbstractEventLoop]()
    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(work.wait(start))
        second.run(asyncio.wait_for(work.aclose(), 5))
        assert ended == []
        first.run(asyncio.sleep(0.01))
        assert ended == [first.get_loop()]
