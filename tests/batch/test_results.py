"""The results file: what a batch writes, and where another one continues."""

import asyncio
import errno
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    AsyncConversations,
    BatchInput,
    BatchRow,
    BatchRowError,
    BatchUncertainError,
    ConfigurationError,
    ConversationResponse,
    PermissionDeniedError,
)
from mistral_conversations.batch.results.index import Index
from mistral_conversations.batch.results.open_file import OpenFile
from mistral_conversations.batch.results.results_file import ResultsFile
from mistral_conversations.server import LocalServer, Trouble, call
from tests.batch.test_batch import MODEL, by_id, echoing, rows_of
from tests.support.clients import becomes_true
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def asked(server: LocalServer) -> Counter[str]:
    """Count the requests by their inputs."""
    return Counter(request.json["inputs"] for request in server.requests)


async def test_a_row_has_a_line_before_it_is_sent_and_one_when_it_ends(
    path: Path,
) -> None:
    seen: list[list[dict[str, Any]]] = []

    async def model(_conversation: Any, _request: Any) -> str:
        seen.append(await asyncio.to_thread(lines_of, path))
        return "Blue."

    async with echoing(model=model) as (_, client):
        batch = client.batch([BatchInput("sky", "Colour?")], model=MODEL, results=path)
        (row,) = await rows_of(batch)
    ((sent,),) = seen
    first, last = lines_of(path)
    assert first == sent
    digest = last["request"]
    assert sent == {"custom_id": "sky", "request": digest, "status": "sent"}
    assert (last["status"], last["text"], last["attempts"]) == ("done", "Blue.", 1)
    assert row.response is not None
    assert last["response"]["conversation_id"] == row.response.conversation_id


async def test_a_second_batch_asks_what_is_missing(path: Path) -> None:
    async with echoing() as (server, client):
        first = await rows_of(client.batch(["0", "1"], model=MODEL, results=path))
        batch = client.batch(map(str, range(5)), model=MODEL, results=path)
        rows = by_id(await rows_of(batch))
        assert asked(server) == Counter("01234")
        assert {id for id, row in rows.items() if row.resumed} == {"0", "1"}
        assert {id: row.text for id, row in rows.items()} == {id: id for id in "01234"}
        for row in first:
            kept = rows[row.custom_id]
            assert (kept.response, kept.attempts, kept.seconds) == (
                row.response,
                row.attempts,
                row.seconds,
            )
        assert (batch.progress.resumed, batch.progress.done) == (2, 5)
        assert batch.progress.usage.total_tokens == 6


async def test_another_request_of_the_same_name_is_asked(path: Path) -> None:
    async with echoing() as (server, client):
        for text in ("One", "Two", "One"):
            requests = [BatchInput("a", text)]
            (row,) = await rows_of(client.batch(requests, model=MODEL, results=path))
            assert row.text == text
        assert asked(server) == Counter(["One", "Two"])
        await rows_of(client.batch(requests, model="other", results=path))
        assert len(server.requests) == 3


async def test_a_failed_row_is_asked_again_where_asked_for(path: Path) -> None:
    async with echoing() as (server, client):
        server.inflict(Trouble(status=403))
        (row,) = await rows_of(client.batch(["Hi"], model=MODEL, results=path))
        assert isinstance(row.error, PermissionDeniedError)
        (kept,) = await rows_of(client.batch(["Hi"], model=MODEL, results=path))
        assert isinstance(kept.error, BatchRowError)
        assert (kept.error.type, kept.error.status) == ("PermissionDeniedError", 403)
        assert str(kept.error) == str(row.error)
        assert (kept.resumed, kept.uncertain, kept.attempts) == (True, False, 1)
        batch = client.batch(["Hi"], model=MODEL, results=path, retry_failed=True)
        (again,) = await rows_of(batch)
        assert again.text == "Hi"


async def test_a_row_without_an_end_is_uncertain_until_it_is_sent_again(
    path: Path,
) -> None:
    async with echoing(latency=30) as (server, client):
        batch = client.batch(["Hi"], model=MODEL, results=path)
        reader = asyncio.create_task(rows_of(batch))
        await becomes_true(lambda: server.requests)
        await batch.aclose()
        with pytest.raises(ConfigurationError):
            await reader
    assert [line["status"] for line in lines_of(path)] == ["sent"]
    async with echoing() as (server, client):
        for _ in range(2):
            (row,) = await rows_of(client.batch(["Hi"], model=MODEL, results=path))
            assert isinstance(row.error, BatchUncertainError)
            assert row.uncertain
        assert server.requests == ()
        batch = client.batch(["Hi"], model=MODEL, results=path, resend=True)
        assert [row.text for row in await rows_of(batch)] == ["Hi"]
        (row,) = await rows_of(client.batch(["Hi"], model=MODEL, results=path))
        assert row.resumed
        assert len(server.requests) == 1


async def test_a_lost_answer_is_asked_again_only_with_both_flags(path: Path) -> None:
    async with echoing() as (server, client):
        server.inflict(Trouble(cut="reset"))
        await rows_of(client.batch(["Hi"], model=MODEL, results=path))
        for flags in ({}, {"resend": True}, {"retry_failed": True}):
            batch = client.batch(["Hi"], model=MODEL, results=path, **flags)
            (row,) = await rows_of(batch)
            assert row.uncertain
        both = {"resend": True, "retry_failed": True}
        (row,) = await rows_of(client.batch(["Hi"], model=MODEL, results=path, **both))
        assert row.ok


async def test_a_row_that_no_key_allowed_counts_as_unsent(path: Path) -> None:
    async with LocalServer(api_key="right") as server:
        for key in ("wrong", "right"):
            async with AsyncConversations(key, base_url=server.base_url) as client:
                batch = client.batch(["Hi"], model=MODEL, results=path)
                if key == "right":
                    assert (await anext(batch)).text == "Hi"
                else:
                    with pytest.raises(Exception, match="401"):
                        await anext(batch)
    assert [line["status"] for line in lines_of(path)] == [
        *("sent", "unsent"),
        *("sent", "done"),
    ]


@attrs.frozen
class Total:
    value: int


async def test_the_result_of_a_run_comes_back(path: Path) -> None:
    def add(a: int, b: int) -> int:
        return a + b

    script = [call("add", a=1, b=2), '{"value": 3}']
    async with echoing(model=script) as (_, client):
        rows = [
            row
            for _ in range(2)
            for row in await rows_of(
                client.batch(
                    ["1 + 2?"],
                    model=MODEL,
                    tools=[add],
                    output_type=Total,
                    results=path,
                )
            )
        ]
    asked_row, kept = rows
    assert kept.output == asked_row.output == Total(3)
    assert kept.result == asked_row.result
    assert kept.resumed
    assert lines_of(path)[-1]["output"] == {"value": 3}


ENDS = {
    "nothing": b"",
    "the head": b'{"custom_id":"b","requ',
    "half a character": b'{"custom_id":"\xc3',
    "all but the newline": None,
    "zeros": b"\0\0\0",
    "a bracket": b"{",
}


@for_each("torn", ENDS)
async def test_a_torn_last_line_is_mended(torn: str, tmp_path: Path) -> None:
    path = tmp_path / f"{torn}.jsonl"
    async with echoing() as (server, client):
        await rows_of(client.batch(["Hi"], model=MODEL, results=path))
        whole = path.read_bytes()
        end = ENDS[torn]
        path.write_bytes(whole[:-1] if end is None else whole + end)
        (row,) = await rows_of(client.batch(["Hi"], model=MODEL, results=path))
        assert row.resumed
        assert path.read_bytes() == whole
        assert len(server.requests) == 1


FOREIGN = {
    "prose": b"Dear diary,\n",
    "other JSON": b'{"id": 1}\n',
    "an array": b"[]",
    "an image": b"\x89PNG\r\n",
}


@for_each("foreign", FOREIGN)
async def test_a_file_of_another_kind_stays_as_it_is(
    foreign: str, tmp_path: Path
) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(FOREIGN[foreign])
    async with echoing() as (server, client):
        with pytest.raises(ConfigurationError, match="is no file of results"):
            await rows_of(client.batch(["Hi"], model=MODEL, results=path))
        assert server.requests == ()
    assert path.read_bytes() == FOREIGN[foreign]


async def test_a_line_of_another_kind_is_left_out(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with echoing() as (server, client):
        await rows_of(client.batch(["0"], model=MODEL, results=path))
        with path.open("ab") as file:
            file.write(b'{"custom_id": "x"}\r\nnonsense\n')
        await rows_of(client.batch(["0", "1"], model=MODEL, results=path))
        assert asked(server) == Counter("01")
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "line 3 is no result",
        "line 4 is no result",
    ]


async def test_two_batches_cannot_share_a_file(path: Path) -> None:
    async with echoing(latency=0.05) as (_, client):
        requests = map(str, range(9))
        batch = client.batch(requests, model=MODEL, results=path, max_concurrency=1)
        async with batch:
            await anext(batch)
            with pytest.raises(ConfigurationError, match="another batch uses"):
                await rows_of(client.batch(["2"], model=MODEL, results=path))
        assert await rows_of(client.batch(["2"], model=MODEL, results=path))


async def test_a_path_that_cannot_be_written(tmp_path: Path) -> None:
    async with echoing() as (server, client):
        for path in (tmp_path, tmp_path / "nowhere" / "answers.jsonl"):
            with pytest.raises(OSError, match=str(tmp_path)):
                await rows_of(client.batch(["Hi"], model=MODEL, results=path))
        assert server.requests == ()


async def test_a_full_disk_ends_the_batch_after_the_rows_it_cost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = OpenFile.write

    def full(self: OpenFile, lines: bytes) -> None:
        if b'"done"' in lines:
            write(self, lines[:20])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, lines)

    async with echoing() as (server, client):
        with monkeypatch.context() as patch:
            patch.setattr(OpenFile, "write", full)
            batch = client.batch(["0"], model=MODEL, results=path)
            assert (await anext(batch)).text == "0"
            with pytest.raises(OSError, match="No space left"):
                await anext(batch)
        (row,) = await rows_of(client.batch(["0"], model=MODEL, results=path))
        assert row.uncertain
        assert len(server.requests) == 1


async def test_lines_that_wait_for_a_write_are_written_together(path: Path) -> None:
    file = ResultsFile(path)
    await file.open()
    lines = [b'{"custom_id":%d}\n' % number for number in range(9)]
    waits = [asyncio.create_task(file.append(line)) for line in lines]
    await asyncio.sleep(0)
    waits[3].cancel()
    await asyncio.wait(waits)
    await file.aclose()
    written = await asyncio.to_thread(path.read_bytes)
    assert written == b"".join(lines)


def test_the_last_line_about_a_row_counts() -> None:
    index = Index(
        [
            ("a", "1", "sent", 0),
            ("b", "1", "sent", 10),
            ("a", "1", "done", 20),
            ("a", "2", "failed", 30),
        ]
    )
    found = {key: index.find(*key) for key in [("a", "1"), ("b", "1"), ("a", "2")]}
    assert [(each.offset, each.status) for each in found.values() if each] == [
        (20, "done"),
        (10, "sent"),
        (30, "failed"),
    ]
    assert index.find("c", "1") is None
    assert len(index) == 3


async def test_any_answer_comes_back(path: Path) -> None:
    text = "null \0, line\u2028\nends"
    async with echoing(model=[text]) as (_, client):
        rows: list[BatchRow] = []
        for _ in range(2):
            requests = [BatchInput("ü\n\u2028", "Hi")]
            batch = client.batch(requests, model=MODEL, results=path)
            rows += await rows_of(batch)
    responses = [row.response for row in rows]
    assert all(isinstance(each, ConversationResponse) for each in responses)
    assert responses[0] == responses[1]
    assert rows[1].resumed
