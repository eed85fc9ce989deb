"""`batch-jobs`."""

import json
import re
from pathlib import Path

import pytest

from mistral_conversations import BatchRequest, Mistral
from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer, fail, say
from tests.support.commands import Screen

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
UUID = r"[0-9a-f-]{36}"
NOBODYS = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def requests(tmp_path: Path) -> str:
    path = tmp_path / "questions.jsonl"
    bodies = [{"custom_id": name, "body": {"inputs": name}} for name in ("sky", "sea")]
    path.write_text("".join(f"{json.dumps(body)}\n" for body in bodies))
    return str(path)


def test_a_job_from_a_file_to_its_results(
    mistral_server: LocalServer, capsys: Capture, requests: str
) -> None:
    mistral_server.model = [say("Blue\nand \x1b[2Jgrey"), fail("Fog", status=503)]
    arguments = ["--model", "m", "--metadata", "team=sky=blue", "--hours", "2"]
    assert main(["batch-jobs", "create", requests, *arguments]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(rf"{UUID}  {TIME}  QUEUED {{10}}  0/0 {{8}}  m\n", out)
    first, second = err.splitlines()
    assert first == "questions.jsonl: uploading"
    assert re.fullmatch(rf"questions.jsonl: uploaded as {UUID}", second)
    job_id = out.split()[0]
    assert main(["batch-jobs", "wait", job_id, "--timeout", "60"]) == 0
    out, err = capsys.readouterr()
    assert out.split()[4:] == ["SUCCESS", "2/2", "m"]
    assert err.endswith("SUCCESS: 2 of 2 requests done, 1 failed\n")
    assert main(["batch-jobs", "results", job_id]) == 1
    out, err = capsys.readouterr()
    sky = "sky                       Blue and \\x1b[2Jgrey\n"
    assert (out, err) == (f"{sky}sea                       error: HTTP 503: Fog\n", "")
    assert main(["batch-jobs", "results", job_id, "--json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["response"]["status_code"] for line in lines] == [200, 503]
    assert main(["batch-jobs", "get", job_id]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["id"], shown["metadata"]) == (job_id, {"team": "sky=blue"})


def test_jobs_are_listed_cancelled_and_deleted(
    mistral_server: LocalServer, capsys: Capture
) -> None:
    with Mistral() as client:
        first = client.batch_jobs.create(requests=[{"body": {}}])
        client.batch_jobs.wait(first, timeout=60)
        hello = BatchRequest.conversation("1", "Hi", model="m")
        second = client.batch_jobs.create(requests=[hello])
        client.batch_jobs.wait(second, timeout=60)
    assert main(["batch-jobs", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [second.id, first.id]
    assert [line.split()[-3:] for line in lines] == [
        ["SUCCESS", "1/1", "-"],
        ["FAILED", "1/1", "-"],
    ]
    words = ["batch-jobs", "list", "--status", "FAILED", "--status", "RUNNING"]
    assert main(words) == 0
    assert capsys.readouterr().out.startswith(first.id)
    assert main(["batch-jobs", "wait", first.id]) == 1
    assert main(["batch-jobs", "cancel", second.id]) == 0
    capsys.readouterr()
    assert main(["batch-jobs", "delete", NOBODYS, second.id]) == 1
    out, err = capsys.readouterr()
    assert out == f"deleted {second.id}\n"
    assert err.startswith(f"error: {NOBODYS}: HTTP 404: Batch job {NOBODYS} not found")
    assert [job.id for job in mistral_server.batch_jobs] == [first.id]


@pytest.mark.usefixtures("mistral_server")
def test_what_cannot_be_done_is_an_error(capsys: Capture, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.jsonl")
    assert main(["batch-jobs", "create", missing]) == 1
    assert capsys.readouterr().err.endswith("No such file or directory\n")
    assert main(["batch-jobs", "results", NOBODYS]) == 1


def test_a_terminal_shows_how_far_a_job_is(
    mistral_server: LocalServer, monkeypatch: pytest.MonkeyPatch, requests: str
) -> None:
    mistral_server.model = [say("Blue"), fail("Fog", status=503)]
    with Mistral() as client:
        file = client.files.upload(requests, purpose="batch")
        job = client.batch_jobs.create(input_files=[file.id], model="m")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    assert main(["batch-jobs", "wait", job.id]) == 0
    assert re.search(r"SUCCESS, 1 failed ━{20} 2/2 ", screen.getvalue())
