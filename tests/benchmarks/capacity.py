"""How many live streams a process of one core carries, at 50 events a second each.

Run with `python -m tests.benchmarks.capacity` on Linux with two cores or more, on which
nothing else runs. The client has one core to itself, the server another one. A step
adds streams until the client's core is full, or its loop late by more than the time
between two events. Each line has the share of its core that the client used, how late
its loop was, and the share of the server; a step in which the server's core is full
says nothing, and ends the run with exit code 1.
"""

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from .concurrent_streams import allow_files
from .environment import SETTLED
from .processes import Child
from .roster import perform

__all__ = ["Step", "carried"]

_PACE = 20
"""Milliseconds between two events of a stream."""

_STEP = 50
_FULL = 0.95
"""The share of a core at which it has no time left for anything else."""

_CONTENDERS = [
    (name, loop) for loop in ("asyncio", "uvloop") for name in ("ours", "floor")
]


@attrs.frozen
class Step:
    """What a number of streams took."""

    streams: int
    client: float
    """The share of its core that the client used."""

    server: float
    late: float
    """The mean lag of the client's loop, in milliseconds."""

    @property
    def is_carried(self) -> bool:
        """Whether the client had time left, and its loop was on time."""
        return self.client < _FULL and self.late <= _PACE

    def __str__(self) -> str:
        return (
            f"{self.streams:6,} streams, {self.streams * 1000 // _PACE:7,} events/s: "
            f"client {self.client:4.0%} of a core, loop late by {self.late:6.2f} ms, "
            f"server {self.server:4.0%}"
        )


def main() -> int:
    """Print the steps of each contender on each loop."""
    program = f"python -m {__package__}.capacity"
    parser = ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of each step")
    parser.add_argument("--most", type=int, default=1_000, help="streams")
    options = parser.parse_args()
    allow_files(options.most + 100)  # some files are not sockets of streams
    amounts = range(_STEP, options.most + 1, _STEP)
    try:
        for name, loop in _CONTENDERS:
            sys.stdout.write(f"{name} on {loop}\n")
            for step in carried(name, loop, amounts, options.seconds):
                sys.stdout.write(f"{step}\n")
                sys.stdout.flush()
    except (OSError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def carried(
    name: str, loop: str, amounts: Sequence[int], seconds: int
) -> Iterator[Step]:
    """Yield a step for each number of streams, up to the first that is not carried.

    Raises:
        RuntimeError: a stream failed, or the server could not send as fast.
    """
    first, *others = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        with _on(others or [first]):
            service = Child(sys.executable, "-m", f"{__package__}.service")
            server = stack.enter_context(service)
        with _on([first]):
            module = f"{__package__}.contenders"
            command = [sys.executable, "-m", module, name, loop]
            client = stack.enter_context(Child(*command, settings=SETTLED))
        url = server.receive()
        _step(client, server, url, 2, 1)
        for streams in amounts:
            step = _step(client, server, url, streams, seconds)
            if step.server >= _FULL:
                raise RuntimeError(f"the server is the limit: {step}")
            yield step
            if not step.is_carried:
                return


@contextmanager
def _on(cores: Sequence[int]) -> Iterator[None]:
    """Let the processes that start in this block use some cores only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _step(client: Child, server: Child, url: str, streams: int, seconds: int) -> Step:
    events = seconds * 1000 // _PACE
    path = f"{url}/live/{streams}/{events}/{_PACE}"
    begin, served = time.monotonic(), _cpu_seconds(server.pid)
    figures = perform(client, "live", path, {"amount": streams, "events": events})
    took = time.monotonic() - begin
    served = _cpu_seconds(server.pid) - served
    return Step(streams, figures["cpu"] / took, served / took, figures["mean lag ms"])


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
