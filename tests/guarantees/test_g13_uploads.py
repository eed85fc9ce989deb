"""G13: blocking uploads, of files from other threads and with Ctrl-C."""

import io
import re
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import DocumentProcessingError, Libraries, NotFoundError
from tests.support.clients import answers, refusal
from tests.support.obedient_server import eventually
from tests.support.programs import PROMPTLY, interrupt_program, run_program
from tests.support.raw_server import (
    Connection,
    RawServer,
    Request,
    raw_server_on_thread,
)
from tests.support.upload_servers import (
    DOCUMENT_ID,
    LIBRARY_ID,
    document_answer,
    part_of,
    whole_pieces,
)
from tests.test_documents_waiting import COMPLETED, IDS, RUNNING, status

CONTENT = bytes(range(256)) * 700


@contextmanager
def libraries_and_server(*replies: bytes) -> Iterator[tuple[Libraries, RawServer]]:
    """Yield a blocking client and its server."""
    with (
        raw_server_on_thread(answers(*(replies or (document_answer(),)))) as server,
        Libraries("key", base_url=server.base_url, retries=0) as libraries,
    ):
        yield libraries, server


@pytest.mark.parametrize(
    "kind", ["path", "str", "bytes", "BytesIO", "file", "iterator"]
)
def test_file_is_sent_from(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sky.txt"
    path.write_bytes(CONTENT)
    with path.open("rb") as file, libraries_and_server() as (libraries, server):
        files: dict[str, Any] = {
            "path": path,
            "str": str(path),
            "bytes": CONTENT,
            "BytesIO": io.BytesIO(CONTENT),
            "file": file,
            "iterator": whole_pieces(CONTENT[:9], CONTENT[9:]),
        }
        made = libraries.documents.upload(LIBRARY_ID, files[kind], name="sky.txt")
        assert not file.closed
    assert made.id == DOCUMENT_ID
    assert part_of(server.requests[0]).content == CONTENT


def test_progress_is_called_on_the_thread_of_the_loop() -> None:
    seen: list[tuple[int, int | None]] = []
    threads: set[str] = set()

    def progress(sent: int, total: int | None) -> None:
        seen.append((sent, total))
        threads.add(threading.current_thread().name)

    with libraries_and_server() as (libraries, _):
        libraries.documents.upload(LIBRARY_ID, CONTENT, name="a", progress=progress)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert threads == {"mistral_conversations"}


class OwnError(Exception):
    """An error that only the caller knows."""


@pytest.mark.parametrize("error", [OwnError(), OSError("disk"), SystemExit(3)])
@pytest.mark.parametrize("way", ["progress", "iterator"])
def test_error_of_the_caller_reaches_the_caller(way: str, error: BaseException) -> None:
    """And it does not end the loop, which others use."""

    def progress(*_: Any) -> None:
        raise error

    async def give() -> AsyncIterator[bytes]:
        yield CONTENT
        raise error

    given: dict[str, Any] = {"file": CONTENT, "progress": progress}
    if way == "iterator":
        given = {"file": give()}
    with libraries_and_server() as (libraries, _):
        with pytest.raises(type(error)) as caught:
            libraries.documents.upload(LIBRARY_ID, name="a", **given)
        assert caught.value is error
        libraries.documents.upload(LIBRARY_ID, CONTENT, name="a")


def test_refusals_are_raised() -> None:
    with libraries_and_server(refusal(404)) as (libraries, _):
        with pytest.raises(NotFoundError):
            libraries.documents.upload(LIBRARY_ID, CONTENT, name="a")
        with pytest.raises(FileNotFoundError):
            libraries.documents.upload(LIBRARY_ID, "/no/such/file")
        with pytest.raises(TypeError, match="file must be"):
            libraries.documents.upload(LIBRARY_ID, 3)  # type: ignore[arg-type]


def test_uploads_run_on_32_threads_at_once() -> None:
    with libraries_and_server() as (libraries, server):

        def upload(number: int) -> None:
            libraries.documents.upload(LIBRARY_ID, CONTENT, name=f"{number}.txt")

        threads = [threading.Thread(target=upload, args=[n]) for n in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    names = {part_of(each).filename for each in server.requests}
    assert names == {f"{number}.txt" for number in range(32)}


def test_wait_blocks_until_a_document_is_processed() -> None:
    seen: list[Any] = []
    with libraries_and_server(RUNNING, COMPLETED, document_answer(200)) as (
        libraries,
        _,
    ):
        made = libraries.documents.wait_until_processed(
            *IDS, poll=0.001, progress=seen.append
        )
    assert made.id == DOCUMENT_ID
    assert len(seen) == 2


def test_wait_raises_where_a_document_cannot_be_processed() -> None:
    with (
        libraries_and_server(status(process_status="error")) as (libraries, _),
        pytest.raises(DocumentProcessingError),
    ):
        libraries.documents.wait_until_processed(*IDS)


BEFORE = """
def new_libraries():
    return Libraries("key", base_url=sys.argv[1], retries=0, limit=1)

closed = threading.Event()

async def pieces(pause):
    try:
        while True:
            yield b"x" * 65536
            await asyncio.sleep(pause)
    finally:
        closed.set()
"""

PROGRAMS = {
    "uploads_what_never_ends": """
client = new_libraries()
client.documents.upload("1", b"x", name="whole")
say("waiting")
client.documents.upload("1", pieces(0.001), name="endless")
""",
    "uploads_inside_with": """
with new_libraries() as client:
    client.documents.upload("1", b"x", name="whole")
    say("waiting")
    client.documents.upload("1", pieces(0.001), name="endless")
""",
    "uploads_from_an_iterator_that_is_mute": """
with new_libraries() as client:
    client.documents.upload("1", b"x", name="whole")
    say("waiting")
    client.documents.upload("1", pieces(60), name="endless")
""",
    "waits_for_the_answer": """
with new_libraries() as client:
    say("waiting")
    client.documents.upload("1", b"x", name="mute")
""",
    "waits_for_a_document": """
with new_libraries() as client:
    say("waiting")
    client.documents.wait_until_processed("1", "2", poll=30)
""",
}


async def obey(request: Request, connection: Connection) -> None:
    if request.method == "GET":
        await connection.send(RUNNING)
    elif part_of(request).filename == "mute":
        await connection.until_client_closes()
    else:
        await connection.send(document_answer())


@pytest.mark.parametrize("program", PROGRAMS)
def test_ctrl_c_ends_a_program_that(program: str) -> None:
    with raw_server_on_thread(obey) as server:
        ended = interrupt_program(BEFORE + PROGRAMS[program], server)
        first, *frames, last, end = ended.err.split("\n")
        assert (first, last, end) == (
            "Traceback (most recent call last):",
            "KeyboardInterrupt",
            "",
        )
        assert [line for line in frames if not re.match("  ", line)] == []
        assert ended.code == -signal.SIGINT
        assert ended.seconds < PROMPTLY
        assert eventually(lambda: not server.open_connections, 1)


def test_client_continues_after_ctrl_c_in_an_upload() -> None:
    program = """
client = new_libraries()
threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
try:
    client.documents.upload("1", pieces(0.001), name="endless")
except KeyboardInterrupt:
    say("interrupted")
say(closed.wait(5))
say(client.documents.upload("1", b"x", name="whole", timeout=5).name)
client.close()
say(loop_threads())
"""
    with raw_server_on_thread(obey) as server:
        ended = run_program(BEFORE + program, server)
    assert ended.err == ""
    assert ended.out == "interrupted\nTrue\nsky.txt\n0\n"
