"""`chat` with a message, or with one through a pipe: it sends it and exits."""

import pytest

from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer, Reply, call, say
from tests.support.commands import (
    TypedLines,
    answer_with_calls,
    last_inputs,
    pipe_of,
    start_conversation,
)

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def _chat(patch: Patch, lines: object, *words: str) -> int:
    patch.setattr("sys.stdin", lines)
    return main(["chat", *words])


def _inputs(server: LocalServer) -> list[object]:
    return [request.json.get("inputs") for request in server.requests if request.json]


@pytest.mark.parametrize(
    ("lines", "words", "sent"),
    [
        (pipe_of("one", "", "two"), [], "one\n\ntwo"),
        (pipe_of("  one", ""), [], "  one"),
        (pipe_of("a", "b"), ["Sum up:"], "Sum up:\n\na\nb"),
        (pipe_of(" "), ["Hello"], "Hello"),
        (None, ["Hello"], "Hello"),
        (TypedLines("never read"), ["Hello"], "Hello"),
        (pipe_of("/exit", '"""', "/help"), [], '/exit\n"""\n/help'),
        (None, ["/help me"], "/help me"),
    ],
)
def test_one_message_is_sent(
    lines: object,
    words: list[str],
    sent: str,
    mistral_server: LocalServer,
    monkeypatch: Patch,
) -> None:
    assert _chat(monkeypatch, lines, *words) == 0
    assert _inputs(mistral_server) == [sent]


def test_answer_is_all_of_stdout(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    assert _chat(monkeypatch, None, "Hello") == 0
    out, err = capsys.readouterr()
    (conversation,) = mistral_server.conversations
    assert out == "Hello\n"
    assert err.count("\n") == 1
    assert f"chat --continue {conversation.id}" in err


def test_lines_and_a_message_contradict(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    assert _chat(monkeypatch, pipe_of("a"), "Hello", "--lines") == 2
    assert "leave out the message, or --lines" in capsys.readouterr().err
    assert mistral_server.requests == ()


@pytest.mark.parametrize("words", [["call", "--lines"], ["call"], ["ask"]])
def test_exit_code_reports_unanswered_calls(
    words: list[str], mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = answer_with_calls
    said, *options = words
    assert _chat(monkeypatch, pipe_of(said), *options) == 3
    out, err = capsys.readouterr()
    shown = '[weather] {"city":"Oslo"}' if said == "call" else '[rm] {"path":"/"}'
    assert f"unanswered function calls: {shown}" in (err if not options else out + err)
    assert "chat --continue conv_" in err
    assert len(mistral_server.requests) == 1


def test_nothing_is_sent_to_a_conversation_with_unanswered_calls(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = answer_with_calls
    id_ = start_conversation(mistral_server, "call")
    assert _chat(monkeypatch, None, "Well?", "--continue", id_) == 3
    assert "unanswered function calls: [weather]" in capsys.readouterr().err
    assert _inputs(mistral_server) == ["call"]


def test_calls_of_one_message_are_answered_in_a_terminal(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = answer_with_calls
    assert _chat(monkeypatch, TypedLines("rainy", "noon"), "call") == 0
    assert capsys.readouterr().out.endswith("answer to results\n")
    assert [each["result"] for each in last_inputs(mistral_server)] == ["rainy", "noon"]


def test_newest_conversation_continues(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    start_conversation(mistral_server, "older")
    id_ = start_conversation(mistral_server, "newer")
    assert _chat(monkeypatch, None, "Again", "--continue") == 0
    assert capsys.readouterr().out == "Again\n"
    assert mistral_server.requests[-1].path == f"/v1/conversations/{id_}"


def test_no_conversation_can_continue(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    assert _chat(monkeypatch, None, "Again", "--continue") == 2
    assert "there is no conversation to continue" in capsys.readouterr().err
    assert _chat(monkeypatch, None, "Again", "--continue", "--local") == 2
    assert len(mistral_server.requests) == 1


def test_service_confirmation_is_missing_with_functions(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    reply: Reply = [call("rm", path="/").pending()]
    mistral_server.model = [reply, say("no")]
    words = "--tools", "tests.support.waiting:weather", "--yes"
    assert _chat(monkeypatch, None, "Go", *words) == 3
    assert 'unanswered function calls: [rm] {"path":"/"}' in capsys.readouterr().err
