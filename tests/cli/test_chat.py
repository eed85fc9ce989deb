"""`chat` through a pipe, and line by line as typed."""

import os
import re
import signal
import threading
from collections.abc import AsyncIterator

import pytest

from mistral_conversations import Mistral
from mistral_conversations.cli import main
from mistral_conversations.server import (
    LocalServer,
    Piece,
    RecordedConversation,
    RecordedRequest,
    Trouble,
    call,
    fail,
    say,
)
from tests.support.bodies import delta, done
from tests.support.bodies import started as started_event
from tests.support.clients import answers
from tests.support.commands import (
    TypedLines,
    answer_with_calls,
    last_inputs,
    pipe_of,
    start_conversation,
)
from tests.support.raw_server import event, http, raw_server_on_thread

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

WELCOME = "[Ctrl-C stops an answer, /help lists commands, Ctrl-D or /exit leaves]"
BUSY = "[the previous answer is still being written; waiting up to 90 s]"


def _banner(server: LocalServer) -> str:
    return f"mistral-small-latest at {server.base_url}\n{WELCOME}"


def _farewell(conversation_id: str) -> str:
    how = f"python -m mistral_conversations chat --continue {conversation_id}"
    return f"conversation {conversation_id}; continue with: {how}"


def _chat(patch: Patch, lines: object, *words: str) -> int:
    patch.setattr("sys.stdin", lines)
    return main(["chat", *words])


def test_each_line_of_a_pipe_is_a_message_where_asked(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    assert _chat(monkeypatch, pipe_of("Hello", "", "  ", "Bye"), "--lines") == 0
    (conversation,) = mistral_server.conversations
    assert capsys.readouterr() == ("Hello\nBye\n", f"{_farewell(conversation.id)}\n")
    assert conversation.json["model"] == "mistral-small-latest"
    first, second = mistral_server.requests
    assert first.json == {
        "inputs": "Hello",
        "model": "mistral-small-latest",
        "stream": True,
    }
    assert (second.path, second.json) == (
        f"/v1/conversations/{conversation.id}",
        {"inputs": "Bye", "stream": True},
    )


def test_id_drives_neither_the_terminal_nor_the_shell(
    monkeypatch: Patch, capsys: Capture
) -> None:
    id_ = "conv_\x1b]0;pwned\x07"
    events = event(started_event(id_)), event(delta("Hi")), event(done())
    stream = http(200, b"".join(events), {"Content-Type": "text/event-stream"})
    with raw_server_on_thread(answers(stream)) as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        monkeypatch.setenv("MISTRAL_API_KEY", "k")
        assert _chat(monkeypatch, pipe_of("Hello")) == 0
    shown = r"conv_\x1b]0;pwned\x07"
    assert capsys.readouterr().err == (
        f"conversation {shown}; continue with: python -m mistral_conversations chat "
        f"--continue '{shown}'\n"
    )


def test_id_with_half_a_character_ends_the_conversation_not_the_chat(
    monkeypatch: Patch, capsys: Capture
) -> None:
    events = event(started_event("conv_half")), event(delta("Hi")), event(done())
    body = b"".join(events).replace(b"conv_half", rb"conv_\ud83d")
    stream = http(200, body, {"Content-Type": "text/event-stream"})
    with raw_server_on_thread(answers(stream)) as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        monkeypatch.setenv("MISTRAL_API_KEY", "k")
        assert _chat(monkeypatch, pipe_of("Hello", "Bye"), "--lines") == 0
        paths = [request.target for request in server.requests]
    assert paths == ["/v1/conversations"] * 2
    line = "[this conversation has no usable id: the next message starts a new one]\n"
    assert capsys.readouterr() == ("Hi\nHi\n", line * 2)


def test_last_line_may_lack_its_end_and_a_line_may_end_the_chat(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    lines = pipe_of("a")
    lines.seek(0, 2)
    lines.write("b\r\n /exit\nc")
    lines.seek(0)
    assert _chat(monkeypatch, lines, "--lines") == 0
    assert capsys.readouterr().out == "a\nb\n"
    assert [request.json["inputs"] for request in mistral_server.requests] == ["a", "b"]


def test_nothing_to_say_sends_nothing(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    for lines in pipe_of(), pipe_of(" ", ""), None:
        assert _chat(monkeypatch, lines) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert "there is no message: stdin is empty" in err
    assert _chat(monkeypatch, pipe_of(), "--lines") == 0
    assert capsys.readouterr() == ("", "")
    assert mistral_server.requests == ()


def test_model_and_instructions_are_sent(
    mistral_server: LocalServer, monkeypatch: Patch
) -> None:
    words = "--model", "m", "--instructions", "Be brief."
    assert _chat(monkeypatch, pipe_of("Hi"), *words) == 0
    assert mistral_server.requests[0].json == {
        "inputs": "Hi",
        "model": "m",
        "instructions": "Be brief.",
        "stream": True,
    }


def test_agent_answers(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    with Mistral() as client:
        agent = client.agents.create(model="m", name="desk").id
    assert _chat(monkeypatch, pipe_of("Hi"), "--agent", agent) == 0
    assert capsys.readouterr().out == "Hi\n"
    assert mistral_server.requests[-1].json == {
        "inputs": "Hi",
        "agent_id": agent,
        "stream": True,
    }


def test_conversation_continues(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    id_ = start_conversation(mistral_server, "Hi")
    assert _chat(monkeypatch, pipe_of("Again"), "--continue", id_) == 0
    assert capsys.readouterr() == ("Again\n", f"{_farewell(id_)}\n")
    assert mistral_server.requests[-1].path == f"/v1/conversations/{id_}"


@pytest.mark.parametrize("words", [["--local"], []])
def test_local_server_echoes(
    words: list[str], monkeypatch: Patch, capsys: Capture
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("MISTRAL_BASE_URL", "http://127.0.0.1:9")
    if words:
        monkeypatch.setenv("MISTRAL_API_KEY", "k")
    before = dict(os.environ)
    assert _chat(monkeypatch, pipe_of("Hello"), *words) == 0
    out, err = capsys.readouterr()
    notice = "this is a local server that echoes and saves nothing"
    why = "" if words else "MISTRAL_API_KEY is not set: "
    assert out == "Hello\n"
    assert re.fullmatch(rf"{why}{notice}\nconversation conv_\w+\n", err)
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--local", "--agent", "ag_1"], "--local starts an empty server"),
        (["--local", "--continue", "conv_1"], "--local starts an empty server"),
        (["--continue", "conv_1", "--instructions", "x"], "--instructions applies to"),
        (
            ["--agent", "ag_1", "--instructions", "x"],
            "--instructions applies to a model",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: list[str], message: str, monkeypatch: Patch, capsys: Capture
) -> None:
    assert _chat(monkeypatch, pipe_of("Hello"), *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1


def test_error_ends_a_pipe(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = [[say("I was"), fail("lost\nmy thread")], say("no")]
    assert _chat(monkeypatch, pipe_of("a", "b"), "--lines") == 1
    assert capsys.readouterr() == ("I was\n", "error: lost my thread\n")


def test_calls_are_answered_from_a_pipe(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = answer_with_calls
    assert _chat(monkeypatch, pipe_of("call", "rainy", "", "Thanks"), "--lines") == 0
    assert capsys.readouterr().out == (
        '[weather] {"city":"Oslo"}\n[clock] {"city":"Rome"}\n'
        "answer to results\nanswer to Thanks\n"
    )
    answers = mistral_server.requests[1].json["inputs"]
    assert [answer["result"] for answer in answers] == ["rainy", ""]


def test_error_ends_a_turn_of_a_terminal(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = [
        say("one"),
        [say("I was"), fail("lost")],
        fail("no", status=400),
        say("four"),
    ]
    assert _chat(monkeypatch, TypedLines("a", "b", "c", "d")) == 0
    out, err = capsys.readouterr()
    (conversation,) = mistral_server.conversations
    assert out == "one\nI was\nfour\n"
    assert re.sub(r"> | \[request id [^]]*\]", "", err) == (
        f"{_banner(mistral_server)}\nerror: lost\nerror: HTTP 400: no\n\n"
        f"{_farewell(conversation.id)}\n"
    )


def test_calls_are_allowed_or_denied(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = answer_with_calls
    lines = TypedLines("ask", "maybe", "Y", "ask", "no", "/exit")
    assert _chat(monkeypatch, lines) == 0
    out, err = capsys.readouterr()
    assert out == '[rm] {"path":"/"}\nanswer to results\n' * 2
    assert err.count("allow it? [y/n] ") == 3
    assert err.count("[y allows the call, n denies it]\n") == 1
    sent = [r.json.get("tool_confirmations") for r in mistral_server.requests]
    assert [c[0]["confirmation"] for c in sent if c] == ["allow", "deny"]
    assert all("inputs" not in r.json for r in mistral_server.requests[1::2])


def test_calls_of_a_conversation_are_open_when_it_continues(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = answer_with_calls
    id_ = start_conversation(mistral_server, "call")
    assert _chat(monkeypatch, TypedLines("sunny", "noon"), "--continue", id_) == 0
    assert capsys.readouterr().out.endswith("answer to results\n")
    assert [answer["result"] for answer in last_inputs(mistral_server)] == [
        "sunny",
        "noon",
    ]


def test_calls_not_shown_before_are_asked_for(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    gone = threading.Event()

    async def model(
        _: RecordedConversation, request: RecordedRequest
    ) -> AsyncIterator[Piece]:
        if request.json["inputs"] == "Go":
            yield say("I will call ")
            os.kill(os.getpid(), signal.SIGINT)
            yield call("weather", city="Oslo")
            gone.set()
        else:
            yield say("fine")

    mistral_server.model = model
    lines = TypedLines("Hi", "Go", "Well?", "sunny", "Well?")
    assert _chat(monkeypatch, lines) == 0
    assert gone.is_set()
    out, err = capsys.readouterr()
    asked = r'\[weather\] {"city":"Oslo"}\n'
    assert re.fullmatch(rf"fine\n(I( will( call ?)?)? ?\n)?{asked}fine\nfine\n", out)
    assert "[stopped]\n" in err
    assert re.search(r"HTTP 400: [^\n]*function results are still missing", err)
    assert "[nothing was sent: answer these calls first]\n" in err


def test_ctrl_c_stops_an_answer_and_the_next_message_waits(
    monkeypatch: Patch, capsys: Capture
) -> None:
    def model(_: RecordedConversation, request: RecordedRequest) -> Piece:
        if request.json["inputs"] == "Go":
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()
            return say("word " * 100)
        return say("fine")

    with LocalServer(model, latency=0.01, busy_after_drop=0.5) as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        monkeypatch.setenv("MISTRAL_API_KEY", "k")
        assert _chat(monkeypatch, TypedLines("Hi", "Go", "Well?")) == 0
        (conversation,) = server.conversations
        banner = _banner(server)
    out, err = capsys.readouterr()
    assert re.fullmatch(r"fine\n(word ?){1,60}\nfine\n", out)
    assert err.replace("> ", "") == (
        f"{banner}\n[stopped]\n{BUSY}\n\n{_farewell(conversation.id)}\n"
    )
    assert len(conversation.entries) == 6


def test_ctrl_c_before_the_answer_begins(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    def slow(_: RecordedRequest) -> bool:
        threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()
        return True

    mistral_server.inflict(Trouble(delay=60), when=slow)
    assert _chat(monkeypatch, TypedLines("Hi", "Hello")) == 0
    out, err = capsys.readouterr()
    assert out == "Hello\n"
    assert "[stopped early: the next message starts a new conversation]\n" in err


def test_ctrl_c_at_a_prompt_explains_how_to_leave(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.model = answer_with_calls
    lines = TypedLines(None, None, "call", "sunny", None, "rainy", "noon", " /exit ")
    assert _chat(monkeypatch, lines) == 0
    assert capsys.readouterr().err.count("\n[Ctrl-D or /exit leaves]\n") == 3
    assert [answer["result"] for answer in last_inputs(mistral_server)] == [
        "rainy",
        "noon",
    ]


def test_ctrl_c_is_given_back(monkeypatch: Patch) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert _chat(monkeypatch, TypedLines("Hi"), "--local") == 0
    assert signal.getsignal(signal.SIGINT) is before
