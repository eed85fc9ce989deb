"""Tables: aligned and cut in a terminal, one whole line per item in a pipe."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from mistral_conversations.cli.table import Table
from tests.support.commands import Screen
from tests.support.for_each import for_each

COLUMNS = [("ID", 6), ("CREATED (UTC)", 23), ("BYTES", 6), ("NAME", 0)]
MOMENT = datetime(2026, 11, 27, 16, 5, 9, tzinfo=UTC)
ROWS = [
    ("id_1", MOMENT, 5, "sails"),
    ("id_two", MOMENT, 12345, "船" * 20),
    ("id_3", None, None, "a\n\x1b[2Jb"),
]


def written(columns: int, rows: Sequence[Sequence[object]] = ROWS) -> list[str]:
    """Return the lines in a terminal that is so wide."""
    screen = Screen()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("TERM", "dumb")
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("sys.stdout", screen)
        Table[Sequence[object]](COLUMNS, lambda row: row).write(rows)
    return screen.getvalue().splitlines()


def test_a_pipe_gets_whole_lines_without_headings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Table[Sequence[object]](COLUMNS, lambda row: row).write(ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "id_1    2026-11-27 16:05:09 UTC  5       sails",
        f"id_two  2026-11-27 16:05:09 UTC  12345   {'船' * 20}",
        "id_3    -                        -       a \\x1b[2Jb",
    ]


def test_a_terminal_gets_headings_and_aligned_columns() -> None:
    assert written(80) == [
        "ID      CREATED (UTC)     BYTES  NAME",
        "id_1    2026-11-27 16:05      5  sails",
        f"id_two  2026-11-27 16:05  12345  {'船' * 20}",
        "id_3    -                     -  a \\x1b[2Jb",
    ]


@for_each(
    ("columns", "line"),
    [
        (73, f"id_two  2026-11-27 16:05  12345  {'船' * 20}"),
        (72, f"id_two  2026-11-27 16:05  12345  {'船' * 19}…"),
        (53, f"id_two  2026-11-27 16:05  12345  {'船' * 9}…"),
        (52, f"id_two  2026-11-27 16:05  {'船' * 12}…"),
        (40, f"id_two  12345  {'船' * 12}…"),
        (34, f"id_two  {'船' * 12}…"),
        (20, f"id_two  {'船' * 5}…"),
        (5, f"id_two  {'船' * 4}…"),
    ],
)
def test_a_line_is_cut_to_the_terminal(columns: int, line: str) -> None:
    assert written(columns)[2] == line


def test_a_long_text_is_cut_at_once() -> None:
    line = written(73, [("id_1", MOMENT, 1, "a" * 200_000)])[1]
    assert line.endswith(f"{'a' * 40}…")


def test_a_column_without_values_is_no_column_of_numbers() -> None:
    assert written(80, [("id_1", MOMENT, None, None)]) == [
        "ID    CREATED (UTC)     BYTES  NAME",
        "id_1  2026-11-27 16:05  -      -",
    ]


def test_an_empty_list_is_said_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(80, []) == []
    assert capsys.readouterr().err == "[nothing to list]\n"


def test_a_terminal_gets_the_first_lines_before_the_last_are_read() -> None:
    screen = Screen()
    shown: list[int] = []

    def rows() -> Iterator[Sequence[object]]:
        for number in range(120):
            shown.append(screen.getvalue().count("id_"))
            yield (f"id_{number}", MOMENT, number, "x")

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("sys.stdout", screen)
        Table[Sequence[object]](COLUMNS, lambda row: row).write(rows())
    assert (shown[49], shown[50], shown[119]) == (0, 50, 119)
    assert screen.getvalue().count("id_") == 120
