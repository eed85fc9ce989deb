"""A batch: what it reads and sends, its rows, and its ends."""

import asyncio
import gc
import io
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    AsyncConversations,
    AuthenticationError,
    BatchInput,
    BatchProgress,
    BatchRow,
    ConfigurationError,
    Conversations,
    PermissionDeniedError,
    RunPaused,
    function_tool,
)
from mistral_conversations.server import LocalServer, Trouble, call
from tests.support.clients import becomes_true
from tests.support.for_each import for_each

pytestmark = pytest.mark.anyio

MODEL = "m"


@asynccontextmanager
async def echoing(**options: Any) -> AsyncIterator[tuple[LocalServer, Any]]:
    """Yield a server that echoes, and a client of it."""
    async with (
        LocalServer(**options) as server,
        AsyncConversations("key", base_url=server.base_url, retries=0) as client,
    ):
        yield server, client


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


async def rows_of(batch: Any) -> list[BatchRow]:
    return [row async for row in batch]


def by_id(rows: list[BatchRow]) -> dict[str, BatchRow]:
    assert len({row.custom_id for row in rows}) == len(rows)
    return {row.custom_id: row for row in rows}


def posted(server: LocalServer) -> list[Any]:
    return [request.json for request in server.requests]


async def test_rows_have_the_answers_to_their_requests() -> None:
    requests = [
        BatchInput("a", "One", name="first"),
        {"custom_id": "b", "inputs": [{"role": "user", "content": "Two"}]},
        "Three",
    ]
    async with echoing() as (server, client):
        rows = by_id(
            await rows_of(client.batch(requests, model=MODEL, instructions="Be brief."))
        )
    assert {id: row.text for id, row in rows.items()} == {
        "a": "One",
        "b": "Two",
        "2": "Three",
    }
    assert sorted(row.index for row in rows.values()) == [0, 1, 2]
    assert all(
        row.ok and row.attempts == 1 and row.seconds > 0 for row in rows.values()
    )
    names = {
        body["inputs"]: body.get("name")
        for body in posted(server)
        if isinstance(body["inputs"], str)
    }
    assert names == {"One": "first", "Three": None}
    assert {body["instructions"] for body in posted(server)} == {"Be brief."}


async def test_nothing_is_read_or_sent_before_the_first_step() -> None:
    read: list[int] = []

    def requests() -> Iterator[str]:
        for number in range(3):
            read.append(number)
            yield str(number)

    async with echoing() as (server, client):
        batch = client.batch(requests(), model=MODEL)
        async with batch:
            await asyncio.sleep(0)
        assert (read, server.requests) == ([], ())
        assert batch.progress == BatchProgress()


async def test_requests_are_read_as_they_are_needed() -> None:
    read: list[int] = []

    async def requests() -> AsyncIterator[str]:
        for number in range(1000):
            read.append(number)
            yield str(number)

    async with (
        echoing() as (_, client),
        client.batch(requests(), model=MODEL, max_concurrency=2) as batch,
    ):
        seen = [await anext(batch) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert len(seen) <= len(read) <= len(seen) + 4 + 1


async def test_no_more_rows_than_allowed_are_under_way() -> None:
    most = 0
    under_way = 0

    async def model(_conversation: Any, _request: Any) -> str:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.002)
        under_way -= 1
        return "Done."

    async with echoing(model=model) as (_, client):
        batch = client.batch(map(str, range(40)), model=MODEL, max_concurrency=7)
        assert len(await rows_of(batch)) == 40
    assert most == 7


BAD = {
    "no request": 3,
    "an unknown key": {"inputs": "Hi", "messages": []},
    "no text as id": {"inputs": "Hi", "custom_id": 3},
    "an empty id": {"inputs": "Hi", "custom_id": " "},
    "half a character as id": {"inputs": "Hi", "custom_id": "\ud83d"},
    "an id twice": {"inputs": "Hi", "custom_id": "good"},
    "no inputs": {"custom_id": "x"},
    "a wrong model": {"inputs": "Hi", "model": 3},
    "model and agent": {"inputs": "Hi", "model": "m", "agent_id": "a"},
}


@for_each("bad", BAD)
async def test_a_bad_row_does_not_end_the_batch(bad: str) -> None:
    requests = [BatchInput("good", "One"), BAD[bad], BatchInput("last", "Two")]
    async with echoing() as (server, client):
        rows = await rows_of(client.batch(requests, model=MODEL))
        wrong = [row for row in rows if not row.ok]
        assert sorted(row.text for row in rows if row.ok) == ["One", "Two"]
        assert [row.index for row in wrong] == [1]
        assert isinstance(wrong[0].error, (TypeError, ValueError))
        assert not wrong[0].uncertain
        assert len(server.requests) == 2


async def test_a_row_with_an_agent_does_not_have_the_model_of_the_batch() -> None:
    async with echoing() as (server, client):
        requests = [BatchInput("a", "Hi", agent_id="ag_1")]
        (row,) = await rows_of(client.batch(requests, model=MODEL))
        assert row.ok
        assert "model" not in posted(server)[0]


async def test_a_row_that_the_service_refuses_has_its_error() -> None:
    async with echoing() as (server, client):
        server.inflict(Trouble(status=403), when=lambda it: it.json["inputs"] == "1")
        rows = by_id(await rows_of(client.batch(map(str, range(3)), model=MODEL)))
        assert isinstance(rows["1"].error, PermissionDeniedError)
        assert rows["1"].attempts == 1
        assert rows["0"].ok
        assert rows["2"].ok


async def test_a_lost_answer_is_uncertain() -> None:
    async with echoing() as (server, client):
        server.inflict(Trouble(cut="reset"), when=lambda it: it.json["inputs"] == "1")
        batch = client.batch(map(str, range(3)), model=MODEL)
        rows = by_id(await rows_of(batch))
        assert rows["1"].uncertain
        assert batch.progress.failed == batch.progress.uncertain == 1


async def test_on_error_raise_ends_the_batch_with_the_error() -> None:
    async with echoing() as (_, client):
        requests = iter(["One", {"inputs": "Two", "model": 3}, *"abcdefgh"])
        batch = client.batch(requests, model=MODEL, on_error="raise", max_concurrency=1)
        with pytest.raises(TypeError, match="model must be a str") as caught:
            await rows_of(batch)
        assert caught.value.__notes__ == ["the row '1' of the batch failed"]
        with pytest.raises(TypeError):
            await anext(batch)


async def test_what_no_row_can_survive_ends_the_batch() -> None:
    async with LocalServer(api_key="right") as server:
        wrong = AsyncConversations("wrong", base_url=server.base_url)
        async with wrong, wrong.batch(map(str, range(99)), model=MODEL) as batch:
            with pytest.raises(AuthenticationError):
                await rows_of(batch)
        with pytest.raises(ConfigurationError, match="closed"):
            await rows_of(wrong.batch(["Hi"], model=MODEL))


async def test_what_the_requests_raise_reaches_the_reader_after_the_rows() -> None:
    def requests() -> Iterator[str]:
        yield "One"
        raise LookupError("no more")

    async with echoing() as (_, client):
        batch = client.batch(requests(), model=MODEL, max_concurrency=1)
        assert (await anext(batch)).text == "One"
        with pytest.raises(LookupError, match="no more"):
            await anext(batch)


async def test_runs_call_functions_and_have_results() -> None:
    def double(x: int) -> int:
        """Double a number."""
        return 2 * x

    def model(conversation: Any, _request: Any) -> Any:
        last = conversation.entries[-1]
        return call("double", x=4) if last["type"] == "message.input" else "Done."

    async with echoing(model=model) as (_, client):
        rows = await rows_of(
            client.batch(["a", "b"], model=MODEL, run=True, tools=[double])
        )
        assert [row.result.calls[0].value for row in rows if row.result] == [8, 8]
        assert {row.text for row in rows} == {"Done."}
        assert rows[0].usage.total_tokens == rows[0].result.usage.total_tokens  # type: ignore[union-attr]


async def test_a_run_that_pauses_is_a_row_with_an_error() -> None:
    def refund(order: str) -> str:
        return order

    tool = function_tool(refund, requires_approval=True)
    async with echoing(model=[call("refund", order="1")]) as (_, client):
        (row,) = await rows_of(
            client.batch(["Refund."], model=MODEL, run=True, tools=[tool])
        )
        assert isinstance(row.error, RunPaused)


@attrs.frozen
class Colour:
    name: str


async def test_structured_output() -> None:
    async with echoing() as (server, client):
        batch = client.batch(
            ['{"name": "blue"}', "no JSON"], model=MODEL, output_type=Colour
        )
        rows = by_id(await rows_of(batch))
        assert rows["0"].output == Colour("blue")
        assert isinstance(rows["1"].error, ValueError)
        assert posted(server)[0]["completion_args"]["response_format"]


WRONG = [
    ({"requests": "text"}, "requests must be an iterable"),
    ({"requests": {"inputs": "Hi"}}, "requests must be an iterable"),
    ({"requests": BatchInput("a", "Hi")}, "requests must be an iterable"),
    ({"requests": 3}, "requests must be an iterable"),
    ({"max_concurrency": 0}, "max_concurrency must be 1 or more"),
    ({"max_concurrency": True}, "max_concurrency must be an int"),
    ({"on_error": "ignore"}, "on_error must be"),
    ({"requests_per_minute": 0}, "requests_per_minute must be 1 or more"),
    ({"tokens_per_minute": 1.5}, "tokens_per_minute must be an int"),
    ({"results": 3}, "results must be a path"),
    ({"resend": True}, "resend needs results"),
    ({"retry_failed": True}, "retry_failed needs results"),
    ({"progress": 3}, "progress must be a plain function or True"),
    ({"run": 1}, "run must be a bool"),
    ({"limits": object()}, "limits is a parameter of runs"),
    ({"timeout": -1}, "total must be more than 0 seconds"),
    ({"retries": -1}, "max_retries"),
    ({"recover": 3}, "recover"),
    ({"recover": True, "store": False}, "recover and store=False"),
    ({"model": 3}, "model must be a str"),
    ({"agent_id": "ag_1"}, "model and agent_id are both given"),
    ({"run": True, "tools": [3]}, "tools"),
    ({"output_type": object()}, "output_type"),
]


@for_each(("given", "message"), WRONG)
async def test_a_wrong_parameter_is_refused_at_once(
    given: dict[str, Any], message: str
) -> None:
    client = AsyncConversations("key")
    with pytest.raises((TypeError, ValueError), match=message):
        client.batch(**{"requests": ["Hi"], "model": MODEL, **given})


async def test_progress_is_reported_after_each_row() -> None:
    seen: list[BatchProgress] = []
    async with echoing() as (_, client):
        batch = client.batch(["One", 3, "Two"], model=MODEL, progress=seen.append)
        await rows_of(batch)
    assert [each.done for each in seen] == [1, 2, 3]
    assert {each.total for each in seen} == {3}
    assert seen[-1].failed == 1
    assert batch.progress.under_way == 0
    assert batch.progress.usage.total_tokens > 0
    assert repr(batch) == "<AsyncBatch, 3 of 3 rows, 1 failed>"


@pytest.mark.parametrize("total", [True, False])
async def test_a_bar_is_shown_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch, *, total: bool
) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    async with echoing() as (_, client):
        requests = [*map(str, range(20)), 3]
        given = requests if total else iter(requests)
        await rows_of(client.batch(given, model=MODEL, progress=True))
    shown = screen.getvalue()
    assert "40 tokens, 1 failed" in shown
    assert ("21/21" if total else "21/?") in shown


async def test_no_bar_is_shown_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    async with echoing() as (_, client):
        await rows_of(client.batch(["One"], model=MODEL, progress=True))
    assert capsys.readouterr() == ("", "")


async def test_what_progress_raises_ends_the_batch() -> None:
    def progress(_: BatchProgress) -> None:
        raise LookupError("broken bar")

    async with echoing() as (_, client):
        with pytest.raises(LookupError, match="broken bar"):
            await rows_of(client.batch(["One"], model=MODEL, progress=progress))


async def test_leaving_early_ends_the_rows_under_way() -> None:
    ended: list[bool] = []

    async def requests() -> AsyncIterator[str]:
        try:
            for number in range(99):
                yield str(number)
        finally:
            ended.append(True)

    async with echoing(latency=0.01) as (server, client):
        async with client.batch(requests(), model=MODEL, max_concurrency=2) as batch:
            async for _ in batch:
                break
        sent = len(server.requests)
        await asyncio.sleep(0.03)
        assert len(server.requests) == sent < 10
        assert ended == [True]
        with pytest.raises(ConfigurationError, match="closed before its end"):
            await anext(batch)
        await batch.aclose()


async def test_a_dropped_batch_ends_its_rows() -> None:
    async with echoing(latency=0.01) as (server, client):
        batch = client.batch(map(str, range(999)), model=MODEL, max_concurrency=2)
        await anext(batch)
        del batch
        gc.collect()
        await asyncio.sleep(0.02)
        sent = len(server.requests)
        await asyncio.sleep(0.05)
        assert len(server.requests) == sent < 20


async def test_a_cancelled_step_loses_no_row() -> None:
    async with echoing(latency=0.005) as (_, client):
        batch = client.batch(map(str, range(20)), model=MODEL, max_concurrency=3)
        rows: list[BatchRow] = []
        for _ in range(2000):
            try:
                async with asyncio.timeout(0.001):
                    rows.append(await anext(batch))
            except TimeoutError:
                continue
            except StopAsyncIteration:
                break
        assert sorted(int(row.custom_id) for row in rows) == [*range(20)]


async def test_readers_share_the_rows() -> None:
    async with echoing() as (_, client):
        batch = client.batch(map(str, range(30)), model=MODEL)
        shares = await asyncio.gather(*(rows_of(batch) for _ in range(4)))
        ids = [row.custom_id for share in shares for row in share]
        assert sorted(map(int, ids)) == [*range(30)]


async def test_closing_wakes_a_reader() -> None:
    async with echoing(latency=30) as (_, client):
        batch = client.batch(["Hi"], model=MODEL)
        reader = asyncio.create_task(rows_of(batch))
        await becomes_true(lambda: batch.progress.under_way)
        await batch.aclose()
        with pytest.raises(ConfigurationError, match="closed before its end"):
            await reader


def test_a_batch_belongs_to_one_loop() -> None:
    with LocalServer(latency=0.01) as server:
        client = AsyncConversations("key", base_url=server.base_url)

        async def begin() -> Any:
            batch = client.batch(map(str, range(99)), model=MODEL, max_concurrency=2)
            await anext(batch)
            return batch

        async def continue_(batch: Any) -> None:
            with pytest.raises(ConfigurationError, match="another event loop"):
                await anext(batch)
            await batch.aclose()
            await client.aclose()

        batch = asyncio.run(begin())
        asyncio.run(continue_(batch))


def test_blocking_requests_are_read_in_the_thread_that_waits() -> None:
    threads: set[int] = set()

    def requests() -> Iterator[str]:
        for number in range(70):
            threads.add(threading.get_ident())
            yield str(number)

    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch(requests(), model=MODEL) as batch,
    ):
        assert sorted(int(row.text) for row in batch) == [*range(70)]
        assert threads == {threading.get_ident()}
        assert list(batch) == []
        assert batch.progress.done == 70
        assert repr(batch) == "<Batch, 70 rows>"


def test_a_blocking_batch_is_closed_early() -> None:
    with (
        LocalServer(latency=0.01) as server,
        Conversations("key", base_url=server.base_url) as client,
    ):
        with client.batch(map(str, range(999)), model=MODEL) as batch:
            next(batch)
        with pytest.raises(ConfigurationError, match="closed before its end"):
            next(batch)
        assert len(server.requests) < 200
