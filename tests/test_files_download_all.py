"""Downloads of all the files that an answer names."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    AsyncFiles,
    AsyncMistral,
    ConversationHistory,
    ConversationMessages,
    ConversationResponse,
    Conversations,
    Mistral,
    NotFoundError,
    TextChunk,
    ToolFileChunk,
    UnknownChunk,
    UnknownEntry,
    from_dict,
)
from mistral_conversations.server import LocalServer, execute, say
from tests.support import bodies
from tests.support.client_and_server import client_served_by
from tests.support.clients import FAST, becomes_true, in_use, refusal
from tests.support.for_each import for_each
from tests.support.raw_server import Connection, Request, http

pytestmark = pytest.mark.anyio

DRAW = execute("image_generation", arguments={"prompt": "a grey cloud"})
NAME = "image_generated_0"


def chunk(file_id: str, name: str | None = NAME, type_: str | None = "png") -> Any:
    return ToolFileChunk(
        tool="image_generation", file_id=file_id, file_name=name, file_type=type_
    )


async def serve(request: Request, connection: Connection) -> None:
    """Answer with the id of the file; `lost` is unknown, and `mute` never ends."""
    file_id = request.target.split("/")[-2]
    if file_id == "lost":
        await connection.send(refusal(404))
    elif file_id == "mute":
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf")
        await connection.until_client_closes()
    else:
        await connection.send(http(200, f"of {file_id}".encode()))


def files_in(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder: every file, hidden ones included."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["response", "history", "messages"])
async def test_image_of_an_answer_is_saved(tmp_path: Path, kind: str) -> None:
    async with (
        LocalServer([[DRAW, say("Here.")]]) as server,
        AsyncMistral("key", base_url=server.base_url) as mistral,
    ):
        source: Any = await mistral.conversations.start("Draw", model="m")
        if kind == "history":
            source = await mistral.conversations.get_history(source.conversation_id)
        elif kind == "messages":
            source = await mistral.conversations.get_messages(source.conversation_id)
        paths = await mistral.files.download_all(source, tmp_path / "new" / "images")
        assert paths == (tmp_path / "new" / "images" / f"{NAME}.png",)
        assert paths[0].read_bytes() == server.files[0].content
        assert [*paths[0].parent.iterdir()] == [*paths]


async def test_image_of_a_stream_is_saved(tmp_path: Path) -> None:
    async with (
        LocalServer([DRAW]) as server,
        AsyncConversations("key", base_url=server.base_url) as conversations,
        AsyncFiles("key", base_url=server.base_url) as files,
    ):
        async with conversations.start_stream("Draw", model="m") as stream:
            response = await stream.response()
        [path] = await files.download_all(response, str(tmp_path))
        assert path.read_bytes() == server.files[0].content


def test_blocking_twin_saves_too(tmp_path: Path) -> None:
    with (
        LocalServer([[DRAW, DRAW]]) as server,
        Mistral("key", base_url=server.base_url) as mistral,
    ):
        response = mistral.conversations.start("Draw", model="m")
        first, second = mistral.files.download_all(response, tmp_path)
        assert (first.name, second.name) == (f"{NAME}.png", "image_generated_1.png")


async def test_files_have_names_of_their_own_in_order(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.png").write_bytes(b"mine")
    chunks = [
        chunk("a"),
        chunk("b"),
        chunk("a", "again"),
        chunk("c", "../up", None),
        chunk("d", None, None),
        chunk("e", f"{NAME}.png"),
    ]
    async with client_served_by(AsyncFiles, serve) as (files, server):
        paths = await files.download_all(chunks, tmp_path)
        assert len(server.requests) == 5
    assert [path.name for path in paths] == [
        *(f"{NAME}-2.png", f"{NAME}-3.png", "_up", "d", f"{NAME}-4.png")
    ]
    assert files_in(tmp_path) == {
        f"{NAME}.png": b"mine",
        f"{NAME}-2.png": b"of a",
        f"{NAME}-3.png": b"of b",
        "_up": b"of c",
        "d": b"of d",
        f"{NAME}-4.png": b"of e",
    }


async def test_calls_at_the_same_time_replace_nothing(tmp_path: Path) -> None:
    async with client_served_by(AsyncFiles, serve) as (files, _):
        ids = [f"f{index}" for index in range(8)]
        calls = [files.download_all(chunk(id_), tmp_path) for id_ in ids]
        done = await asyncio.gather(*calls)
    found = [path.read_bytes().decode() for [path] in done]
    assert found == [f"of {id_}" for id_ in ids]
    assert len(files_in(tmp_path)) == 8


RESPONSE = from_dict(
    ConversationResponse,
    bodies.response(
        bodies.message([bodies.text_chunk(), {"type": "tool_file", "file_id": "b"}]),
        {"type": "of the future", "content": [{"type": "tool_file", "file_id": "x"}]},
    ),
)
MISFIT = {"type": "tool_file", "file_id": "a", "file_name": 5, "file_type": "png"}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (RESPONSE, {"b", "x"}),
        (RESPONSE.outputs, {"b", "x"}),
        (RESPONSE.outputs[0], {"b"}),
        ((entry for entry in RESPONSE.outputs), {"b", "x"}),
        ([RESPONSE, RESPONSE, chunk("c", None, None)], {"b", "x", "c"}),
        (UnknownChunk(type="tool_file", raw=MISFIT), {"a.png"}),
        (UnknownChunk(type="tool_file", raw={"type": "tool_file"}), set()),
        (UnknownChunk(raw="text"), set()),
        (UnknownEntry(type="x", raw={"content": "text"}), set()),
        (TextChunk(text="none"), set()),
        (ConversationHistory(conversation_id="1", entries=()), set()),
        (ConversationMessages(conversation_id="1", messages=()), set()),
        ([], set()),
    ],
    ids=range(13),
)
async def test_files_are_found_in(tmp_path: Path, source: Any, names: set[str]) -> None:
    folder = tmp_path / "images"
    async with client_served_by(AsyncFiles, serve) as (files, server):
        paths = await files.download_all(source, folder)
        assert len(server.requests) == len(names)
    assert {path.name for path in paths} == names
    assert folder.exists() is bool(names)


async def _answer() -> None:
    pass


@pytest.mark.parametrize(
    "source", ["text", b"text", None, 5, {"type": "tool_file"}, ["text"]]
)
async def test_other_source_is_refused(tmp_path: Path, source: Any) -> None:
    async with client_served_by(AsyncFiles, serve) as (files, server):
        with pytest.raises(TypeError, match="response must be a ConversationResponse"):
            await files.download_all(source, tmp_path)
        assert server.requests == []


async def test_answer_that_was_not_awaited_is_refused(tmp_path: Path) -> None:
    async with AsyncFiles("key") as files:
        answer: Any = _answer()
        with pytest.raises(TypeError, match="not coroutine: await it first"):
            await files.download_all(answer, tmp_path)
        answer.close()


@pytest.mark.parametrize("client", [AsyncConversations, Conversations])
async def test_stream_instead_of_its_response_is_refused(
    tmp_path: Path, client: Any
) -> None:
    stream = client("key").start_stream("Hello", model="m")
    async with AsyncFiles("key") as files:
        with pytest.raises(TypeError, match=r"Stream: pass what its response"):
            await files.download_all(stream, tmp_path)


@for_each(
    ("folder", "error", "message"),
    [
        (5, TypeError, "folder must be a path, not int"),
        (None, TypeError, "folder must be a path, not NoneType"),
        (b"images", TypeError, "folder must be a path, not bytes"),
        ("", ValueError, "folder is an empty path: use '.'"),
        ("a\0b", ValueError, "folder cannot be a path"),
        ("\ud800", ValueError, "folder cannot be a path"),
    ],
)
@for_each("source", [chunk("a"), ()])
async def test_other_folder_is_refused(
    folder: Any, error: type[Exception], message: str, source: Any
) -> None:
    async with client_served_by(AsyncFiles, serve) as (files, server):
        with pytest.raises(error, match=re.escape(message)):
            await files.download_all(source, folder)
        assert server.requests == []


async def test_folder_in_bytes_is_refused() -> None:
    class InBytes:
        def __fspath__(self) -> bytes:
            return b"images"

    folder: Any = InBytes()
    async with AsyncFiles("key") as files:
        with pytest.raises(TypeError, match="folder must be a path as a str"):
            await files.download_all(chunk("a"), folder)


async def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"mine")
    async with client_served_by(AsyncFiles, serve) as (files, server):
        for folder in (path, path / "images"):
            with pytest.raises(NotADirectoryError):
                await files.download_all(chunk("a"), folder)
        assert server.requests == []
    assert files_in(tmp_path) == {"file": b"mine"}


async def test_wrong_option_is_refused_before_the_folder_is_made(
    tmp_path: Path,
) -> None:
    async with client_served_by(AsyncFiles, serve) as (files, server):
        with pytest.raises(ValueError, match="total must be more than 0"):
            await files.download_all(chunk("a"), tmp_path / "images", timeout=-1)
        assert server.requests == []
    assert files_in(tmp_path) == {}


async def test_failure_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.png").write_bytes(b"mine")
    async with client_served_by(AsyncFiles, serve) as (files, _):
        with pytest.raises(NotFoundError):
            await files.download_all([chunk("a"), chunk("lost")], tmp_path)
        assert in_use(files) == 0
    assert files_in(tmp_path) == {f"{NAME}.png": b"mine"}


async def test_cancellation_leaves_nothing(tmp_path: Path) -> None:
    async with client_served_by(AsyncFiles, serve) as (files, server):
        call = files.download_all([chunk("a"), chunk("mute")], tmp_path)
        task = asyncio.create_task(call)
        assert await becomes_true(lambda: len(server.requests) == 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(5):
                await task
        assert in_use(files) == 0
    assert files_in(tmp_path) == {}


async def test_cancellation_at_any_moment_leaves_all_or_nothing(tmp_path: Path) -> None:
    async with client_served_by(AsyncFiles, serve) as (files, _):
        for steps in range(0, 60, 2):
            folder = tmp_path / f"{steps}"
            call = files.download_all([chunk("a"), chunk("b")], folder)
            task = asyncio.create_task(call)
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            try:
                paths = await task
            except asyncio.CancelledError:
                paths = ()
            found = files_in(folder) if folder.exists() else {}
            assert set(found) == {path.name for path in paths}


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root writes everywhere"
)
async def test_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    await asyncio.to_thread(tmp_path.chmod, 0o500)
    async with client_served_by(AsyncFiles, serve) as (files, server):
        with pytest.raises(PermissionError):
            await files.download_all(chunk("a"), tmp_path)
        assert server.requests == []


async def test_lost_connection_is_retried(tmp_path: Path) -> None:
    cut = iter([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])

    async def serve_after_a_cut(request: Request, connection: Connection) -> None:
        for beginning in cut:
            await connection.send(beginning)
            connection.close()
            return
        await serve(request, connection)

    async with client_served_by(AsyncFiles, serve_after_a_cut, retries=FAST) as both:
        [path] = await both[0].download_all(chunk("a"), tmp_path)
        assert len(both[1].requests) == 2
    assert files_in(tmp_path) == {path.name: b"of a"}
