"""G13: however a stream or client is left, nothing of it remains."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    Conversations,
    ServerError,
    StreamError,
    StreamInterruptedError,
    Timeout,
)
from tests.support.obedient_server import (
    blocking_client,
    eventually,
    loop_threads,
    obedient_server,
)
from tests.support.raw_server import RawServer

LIMIT = 2
TIMES = 20


@pytest.fixture
def server() -> Iterator[RawServer]:
    gc.collect()
    assert eventually(lambda: not loop_threads())
    with obedient_server() as server:
        yield server


def breaks(client: Conversations) -> None:
    with client.start_stream("begin", model="m") as stream:
        for _ in stream:
            break


def raises(client: Conversations) -> None:
    def fail() -> None:
        with client.start_stream("begin", model="m") as stream:
            for _ in stream:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def never_iterates(client: Conversations) -> None:
    with client.start_stream("begin", model="m"):
        pass


def never_sends(client: Conversations) -> None:
    client.start_stream("begin", model="m")


def drops_the_stream(client: Conversations) -> None:
    for _ in client.start_stream("begin", model="m"):
        break


def drops_the_text(client: Conversations) -> None:
    for _ in client.start_stream("begin", model="m").text():
        break


def closes(client: Conversations) -> None:
    stream = client.start_stream("begin", model="m")
    next(stream)
    stream.close()
    stream.close()


def is_cut(client: Conversations) -> None:
    with pytest.raises(StreamInterruptedError):
        client.start_stream("cut", model="m").response()


def times_out(client: Conversations) -> None:
    limits = Timeout(idle=0.005)
    with pytest.raises(APITimeoutError):
        client.start_stream("begin", model="m", timeout=limits).response()


def times_out_as_a_plain_call(client: Conversations) -> None:
    with pytest.raises(APITimeoutError):
        client.start("mute", model="m", timeout=Timeout(response=0.005))


def ends(client: Conversations) -> None:
    assert client.start_stream("stream", model="m").response().text == "Blue."


WAYS: list[Callable[[Conversations], None]] = [
    breaks,
    raises,
    never_iterates,
    never_sends,
    drops_the_stream,
    drops_the_text,
    closes,
    is_cut,
    times_out,
    times_out_as_a_plain_call,
    ends,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_connection_comes_free_when_a_caller(
    way: Callable[[Conversations], None], server: RawServer
) -> None:
    with blocking_client(server, limit=LIMIT, timeout=Timeout(connect=5)) as client:
        for _ in range(TIMES):
            way(client)
        gc.collect()
        for _ in range(2 * LIMIT):
            assert client.start("plain", model="m").text == "Blue, mostly."
        assert eventually(lambda: server.open_connections <= LIMIT)
    assert not loop_threads()
    assert eventually(lambda: not server.open_connections)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_thread_stays_when_the_client_is_dropped_by_a_caller_that(
    way: Callable[[Conversations], None], server: RawServer
) -> None:
    def call() -> None:
        client = blocking_client(server)
        client.start("plain", model="m")
        way(client)

    call()
    gc.collect()
    assert eventually(lambda: not loop_threads())
    assert eventually(lambda: not server.open_connections)


def test_no_thread_stays_after_an_error_that_was_handled(server: RawServer) -> None:
    """An error does not hold itself: it goes by counting, and the client with it."""

    def call() -> None:
        with suppress(ServerError):
            blocking_client(server).start("come again", model="m")

    gc.disable()
    try:
        call()
        assert eventually(lambda: not loop_threads(), 1)
    finally:
        gc.enable()


def test_thread_stays_until_the_last_client_is_closed(server: RawServer) -> None:
    clients = [blocking_client(server) for _ in range(3)]
    for client in clients:
        client.start("plain", model="m")
    for client in clients:
        assert len(loop_threads()) == 1
        client.close()
    assert not loop_threads()


def test_thread_stays_while_a_stream_of_a_dropped_client_is_read(
    server: RawServer,
) -> None:
    stream = blocking_client(server).start_stream("rest", model="m")
    assert [next(stream).type for _ in range(2)]
    gc.collect()
    with blocking_client(server) as other:
        other.start("word", model="m")
    assert stream.response().text == "onetwo"
    assert len(loop_threads()) == 1
    del stream
    gc.collect()
    assert eventually(lambda: not loop_threads())


def test_client_in_a_cycle_is_collected_with_its_thread(server: RawServer) -> None:
    class Application:
        itself: "Application"

        def __init__(self) -> None:
            self.client = blocking_client(server)
            self.stream = self.client.start_stream("begin", model="m")

    application = Application()
    application.itself = application
    next(application.stream)
    del application
    gc.collect()
    assert eventually(lambda: not loop_threads())
    assert eventually(lambda: not server.open_connections)


def test_closing_ends_the_calls_of_other_threads_at_once(server: RawServer) -> None:
    """One waits for an answer, one for an event, one until it tries again."""
    client = blocking_client(server, retries=1)
    ended: list[BaseException] = []

    def wait(call: Callable[[], object]) -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - any error is recorded
            ended.append(error)

    calls: list[Callable[[], object]] = [
        lambda: client.start("mute", model="m"),
        lambda: client.start_stream("begin", model="m").response(),
        lambda: client.start("come again", model="m"),
    ]
    threads = [
        threading.Thread(target=wait, args=[call], daemon=True) for call in calls
    ]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(server.requests) == 3)
    client.close()
    for thread in threads:
        thread.join(1)
    expected = (APIConnectionError, StreamError, ConfigurationError)
    assert [error for error in ended if not isinstance(error, expected)] == []
    assert len(ended) == 3
    assert not loop_threads()


def test_closing_while_other_threads_call_leaves_nothing(server: RawServer) -> None:
    odd: list[BaseException] = []

    def call(client: Conversations) -> None:
        try:
            while True:
                client.start("plain", model="m")
        except (APIConnectionError, ConfigurationError):
            pass
        except BaseException as error:  # noqa: BLE001 - any error is recorded
            odd.append(error)

    for _ in range(TIMES):
        client = blocking_client(server)
        callers = [threading.Thread(target=call, args=[client]) for _ in range(3)]
        closers = [threading.Thread(target=client.close) for _ in range(2)]
        for thread in (*callers, *closers):
            thread.start()
        for thread in (*callers, *closers):
            thread.join(10)
            assert not thread.is_alive()
    assert odd == []
    assert not loop_threads()
