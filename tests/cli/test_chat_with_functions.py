"""`chat` with functions: what is asked, run, shown and sent."""

import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import Mistral
from mistral_conversations.cli import main
from mistral_conversations.server import (
    LocalServer,
    Piece,
    RecordedConversation,
    RecordedRequest,
    call,
    flood,
    say,
)
from tests.support.commands import TypedLines, last_inputs, pipe_of, start_conversation

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

TOOLS = "chat_functions:tools"
MODULE = '''
import asyncio
import datetime
from mistral_conversations import ToolError, function_tool

ran = []


def get_weather(city: str) -> str:
    """Return the weather of a city."""
    ran.append(city)
    if city == "Atlantis":
        raise ToolError("There is no such city.")
    return f"sunny in {city}\\nand warm"


async def days_until(day: datetime.date) -> int:
    return (day - datetime.date(2026, 8, 1)).days


@function_tool(requires_approval=True)
def send_mail(to: str) -> dict[str, str]:
    ran.append(to)
    return {"sent": to}


tools = [get_weather, days_until, send_mail]
'''
PARIS = call("get_weather", city="Paris")
PARIS_LINE = '[get_weather] {"city":"Paris"}\n'
PARIS_RESULT = "  = sunny in Paris\n  = and warm\n"


@pytest.fixture(autouse=True)
def ran(tmp_path: Path, monkeypatch: Patch) -> Iterator[list[str]]:
    """Write the module in the current folder; return what its functions were given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    (tmp_path / "chat_functions.py").write_text(MODULE)
    found: list[str] = __import__("chat_functions").ran
    yield found
    del sys.modules["chat_functions"]


def _chat(patch: Patch, lines: object, *words: str) -> int:
    patch.setattr("sys.stdin", lines)
    return main(["chat", "--tools", TOOLS, *words])


def _results(server: LocalServer) -> list[Any]:
    return [entry["result"] for entry in last_inputs(server)]


def test_function_runs_once_the_user_agrees(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    mistral_server.model = [PARIS, say("Take a hat.")]
    assert _chat(monkeypatch, TypedLines("Rain?", "what", "Y")) == 0
    out, err = capsys.readouterr()
    assert out == f"{PARIS_LINE}{PARIS_RESULT}Take a hat.\n"
    assert err.count("run it? [y/n/a] ") == 2
    hint = "[y runs the function, n refuses, a runs it now and without asking again]\n"
    assert err.count(hint) == 1
    assert ran == ["Paris"]
    first, second = mistral_server.requests
    names = [tool["function"]["name"] for tool in first.json["tools"]]
    assert names == ["get_weather", "days_until", "send_mail"]
    assert _results(mistral_server) == ["sunny in Paris\nand warm"]
    assert second.path.startswith("/v1/conversations/conv_")


def test_refused_function_does_not_run(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    mistral_server.model = [PARIS, say("As you like.")]
    assert _chat(monkeypatch, TypedLines("Rain?", "n")) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{PARIS_LINE}  ! ")
    assert out.endswith("\nAs you like.\n")
    assert ran == []
    [result] = _results(mistral_server)
    assert f"  ! {result}\n" in out


def test_user_is_asked_about_every_call_of_a_turn(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    days = call("days_until", day="2026-08-03")
    mistral_server.model = [[PARIS, days, call("send_mail", to="Ann")], say("Done.")]
    assert _chat(monkeypatch, TypedLines("Go", "y", "y", "n")) == 0
    out, err = capsys.readouterr()
    assert err.count("run it?") == 3
    days_line = '[days_until] {"day":"2026-08-03"}\n'
    assert out.startswith(f'{PARIS_LINE}{days_line}[send_mail] {{"to":"Ann"}}\n')
    assert out.count(f"{PARIS_LINE}{PARIS_RESULT}") == 1
    assert out.count(f"{days_line}  = 2\n") == 1
    assert ran == ["Paris"]
    assert _results(mistral_server)[:2] == ["sunny in Paris\nand warm", "2"]


def test_user_may_agree_for_the_whole_chat(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    oslo, ann = call("get_weather", city="Oslo"), call("send_mail", to="Ann")
    mistral_server.model = [PARIS, oslo, say("one"), PARIS, ann, say("two")]
    assert _chat(monkeypatch, TypedLines("Rain?", "a", "Again?", "y")) == 0
    assert capsys.readouterr().err.count("run it?") == 2
    assert ran == ["Paris", "Oslo", "Paris", "Ann"]


def test_yes_runs_functions_from_a_pipe(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    atlantis = call("get_weather", city="Atlantis")
    mistral_server.model = [
        [say("Let me see."), call("send_mail", to="Ann")],
        [atlantis],
        [call("fly", to="Mars")],
        say("Done."),
        say("Bye."),
    ]
    assert _chat(monkeypatch, pipe_of("Go", "Thanks"), "--lines", "--yes") == 0
    out, err = capsys.readouterr()
    assert out.startswith(
        'Let me see.\n[send_mail] {"to":"Ann"}\n  = {"sent":"Ann"}\n'
        '[get_weather] {"city":"Atlantis"}\n  ! There is no such city.\n'
        '[fly] {"to":"Mars"}\n  ! There is no function'
    )
    assert out.endswith("\nDone.\nBye.\n")
    assert "run it?" not in err
    assert ran == ["Ann", "Atlantis"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tools", TOOLS], "stdin is not a terminal, so nobody can be asked"),
        (["--yes"], "--yes applies to the functions of --tools"),
        (["--tools", "nowhere:f", "--yes"], "--tools nowhere:f: there is no module"),
        (["--tools", "chat_functions:gone", "--yes"], "has no 'gone'"),
    ],
)
def test_what_cannot_work_is_refused(
    words: list[str],
    message: str,
    mistral_server: LocalServer,
    monkeypatch: Patch,
    capsys: Capture,
) -> None:
    monkeypatch.setattr("sys.stdin", pipe_of("Hi"))
    assert main(["chat", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert mistral_server.requests == ()


@pytest.fixture
def search(tmp_path: Path) -> tuple[str, str]:
    """Write a module with a tool of the service; return the words that name it."""
    lines = "from mistral_conversations import WebSearchTool\nsearch = WebSearchTool()"
    (tmp_path / "chat_search.py").write_text(lines)
    return "--tools", "chat_search:search"


@pytest.mark.parametrize("words", [["--agent", "ag_1"], ["--continue", "conv_1"]])
def test_tool_of_the_service_is_for_a_model(
    words: list[str],
    search: tuple[str, str],
    mistral_server: LocalServer,
    monkeypatch: Patch,
    capsys: Capture,
) -> None:
    assert _chat(monkeypatch, pipe_of("Hi"), "--yes", *search, *words) == 2
    assert capsys.readouterr().err.startswith(
        "error: --tools: tools has a declared tool"
    )
    assert mistral_server.requests == ()


def test_tool_of_the_service_is_sent_at_the_start(
    search: tuple[str, str],
    mistral_server: LocalServer,
    monkeypatch: Patch,
    capsys: Capture,
) -> None:
    mistral_server.model = [PARIS, say("Dry."), say("Yes.")]
    assert (
        _chat(monkeypatch, pipe_of("Rain?", "Sure?"), "--lines", "--yes", *search) == 0
    )
    assert mistral_server.requests[0].json["tools"][-1] == {"type": "web_search"}
    assert capsys.readouterr().out.endswith("Dry.\nYes.\n")


def test_functions_implement_those_of_an_agent(
    mistral_server: LocalServer, monkeypatch: Patch, ran: list[str]
) -> None:
    with Mistral() as client:
        agent = client.agents.create(model="m", name="desk").id
    mistral_server.model = [PARIS, say("Dry.")]
    assert _chat(monkeypatch, pipe_of("Rain?"), "--yes", "--agent", agent) == 0
    assert ran == ["Paris"]
    assert "tools" not in mistral_server.requests[1].json


def test_open_calls_run_when_a_conversation_continues(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    mistral_server.model = [PARIS, say("Dry."), say("Bye.")]
    id_ = start_conversation(mistral_server, "Rain?")
    assert _chat(monkeypatch, pipe_of("Thanks"), "--yes", "--continue", id_) == 0
    out = capsys.readouterr().out
    assert out == f"{PARIS_LINE}{PARIS_RESULT}Dry.\nBye.\n"
    assert ran == ["Paris"]


def test_user_is_asked_about_calls_that_were_open(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    mistral_server.model = [PARIS, say("As you like."), say("Bye.")]
    id_ = start_conversation(mistral_server, "Rain?")
    assert _chat(monkeypatch, TypedLines("n", "Thanks"), "--continue", id_) == 0
    assert capsys.readouterr().out.endswith("As you like.\nBye.\n")
    assert ran == []


def test_calls_of_the_service_are_confirmed(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    mistral_server.model = [[PARIS, call("rm", path="/").pending()], say("Good.")]
    assert _chat(monkeypatch, TypedLines("Go", "n"), "--yes") == 0
    err = capsys.readouterr().err
    assert "allow it? [y/n] " in err
    assert "run it?" not in err
    sent = mistral_server.requests[-1].json
    [confirmation] = sent["tool_confirmations"]
    assert confirmation["confirmation"] == "deny"
    assert ran == ["Paris"]


def test_calls_beyond_a_limit_are_refused_and_the_chat_continues(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    mistral_server.model = [flood(PARIS), say("Sorry."), say("Hello.")]
    assert _chat(monkeypatch, TypedLines("Rain?", "Hi"), "--yes") == 0
    out, err = capsys.readouterr()
    assert out == "Sorry.\nHello.\n"
    assert "91 calls" in err
    assert "[the calls were refused]\n" in err
    assert ran == []


def test_local_server_calls_the_function_that_is_named(
    monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    lines = TypedLines('get_weather {"city":"Paris"}', "y", "get_weather", "Hello")
    assert _chat(monkeypatch, lines, "--local") == 0
    out, err = capsys.readouterr()
    assert "; the message NAME {JSON} calls a function\n" in err
    shown = f"{PARIS_LINE}{PARIS_RESULT}sunny in Paris\nand warm\n"
    assert out.startswith(f"{shown}[get_weather] {{}}\n  ! ")
    assert out.endswith("\nHello\n")
    assert ran == ["Paris"]


def test_ctrl_c_in_a_function_leaves_its_call_open(
    mistral_server: LocalServer,
    monkeypatch: Patch,
    capsys: Capture,
    tmp_path: Path,
) -> None:
    (tmp_path / "chat_slow.py").write_text(
        "import asyncio, os, signal\n"
        "async def sleep() -> str:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    await asyncio.sleep(60)\n"
        "    return 'never'\n"
    )
    mistral_server.model = [call("sleep"), say("Fine."), say("Bye.")]
    lines = TypedLines("Go", "y", "Well?", "n")
    assert _chat(monkeypatch, lines, "--tools", "chat_slow:sleep") == 0
    out, err = capsys.readouterr()
    assert "[stopped]\n" in err
    assert "[the previous answer is still" not in err
    assert out.count("[sleep] {}\n") >= 2
    assert out.endswith("Fine.\n")
    first, second = last_inputs(mistral_server)
    assert first["type"] == "function.result"
    assert second["content"] == "Well?"


def test_ctrl_c_while_the_answer_streams_leaves_a_usable_chat(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    gone = threading.Event()

    async def model(
        _: RecordedConversation, request: RecordedRequest
    ) -> AsyncIterator[Piece]:
        inputs = request.json["inputs"]
        if inputs == "Go":
            yield say("I will call ")
            os.kill(os.getpid(), signal.SIGINT)
            yield PARIS
            gone.set()
        elif inputs == "Hi":
            yield say("Hello.")
        else:
            yield say("Dry.")

    mistral_server.model = model
    lines = TypedLines("Hi", "Go", "Well?", "y")
    assert _chat(monkeypatch, lines) == 0
    assert gone.is_set()
    out, err = capsys.readouterr()
    assert "[stopped]\n" in err
    assert "[the previous answer is still being written; waiting up to 90 s]\n" in err
    assert out.endswith(f"{PARIS_LINE}{PARIS_RESULT}Dry.\n")
    assert ran == ["Paris"]


def test_farewell_leaves_calls_open(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, ran: list[str]
) -> None:
    mistral_server.model = [PARIS]
    assert _chat(monkeypatch, TypedLines("Rain?")) == 0
    assert "continue with: " in capsys.readouterr().err
    assert ran == []
    assert len(mistral_server.requests) == 1
