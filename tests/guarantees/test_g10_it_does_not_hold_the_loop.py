"""G10: no callback of ours holds the loop, compared with a bare aiohttp client."""

import asyncio
import gc
import os
import statistics
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from mistral_conversations import AsyncConversations
from tests.support.bodies import delta, done, function_call, message, response, started
from tests.support.cpu_time import cpu_seconds
from tests.support.interpreter import DEPENDENCIES, completed
from tests.support.raw_server import (
    Connection,
    Handler,
    RawServer,
    Request,
    event,
    http,
    json_answer,
    raw_server_on_thread,
)
from tests.support.upload_servers import document_answer

pytestmark = pytest.mark.skipif(
    sys.gettrace() is not None or "COVERAGE_RUN" in os.environ,
    reason="a tracer takes more of the time than the code",
)

LIMIT = 0.020
"""Of CPU seconds, on a machine that does `some_work` in `USUAL`."""

USUAL = 0.0055

EVENTS = 20_000
STREAM = b"".join(
    [event(started()), event(delta("word ")) * EVENTS, event(done())],
)

Work = Callable[[str], Awaitable[Any]]


def serving(answer: bytes) -> Handler:
    async def handler(_: Request, connection: Connection) -> None:
        await connection.send(answer)

    return handler


def longest_callback(work: Work, url: str) -> float:
    """Run on a new loop; return the CPU seconds of its longest callback."""
    longest = 0.0
    run = asyncio.events.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        nonlocal longest
        begin = time.thread_time()
        run(handle)
        longest = max(longest, time.thread_time() - begin)

    with pytest.MonkeyPatch.context() as patch:
        # asyncio has no hook around a callback but its debug log, in wall time
        patch.setattr(asyncio.events.Handle, "_run", timed)
        gc.freeze()  # the collector would search the objects of all tests
        try:
            asyncio.run(as_coroutine(work, url))
        finally:
            gc.unfreeze()
    return longest


async def as_coroutine(work: Work, url: str) -> None:
    await work(url)


async def bare(url: str) -> None:
    path = f"{url}/v1/conversations"
    async with aiohttp.ClientSession() as session, session.post(path) as answer:
        async for _ in answer.content.iter_any():
            pass


async def streamed(url: str) -> None:
    async with AsyncConversations("k", base_url=url) as client:
        count = 0
        async with client.start_stream("Hi") as stream:
            async for _ in stream:
                count += 1
        assert count == EVENTS + 2


async def streamed_run(url: str) -> None:
    async with AsyncConversations("k", base_url=url) as client:
        count = 0
        async with client.run_stream("Hi", model="m") as run:
            async for _ in run:
                count += 1
        assert count == EVENTS + 4


async def run_to_its_result(url: str) -> None:
    async with AsyncConversations("k", base_url=url) as client:
        result = await client.run_stream("Hi", model="m").result()
        assert len(result.text) == EVENTS * len("word ")


async def plain(url: str) -> None:
    async with AsyncConversations("k", base_url=url) as client:
        await client.start("Hi")


def some_work() -> object:
    return [{"number": n, "text": str(n), "next": [n + 1]} for n in range(15_000)]


def is_short(measure: Callable[[], float]) -> bool:
    """Return whether a time is within the limit at the pace of this machine, now."""

    def within_limit() -> bool:
        pace = min(cpu_seconds(some_work) for _ in range(3)) / USUAL
        return measure() < LIMIT * max(1, pace)

    return any(within_limit() for _ in range(4))


def beyond_bare(work: Work, server: RawServer) -> float:
    """Return by how much the longest callback exceeds bare aiohttp's."""
    ours = min(longest_callback(work, server.base_url) for _ in range(3))
    return ours - longest_callback(bare, server.base_url)


def test_reading_20_000_buffered_events_holds_no_callback_long() -> None:
    answer = http(200, STREAM, {"Content-Type": "text/event-stream"})
    with raw_server_on_thread(serving(answer)) as server:
        assert is_short(lambda: beyond_bare(streamed, server))


@pytest.mark.parametrize("entries", [1, 3_000])
def test_a_body_of_up_to_1_mib_holds_no_callback_long(entries: int) -> None:
    said = "word " * (180_000 // entries) if entries == 1 else "words"
    body = json_answer(response(*[message(said)] * entries))
    assert len(body) < 1024 * 1024
    with raw_server_on_thread(serving(body)) as server:
        assert is_short(lambda: beyond_bare(plain, server))


async def turns_taken(work: Work, url: str) -> tuple[int, float]:
    """Count the turns of another task meanwhile, and its longest wait in CPU time."""
    turns = 0
    longest = 0.0

    async def tick() -> None:
        nonlocal turns, longest
        while True:
            begin = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - begin)
            turns += 1

    ticking = asyncio.ensure_future(tick())
    await work(url)
    ticking.cancel()
    return turns, longest


@pytest.mark.parametrize(
    "work",
    [
        streamed,
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in (streamed_run, run_to_its_result)
        ),
    ],
    ids=lambda work: work.__name__,
)
def test_other_tasks_get_their_turn_while_buffered_events_are_read(work: Work) -> None:
    answer = http(200, STREAM, {"Content-Type": "text/event-stream"})

    def longer_than_bare() -> float:
        ours = [asyncio.run(turns_taken(work, url)) for _ in range(3)]
        theirs = [asyncio.run(turns_taken(bare, url)) for _ in range(3)]
        assert min(turns for turns, _ in ours) > len(STREAM) / (64 * 1024)
        return median_wait(ours) - median_wait(theirs)

    with raw_server_on_thread(serving(answer)) as server:
        url = server.base_url
        assert is_short(longer_than_bare)


def median_wait(taken: list[tuple[int, float]]) -> float:
    return statistics.median(longest for _, longest in taken)


FIRST_USE = '''
    import asyncio, gc, sys, time
    import mistral_conversations
    from mistral_conversations import *

    run, longest = asyncio.events.Handle._run, 0.0

    def timed(handle):
        global longest
        begin = time.thread_time()
        run(handle)
        longest = max(longest, time.thread_time() - begin)

    def add(a: int, b: int) -> int:
        """Add two numbers.

        Args:
            a: the first number.
            b: the second number.
        """
        return a + b

    async def main():
        asyncio.events.Handle._run = timed
        async with AsyncMistral("k", base_url=sys.argv[1]) as client:
            await asyncio.sleep(0)
            for _ in range(2):
                if sys.argv[2] == "plain":
                    await client.conversations.append("conv_1", "Hi")
                elif sys.argv[2] == "streamed":
                    await client.conversations.append_stream("conv_1", "Hi").response()
                elif sys.argv[2] == "ran":
                    await client.conversations.run("Hi", model="m", tools=[add])
                else:
                    await client.libraries.documents.upload("1", b"Hi", name="hi.txt")

    gc.freeze()  # the collector would search what the imports have made
    asyncio.run(main(), debug=False)
    print(longest)
'''


@pytest.mark.processes
@pytest.mark.parametrize("how", ["plain", "streamed", "uploaded", "ran"])
def test_the_first_use_in_a_process_holds_no_callback_long(how: str) -> None:
    """Its converters are built then; the imports are the caller's, at import time."""
    if how in {"plain", "ran"}:
        answer = json_answer(response(message()))
    elif how == "uploaded":
        answer = document_answer()
    else:
        body = event(started()) + event(delta("Hi")) + event(done())
        answer = http(200, body, {"Content-Type": "text/event-stream"})
    handler = calling_first(answer) if how == "ran" else serving(answer)
    with raw_server_on_thread(handler) as server:
        url = server.base_url
        assert is_short(lambda: min(first_use(url, how) for _ in range(2)))


def calling_first(answer: bytes) -> Handler:
    """Call a function in the answer to a start."""
    call = function_call(name="add", arguments='{"a": 1, "b": 2}')

    async def handler(request: Request, connection: Connection) -> None:
        is_start = request.target.endswith("/conversations")
        await connection.send(json_answer(response(call)) if is_start else answer)

    return handler


def first_use(url: str, how: str) -> float:
    ended = completed(textwrap.dedent(FIRST_USE), url, how, imports=DEPENDENCIES)
    assert (ended.code, ended.err) == (0, "")
    return float(ended.out)
