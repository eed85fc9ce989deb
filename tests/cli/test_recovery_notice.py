"""`chat` with answers that are lost: they are recovered, and the user knows."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer, RecordedRequest, Trouble, call
from tests.support.commands import TypedLines, pipe_of

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

MIDWAY = Trouble(cut="close", after_events=3)
SOON = Trouble(cut="close", after_events=2)
BEFORE_THE_ANSWER = Trouble(cut="close")
WAITING = "; waiting up to 300 s for the answer]\n"


def is_post(request: RecordedRequest) -> bool:
    return request.method == "POST"


def _chat(patch: Patch, lines: object, *words: str) -> int:
    patch.setattr("sys.stdin", lines)
    return main(["chat", *words])


def _posts(server: LocalServer) -> int:
    return sum(map(is_post, server.requests))


def test_lost_answers_are_completed(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    logger = logging.getLogger("mistral_conversations")
    before = (logger.level, [*logger.handlers])
    mistral_server.inflict(MIDWAY, when=is_post)
    mistral_server.inflict(BEFORE_THE_ANSWER, when=is_post)
    assert _chat(monkeypatch, pipe_of("one two three four", "Hello"), "--lines") == 0
    out, err = capsys.readouterr()
    assert out == "one two three four\nHello\n"
    midway, before_the_answer = err.split(WAITING)[:2]
    assert midway.startswith("\n[the connection")  # on a line of its own
    assert before_the_answer.startswith("[the connection was lost before")
    assert _posts(mistral_server) == 2
    assert (logger.level, [*logger.handlers]) == before


def test_lost_answers_of_a_run_are_completed(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture, tmp_path: Path
) -> None:
    (tmp_path / "noted_functions.py").write_text(
        "def noon() -> str:\n    return 'twelve'\n"
    )
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    mistral_server.model = [call("noon"), "It is twelve."]
    mistral_server.inflict(SOON, times=2, when=is_post)
    tools = ("--tools", "noted_functions:noon", "--yes")
    assert _chat(monkeypatch, pipe_of("Noon?"), *tools) == 0
    out, err = capsys.readouterr()
    assert out == "[noon] {}\n  = twelve\nIt is twelve.\n"
    assert err.count(WAITING) == 2
    assert _posts(mistral_server) == 2


def test_ctrl_c_stops_the_wait_for_an_answer(
    monkeypatch: Patch, capsys: Capture
) -> None:
    def interrupt(request: RecordedRequest) -> bool:
        if request.method == "GET":
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()
        return False

    with LocalServer(busy_after_drop=60) as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        monkeypatch.setenv("MISTRAL_API_KEY", "k")
        server.inflict(Trouble(delay=1), times=None, when=interrupt)
        server.inflict(MIDWAY, when=is_post)
        assert _chat(monkeypatch, TypedLines("one two three four")) == 0
    out, err = capsys.readouterr()
    assert out == "one two\n"
    assert f"{WAITING}[stopped]\n" in err


def test_a_start_that_is_lost_says_why_it_cannot_be_recovered(
    mistral_server: LocalServer, monkeypatch: Patch, capsys: Capture
) -> None:
    mistral_server.inflict(BEFORE_THE_ANSWER, when=is_post)
    assert _chat(monkeypatch, TypedLines("Hi", "Hello")) == 0
    out, err = capsys.readouterr()
    assert out == "Hello\n"
    assert err.count("the answer could not be recovered: a start that failed") == 1
    assert "start_stream" not in err
    assert WAITING not in err
