"""A batch on two workers of Dask, against the same batch in one process.

Run with `python -m tests.benchmarks.dask_rows`; it needs the extra `dask`. Each row is
a run of two turns, whose function keeps a processor busy for `--work` milliseconds, as
one that parses or scores an answer does. Server, scheduler, workers and this process
share the machine. It prints the median ratio of the speeds, and this process's CPU time
by row. The exit code is 0 whatever they are: the machine decides.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser, Namespace
from statistics import median
from typing import Any

import attrs
from distributed import Client, LocalCluster

from mistral_conversations import AsyncConversations, function_tool

from .processes import Child

GOAL = 1.6
AT_ONCE = 16


def busy(milliseconds: int) -> Any:
    """Return a function that keeps a processor busy."""

    @function_tool
    def work(number: int) -> str:
        until = time.thread_time() + milliseconds / 1000
        while time.thread_time() < until:
            pass
        return str(2 * number)

    return work


@attrs.frozen
class Speed:
    """How fast a batch was."""

    rows: float
    """Rows by second."""

    cpu: float
    """Milliseconds of this process's CPU time by row."""


async def _speed(client: AsyncConversations, options: Namespace, engine: Any) -> Speed:
    texts = ["Work!"] * options.rows
    begin, cpu, count = time.perf_counter(), time.process_time(), 0
    async with client.batch(
        texts,
        model="m",
        run=True,
        tools=[busy(options.work)],
        max_concurrency=AT_ONCE,
        engine=engine,
    ) as batch:
        async for row in batch:
            if row.error is not None:
                raise row.error
            count += 1
    seconds = time.perf_counter() - begin
    return Speed(count / seconds, 1000 * (time.process_time() - cpu) / count)


async def compared(options: Namespace, url: str) -> list[tuple[Speed, Speed]]:
    """Measure both in turns, after a round that does not count."""
    cluster = LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=":0",
        asynchronous=True,
    )
    found = []
    async with (
        cluster,
        Client(cluster, asynchronous=True) as dask,
        AsyncConversations("key", base_url=url) as client,
    ):
        for _ in range(options.rounds + 1):
            alone = await _speed(client, options, None)
            found.append((alone, await _speed(client, options, dask)))
    return found[1:]


def report(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Measure, and print the result."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=int, default=50, metavar="MILLISECONDS")
    options = parser.parse_args()
    with Child(sys.executable, "-m", f"{__package__}.service") as server:
        url = f"{server.receive()}/run/2/1"
        found = asyncio.run(compared(options, url))
    ratio = median(dask.rows / alone.rows for alone, dask in found)
    report(f"{options.rows} rows, each with {options.work} ms of work")
    report(f"two workers, x the speed of one process: {ratio:.2f} (goal {GOAL})")
    for name, speeds in zip(
        ("one process", "two workers"), zip(*found, strict=True), strict=True
    ):
        rows, cpu = median(s.rows for s in speeds), median(s.cpu for s in speeds)
        report(f"  {name}: {rows:.0f} rows/s, {cpu:.1f} ms of CPU here by row")
    return 0


if __name__ == "__main__":
    sys.exit(main())
