"""The checks of what is left once all calls have ended."""

from collections.abc import Mapping, Sequence

from .evidence import Evidence
from .resources import Holdings
from .run import Figures
from .verdicts import Verdict, Violation

__all__ = ["leftovers"]

_MOST_MEBIBYTES = 32.0
_MOST_BLOCKS = 20_000
_MOST_OBJECTS = 10
"""How many objects of a class may be in a cache."""


def leftovers(figures: Figures, evidence: Evidence) -> Sequence[Verdict]:
    """Return the verdicts about connections, tasks, descriptors, memory and logs."""
    before, after = figures.before, figures.after
    return [
        _none("connections in use", figures.in_use),
        _none("requests that wait for a connection", figures.waiting),
        _none("connections that the proxy still has", evidence.open_connections),
        _same("tasks", before.tasks, after.tasks),
        _same("descriptors", before.descriptors, after.descriptors),
        _memory(before, after),
        _objects(before.objects, after.objects),
        _empty("files of uploads and downloads", evidence.files_left),
        _empty("messages in the log of the client", figures.log),
        _empty("messages in the log of the server", evidence.log),
    ]


def _none(name: str, count: int) -> Verdict:
    violations = [Violation(f"there are {count} {name}")] if count else []
    return Verdict(f"no {name}", 1, violations)


def _same(name: str, before: int, after: int) -> Verdict:
    violation = Violation(f"there were {before} {name}, and then {after}")
    return Verdict(f"as many {name} as before", 1, [violation] * (before != after))


def _memory(before: Holdings, after: Holdings) -> Verdict:
    grown = after.mebibytes - before.mebibytes
    blocks = after.blocks - before.blocks
    text = f"it grew by {grown:.1f} MiB, and by {blocks} blocks"
    is_much = grown > _MOST_MEBIBYTES or blocks > _MOST_BLOCKS
    return Verdict("memory is as before", 2, [Violation(text)] * is_much)


def _objects(before: Mapping[str, int], after: Mapping[str, int]) -> Verdict:
    found = [
        Violation(f"{count - before.get(name, 0)} more objects of {name}")
        for name, count in after.items()
        if count - before.get(name, 0) > _MOST_OBJECTS
    ]
    return Verdict("no objects are left", len(after), found)


def _empty(name: str, texts: Sequence[str]) -> Verdict:
    return Verdict(f"no {name}", 1, [Violation(text) for text in texts])
