"""Output of a model is shown in a terminal as plain text."""

import io

import pytest

from mistral_conversations.display.output import one_line, visible, write
from tests.support.for_each import for_each


@for_each(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07\x1b[2J", r"\x1b]0;title\x07\x1b[2J"),
        ("\x9b31m\x90\x85", r"\x9b31m\x90\x85"),
        ("\x00\x08\x7f", r"\x00\x08\x7f"),
        ("safe\rfake\r\n", "safefake\n"),
        ("txt.\u202egpj\u2066", r"txt.\u202egpj\u2066"),
        ("é 😀\n\tשלם\u00a0", "é 😀\n\tשלם\u00a0"),
    ],
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert "".join(map(visible, text)) == shown


def test_no_control_character_is_left() -> None:
    every = "".join(map(chr, range(0x3000)))
    left = {c for c in visible(every) if not c.isprintable() and not c.isspace()}
    assert not {c for c in left if ord(c) < 0xA0}
    assert not {"\u202a", "\u202e", "\u2066", "\u2069"} & left


def test_one_line_is_one_line() -> None:
    assert one_line(" a\n b\u2028c\x1b[0m\t\x85d \r\n") == r"a b c\x1b[0m d"


def test_text_appears_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    write("a\x1bb")
    assert capsys.readouterr().out == r"a\x1bb"


def test_what_stdout_cannot_encode_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr("sys.stdout", latin)
    write("é 😀\ud83d")
    assert latin.buffer.getvalue() == b"\xe9 \\U0001f600\\ud83d"


def test_without_stdout_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    write("a")
