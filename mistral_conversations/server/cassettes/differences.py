"""Where two JSON values differ."""

import math
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from mistral_conversations.server.cassettes.excerpts import excerpt, quoted
from mistral_conversations.server.cassettes.fingerprints import canonical

__all__ = ["ABSENT", "Absent", "Difference", "differences", "path_of_member"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIRST_STEP = re.compile(r"\$(?:\.\w+|\[\d+\]|\['(?:[^'\\]|\\.)*'\])")
_LONGEST_PATH = 200
_BEFORE = 20
"""How many equal characters are shown before those in which long texts differ."""


class _Absence(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absence.ABSENT
"""Stands for a value that is not there."""

Absent: TypeAlias = Literal[_Absence.ABSENT]


class Difference(NamedTuple):
    """A place that holds different values, or a value in one of two only."""

    path: str
    """The place as a JSON path."""

    recorded: Any
    sent: Any

    ignorable: str
    """The path to ignore for equality: of an element in one array only, the array's."""

    def __str__(self) -> str:
        place = _shown(self.path)
        if self.recorded is ABSENT:
            return f"{place}: only in the request, {excerpt(self.sent)}"
        if self.sent is ABSENT:
            return f"{place}: only in the recording, {excerpt(self.recorded)}"
        start = _start(self.recorded, self.sent)
        recorded = excerpt(self.recorded, start=start)
        return f"{place}: recorded {recorded}, sent {excerpt(self.sent, start=start)}"


def _shown(path: str) -> str:
    """Return a path, cut at its start, which says less than its end."""
    return path if len(path) <= _LONGEST_PATH else f"…{path[-_LONGEST_PATH:]}"


def differences(recorded: Any, sent: Any, root: str = "$") -> Iterator[Difference]:
    """Yield the places at which two values differ, in the order of the first one.

    Elements that only one of two arrays has are a difference each; the index is that
    in the array which has them.

    Args:
        recorded: a JSON value, or `ABSENT`.
        sent: the other value.
        root: the path of both.
    """
    levels: list[Iterator[Difference]] = [
        iter([Difference(root, recorded, sent, root)])
    ]
    while levels:
        pair = next(levels[-1], None)
        if pair is None:
            levels.pop()
        elif _same(pair.recorded, pair.sent):
            continue
        elif isinstance(pair.recorded, dict) and isinstance(pair.sent, dict):
            levels.append(_members(pair))
        elif isinstance(pair.recorded, list) and isinstance(pair.sent, list):
            levels.append(_elements(pair))
        else:
            yield pair


def _members(pair: Difference) -> Iterator[Difference]:
    for key in pair.recorded | pair.sent:
        path = f"{pair.path}{_step(key)}"
        recorded, sent = (side.get(key, ABSENT) for side in (pair.recorded, pair.sent))
        yield Difference(path, recorded, sent, path)


def _elements(pair: Difference) -> Iterator[Difference]:
    """Yield the elements between the equal ones at both ends."""
    recorded, sent = pair.recorded, pair.sent
    shorter = min(len(recorded), len(sent))
    before = 0
    while before < shorter and _same(recorded[before], sent[before]):
        before += 1
    after = 0
    while after < shorter - before and _same(recorded[~after], sent[~after]):
        after += 1
    ends = len(recorded) - after, len(sent) - after
    for index in range(before, max(ends)):
        path = f"{pair.path}[{index}]"
        yield Difference(
            path,
            recorded[index] if index < ends[0] else ABSENT,
            sent[index] if index < ends[1] else ABSENT,
            path if len(recorded) == len(sent) else pair.path,
        )


def _same(recorded: Any, sent: Any) -> bool:
    """Return whether two values are equal; Python finds most that are not faster."""
    if recorded is ABSENT or sent is ABSENT:
        return False
    is_nan = isinstance(recorded, float) and math.isnan(recorded)
    return (is_nan or recorded == sent) and canonical(recorded) == canonical(sent)


def path_of_member(path: str) -> str:
    """Return the first step of a path that `differences` gives, from the root `$`."""
    found = _FIRST_STEP.match(path)
    return found[0] if found else path


def _step(key: str) -> str:
    if _NAME.fullmatch(key):
        return f".{key}"
    inner = quoted(key)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"['{inner}']"


def _start(recorded: Any, sent: Any) -> int:
    """Return where to begin in two texts, to show the first difference."""
    if not (isinstance(recorded, str) and isinstance(sent, str)):
        return 0
    low, high = 0, min(len(recorded), len(sent))
    while low < high:
        middle = (low + high + 1) // 2
        if recorded[low:middle] == sent[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low - _BEFORE if low > 2 * _BEFORE else 0
