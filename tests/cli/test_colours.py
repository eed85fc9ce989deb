"""Colours and escape sequences: on a terminal that takes them, and nowhere else."""

import io
import sys

import pytest

from mistral_conversations.cli.colours import (
    console,
    painted,
    takes_colours,
    takes_escapes,
)
from mistral_conversations.cli.terminal import report_error
from tests.support.commands import Screen
from tests.support.for_each import for_each

RED = "\x1b[1;31merror:\x1b[0m it broke\n"


@pytest.fixture(autouse=True)
def colours_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the environment that of a terminal with colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@for_each(
    ("variables", "line"),
    [
        ({}, RED),
        ({"NO_COLOR": ""}, RED),
        ({"NO_COLOR": "1"}, "error: it broke\n"),
        ({"TERM": "dumb"}, "error: it broke\n"),
        ({"TERM": ""}, "error: it broke\n"),
    ],
)
def test_an_error_is_red_where_the_environment_allows_it(
    variables: dict[str, str], line: str
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        screen = Screen()
        monkeypatch.setattr("sys.stderr", screen)
        report_error("it broke")
    assert screen.getvalue() == line


def test_without_colours_a_terminal_still_takes_escapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    assert (takes_escapes(screen), takes_colours(screen)) == (True, False)
    found = console(screen)
    assert found is not None
    found.print("[red]:smile: 1[/]", style="red")
    assert screen.getvalue() == "[red]:smile: 1[/]\n"


def test_what_is_no_terminal_takes_nothing() -> None:
    for stream in (None, io.StringIO()):
        assert not takes_escapes(stream)
        assert console(stream) is None
        assert painted("x", "error", stream) == "x"


def test_without_rich_there_is_no_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert console(Screen()) is None
