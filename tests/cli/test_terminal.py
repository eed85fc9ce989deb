"""Messages of the command line."""

import pytest

from mistral_conversations.cli.terminal import report


def test_a_message_appears_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    report("line")
    assert capsys.readouterr() == ("", "line\n")


def test_messages_are_dropped_without_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr", None)
    report("line")
    assert capsys.readouterr().out == ""
