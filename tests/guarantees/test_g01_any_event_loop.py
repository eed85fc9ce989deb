"""G1: one client, any number of event loops, one after the other or at once."""

import asyncio
import gc
import sys
import threading
import weakref
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import aiohttp
import pytest

from mistral_conversations import AsyncConversations, ConfigurationError
from tests.support.clients import (
    answers,
    becomes_true,
    client_of,
    whole_answer,
    whole_stream,
)
from tests.support.raw_server import (
    Connection,
    Handler,
    Request,
    raw_server_on_thread,
)

SOON = 10.0


class Wires:
    """Answer, and keep which loops' requests came over which connection."""

    def __init__(self, reply: Handler) -> None:
        self._reply = reply
        self.loops: dict[Connection, set[str]] = defaultdict(set)

    async def __call__(self, request: Request, connection: Connection) -> None:
        self.loops[connection].add(request.headers["x-loop"])
        await self._reply(request, connection)

    def none_is_shared(self) -> bool:
        return all(len(loops) == 1 for loops in self.loops.values())


async def either(request: Request, connection: Connection) -> None:
    streamed = request.json.get("stream")
    await connection.send(whole_stream() if streamed else whole_answer())


def loop_header() -> dict[str, str]:
    return {"X-Loop": str(id(asyncio.get_running_loop()))}


async def call_both(client: AsyncConversations, name: str) -> None:
    headers = {"X-Loop": name}
    assert (await client.start("Sky?", model="m", headers=headers)).text
    stream = client.start_stream("Sky?", model="m", headers=headers)
    assert (await stream.response()).text == "Blue."


@pytest.fixture
def eager_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(*works: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(work) for work in works]:
            future.result(SOON)


def test_client_works_in_five_runs_in_a_row() -> None:
    wires = Wires(either)
    with raw_server_on_thread(wires) as server:
        client = client_of(server)
        for number in range(5):
            asyncio.run(call_both(client, str(number)), debug=True)
        asyncio.run(client.aclose())
        assert len(server.requests) == 10
        assert server.connections == 5
    assert wires.none_is_shared()


def test_client_is_closed_in_the_run_that_it_was_used_in_last() -> None:
    async def main(client: AsyncConversations) -> None:
        async with client:
            await call_both(client, "last")

    with raw_server_on_thread(either) as server:
        client = client_of(server)
        asyncio.run(call_both(client, "first"))
        asyncio.run(main(client))
        with pytest.raises(ConfigurationError, match="closed"):
            asyncio.run(call_both(client, "after"))
        assert len(server.requests) == 4


def test_client_works_in_two_threads_at_the_same_time() -> None:
    """Neither thread is answered before both have asked."""
    both = asyncio.Barrier(2)

    async def together(_: Request, connection: Connection) -> None:
        await both.wait()
        await connection.send(whole_answer())

    async def call(client: AsyncConversations, name: str) -> None:
        for _ in range(5):
            headers = {"X-Loop": name}
            await client.start("Sky?", model="m", headers=headers, timeout=SOON)

    wires = Wires(together)
    with raw_server_on_thread(wires) as server:
        client = client_of(server)
        in_threads(
            lambda: asyncio.run(call(client, "one")),
            lambda: asyncio.run(call(client, "other")),
        )
        assert len(server.requests) == 10
        assert server.connections == 2
    assert wires.none_is_shared()


@pytest.mark.usefixtures("eager_switching")
def test_client_works_in_many_threads_with_many_loops_each() -> None:
    threads, runs = 8, 6

    def work(thread: int) -> None:
        for number in range(runs):
            asyncio.run(call_both(client, f"{thread}.{number}"))

    wires = Wires(either)
    with raw_server_on_thread(wires) as server:
        client = client_of(server)
        in_threads(*(partial(work, thread) for thread in range(threads)))
        assert len(server.requests) == threads * runs * 2
        assert server.connections == threads * runs
    assert wires.none_is_shared()


def test_stream_is_read_on_the_loop_it_was_opened_on_while_another_runs() -> None:
    """A client used elsewhere meanwhile disturbs no stream."""
    others_done = threading.Event()

    async def wait_for_the_others(request: Request, connection: Connection) -> None:
        if request.json.get("stream"):
            await asyncio.to_thread(others_done.wait, SOON)
        await either(request, connection)

    async def read(client: AsyncConversations) -> None:
        stream = client.start_stream("Sky?", model="m")
        assert (await stream.response()).text == "Blue."

    async def start(client: AsyncConversations) -> None:
        await client.start("Sky?", model="m")

    def others(client: AsyncConversations) -> None:
        for _ in range(3):
            asyncio.run(start(client))
        others_done.set()

    with raw_server_on_thread(wait_for_the_others) as server:
        client = client_of(server)
        in_threads(lambda: asyncio.run(read(client)), lambda: others(client))
        assert len(server.requests) == 4


def test_closing_on_one_loop_closes_what_another_running_loop_has_open() -> None:
    used, closed = threading.Event(), threading.Event()

    async def use(client: AsyncConversations) -> None:
        await client.start("Sky?", model="m")
        used.set()
        assert await becomes_true(closed.is_set, SOON)
        with pytest.raises(ConfigurationError, match="closed"):
            await client.start("Sky?", model="m")

    def close(client: AsyncConversations) -> None:
        used.wait(SOON)
        asyncio.run(client.aclose())
        closed.set()

    with raw_server_on_thread(answers(whole_answer())) as server:
        client = client_of(server)
        in_threads(lambda: asyncio.run(use(client)), lambda: close(client))
        assert asyncio.run(becomes_true(lambda: not server.open_connections))
        assert len(server.requests) == 1


def test_session_handed_in_is_refused_on_a_second_loop() -> None:
    async def first() -> AsyncConversations:
        async with aiohttp.ClientSession() as session:
            client = client_of(server, session=session)
            await client.start("Sky?", model="m")
            with pytest.raises(ConfigurationError, match="another event loop"):
                await asyncio.to_thread(lambda: asyncio.run(second(client)))
            await client.start("Sky?", model="m")
        return client

    async def second(client: AsyncConversations) -> None:
        await client.start("Sky?", model="m")

    with raw_server_on_thread(answers(whole_answer())) as server:
        asyncio.run(first())
        assert len(server.requests) == 2


def test_loops_that_have_ended_are_forgotten() -> None:
    async def call() -> None:
        await client.start("Sky?", model="m")

    with raw_server_on_thread(answers(whole_answer())) as server:
        client = client_of(server)
        for _ in range(5):
            asyncio.run(call())
        assert len(client._transport._pool._open) <= 1


def test_loops_that_have_ended_are_freed() -> None:
    """What a client keeps for the end of a loop must not keep the loop."""
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def call(client: AsyncConversations) -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await call_both(client, str(len(loops)))
        stream = client.start_stream("Sky?", model="m", headers=loop_header())
        await anext(stream)

    with raw_server_on_thread(either) as server:
        client = client_of(server)
        for _ in range(20):
            asyncio.run(call(client))
        gc.collect()
        assert len(loops) == 20
        assert sum(loop() is not None for loop in loops) <= 2
        asyncio.run(client.aclose())


def test_running_loop_with_a_call_in_each_task_opens_one_session() -> None:
    async def main() -> None:
        calls: list[Awaitable[object]] = [
            client.start("Sky?", model="m") for _ in range(10)
        ]
        await asyncio.gather(*calls)
        assert len(client._transport._pool._open) == 1
        await client.aclose()

    with raw_server_on_thread(answers(whole_answer())) as server:
        client = client_of(server)
        asyncio.run(main())
        assert len(server.requests) == 10
