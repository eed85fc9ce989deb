"""`batch`."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer, fail, say
from tests.support.commands import Screen

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(server: LocalServer) -> list[Any]:
    return [request.json["inputs"] for request in server.requests]


def ends(path: Path) -> dict[str, Any]:
    """Return the last line about each row."""
    lines = map(json.loads, path.read_text().splitlines())
    return {line["custom_id"]: line for line in lines}


def run(*words: str) -> int:
    return main(["batch", *words])


def test_json_lines_are_asked_and_kept(
    mistral_server: LocalServer, capsys: Capture, folder: Path
) -> None:
    rows = ['"Sky?"', "", '{"custom_id": "sea", "inputs": "Sea?"}']
    (folder / "asks.jsonl").write_text("\n".join(rows))
    command = ["asks.jsonl", "-o", "answers.jsonl", "--model", "m"]
    assert run(*command, "--instructions", "Be brief.") == 0
    out, err = capsys.readouterr()
    assert out == ""
    tokens = r"4 tokens \(2 prompt, 2 completion\) in \d+\.\d s"
    assert re.fullmatch(f"2 rows; {tokens}\n", err)
    found = ends(folder / "answers.jsonl")
    assert {id_: line["text"] for id_, line in found.items()} == {
        "0": "Sky?",
        "sea": "Sea?",
    }
    first = mistral_server.requests[0].json
    assert (first["model"], first["instructions"]) == ("m", "Be brief.")
    assert run(*command, "--instructions", "Be brief.") == 0
    assert "2 rows, 2 resumed; 0 tokens" in capsys.readouterr().err
    assert len(mistral_server.requests) == 2


def test_a_table_has_prompts_and_ids(mistral_server: LocalServer, folder: Path) -> None:
    table = b'\xef\xbb\xbfkey,text,label\r\n7,"Sky,\r\nor sea?",x\r\n8,Sun?,y\r\n'
    (folder / "asks.CSV").write_bytes(table)
    words = ["--field", "text", "--id-field", "key"]
    assert run("asks.CSV", "-o", "a.jsonl", "--agent", "ag_1", *words) == 0
    assert sorted(asked(mistral_server)) == ["Sky,\r\nor sea?", "Sun?"]
    assert mistral_server.requests[0].json["agent_id"] == "ag_1"
    assert ends(folder / "a.jsonl").keys() == {"7", "8"}


def test_stdin_has_objects_of_any_kind(
    mistral_server: LocalServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b'{"q": "Sky?", "id": 7}\n{"q": "Sea?", "id": 8, "color": "blue"}\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    words = ["--field", "q", "--id-field", "id", "--model", "m"]
    assert run("-", "-o", "a.jsonl", *words) == 0
    assert sorted(asked(mistral_server)) == ["Sea?", "Sky?"]
    assert ends(folder / "a.jsonl").keys() == {"7", "8"}


def test_a_schema_is_asked_for_and_its_object_kept(
    mistral_server: LocalServer, folder: Path
) -> None:
    mistral_server.model = [say('{"label": "blue"}')]
    schema = {"type": "object", "properties": {"label": {"type": "string"}}}
    (folder / "schema.json").write_text(json.dumps(schema))
    (folder / "a.jsonl").write_text('"Sky?"\n')
    assert run("a.jsonl", "-o", "b", "--model", "m", "--schema", "schema.json") == 0
    (request,) = mistral_server.requests
    sent = request.json["completion_args"]["response_format"]["json_schema"]["schema"]
    assert sent["properties"] == schema["properties"]
    assert ends(folder / "b")["0"]["output"] == {"label": "blue"}


def test_failures_are_shown_and_counted(
    mistral_server: LocalServer, capsys: Capture, folder: Path
) -> None:
    mistral_server.model = [fail("Fog \x1b[2J", status=500)]
    (folder / "a.jsonl").write_text('{"custom_id": "s\\u001b", "inputs": "Sky?"}')
    assert run("a.jsonl", "-o", "b", "--model", "m") == 1
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "row s\\x1b: HTTP 500" in err
    assert "1 rows, 1 failed" in err
    assert "--retry-failed" in err
    mistral_server.model = None
    words = ["--retry-failed", "--resend"]
    assert run("a.jsonl", "-o", "b", "--model", "m", *words) == 0


def test_rows_are_asked_through_batch_jobs(
    mistral_server: LocalServer, capsys: Capture, folder: Path
) -> None:
    (folder / "a.jsonl").write_text('"Sky?"\n"Sea?"\n')
    words = ["--model", "m", "--via", "batch_jobs"]
    assert run("a.jsonl", "-o", "b", *words) == 0
    assert len(mistral_server.batch_jobs) == 1
    assert {line["text"] for line in ends(folder / "b").values()} == {"Sky?", "Sea?"}
    assert run("a.jsonl", "-o", "c", "--rpm", "5", *words) == 2
    assert "requests_per_minute has no effect" in capsys.readouterr().err


WRONG = [
    ("a.jsonl", b'"Sky?"\n{"inputs": \n', [], "a.jsonl: line 2: "),
    ("a.jsonl", b'"Sky?"\n\n7\n', [], "line 3: must be a text or an object"),
    ("a.jsonl", b'{"q": "Sky?"}', ["--field", "p"], "has no 'p', only 'q'"),
    ("a.jsonl", b'{"q": "?"}', ["--field", "q", "--id-field", "i"], "has no 'i'"),
    ("a.csv", b"q\nSky?\n", [], "a.csv: line 2: has no 'inputs', only 'q'"),
    ("a.csv", b'inputs\n"Sky\n', [], "a.csv: line 2: "),
    ("a.csv", b"inputs\n\xff\n", [], "a.csv: line 2: "),
    ("a.csv", b"", [], ""),
]


@pytest.mark.usefixtures("mistral_server")
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_line_is_named(
    capsys: Capture, folder: Path, case: tuple[str, bytes, list[str], str]
) -> None:
    name, content, words, problem = case
    (folder / name).write_bytes(content)
    code = run(name, "-o", "b", "--model", "m", *words)
    err = capsys.readouterr().err
    assert code == (2 if problem else 0)
    assert problem in err
    assert len(err.splitlines()) <= 4


@pytest.mark.usefixtures("mistral_server")
def test_files_that_cannot_be_used_are_named(capsys: Capture, folder: Path) -> None:
    assert run("none.jsonl", "-o", "b", "--model", "m") == 1
    assert capsys.readouterr().err == "error: none.jsonl: No such file or directory\n"
    (folder / "a.jsonl").write_text('"Sky?"\n')
    assert run("a.jsonl", "-o", "a.jsonl", "--model", "m") == 2
    assert "a.jsonl is no file of results" in capsys.readouterr().err
    assert (folder / "a.jsonl").read_text() == '"Sky?"\n'


@pytest.mark.usefixtures("mistral_server")
def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "a.jsonl").write_text('"Sky?"\n"Sea?"\n')
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    assert run("a.jsonl", "-o", "b", "--model", "m") == 0
    assert re.search(r"4 tokens .* 2/\? ", screen.getvalue())


COMMAND = ["batch", "a.jsonl", "-o", "b.jsonl", "--model", "m", "--concurrency", "8"]


def start(server: LocalServer, folder: Path, *words: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "MISTRAL_API_KEY": "key",
        "MISTRAL_BASE_URL": server.base_url,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "mistral_conversations", *COMMAND, *words],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def stop(process: "subprocess.Popen[str]", path: Path, number: int) -> str:
    """Send a signal once the file has some answers; return stderr."""
    deadline = time.monotonic() + 30
    while not path.exists() or path.read_text().count('"done"') < 20:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    return err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_batch_that_is_stopped_continues(folder: Path, number: int) -> None:
    questions = [f"{row}?" for row in range(300)]
    (folder / "a.jsonl").write_text("".join(f'"{each}"\n' for each in questions))
    path = folder / "b.jsonl"
    with LocalServer(latency=0.02) as server:
        process = start(server, folder)
        err = stop(process, path, number)
        if number == signal.SIGINT:
            assert process.returncode == 130
            assert "the same command continues b.jsonl" in err
        process = start(server, folder)
        _, err = process.communicate(timeout=60)
        assert max(Counter(asked(server)).values()) == 1
        assert process.returncode == ("uncertain" in err)
        process = start(server, folder, "--resend")
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0
        times = Counter(asked(server))
    assert times.keys() == set(questions)
    assert sum(times.values()) <= 300 + 8
    found = ends(path)
    assert {line["text"] for line in found.values()} == set(questions)
    assert {line["status"] for line in found.values()} == {"done"}
