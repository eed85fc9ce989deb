"""Lists on stdout: one line per item, in columns.

A pipe gets each item at once and in full, in columns of a fixed width at least. A
terminal gets headings, aligned columns, and lines that fit: middle columns that do not
fit are left out, the last one is cut. The first column, an id, is always whole.
"""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, islice, takewhile
from typing import Generic, TypeVar
from unicodedata import category, east_asian_width

import attrs

from mistral_conversations.cli.colours import painted
from mistral_conversations.cli.terminal import one_line, report, write
from mistral_conversations.cli.wording import time

__all__ = ["Table", "row"]

_Item = TypeVar("_Item")

_NOTHING = "-"
_GAP = "  "
_MEASURED = 50  # the lines that are read before the first one appears in a terminal
_LAST = 20  # the cells that the last column gets before other columns do
_LEAST = 10  # those that it gets even if the line is then too long
_INVISIBLE = {"Mn", "Me", "Cf"}


@attrs.frozen
class Table(Generic[_Item]):
    """The columns in which items of one kind are shown."""

    columns: Sequence[tuple[str, int]]
    """The heading and, for a pipe, the minimum width of each."""

    cells: Callable[[_Item], Sequence[object]]
    """Returns the values of an item, one for each column."""

    def write(self, items: Iterable[_Item]) -> None:
        """Write items to stdout."""
        rows = map(self.cells, items)
        if sys.stdout is not None and sys.stdout.isatty():
            self._write_aligned(rows)
            return
        widths = [width for _, width in self.columns]
        for values in rows:
            write(row(*zip(values, widths, strict=True)))

    def _write_aligned(self, rows: Iterator[Sequence[object]]) -> None:
        first = [_shown(values) for values in islice(rows, _MEASURED)]
        if not first:
            report("[nothing to list]")
            return
        headings = [heading for heading, _ in self.columns]
        is_number = [_is_number(column) for column in zip(*first, strict=True)]
        widths = _fitting(
            [max(map(_width, c)) for c in zip(headings, *first, strict=True)]
        )
        print(painted(_line(headings, widths, is_number), "heading", sys.stdout))
        for texts in first:
            write(f"{_line(texts, widths, is_number)}\n")
        for values in rows:
            write(f"{_line(_shown(values), widths, is_number)}\n")


def row(*cells: tuple[object, int]) -> str:
    """Format a line.

    Args:
        cells: the value and the minimum width of each column. A missing value becomes a
            dash, so that programs can count the columns.
    """
    texts = (_cell(value).ljust(width) for value, width in cells)
    return f"{_GAP.join(texts).rstrip()}\n"


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return time(value)
    return one_line("" if value is None else str(value)) or _NOTHING


def _shown(values: Sequence[object]) -> list[str]:
    """Return the texts of a line in a terminal, where times have no seconds."""
    return [
        f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
        if isinstance(value, datetime)
        else _cell(value)
        for value in values
    ]


def _is_number(texts: Sequence[str]) -> bool:
    given = [text for text in texts if text != _NOTHING]
    return bool(given) and all(text.isdecimal() for text in given)


def _fitting(widths: Sequence[int]) -> dict[int, int]:
    """Return the widths of the columns for which a line has room, by their numbers."""
    room = shutil.get_terminal_size().columns - widths[0]
    last = len(widths) - 1
    room -= min(widths[last], _LAST) + len(_GAP)
    fitting = {0: widths[0]}
    for number, width in enumerate(widths[1:last], 1):
        if width + len(_GAP) <= room:
            fitting[number] = width
            room -= width + len(_GAP)
    left = min(widths[last], _LAST) + room
    return fitting | {last: min(widths[last], max(left, _LEAST))}


def _line(
    texts: Sequence[str], widths: dict[int, int], is_number: Sequence[bool]
) -> str:
    line = []
    for number, width in widths.items():
        text = texts[number] if not number else _cut(texts[number], width)
        padding = " " * (width - _width(text))
        line.append(f"{padding}{text}" if is_number[number] else f"{text}{padding}")
    return _GAP.join(line).rstrip()


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    ends = accumulate(map(_character_width, text))
    kept = sum(1 for _ in takewhile(lambda end: end < width, ends))
    return f"{text[:kept]}…"


def _width(text: str) -> int:
    """Return the number of cells of a text in a terminal."""
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if category(character) in _INVISIBLE:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
