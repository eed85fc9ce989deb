"""The commands of a chat in a terminal, and texts of several lines."""

import json
from pathlib import Path

import pytest

from mistral_conversations import MessageInputEntry, MessageOutputEntry
from mistral_conversations.cli import main
from mistral_conversations.cli.keyboard import _completion
from mistral_conversations.cli.reminder import last_exchange
from mistral_conversations.cli.slash import HELP, NAMES, command_of, is_open
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.server import LocalServer, fail, say
from tests.support.commands import TypedLines, start_conversation
from tests.support.for_each import for_each

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: Patch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _chat(patch: Patch, *lines: str, words: tuple[str, ...] = ()) -> int:
    patch.setattr("sys.stdin", TypedLines(*lines))
    return main(["chat", *words])


def _said(server: LocalServer) -> list[object]:
    return [each.json["inputs"] for each in server.requests if each.json]


@for_each(
    ("typed", "name", "text"),
    [
        ("Hello", "", "Hello"),
        ("  indented", "", "  indented"),
        ("//usr/bin", "", "/usr/bin"),
        (' """/exit"""', "", "/exit"),
        ('"""\none\n\n two\n"""', "", "one\n\n two"),
        ('"""', "", ""),
        (" /exit ", "/exit", ""),
        ("/model", "/model", ""),
        ("/save  my talk.md ", "/save", "my talk.md"),
    ],
)
def test_what_is_typed_is_a_message_or_a_command(
    typed: str, name: str, text: str
) -> None:
    command = command_of(typed)
    assert (command.name, command.text) == (name, text)


@for_each(
    ("typed", "message"),
    [
        ("/retyr", "did you mean /retry?"),
        ("/usr/bin/env: what is this?", "begin it with //"),
        ("/\x1b[2J", r"no command /\x1b[2J:"),
        ("/exit now", "/exit takes no argument"),
        ("/save", "name the file: /save FILE"),
    ],
)
def test_what_is_no_command_is_refused(typed: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        command_of(typed)
    assert message in str(caught.value)


@for_each(
    ("text", "opens"),
    [
        ('"""', True),
        (' """one', True),
        ('"""one\n"""', False),
        ('"""one"""', False),
        ('""""""', False),
        ('""""', True),
        ('say """', False),
        ("", False),
    ],
)
def test_quotes_open_a_text(text: str, *, opens: bool) -> None:
    assert is_open(text) is opens


def test_help_names_all_commands(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    assert _chat(monkeypatch, "/help", "/exit", "never") == 0
    err = capsys.readouterr().err
    assert HELP in err
    assert all(f"  {name}" in HELP for name in NAMES)
    assert mistral_server.requests == ()


def test_commands_are_completed() -> None:
    assert [_completion("/s", 0), _completion("/s", 1)] == ["/save ", None]
    found = [_completion("/", number) or "" for number in range(6)]
    assert [name.rstrip() for name in found] == [*NAMES, ""]
    assert _completion("", 0) is None


def test_several_lines_are_one_message(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    lines = '"""', "one", "/exit", "", 'two"""', "/nonsense", "//slash"
    assert _chat(monkeypatch, *lines) == 0
    assert _said(mistral_server) == ["one\n/exit\n\ntwo", "/slash"]
    assert "error: there is no command /nonsense" in capsys.readouterr().err


def test_model_starts_another_conversation(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    words = "--instructions", "Be brief."
    assert _chat(monkeypatch, "Hi", "/model big", "/model", "Hello", words=words) == 0
    first, second = mistral_server.conversations
    assert [first.json["model"], second.json["model"]] == [
        "mistral-small-latest",
        "big",
    ]
    assert second.json["instructions"] == "Be brief."
    err = capsys.readouterr().err
    assert err.count(f"big at {mistral_server.base_url}\n") == 2
    assert f"chat --continue {first.id}\n" in err


def test_last_question_is_asked_again(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = [say(word) for word in ("one", "two", "three", "four")]
    assert _chat(monkeypatch, "a", "b", "/retry", "/retry") == 0
    assert capsys.readouterr().out == "one\ntwo\nthree\nfour\n"
    *_, last = mistral_server.conversations
    contents = [entry["content"] for entry in last.entries]
    assert contents == ["a", "one", "b", "four"]


def test_first_question_is_asked_again_in_a_new_conversation(
    mistral_server: LocalServer, monkeypatch: Patch
) -> None:
    mistral_server.model = [say("one"), say("two")]
    assert _chat(monkeypatch, "a", "/retry") == 0
    first, second = mistral_server.requests[0], mistral_server.requests[-1]
    assert (second.path, second.json) == (first.path, first.json)


def test_question_whose_answer_failed_is_asked_again(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = [say("one"), fail("no", status=400), say("two")]
    assert _chat(monkeypatch, "a", "b", "/retry") == 0
    assert capsys.readouterr().out == "one\ntwo\n"
    *_, last = mistral_server.conversations
    assert [entry["content"] for entry in last.entries] == ["a", "one", "b", "two"]


def test_question_of_an_older_conversation_is_asked_again(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    id_ = start_conversation(mistral_server, "a", "b")
    words = "--continue", id_
    assert _chat(monkeypatch, "/retry", words=words) == 0
    *_, last = mistral_server.conversations
    assert [entry["content"] for entry in last.entries] == ["a", "a", "b", "b"]
    lone = start_conversation(mistral_server, "a")
    assert _chat(monkeypatch, "/retry", words=("--continue", lone)) == 0
    err = capsys.readouterr().err
    assert "the first question of a continued conversation cannot" in err
    assert f"conversation {lone} at {mistral_server.base_url}" in err


def test_a_continued_conversation_shows_its_last_question_and_answer(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = [say("one"), say(f"\x1b[2J {'two ' * 100}\n")]
    id_ = start_conversation(mistral_server, "a", "b\n\nc")
    assert _chat(monkeypatch, words=("--continue", id_)) == 0
    lines = capsys.readouterr().err.splitlines()
    answer = lines[lines.index("> b c") + 1]
    assert answer == (r"\x1b[2J " + "two " * 100)[:160] + "…"


def test_the_last_exchange_needs_no_answer_and_no_text() -> None:
    question = MessageInputEntry(role="user", content="Why?")
    silent = MessageOutputEntry(content=())
    answer = MessageOutputEntry(content="Because.")
    assert last_exchange(()) == ""
    assert last_exchange((answer,)) == "Because."
    assert last_exchange((answer, question, silent)) == "> Why?"
    assert last_exchange((question, answer, silent)) == "> Why?\nBecause."


def test_question_with_functions_is_asked_again(
    mistral_server: LocalServer, monkeypatch: Patch
) -> None:
    words = "--tools", "tests.support.waiting:weather", "--yes"
    assert _chat(monkeypatch, "a", "b", "/retry", words=words) == 0
    assert _chat(monkeypatch, "a", "/retry", "/model m", "c", words=words) == 0
    contents = [
        [entry["content"] for entry in each.entries]
        for each in mistral_server.conversations
    ]
    assert contents == [list("aabb"), list("aabb"), list("aa"), list("aa"), list("cc")]


def test_nothing_is_asked_again_or_saved_before_a_question(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    assert _chat(monkeypatch, "/retry", "/save x.md") == 0
    err = capsys.readouterr().err
    assert "error: there is no question to ask again\n" in err
    assert "error: there is nothing to save yet" in err
    assert mistral_server.requests == ()


def test_conversation_is_saved_in_each_form(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, folder: Path
) -> None:
    mistral_server.model = [say("*Blue*\x1b[2J.")]
    names = "a.md", "a.html", "a.json", "a.txt", "a.md", "a.pdf", "gone/a.md"
    assert _chat(monkeypatch, "Why?", *[f"/save {name}" for name in names]) == 0
    err = capsys.readouterr().err
    assert err.count("[saved as ") == 4
    assert "error: a.md exists already\n" in err
    assert "must end in .md, .html, .json or .txt" in err
    assert "error: gone/a.md: No such file or directory\n" in err
    (conversation,) = mistral_server.conversations
    markdown = (folder / "a.md").read_text()
    assert markdown.startswith(f"# Conversation {conversation.id}\n\n## user")
    assert "\n*Blue*\\x1b[2J.\n" in markdown
    assert "<em>Blue</em>" in (folder / "a.html").read_text()
    assert "\x1b" not in (folder / "a.txt").read_text()
    history = json.loads((folder / "a.json").read_text())
    assert [entry["type"] for entry in history["entries"]] == [
        "message.input",
        "message.output",
    ]
