"""The ends of a batch that are not its last row: no row is lost silently."""

import asyncio
import errno
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    BatchProgress,
    BatchRow,
    ConfigurationError,
    Conversations,
)
from mistral_conversations.batch.results.lines import marker_line
from mistral_conversations.batch.results.results_file import ResultsFile
from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    Reply,
    call,
)
from tests.support.clients import becomes_true
from tests.support.for_each import for_each
from tests.support.programs import PROMPTLY, interrupt_program, run_program
from tests.support.raw_server import Connection, Request, raw_server_on_thread

pytestmark = pytest.mark.anyio

MODEL = "m"


@pytest.fixture
async def client() -> AsyncIterator[AsyncConversations]:
    async with (
        LocalServer(latency=0.005) as server,
        AsyncConversations("key", base_url=server.base_url, retries=0) as client,
    ):
        yield client


async def until_raised(batch: Any) -> tuple[list[BatchRow], Exception]:
    """Return the rows of a batch, and what it raised after them."""
    rows: list[BatchRow] = []
    try:
        async for row in batch:
            rows.append(row)  # noqa: PERF401 - they count if it raises
    except Exception as error:  # noqa: BLE001 - the test says which
        return rows, error
    pytest.fail("the batch ended silently")


async def three_async(error: BaseException) -> AsyncIterator[str]:
    for text in "abc":
        yield text
    raise error


class Three:
    """Three requests, and an error that a generator would replace."""

    def __init__(self, error: BaseException) -> None:
        self._error = error
        self._left = list("abc")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._left:
            raise self._error
        return self._left.pop()


RAISING: dict[str, tuple[Callable[[BaseException], Any], BaseException, type]] = {
    "an_error": (three_async, LookupError("no table"), LookupError),
    "a_cancel": (three_async, asyncio.CancelledError(), RuntimeError),
    "a_cancel_of_an_iterator": (Three, asyncio.CancelledError(), RuntimeError),
    "an_end_of_another_kind": (Three, StopAsyncIteration(), RuntimeError),
}


@for_each("case", RAISING)
async def test_requests_that_raise_end_the_batch_after_the_rows_before(
    case: str, client: AsyncConversations
) -> None:
    requests, error, raised = RAISING[case]
    rows, found = await until_raised(client.batch(requests(error), model=MODEL))
    assert sorted(row.text for row in rows) == ["a", "b", "c"]
    assert all(row.ok for row in rows)
    assert type(found) is raised


def test_blocking_requests_that_raise_a_cancel_do_not_end_it_silently() -> None:
    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch(Three(asyncio.CancelledError()), model=MODEL) as batch,
        pytest.raises(asyncio.CancelledError),
    ):
        list(batch)


async def test_a_file_of_requests_stays_open(
    client: AsyncConversations, tmp_path: Path
) -> None:
    path = tmp_path / "questions.txt"
    path.write_text("a\nb\nc\n")
    with path.open() as lines:
        async with client.batch(lines, model=MODEL, max_concurrency=1) as batch:
            assert (await anext(batch)).ok
        assert not lines.closed


def test_a_close_while_another_thread_reads_the_requests() -> None:
    reads, closed = threading.Event(), threading.Event()

    def requests() -> Iterator[str]:
        yield "a"
        reads.set()
        assert closed.wait(10)
        yield "b"

    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url) as client,
        ThreadPoolExecutor() as threads,
    ):
        batch = client.batch(requests(), model=MODEL)
        rows = threads.submit(list, batch)
        assert reads.wait(10)
        batch.close()
        closed.set()
        with pytest.raises(ConfigurationError, match="closed before its end"):
            rows.result(10)


def call_once(conversation: RecordedConversation, _: RecordedRequest) -> Reply:
    if any(entry["type"] == "function.result" for entry in conversation.entries):
        return "done"
    return call("wait")


async def test_a_function_that_raises_a_cancel_fails_its_row() -> None:
    calls = 0

    async def wait() -> str:
        """Wait."""
        nonlocal calls
        calls += 1
        if calls == 1:
            raise asyncio.CancelledError
        return "waited"

    async with (
        LocalServer(call_once) as server,
        AsyncConversations("key", base_url=server.base_url) as client,
    ):
        batch = client.batch(
            map(str, range(4)), model=MODEL, run=True, tools=[wait], max_concurrency=1
        )
        rows = [row async for row in batch]
    assert [row.ok for row in rows] == [False, True, True, True]
    assert isinstance(rows[0].error, RuntimeError)
    assert isinstance(rows[0].error.__cause__, asyncio.CancelledError)


@for_each("error", [asyncio.CancelledError(), StopAsyncIteration(), LookupError()])
async def test_what_progress_raises_does_not_end_the_batch_silently(
    error: BaseException, client: AsyncConversations
) -> None:
    def progress(_: BatchProgress) -> None:
        raise error

    batch = client.batch(["a", "b"], model=MODEL, progress=progress)
    rows, found = await until_raised(batch)
    assert len(rows) <= 2
    assert error in {found, found.__cause__}


async def test_a_batch_that_was_closed_after_its_end_is_at_its_end(
    client: AsyncConversations,
) -> None:
    async with client.batch(["a"], model=MODEL) as batch:
        assert [row.text async for row in batch] == ["a"]
    assert [row async for row in batch] == []
    async with client.batch(["a"], model=MODEL) as unread:
        pass
    with pytest.raises(ConfigurationError, match="closed before its end"):
        await anext(unread)


async def test_a_second_close_lets_the_first_one_finish(
    client: AsyncConversations, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    for _ in range(5):
        batch = client.batch(
            map(str, range(99)), model=MODEL, results=path, resend=True
        )
        await anext(batch)
        first = asyncio.create_task(batch.aclose())
        await asyncio.sleep(0)
        first.cancel()
        await batch.aclose()
        with suppress(asyncio.CancelledError):
            await first


async def test_a_cancelled_close_writes_what_was_appended(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    file = ResultsFile(path)
    await file.open()
    early, late = (marker_line(name, "r", "sent") for name in ("early", "late"))
    tasks = [asyncio.create_task(file.append(early))]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(file.append(late)))
    tasks.append(asyncio.create_task(file.aclose()))
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert await becomes_true(lambda: path.read_bytes() == early + late)
    again = ResultsFile(path)
    await again.open()
    assert again.find("late", "r") is not None
    await again.aclose()


def test_a_loop_that_ends_leaves_a_file_that_continues(tmp_path: Path) -> None:
    """A batch that nobody closes: `asyncio.run` cancels all its tasks."""
    path = tmp_path / "rows.jsonl"

    async def begin(url: str) -> None:
        client = AsyncConversations("key", base_url=url)
        await anext(client.batch(map(str, range(50)), model=MODEL, results=path))

    async def continue_(url: str) -> list[BatchRow]:
        async with AsyncConversations("key", base_url=url) as client:
            requests = map(str, range(50))
            batch = client.batch(requests, model=MODEL, results=path, resend=True)
            return [row async for row in batch]

    with LocalServer(latency=0.01) as server:
        asyncio.run(begin(server.base_url))
        rows = asyncio.run(continue_(server.base_url))
    assert sorted(int(row.text) for row in rows) == list(range(50))


async def test_a_file_that_is_deleted_meanwhile_ends_the_batch(
    client: AsyncConversations, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    batch = client.batch(map(str, range(99)), model=MODEL, results=path)
    await anext(batch)
    path.unlink()
    _, error = await until_raised(batch)
    assert isinstance(error, FileNotFoundError)
    assert str(path) in str(error)
    assert "deleted or replaced" in str(error)


async def test_a_pipe_or_a_device_is_refused(
    client: AsyncConversations, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull)):
        batch = client.batch(["a"], model=MODEL, results=path)
        with pytest.raises(ConfigurationError, match="no regular file"):
            await anext(batch)


FULL = """
import resource
sys.dont_write_bytecode = True  # of files that other programs share: it would be cut
resource.setrlimit(resource.RLIMIT_FSIZE, (9000, resource.RLIM_INFINITY))
read = 0
with new_client() as client, client.batch(
    map(str, range(99)), model="m", results=PATH, max_concurrency=4
) as batch:
    try:
        for row in batch:
            read += row.ok
    except OSError as error:
        say(read, error.errno)
"""


@pytest.mark.processes
def test_a_file_that_may_not_grow_ends_a_batch_that_continues(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with LocalServer() as server:
        ended = run_program(f"PATH = {str(path)!r}\n{FULL}", server)
        assert (ended.err, ended.code) == ("", 0)
        read, number = map(int, ended.out.split())
        assert number == errno.EFBIG
        assert 0 < read < 99
        with (
            Conversations("key", base_url=server.base_url) as client,
            client.batch(map(str, range(99)), model=MODEL, results=path) as batch,
        ):
            rows = list(batch)
        assert len(server.requests) <= 99
    assert len(rows) == 99
    assert all(row.ok or row.uncertain for row in rows)
    assert sum(row.uncertain for row in rows) <= 4


INTERRUPTED = """
with new_client() as client, client.batch(
    map(str, range(99)), model="m", results=PATH, max_concurrency=4
) as batch:
    say("waiting")
    for row in batch:
        pass
"""


async def never(_: Request, connection: Connection) -> None:
    await connection.until_client_closes()


@pytest.mark.processes
def test_ctrl_c_ends_a_batch_that_continues(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with raw_server_on_thread(never) as server:
        ended = interrupt_program(f"PATH = {str(path)!r}\n{INTERRUPTED}", server)
    assert ended.err.splitlines()[-1] == "KeyboardInterrupt"
    assert ended.code == -signal.SIGINT
    assert ended.seconds < PROMPTLY
    sent = path.read_bytes().count(b'"sent"')
    assert 1 <= sent <= 4
    with (
        LocalServer() as local,
        Conversations("key", base_url=local.base_url) as client,
        client.batch(map(str, range(99)), model=MODEL, results=path) as batch,
    ):
        rows = list(batch)
    assert [row.uncertain for row in rows if not row.ok] == [True] * sent
    assert len(local.requests) == 99 - sent


def leave(where: str) -> int:
    """End the process, as a function of a row may."""
    raise SystemExit(where)


def test_what_ends_a_process_reaches_the_caller_and_leaves_the_loop() -> None:
    """All blocking clients share a loop, which SystemExit in a task would end."""
    with (
        LocalServer([call("leave", where="here")]) as server,
        Conversations("key", base_url=server.base_url) as client,
    ):
        with pytest.raises(SystemExit, match="here"):
            list(client.batch(["Hi"], model=MODEL, run=True, tools=[leave]))
        with pytest.raises(KeyboardInterrupt):
            list(client.batch(three(KeyboardInterrupt()), model=MODEL))
        with pytest.raises(SystemExit):
            list(client.batch(three_async(SystemExit()), model=MODEL))
        server.model = None
        assert [row.text for row in client.batch(["Hi"], model=MODEL)] == ["Hi"]


def three(error: BaseException) -> Iterator[str]:
    yield from "abc"
    raise error
