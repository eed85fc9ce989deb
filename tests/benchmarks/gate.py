"""A gate against regressions, by counts of instructions.

Run with `python -m tests.benchmarks.gate`; it needs valgrind, whose callgrind counts
the instructions of a process. One process is counted at a time: a client delayed by
another process waits more often, and executes more. The ratio of two counts depends
little on the machine and on the versions of Python and aiohttp. The exit code is 1
when a ratio is above its limit: the change costs too much, or must raise the limit
here and say why.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from .processes import Child

__all__ = ["Gate", "counted", "judged", "marginal"]

_EVENTS = 2_000, 12_000
_AIOHTTP = "import aiohttp"
_CLIENT = f"{_AIOHTTP}; import mistral_conversations as m; m.AsyncConversations('key')"


@attrs.frozen
class Gate:
    """A ratio of two counts, and its limit."""

    text: str
    ratio: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the ratio is within its limit."""
        return self.ratio <= self.limit

    def __str__(self) -> str:
        verdict = "passed" if self.holds else "FAILED"
        return f"{verdict}  {self.text}: {self.ratio:.3f}, at most {self.limit:g}"


def main() -> int:
    """Count the instructions, and print the verdicts."""
    with Child(sys.executable, "-m", f"{__package__}.service") as server:
        url = server.receive()
        event, of_floor = (
            marginal(name, "events", f"{url}/whole", _EVENTS)
            for name in ("ours", "floor")
        )
        new, by_plain_json = (
            marginal(name, "events", f"{url}/novel", _EVENTS)
            for name in ("ours", "by_plain_json")
        )
        gates = [
            Gate("an event of a bulk stream, x the floor", event / of_floor, 2.64),
            Gate(
                "an event with a new key, x reading each by plain JSON",
                new / by_plain_json,
                1.05,
            ),
            # 0.294 before the errors of calls kept what the recovery of answers needs
            Gate("import + client, x aiohttp's import", _import(), 0.31),
        ]
    return judged(gates)


def judged(gates: Sequence[Gate]) -> int:
    """Print the verdicts, and return the exit code."""
    sys.stdout.write("".join(f"{gate}\n" for gate in gates))
    return 0 if all(gate.holds for gate in gates) else 1


def marginal(contender: str, task: str, path: str, amounts: tuple[int, int]) -> int:
    """Count the instructions that the larger of two amounts takes beyond the other.

    Args:
        contender: the module of the contender.
        task: its task.
        path: the URL of the server's answer, without the amount.
        amounts: the smaller and the larger.
    """
    few, many = (
        _instructions(contender, task, f"{path}/{amount}", amount) for amount in amounts
    )
    return many - few


def _instructions(contender: str, task: str, url: str, amount: int) -> int:
    """Count the instructions of a contender that executes an order."""
    order = {"task": task, "url": url, "amounts": {"amount": amount}}
    return counted(["-m", f"{__package__}.contenders", contender], json.dumps(order))


def _import() -> float:
    """Return the cost of import and client relative to importing aiohttp."""
    nothing, aiohttp, client = (
        counted(["-c", f"{program}; print()"])
        for program in ("pass", _AIOHTTP, _CLIENT)
    )
    return (client - aiohttp) / (aiohttp - nothing)


def counted(arguments: Sequence[str], order: str = "") -> int:
    """Count the instructions of a Python process that reports when it is done.

    It runs once uncounted, so that no module has to be compiled.

    Args:
        arguments: the arguments of the interpreter.
        order: a line to write to it.
    """
    command = [sys.executable, *arguments]
    _run(command, order)
    with TemporaryDirectory() as folder:
        out = Path(folder, "out")
        tool = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"]
        _run([*tool, *command], order)
        [summary] = [
            line
            for line in out.read_text(encoding="utf-8").splitlines()
            if line.startswith("summary: ")
        ]
    return int(summary.removeprefix("summary: "))


def _run(command: Sequence[str], order: str) -> None:
    with Child(*command, settings={"PYTHONHASHSEED": "0"}) as child:
        if order:  # without one, the process may have ended already
            child.send(order)
        child.receive()


if __name__ == "__main__":
    sys.exit(main())
