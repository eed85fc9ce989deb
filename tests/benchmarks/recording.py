"""What it costs to record a stream, and how fast a recorded one is replayed.

Run with `python -m tests.benchmarks.recording`. The service, the recorder, a proxy that
does not record, and this client run in processes of their own, and take turns. The exit
code is 1 if the first event takes more than 1.5 times as long through the recorder as
through the plain proxy. The figures are medians, measured on this machine.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack
from functools import partial
from operator import truediv
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeAlias

import attrs
from aiohttp import ClientResponse, ClientSession, ClientTimeout

from .processes import Child

GOAL = 1.5

Take: TypeAlias = Callable[["Server"], Awaitable[float]]
Figures: TypeAlias = Mapping[str, list[float]]


@attrs.frozen
class Server:
    """A server in a process of its own."""

    url: str
    _child: Child

    def cpu(self) -> float:
        """Return its CPU time so far, in seconds."""
        self._child.send("")
        return float(self._child.receive())


@attrs.frozen
class Caller:
    """A bare client of streams, in this process."""

    _session: ClientSession

    async def first(self, path: str, server: Server) -> float:
        """Return the milliseconds until the first event of a stream."""
        begin = time.perf_counter()
        async with self._post(server, path, "Hi") as response:
            await response.content.readuntil(b"\n\n")
            seconds = time.perf_counter() - begin
            await response.read()
        return 1000 * seconds

    async def cpu(self, path: str, events: int, server: Server) -> float:
        """Return the microseconds of CPU time that a server spends on each event."""
        begin = server.cpu()
        async with self._post(server, path, "Hi") as response:
            await response.read()
        return 1e6 * (server.cpu() - begin) / events

    async def whole(self, words: int, server: Server) -> float:
        """Return the seconds that a stream of so many words takes."""
        begin = time.perf_counter()
        async with self._post(server, "", " ".join(["word"] * words)) as response:
            body = await response.read()
        if (events := body.count(b"\n\n")) != words + 2:
            raise RuntimeError(f"{events} events for {words} words")
        return time.perf_counter() - begin

    def _post(
        self, server: Server, path: str, text: str
    ) -> AbstractAsyncContextManager[ClientResponse]:
        body = {"model": "echo", "inputs": text, "stream": True}
        return self._session.post(f"{server.url}{path}/v1/conversations", json=body)


@attrs.frozen
class Bench:
    """The processes of a run, in a folder for cassettes."""

    _stack: ExitStack
    _folder: Path

    def server(self, *arguments: str) -> Server:
        """Start a server by its name and arguments."""
        return self._program(f"{__package__}.cassette_servers", *arguments)

    def service(self) -> Server:
        """Start the service of prepared answers."""
        return self._program(f"{__package__}.service")

    def cassette(self, name: str) -> str:
        """Return the path of a cassette."""
        return str(self._folder / f"{name}.jsonl")

    def _program(self, module: str, *arguments: str) -> Server:
        child = self._stack.enter_context(
            Child(sys.executable, "-m", module, *arguments)
        )
        return Server(child.receive(), child)


async def in_turns(servers: Mapping[str, Server], times: int, take: Take) -> Figures:
    """Take a figure of each server in turn, after a round that does not count."""
    found: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(times + 1):
        for name, server in servers.items():
            found[name].append(await take(server))
    return {name: figures[1:] for name, figures in found.items()}


async def proxied(bench: Bench, caller: Caller, options: Namespace) -> bool:
    """Compare the recorder with the plain proxy; return whether the goal is met."""
    service = bench.service()
    servers = {
        "no proxy": service,
        "plain proxy": bench.server("plain", service.url),
        "recorder": bench.server("recorder", service.url, bench.cassette("first")),
    }
    found = await in_turns(servers, options.streams, partial(caller.first, "/first/1"))
    ratio = median(map(truediv, found["recorder"], found["plain proxy"]))
    verdict = "passed" if ratio <= GOAL else "FAILED"
    report(f"{verdict}  first event: {ratio:.2f} x the plain proxy (at most {GOAL})")
    show(found, "ms", 2)
    proxies = {name: servers[name] for name in ("plain proxy", "recorder")}
    kinds = (
        ("at once", f"/bulk/{options.events - 2}", options.events),
        ("one each ms", f"/live/1/{options.paced}/1", options.paced),
    )
    for name, *stream in kinds:
        take = partial(caller.cpu, *stream)
        cpu = await in_turns(proxies, options.rounds, take)
        ratio = median(map(truediv, cpu["recorder"], cpu["plain proxy"]))
        report(
            f"CPU time by event, {stream[1]:,} {name}: {ratio:.2f} x the plain proxy"
        )
        show(cpu, "us", 1)
    return verdict == "passed"


async def replayed(bench: Bench, caller: Caller, options: Namespace) -> None:
    """Compare a replay with the server that was recorded."""
    local, cassette = bench.server("local"), bench.cassette("replay")
    recorder = bench.server("recorder", local.url, cassette)
    for _ in range(options.rounds + 1):
        await caller.whole(options.events, recorder)
    servers = {"LocalServer": local, "replay": bench.server("replayer", cassette)}
    take = partial(caller.whole, options.events)
    found = await in_turns(servers, options.rounds, take)
    ratio = median(map(truediv, found["replay"], found["LocalServer"]))
    report(f"{options.events:,} events, replayed at speed 0: {ratio:.2f} x LocalServer")
    show(found, "s", 3)


def show(found: Figures, unit: str, digits: int) -> None:
    """Print the medians."""
    for name, figures in found.items():
        report(f"  {name}: {median(figures):.{digits}f} {unit}")


def report(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def options() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="take smaller amounts")
    quick = parser.parse_known_args()[0].quick
    parser.add_argument("--streams", type=int, default=100 if quick else 1_000)
    parser.add_argument("--events", type=int, default=1_000 if quick else 10_000)
    parser.add_argument("--paced", type=int, default=200 if quick else 2_000)
    parser.add_argument("--rounds", type=int, default=3 if quick else 9)
    return parser.parse_args()


async def main() -> int:
    """Measure, and print the result."""
    chosen = options()
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        bench = Bench(stack, Path(folder))
        async with ClientSession(
            headers={"Authorization": "Bearer key-of-a-benchmark"},
            timeout=ClientTimeout(total=60),
            raise_for_status=True,
        ) as session:
            caller = Caller(session)
            passed = await proxied(bench, caller, chosen)
            await replayed(bench, caller, chosen)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
