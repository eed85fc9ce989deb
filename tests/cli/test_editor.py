"""What is typed with prompt_toolkit, and the file that keeps it."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from mistral_conversations.cli.editor import Editor
from mistral_conversations.cli.history_file import HistoryFile

UP, TAB, ALT_ENTER = "\x1b[A", "\t", "\x1b\r"

Type = Callable[[str], None]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    variable = "LOCALAPPDATA" if os.name == "nt" else "XDG_STATE_HOME"
    monkeypatch.setenv(variable, str(tmp_path / "state"))
    return tmp_path / "state" / "mistral-conversations" / "history"


@pytest.fixture
def type_(nothing_blocks: BlockBuster) -> Iterator[Type]:
    """Return what types; the editor may block, as it has an event loop of its own."""
    nothing_blocks.deactivate()
    with (
        create_pipe_input() as keys,
        create_app_session(input=keys, output=DummyOutput()),
    ):
        yield keys.send_text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("Hello\r", "Hello"),
        (f"one{ALT_ENTER}two\r", "one\ntwo"),
        ('"""one\r\rtwo"""\r', '"""one\n\ntwo"""'),
        ("/he" + TAB + "\r", "/help"),
        ("/sa" + TAB + "a.md\r", "/save a.md"),
        ("x" + TAB + "y\r", "xy"),
        ("\x1b[200~one\ntwo\x1b[201~\r", "one\ntwo"),
    ],
)
def test_messages_are_typed(typed: str, message: str, type_: Type) -> None:
    type_(typed)
    assert Editor(None).message() == message


def test_ctrl_c_and_ctrl_d_are_raised(type_: Type) -> None:
    editor = Editor(None)
    type_("half\x03")
    with pytest.raises(KeyboardInterrupt):
        editor.message()
    type_("\x04")
    with pytest.raises(EOFError):
        editor.message()
    type_("/exit\r")
    with pytest.raises(EOFError):
        editor.ask("result> ")


def test_messages_are_recalled_in_the_next_chat(type_: Type, state: Path) -> None:
    editor = Editor(HistoryFile.opened())
    type_("once\r")
    editor.message()
    type_("secret answer\r")
    assert editor.ask("result> ") == "secret answer"
    text = state.read_text()
    assert "+once\n" in text
    assert "secret" not in text
    later = Editor(HistoryFile.opened())
    type_(f"{UP}\r")
    assert later.message() == "once"


def test_no_message_with_the_key_is_kept(
    type_: Type, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-canary-4f1e9a")
    editor = Editor(HistoryFile.opened())
    type_("my key is sk-canary-4f1e9a\r")
    editor.message()
    assert state.read_text() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="it has other permissions")
def test_only_the_user_can_read_the_file(state: Path) -> None:
    state.parent.mkdir(parents=True)
    state.touch(0o644)
    assert HistoryFile.opened() == HistoryFile(state)
    assert stat.S_IMODE(state.stat().st_mode) == 0o600


def test_file_that_cannot_be_kept_is_done_without(type_: Type, state: Path) -> None:
    state.mkdir(parents=True)
    assert HistoryFile.opened() is None
    editor = Editor(HistoryFile(state))  # as if it had become one since
    type_("once\r")
    assert editor.message() == "once"
    type_(f"{UP}\r")
    assert editor.message() == "once"
