"""A gate against regressions, by counts of instructions.

Run with `python -m tests.benchmarks.gate`; it needs valgrind, whose callgrind counts
what a process executes. A count does not depend on what else the machine is doing, and
the ratio of two counts hardly on the versions of Python and aiohttp. The exit code is 1
when a ratio is above its limit: the change costs more than it should, or it raises the
limit here and tells why.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from .environment import clean
from .processes import Child

__all__ = ["Gate", "counted"]

_FEW, _MANY = 2_000, 12_000
_AIOHTTP = "import aiohttp"
_CLIENT = f"{_AIOHTTP}; import mistral_conversations as m; m.AsyncConversations('key')"


@attrs.frozen
class Gate:
    """A ratio of two counts, and what it may be at the most."""

    text: str
    ratio: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether it is within the limit."""
        return self.ratio <= self.limit

    def __str__(self) -> str:
        verdict = "passed" if self.holds else "FAILED"
        return f"{verdict}  {self.text}: {self.ratio:.3f}, at most {self.limit:g}"


def main() -> int:
    """Count, and tell what came of it."""
    with (
        Child(sys.executable, "-m", f"{__package__}.service") as server,
        ThreadPoolExecutor(2) as pool,
    ):
        url = server.hear()
        gates = [
            Gate("an event of a bulk stream, x the floor", _bulk(pool, url), 4.6),
            Gate("import + client, x aiohttp's import", _import(pool), 0.3),
        ]
    sys.stdout.write("".join(f"{gate}\n" for gate in gates))
    return 0 if all(gate.holds for gate in gates) else 1


def _bulk(pool: Executor, url: str) -> float:
    """Compare what an event costs, in streams of one piece."""
    counts = {
        (contender, events): pool.submit(_stream, contender, url, events)
        for contender in ("ours", "floor")
        for events in (_FEW, _MANY)
    }

    def event(contender: str) -> int:
        return counts[contender, _MANY].result() - counts[contender, _FEW].result()

    return event("ours") / event("floor")


def _stream(contender: str, url: str, events: int) -> int:
    amounts = {"amount": events}
    order = {"task": "events", "url": f"{url}/whole/{events}", "amounts": amounts}
    return counted(["-m", f"{__package__}.contenders", contender], json.dumps(order))


def _import(pool: Executor) -> float:
    """Compare what comes on top of aiohttp with aiohttp, once both are compiled."""
    subprocess.run([sys.executable, "-c", _CLIENT], check=True, env=clean())
    counts: Sequence[Future[int]] = [
        pool.submit(counted, ["-c", f"{program}; print()"])
        for program in ("pass", _AIOHTTP, _CLIENT)
    ]
    nothing, aiohttp, client = (count.result() for count in counts)
    return (client - aiohttp) / (aiohttp - nothing)


def counted(arguments: Sequence[str], order: str = "") -> int:
    """Count the instructions of a Python process, which says when it is done.

    Args:
        arguments: those of the interpreter.
        order: a line to tell it.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder, "out")
        tool = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"]
        settings = {"PYTHONHASHSEED": "0"}
        with Child(*tool, sys.executable, *arguments, settings=settings) as child:
            child.tell(order)
            child.hear()
        [summary] = [
            line
            for line in out.read_text(encoding="utf-8").splitlines()
            if line.startswith("summary: ")
        ]
    return int(summary.removeprefix("summary: "))


if __name__ == "__main__":
    sys.exit(main())
