"""A batch on a real scheduler with two worker processes on loopback."""

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    AsyncConversations,
    Batch,
    BatchInput,
    BatchRow,
    BatchUncertainError,
    ConfigurationError,
    Conversations,
    NotFoundError,
)
from mistral_conversations.server import LocalServer, Trouble, call
from tests.guarantees.test_g14_the_key_is_not_shown import CANARY
from tests.support.dask import Client, LocalCluster

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

MODEL = "mistral-small-latest"


@attrs.frozen
class City:
    name: str


def process() -> str:
    """Return the number of the process that calls this function."""
    return str(os.getpid())


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1"
    ) as cluster:
        yield cluster


@pytest.fixture
def dask(cluster: LocalCluster) -> Iterator[Client]:
    with Client(cluster) as client:
        client.wait_for_workers(2)
        yield client
        assert nothing_left(cluster)


def nothing_left(cluster: LocalCluster) -> bool:
    """Return whether the scheduler has forgotten every batch."""
    scheduler: Any = cluster.scheduler
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        plugins = [name for name in scheduler.worker_plugins if "mistral" in name]
        tasks = [key for key in scheduler.tasks if "mistral" in str(key)]
        if not plugins and not tasks and not scheduler.extensions["queues"].queues:
            return True
        time.sleep(0.01)
    return False


def asked(server: LocalServer) -> Counter[str]:
    """Return how often each row was asked."""
    return Counter(request.json["inputs"] for request in server.requests)


def questions(count: int) -> list[str]:
    return [f"row {number}" for number in range(count)]


def worker_of(dask: Client) -> int:
    """Return the process of a worker."""
    return int(min(dask.run(os.getpid).values()))


def plugins_of(dask: Client) -> list[int]:
    """Return how many batches each worker knows."""

    def count(dask_worker: Any) -> int:
        return sum("mistral" in name for name in dask_worker.plugins)

    return list(dask.run(count).values())


def test_rows_come_back_from_two_processes(dask: Client) -> None:
    with (
        LocalServer(latency=0.02) as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch(questions(60), model=MODEL, engine=dask) as batch,
    ):
        rows = [next(batch)]
        assert plugins_of(dask) == [1, 1]
        rows += batch
        assert batch.progress.done == 60
        assert all(row.ok and row.attempts == 1 for row in rows)
        assert {row.text for row in rows} == set(questions(60))
        assert {row.custom_id for row in rows} == {str(n) for n in range(60)}
        assert set(asked(server).values()) == {1}
        assert plugins_of(dask) == [0, 0]


@pytest.mark.parametrize("resend", [False, True])
def test_worker_is_killed_in_the_middle(dask: Client, resend: bool) -> None:
    with (
        LocalServer(latency=0.4) as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch(
            questions(60), model=MODEL, engine=dask, max_concurrency=16, resend=resend
        ) as batch,
    ):
        rows = [next(batch) for _ in range(20)]
        os.kill(worker_of(dask), signal.SIGKILL)
        rows += batch
        assert len(rows) == len({row.custom_id for row in rows}) == 60
        lost = [row for row in rows if not row.ok]
        counts = asked(server)
    if resend:
        assert not lost
        assert {1, 2} == set(counts.values())
        return
    assert set(counts.values()) == {1}
    assert 0 < len(lost) <= 16
    assert all(isinstance(row.error, BatchUncertainError) for row in lost)
    assert all(row.uncertain and "resend=True" in str(row.error) for row in lost)


def test_more_rows_are_under_way_than_the_workers_have_threads(dask: Client) -> None:
    with (
        LocalServer(latency=1) as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch(questions(24), model=MODEL, engine=dask) as batch,
    ):
        begun_at = time.monotonic()
        assert all(row.ok for row in batch)
        assert time.monotonic() - begun_at < 12  # 24 seconds on two threads
        assert len(server.requests) == 24


def test_functions_run_on_the_workers(dask: Client) -> None:
    with (
        LocalServer([call("process"), "Done."]) as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch(
            questions(1), model=MODEL, engine=dask, tools=[process], run=True
        ) as batch,
    ):
        (row,) = batch
        assert row.result is not None
        assert int(row.result.calls[0].result) in dask.run(os.getpid).values()


def test_outputs_have_their_type(dask: Client) -> None:
    with (
        LocalServer(lambda *_: '{"name": "Paris"}') as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch(questions(3), model=MODEL, engine=dask, output_type=City) as batch,
    ):
        assert [row.output for row in batch] == [City("Paris")] * 3


def test_errors_are_those_of_the_client(dask: Client) -> None:
    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url, retries=0) as client,
    ):
        server.inflict(Trouble(status=404), times=1)
        rows: list[BatchRow] = []
        for _ in range(2):
            with client.batch(questions(1), model=MODEL, engine=dask) as batch:
                rows += batch
        failed, answered = rows
        assert isinstance(failed.error, NotFoundError)
        assert not failed.uncertain
        assert failed.attempts == 1
        assert answered.ok


def test_refusal_on_one_worker_pauses_all_rows(dask: Client) -> None:
    times: list[float] = []

    def note(*_: Any) -> str:
        times.append(time.monotonic())
        return "Yes."

    with (
        LocalServer(note, latency=0.02) as server,
        Conversations("key", base_url=server.base_url, retries=0) as client,
    ):
        server.inflict(
            Trouble(status=429, retry_after=2), when=lambda _: len(times) == 20
        )
        with client.batch(
            questions(60), model=MODEL, engine=dask, max_concurrency=4
        ) as batch:
            assert all(row.ok for row in batch)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == 60
    assert max(gaps) > 1.5


def test_row_that_does_not_pickle_fails_alone(dask: Client) -> None:
    odd = BatchInput("odd", "Hi", metadata={"lock": open(os.devnull)})  # noqa: SIM115, PTH123
    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch([odd, "fine"], model=MODEL, engine=dask) as batch,
    ):
        rows = {row.custom_id: row for row in batch}
        assert "metadata does not pickle" in str(rows["odd"].error)
        assert rows["1"].ok
        odd.metadata["lock"].close()  # type: ignore[index]


def test_closed_batch_ends_its_rows_on_the_workers(dask: Client) -> None:
    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url) as client,
        client.batch(questions(8), model=MODEL, engine=dask) as batch,
    ):
        server.inflict(Trouble(delay=60), times=8)
        reader = threading.Thread(target=read, args=[batch])
        reader.start()
        while len(server.requests) < 8:
            time.sleep(0.01)
        batch.close()
        reader.join()
        assert plugins_of(dask) == [0, 0]
        assert [*dask.processing().values()] == [(), ()]


def read(batch: Batch) -> None:
    """Wait for a row of a batch that is closed meanwhile."""
    with pytest.raises(ConfigurationError, match="closed"):
        next(batch)


async def test_asynchronous_clients(cluster: LocalCluster) -> None:
    async with (
        LocalServer() as server,
        AsyncConversations("key", base_url=server.base_url) as client,
        Client(cluster.scheduler_address, asynchronous=True) as dask,
        client.batch(questions(9), model=MODEL, engine=dask) as batch,
    ):
        rows = [row async for row in batch]
        assert {row.text for row in rows} == set(questions(9))
    assert nothing_left(cluster)


async def test_asynchronous_dask_client_of_another_loop(cluster: LocalCluster) -> None:
    def ask(dask: Client) -> None:
        with (
            Conversations("key") as client,
            client.batch(["Hi"], model=MODEL, engine=dask) as batch,
            pytest.raises(ConfigurationError, match="another event loop"),
        ):
            next(batch)

    async with Client(cluster.scheduler_address, asynchronous=True) as dask:
        await asyncio.to_thread(ask, dask)


def test_dask_client_must_be_connected(cluster: LocalCluster) -> None:
    with Client(cluster) as dask:
        pass
    with (
        Conversations("key") as client,
        client.batch(["Hi"], model=MODEL, engine=dask) as batch,
        pytest.raises(ConfigurationError, match="not connected"),
    ):
        next(batch)


def test_nothing_shows_the_key(dask: Client) -> None:
    with (
        LocalServer(api_key=CANARY) as server,
        Conversations(CANARY, base_url=server.base_url) as client,
        client.batch(questions(4), model=MODEL, engine=dask) as batch,
    ):
        assert all(row.ok for row in batch)
        logs = repr((dask.get_worker_logs(), dask.get_scheduler_logs()))
        assert CANARY not in logs
