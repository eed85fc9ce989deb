"""G13: inside a running loop, from many threads, event by event, with back-pressure."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from blockbuster import BlockBuster

from mistral_conversations import Conversations, Timeout
from mistral_conversations.server import LocalServer
from mistral_conversations.sync.portal import Portal
from tests.support.bodies import delta, started, text_stream
from tests.support.interpreter import LIBRARIES, completed
from tests.support.obedient_server import (
    blocking_client,
    eventually,
    loop_threads,
    obedient_server,
)
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    raw_server_on_thread,
    stream_head,
)

THREADS = 32


@pytest.fixture(autouse=True)
def no_loop_before_and_after() -> Iterator[None]:
    gc.collect()
    assert eventually(lambda: not loop_threads())
    yield
    gc.collect()
    assert eventually(lambda: not loop_threads())


@pytest.fixture
def may_block(nothing_blocks: BlockBuster) -> None:
    """Allow a caller to wait in the portal while a loop runs in its thread."""
    nothing_blocks.functions["threading.Lock.acquire"].can_block_in(
        "mistral_conversations/sync/portal.py", vars(Portal)
    )


def converse(client: Conversations) -> None:
    """Call, stream and list as a notebook's cell does."""
    answer = client.start("one", model="m")
    assert "one" in answer.text
    with client.append_stream(answer.conversation_id, "two") as stream:
        assert "two" in "".join(stream.text())
    final = client.append_stream(answer.conversation_id, "three").response()
    assert "three" in final.text
    assert [each.id for each in client.list_all()] == [answer.conversation_id]


@pytest.mark.usefixtures("may_block")
@pytest.mark.filterwarnings("ignore:this call blocks the event loop")
def test_it_works_where_a_loop_runs_in_the_same_thread() -> None:
    def use() -> None:
        with blocking_client(server) as client:
            converse(client)

    async def cell() -> None:
        await asyncio.sleep(0)
        use()
        await asyncio.sleep(0)

    with LocalServer() as server:
        asyncio.run(cell())


@pytest.mark.usefixtures("may_block")
@pytest.mark.filterwarnings("ignore:this call blocks the event loop")
def test_a_client_made_outside_works_inside_a_loop_and_outside_again() -> None:
    async def cell(client: Conversations) -> str:
        await asyncio.sleep(0)
        return call(client)

    def call(client: Conversations) -> str:
        return client.start("Hi", model="m").text

    with LocalServer() as server, blocking_client(server) as client:
        outside = call(client)
        assert [asyncio.run(cell(client)) for _ in range(2)] == [outside] * 2
        assert call(client) == outside


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Do some work from all threads at the same moment."""
    barrier = threading.Barrier(THREADS)

    def begin(number: int) -> Any:
        barrier.wait(10)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def call_and_stream(client: Conversations, number: int) -> int:
    """Make one call and one stream; return the number of loop threads."""
    answer = client.start(f"call-{number}-", model="m")
    assert f"call-{number}-" in answer.text
    with client.append_stream(answer.conversation_id, f"stream-{number}-") as stream:
        text = "".join(stream.text())
        assert f"stream-{number}-" in text
        assert stream.response().text == text
    return len(loop_threads())


def test_one_client_serves_many_threads_at_once() -> None:
    with LocalServer() as server, blocking_client(server) as client:
        assert at_once(lambda number: call_and_stream(client, number)) == [1] * THREADS
        assert len(server.requests) == 2 * THREADS
        assert len(server.conversations) == THREADS


def test_many_clients_share_one_loop_thread() -> None:
    def work(number: int) -> int:
        with blocking_client(server) as client:
            return call_and_stream(client, number)

    with LocalServer() as server, blocking_client(server) as holder:
        holder.list()
        assert at_once(work) == [1] * THREADS
        assert len(loop_threads()) == 1
    assert loop_threads() == []


def test_clients_that_begin_at_once_begin_one_loop_thread() -> None:
    with LocalServer() as server:
        clients = [blocking_client(server) for _ in range(THREADS)]
        counts = at_once(lambda number: call_and_stream(clients[number], number))
        assert counts == [1] * THREADS
        at_once(lambda number: clients[number].close())
        assert loop_threads() == []


class Prompted:
    """Send an event each time the test says so."""

    def __init__(self) -> None:
        self.sent = 0
        self.events = text_stream("Bl", "ue", ", ", "mostly", ".")

    async def __call__(self, _: Request, connection: Connection) -> None:
        self._loop, self._word = asyncio.get_running_loop(), asyncio.Event()
        await connection.send(stream_head())
        for body in self.events:
            self.sent += 1
            await connection.send(chunked(event(body)))
            await self._word.wait()
            self._word.clear()
        await connection.send(chunked(end=True))

    def go_on(self) -> None:
        self._loop.call_soon_threadsafe(self._word.set)


def test_event_is_in_the_callers_hands_before_the_next_is_sent() -> None:
    prompted = Prompted()
    with (
        raw_server_on_thread(prompted) as server,
        blocking_client(server, timeout=Timeout(idle=5)) as client,
        client.start_stream("Hi", model="m") as stream,
    ):
        seen = []
        for number, each in enumerate(stream, 1):
            assert prompted.sent == number
            seen.append(each.type)
            prompted.go_on()
        assert seen == [body["type"] for body in prompted.events]


def test_text_is_in_the_callers_hands_before_the_next_is_sent() -> None:
    prompted = Prompted()
    with (
        raw_server_on_thread(prompted) as server,
        blocking_client(server, timeout=Timeout(idle=5)) as client,
    ):
        stream = client.start_stream("Hi", model="m")
        assert not prompted.sent
        stream.__enter__()
        assert eventually(lambda: prompted.sent == 1)
        prompted.go_on()
        for number, _text in enumerate(stream.text(), 2):
            assert prompted.sent == number
            prompted.go_on()
        assert stream.response().text == "Blue, mostly."


class Flood:
    """Send 200 MB of events, as far as the client reads them."""

    total = 200 * 1024 * 1024

    def __init__(self) -> None:
        self.sent = 0
        self._piece = chunked(*[event(delta("x" * 1000))] * 50)

    async def __call__(self, _: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(event(started())))
        while self.sent < self.total:
            await connection.send(self._piece)
            self.sent += len(self._piece)

    def stands_still(self) -> bool:
        before = self.sent
        time.sleep(0.2)
        return self.sent == before > 0


def test_slow_consumer_holds_the_server_back() -> None:
    flood = Flood()
    with raw_server_on_thread(flood) as server, blocking_client(server) as client:
        with client.start_stream("Hi", model="m") as stream:
            for _ in range(2):
                events = [next(stream) for _ in range(100)]
                assert eventually(flood.stands_still, 20)
                assert len(events) == 100
            assert flood.sent < flood.total / 8  # the buffers of two sockets
        assert eventually(lambda: not server.open_connections)


@pytest.mark.processes
def test_every_call_is_answered_where_sniffio_is_installed() -> None:
    """With it, anyio finds no loop in a callback that runs in a caller's context."""
    program = """
import asyncio, contextvars, sys, types

class AsyncLibraryNotFoundError(RuntimeError):
    pass

def current_async_library():
    if library := sniffio.current_async_library_cvar.get():
        return library
    try:
        if asyncio.current_task() is not None:
            return "asyncio"
    except RuntimeError:
        pass
    raise AsyncLibraryNotFoundError

sniffio = sys.modules["sniffio"] = types.ModuleType("sniffio")
sniffio.AsyncLibraryNotFoundError = AsyncLibraryNotFoundError
sniffio.current_async_library = current_async_library
variable = contextvars.ContextVar("library", default=None)
sniffio.current_async_library_cvar = variable

from mistral_conversations import Conversations

with Conversations("key", base_url=sys.argv[1], retries=0) as client:
    for _ in range(2):
        print(client.start("plain", model="m").text)
    print(client.start_stream("stream", model="m").response().text)
"""
    with obedient_server() as server:
        ended = completed(program, server.base_url, imports=LIBRARIES)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == "Blue, mostly.\nBlue, mostly.\nBlue.\n"
