"""Many streams at once: events per second, CPU time and memory of both sides.

Run with `python -m tests.benchmarks.concurrent_streams`. Every round has a client and
a `LocalServer` in new processes of their own, and every stream has a text of its own
that the server must echo. The exit code is 1 if a stream fails or returns another
text. The figures are medians over the rounds, measured on this machine.
"""

import asyncio
import json
import math
import resource
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Self, TypeAlias

import attrs

from mistral_conversations import (
    AsyncConversations,
    ResponseDoneEvent,
    ResponseStartedEvent,
)
from mistral_conversations.server import LocalServer

PROGRAM = [sys.executable, "-m", "tests.benchmarks.concurrent_streams"]
STATUS = Path("/proc/self/status")

Span: TypeAlias = tuple[float, float]
Server: TypeAlias = subprocess.Popen[str]
Figures: TypeAlias = Mapping[str, Sequence[float]]


@attrs.frozen
class Usage:
    """CPU time and memory of a process so far; memory in KiB, NaN without /proc."""

    cpu: float
    rss: float
    peak: float

    @classmethod
    def now(cls) -> Self:
        lines = STATUS.read_text().splitlines() if STATUS.exists() else []
        sizes = {line[:5]: float(line.split()[1]) for line in lines if "kB" in line}
        memory = [sizes.get(name, math.nan) for name in ("VmRSS", "VmHWM")]
        return cls(time.process_time(), *memory)


@attrs.frozen
class Received:
    """A stream that was read to its end; spans run from first to last event."""

    events: int
    here: Span
    there: Span
    """By the timestamps that the server wrote into the events."""


async def receive(client: AsyncConversations, text: str) -> Received:
    events, times = 0, []
    async with client.start_stream(text, model="echo") as stream:
        async for event in stream:
            events += 1
            if isinstance(event, ResponseStartedEvent | ResponseDoneEvent):
                assert event.created_at is not None
                times.append((time.perf_counter(), event.created_at.timestamp()))
    received = (await stream.response()).text
    if (received, events) != (text, len(text.split()) + 2):
        raise RuntimeError(f"{events} events with {received!r} for {text!r}")
    here, there = zip(*times, strict=True)
    return Received(events, here, there)


async def receive_all(url: str, texts: Iterable[str]) -> list[Received]:
    """Read a stream for each text; print the first few failures."""
    async with AsyncConversations("any", base_url=url, retries=0) as client:
        calls = [receive(client, text) for text in texts]
        results = await asyncio.gather(*calls, return_exceptions=True)
    for failure in [each for each in results if isinstance(each, BaseException)][:3]:
        sys.stderr.write(f"{failure!r:.500}\n")
    return [each for each in results if isinstance(each, Received)]


async def measure(url: str, texts: Sequence[str], server: Server) -> Figures:
    """Read one stream to warm up lazy imports and caches, then measure."""
    await receive_all(url, ["Warm up"])
    before, begin = (usage_of(server), Usage.now()), time.perf_counter()
    received = await receive_all(url, texts)
    seconds = time.perf_counter() - begin
    sides = list(zip(before, (usage_of(server), Usage.now()), strict=True))
    events = sum(each.events for each in received)
    return {
        "complete": [len(received)],
        "events/s, wall": [events / seconds] * 2,
        "open at once": [
            most_at_once(each.there for each in received),
            most_at_once(each.here for each in received),
        ],
        "events/CPU s": [events / (b.cpu - a.cpu) for a, b in sides],
        "RSS before, KiB": [a.rss for a, _ in sides],
        "RSS peak, KiB": [b.peak for _, b in sides],
        "per stream, KiB": [(b.peak - a.rss) / len(texts) for a, b in sides],
    }


def most_at_once(spans: Iterable[Span]) -> int:
    changes = [change for a, b in spans for change in ((a, 1), (b, -1))]
    return max(accumulate(step for _, step in sorted(changes)), default=0)


async def serve(latency: float) -> None:
    """Echo; print the usage for each line of stdin, until stdin ends."""
    async with LocalServer(latency=latency) as server:
        _print(server.base_url)
        while await asyncio.to_thread(sys.stdin.readline):
            _print(json.dumps(attrs.astuple(Usage.now())))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def usage_of(server: Server) -> Usage:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("\n")
    server.stdin.flush()
    return Usage(*json.loads(server.stdout.readline()))


def play(options: Namespace) -> None:
    """Measure a round against a new server, and print the figures."""
    words = range(options.words)
    texts = [" ".join(f"s{i}w{j}" for j in words) for i in range(options.streams)]
    command = [*PROGRAM, "serve", "--latency", str(options.latency)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        _print(json.dumps(asyncio.run(measure(url, texts, server))))


def run(options: Namespace) -> None:
    """Run the rounds, each in a new process, and print the medians."""
    allow_files(options.streams + 100)  # some files are not sockets of streams
    command = [*PROGRAM, "play", *sys.argv[1:]]
    rounds = [
        json.loads(subprocess.check_output(command)) for _ in range(options.rounds)
    ]
    _print_table(rounds)
    complete = sum(figures["complete"][0] for figures in rounds)
    asked = options.streams * options.rounds
    _print(f"{complete:,} of {asked:,} streams complete, {asked - complete:,} failed")
    sys.exit(complete != asked)


def allow_files(needed: int) -> None:
    """Raise the limit of open files; child processes inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _print_table(rounds: Sequence[Figures]) -> None:
    _print(f"{'':16}{'server':>10}{'client':>10}")
    for name in list(rounds[0])[1:]:
        columns = zip(*(found[name] for found in rounds), strict=True)
        cells = [f"{median(column):10,.0f}" for column in columns]
        _print(f"{name:16}{''.join(cells)}".replace("nan", "  -"))


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("role", nargs="?", choices=["serve", "play"])
    for name, default in (("streams", 500), ("words", 100), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--latency", type=float, default=0.01, help="seconds an event")
    options = parser.parse_args()
    if options.role == "serve":
        asyncio.run(serve(options.latency))
    elif options.role == "play":
        play(options)
    else:
        run(options)


if __name__ == "__main__":
    main()
