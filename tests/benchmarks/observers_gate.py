"""What hooks and tracing cost, by counts of instructions.

Run with `python -m tests.benchmarks.observers_gate`; like the gate of the stream and
the import, it needs valgrind. It takes some minutes, so that `.ci/run` leaves it out.
"""

import sys

from .gate import Gate, judged, marginal
from .processes import Child

_CALLS = 50, 250
_EVENTS = 2_000, 12_000


def main() -> int:
    """Count the instructions, and print the verdicts."""
    with Child(sys.executable, "-m", f"{__package__}.service") as server:
        url = server.receive()
        off = _call(url, "off") / _call(url, "unobserved")
        plain = _event(url, "off")
        gates = [
            Gate("a call without hooks, x one that nothing observes", off, 1.02),
            *(
                Gate(
                    f"an event with {way}, x one without",
                    _event(url, way) / plain,
                    1.01,
                )
                for way in ("hooks", "tracing")
            ),
        ]
    return judged(gates)


def _call(url: str, way: str) -> int:
    return marginal("observed", f"start_{way}", f"{url}/start", _CALLS)


def _event(url: str, way: str) -> int:
    return marginal("observed", f"events_{way}", f"{url}/whole", _EVENTS)


if __name__ == "__main__":
    sys.exit(main())
