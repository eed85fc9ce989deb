"""G2: programs exit silently, however their uploads end."""

import subprocess
import sys

import pytest

from tests.support.interpreter import completed
from tests.support.raw_server import Connection, Request, raw_server_on_thread
from tests.support.upload_servers import document_answer, part_of

pytestmark = pytest.mark.processes

PRELUDE = """
import asyncio, gc, io, os, signal, sys
from mistral_conversations import *

SIZE = 20_000_000

def new_client():
    return AsyncLibraries("key", base_url=sys.argv[1], retries=0)

async def pieces(pause=0):
    begun.append(True)
    try:
        while True:
            yield b"x" * 65536
            await asyncio.sleep(pause)
    finally:
        try:
            await asyncio.sleep(0)
        finally:
            closed.append(True)

begun, closed = [], []

async def until_begun(count):
    while len(begun) < count:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.02)

def run(main):
    async def patient():
        asyncio.get_running_loop().slow_callback_duration = 60
        return await main()
    return asyncio.run(patient())

def begin(client, file, **options):
    return asyncio.ensure_future(
        client.documents.upload("1", file, name="read", **options)
    )
"""

PROGRAMS = {
    "uploads": """
async def main():
    async with new_client() as client:
        await client.documents.upload("1", sys.executable, name="whole")
        await client.documents.upload("1", io.BytesIO(bytes(SIZE)), name="whole")
run(main)
""",
    "does_not_close_its_client": """
async def main():
    await new_client().documents.upload("1", bytes(SIZE), name="whole")
run(main)
""",
    "cancels_an_upload": """
async def main():
    async with new_client() as client:
        files = (pieces(), pieces(60), sys.executable, bytes(SIZE))
        for count, file in enumerate(files, 1):
            task = begin(client, file)
            await until_begun(min(count, 2))
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled()
    assert len(closed) == 2
run(main)
""",
    "leaves_uploads_at_its_very_end": """
async def main():
    client = new_client()
    main.tasks = [begin(client, each) for each in (pieces(), pieces(60), bytes(SIZE))]
    await until_begun(2)
run(main)
assert len(closed) == 2
""",
    "closes_its_client_meanwhile": """
async def main():
    client = new_client()
    tasks = [begin(client, each) for each in (pieces(), pieces(60), bytes(SIZE))]
    await until_begun(2)
    await client.aclose()
    for error in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(error, APIConnectionError), error
    assert len(closed) == 2
run(main)
""",
    "drops_uploads_and_client": """
async def main():
    begin(new_client(), pieces(60))
    await until_begun(1)
    gc.collect()
run(main)
""",
    "is_interrupted": """
async def main():
    async with new_client() as client:
        task = begin(client, pieces())
        await until_begun(1)
        os.kill(os.getpid(), signal.SIGINT)
        await task
try:
    run(main)
except KeyboardInterrupt:
    pass
assert len(closed) == 1
""",
    "exits_in_its_progress": """
def leave(sent, total):
    sys.exit(0)
async def main():
    async with new_client() as client:
        await client.documents.upload("1", pieces(), name="read", progress=leave)
run(main)
""",
    "fails_in_its_iterator": """
async def fail():
    yield b"x"
    raise ZeroDivisionError
async def main():
    async with new_client() as client:
        try:
            await client.documents.upload("1", fail(), name="read")
        except ZeroDivisionError:
            pass
run(main)
""",
    "does_not_begin_an_upload": """
async def main():
    async with new_client() as client:
        client.documents.upload("1", pieces(), name="read").close()
run(main)
""",
    "waits_for_a_pipe_in_vain": """
async def main():
    reading, writing = os.pipe()
    async with new_client() as client:
        with os.fdopen(reading, "rb") as file:
            task = begin(client, file)
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait({task}, timeout=5)
            assert task.cancelled()
            os.close(writing)
run(main)
""",
    "leaves_a_pipe_to_its_thread": """
import tempfile
async def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "fifo")
        os.mkfifo(path)
        async with new_client() as client:
            task = begin(client, path)
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait({task}, timeout=5)
            assert task.cancelled()
run(main)
""",
}

GIVES_UP = """
async def main():
    async with new_client() as client:
        try:
            await begin(client, sys.stdin.buffer, timeout=0.1)
        except APITimeoutError as error:
            print(error.phase, flush=True)
run(main)
"""


async def obey(request: Request, connection: Connection) -> None:
    if part_of(request).filename == "whole":
        await connection.send(document_answer())
    else:
        await connection.until_client_closes()


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_is_unclosed_when_a_program(program: str) -> None:
    with raw_server_on_thread(obey) as server:
        ended = completed(PRELUDE + PROGRAMS[program], server.base_url)
    assert (ended.code, ended.err) == (0, "")


def test_program_that_gives_up_on_what_is_typed_ends_with_it() -> None:
    """Its stdin is a pipe that stays open."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PRELUDE + GIVES_UP]
    pipe = subprocess.PIPE
    with (
        raw_server_on_thread(obey) as server,
        subprocess.Popen(
            [*command, server.base_url], stdin=pipe, stdout=pipe, stderr=pipe
        ) as ran,
    ):
        assert ran.stdout is not None
        assert ran.stdout.readline() == b"total\n"
        assert ran.communicate(timeout=30) == (b"", b"")
        assert ran.returncode == 0
