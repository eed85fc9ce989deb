"""Ends of a blocking stream: broken, refused, closed, by another thread."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mistral_conversations import (
    AuthenticationError,
    ConfigurationError,
    Conversations,
    EventTooLargeError,
    MessageOutputEvent,
    ResponseFailedError,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    StreamTimeoutError,
    Timeout,
)
from tests.support.bodies import (
    CONVERSATION_ID,
    delta,
    error_event,
    response,
    started,
    text_stream,
)
from tests.support.client_and_server import event_stream
from tests.support.clients import begun_stream, in_use
from tests.support.obedient_server import (
    ask,
    blocking_client,
    blocking_client_and_server,
    eventually,
    obedient_server,
)
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    chunked,
    event,
    json_answer,
    raw_server_on_thread,
    stream_head,
)

STREAM = event_stream(*text_stream("Blue, ", "mostly."))


def texts(client: Conversations, wish: str) -> list[str]:
    return list(client.start_stream(wish, model="m").text())


BROKEN: dict[str, tuple[bytes, type[StreamError]]] = {
    "cut": (
        event_stream(started(), delta("Bl"), delta("ue")),
        StreamInterruptedError,
    ),
    "failed": (
        event_stream(started(), delta("Blue"), error_event()),
        ResponseFailedError,
    ),
    "no_json": (
        event_stream(started(), delta("Blue"), b"data: {\n\n"),
        StreamDecodeError,
    ),
    "mute": (begun_stream("Blue"), StreamTimeoutError),
    "large": (
        event_stream(started(), delta("Blue"), delta("x" * 5000)),
        EventTooLargeError,
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_error_in_the_middle_has_the_partial_answer(how: str) -> None:
    answer, kind = BROKEN[how]
    options = {"timeout": Timeout(idle=0.3, connect=5), "max_event_bytes": 4000}
    with blocking_client_and_server(answer, limit=1, **options) as (client, _):
        stream = ask(client)
        read: list[str] = []
        with pytest.raises(kind) as caught:
            read.extend(stream.text())
        assert caught.value.conversation_id == CONVERSATION_ID
        assert caught.value.partial is not None
        assert caught.value.partial.text == "Blue"
        with pytest.raises(kind):
            next(stream)
        with pytest.raises(kind):  # on the connection that came free
            ask(client).response()


def test_refusal_is_raised_where_the_request_is_sent() -> None:
    refusal = json_answer({"message": "no"}, 401)
    with blocking_client_and_server(refusal) as (client, server):
        with pytest.raises(AuthenticationError), ask(client):
            pass
        with pytest.raises(AuthenticationError):
            next(ask(client))
        with pytest.raises(AuthenticationError):
            next(ask(client).text())
        with pytest.raises(AuthenticationError):
            ask(client).response()
        assert len(server.requests) == 4


def test_what_is_no_stream_is_refused() -> None:
    with (
        blocking_client_and_server(json_answer(response())) as (client, _),
        pytest.raises(StreamDecodeError),
    ):
        ask(client).response()


def test_second_iteration_is_refused() -> None:
    with blocking_client_and_server(STREAM) as (client, _):
        stream = ask(client)
        assert len(list(stream)) == 4
        for again in (stream.__iter__, stream.text):
            with pytest.raises(ConfigurationError, match="has been read"):
                again()


def test_end_of_a_stream_is_repeated_for_each_call() -> None:
    with blocking_client_and_server(STREAM) as (client, _):
        stream = ask(client)
        list(stream)
        assert [next(stream, "end") for _ in range(2)] == ["end", "end"]


def test_closed_stream_is_reported() -> None:
    with blocking_client_and_server(STREAM) as (client, server):
        stream = ask(client)
        stream.close()
        for use in (stream.__iter__, stream.__enter__, stream.text):
            with pytest.raises(ConfigurationError, match="this stream is closed"):
                use()
        assert server.connections == 0


def test_stream_of_a_closed_client_is_reported() -> None:
    with blocking_client_and_server(STREAM) as (client, server):
        unused, begun = ask(client), ask(client)
        next(begun)
        client.close()
        for use in (unused.__enter__, unused.response, lambda: next(unused)):
            with pytest.raises(ConfigurationError, match="this client is closed"):
                use()
        begun.close()
        unused.close()
        assert len(server.requests) == 1


def test_events_that_have_come_are_read_on_after_the_client_is_closed() -> None:
    """As on the async side, where they lie in the stream already."""
    with blocking_client_and_server(STREAM) as (client, _):
        stream = ask(client)
        next(stream)
        client.close()
        assert list(stream.text()) == ["Blue, ", "mostly."]


@pytest.fixture
def obedient() -> Iterator[RawServer]:
    with obedient_server() as server:
        yield server


def test_other_thread_closes_a_stream_that_is_read(obedient: RawServer) -> None:
    with blocking_client(obedient) as client, ThreadPoolExecutor(1) as pool:
        stream = client.start_stream("begin", model="m")
        reading = pool.submit(lambda: list(stream.text()))
        assert eventually(lambda: stream.snapshot and stream.snapshot.text == "onetwo")
        stream.close()
        assert reading.result(5) == ["one", "two"]
        assert eventually(lambda: not obedient.open_connections)


def test_other_thread_closes_a_stream_that_opens(obedient: RawServer) -> None:
    with blocking_client(obedient) as client, ThreadPoolExecutor(1) as pool:
        stream = client.start_stream("mute", model="m")
        opening = pool.submit(stream.response)
        assert eventually(lambda: obedient.requests)
        stream.close()
        with pytest.raises(StreamInterruptedError):
            opening.result(5)
        assert eventually(lambda: not obedient.open_connections)


def test_second_thread_that_reads_is_refused(obedient: RawServer) -> None:
    with blocking_client(obedient) as client, ThreadPoolExecutor(1) as pool:
        stream = client.start_stream("rest", model="m")
        reading = pool.submit(lambda: list(stream.text()))
        assert eventually(lambda: stream.snapshot and stream.snapshot.text == "one")
        with pytest.raises(ConfigurationError, match="reading this stream"):
            next(stream)
        client.start("word", model="m")
        assert reading.result(5) == ["one", "two"]
        assert stream.response().text == "onetwo"


def test_threads_that_read_by_turns_lose_nothing() -> None:
    letters = [f"{number} " for number in range(200)]
    lock = threading.Lock()
    read: list[str] = []

    def take() -> None:
        while True:
            with lock:
                event = next(stream, None)
                if isinstance(event, MessageOutputEvent):
                    read.append(event.text)
            if event is None:
                return

    with (
        blocking_client_and_server(event_stream(*text_stream(*letters))) as (client, _),
        ThreadPoolExecutor(4) as pool,
    ):
        stream = ask(client)
        for each in [pool.submit(take) for _ in range(4)]:
            each.result(10)
        assert read == letters
        assert stream.response().text == "".join(letters)


def test_snapshot_is_taken_by_another_thread_meanwhile() -> None:
    letters = [f"{number} " for number in range(3000)]
    ended = threading.Event()

    def look() -> list[str]:
        looks = []
        while not ended.is_set():
            snapshot = stream.snapshot
            looks.append(snapshot.text if snapshot else "")
        return looks

    with (
        blocking_client_and_server(event_stream(*text_stream(*letters))) as (client, _),
        ThreadPoolExecutor(1) as pool,
    ):
        stream = ask(client)
        looking = pool.submit(look)
        try:
            whole = "".join(stream.text())
        finally:
            ended.set()
        looks = looking.result(10)
        assert all(whole.startswith(look) for look in looks)


async def connections_in_use(client: Conversations) -> int:
    return in_use(client._bridge.client)


def test_failed_stream_frees_its_connection_before_it_raises() -> None:
    async def fail(_: Request, connection: Connection) -> None:
        await connection.send(stream_head() + chunked(event(error_event())))
        await connection.until_client_closes()

    with raw_server_on_thread(fail) as server, blocking_client(server) as client:
        stream = ask(client)
        with pytest.raises(ResponseFailedError):
            next(stream)
        assert client._bridge.portal.call(connections_in_use, client) == 0


def test_head_alone_is_interrupted() -> None:
    with blocking_client_and_server(stream_head() + b"0\r\n\r\n") as (client, _):
        with pytest.raises(StreamInterruptedError) as caught:
            ask(client).response()
        assert caught.value.partial is None


def test_stream_reads_after_one_that_was_closed(obedient: RawServer) -> None:
    with blocking_client(obedient, limit=1) as client:
        with client.start_stream("begin", model="m") as stream:
            next(stream)
        assert texts(client, "stream") == ["Blue."]
