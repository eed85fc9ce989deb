"""`files`: list, upload, download, retrieve, url and delete."""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from mistral_conversations import Mistral
from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer, Trouble

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
UUID = r"[0-9a-f-]{36}"
NOBODYS = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
CONTENT = b'{"custom_id": "1"}\n'
Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("mistral_server")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def uploaded(name: str = "asks.jsonl", content: bytes = CONTENT) -> str:
    """Upload a file; return its id."""
    with Mistral() as client:
        return client.files.upload(content, name=name, purpose="batch").id


def test_files_have_a_line_each(capsys: Capture) -> None:
    first, second = uploaded("sky\n\x1b[2J.txt"), uploaded(content=CONTENT * 3)
    assert main(["files", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line[:36] for line in lines} == {first, second}
    (line,) = (line for line in lines if line.startswith(second))
    assert re.fullmatch(rf"{UUID}  {TIME}  57 {{12}}batch {{6}}asks\.jsonl", line)
    assert "\x1b" not in "".join(lines)


def test_a_list_has_filters(capsys: Capture) -> None:
    wanted = uploaded("moon.jsonl")
    uploaded("sun.jsonl")
    assert main(["files", "list", "--purpose", "batch", "--search", "moon"]) == 0
    assert [line[:36] for line in capsys.readouterr().out.splitlines()] == [wanted]
    assert main(["files", "list", "--purpose", "ocr"]) == 0
    assert capsys.readouterr().out == ""


def test_upload_sends_each_file_with_its_settings(
    folder: Path, capsys: Capture
) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (folder / name).write_bytes(CONTENT)
    words = ["a.jsonl", "b.jsonl", "--purpose", "batch", "--visibility", "user"]
    assert main(["files", "upload", *words, "--expiry", "5"]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(rf"{UUID}  a\.jsonl\n{UUID}  b\.jsonl\n", out)
    assert err == "a.jsonl: uploading\nb.jsonl: uploading\n"
    with Mistral() as client:
        file = client.files.retrieve(out[:36])
        assert client.files.download(file.id) == CONTENT
    assert (file.purpose, file.visibility) == ("batch", "user")
    assert file.expires_at is not None


def test_upload_continues_after_one_that_is_refused(
    folder: Path, mistral_server: LocalServer, capsys: Capture
) -> None:
    (folder / "a.jsonl").write_bytes(CONTENT)
    mistral_server.inflict(Trouble(status=422))
    assert main(["files", "upload", "a.jsonl", "a.jsonl", "--purpose", "batch"]) == 1
    out, err = capsys.readouterr()
    assert re.fullmatch(rf"{UUID}  a\.jsonl\n", out)
    assert re.search(r"^error: a\.jsonl: HTTP 422: [^\n]+$", err, re.MULTILINE)


def test_upload_sends_nothing_where_a_file_cannot_be_read(
    folder: Path, mistral_server: LocalServer, capsys: Capture
) -> None:
    (folder / "a.jsonl").write_bytes(CONTENT)
    assert main(["files", "upload", "a.jsonl", "none.jsonl"]) == 1
    assert capsys.readouterr() == ("", "error: none.jsonl: No such file or directory\n")
    assert mistral_server.requests == ()


def test_download_writes_a_file(folder: Path, capsys: Capture) -> None:
    file_id = uploaded()
    (folder / "old.jsonl").write_bytes(b"old")
    assert main(["files", "download", file_id, "old.jsonl"]) == 0
    assert capsys.readouterr() == ("old.jsonl\n", "old.jsonl: downloading\n")
    assert (folder / "old.jsonl").read_bytes() == CONTENT


def test_download_takes_the_name_that_the_service_has(
    folder: Path, capsys: Capture
) -> None:
    file_id = uploaded("../../asks.jsonl")
    assert main(["files", "download", file_id]) == 0
    (path,) = folder.iterdir()
    assert (path.name[-10:], path.read_bytes()) == ("asks.jsonl", CONTENT)
    assert capsys.readouterr().out == f"{path.name}\n"
    assert main(["files", "download", file_id]) == 1
    assert capsys.readouterr() == (
        "",
        f"error: {path.name} exists: name the file to write\n",
    )


def test_download_writes_to_stdout(folder: Path, mistral_server: LocalServer) -> None:
    file_id = uploaded(content=bytes(range(256)) * 1000)
    command = [sys.executable, "-m", "mistral_conversations", "files", "download"]
    done = subprocess.run([*command, file_id, "-"], check=True, capture_output=True)
    assert (done.stdout, done.stderr) == (bytes(range(256)) * 1000, b"")
    assert list(folder.iterdir()) == []
    assert mistral_server.requests


def test_download_leaves_nothing_of_what_fails(folder: Path, capsys: Capture) -> None:
    assert main(["files", "download", NOBODYS, "sky.bin"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"sky\.bin: downloading\nerror: HTTP 404: [^\n]+\n", err)
    assert main(["files", "download", uploaded(), str(folder)]) == 1
    assert (
        capsys.readouterr().err == f"error: {folder} is a folder: name a file in it\n"
    )
    assert list(folder.iterdir()) == []


def test_retrieve_shows_json(capsys: Capture) -> None:
    file_id = uploaded("größe.jsonl")
    assert main(["files", "retrieve", file_id]) == 0
    out, _ = capsys.readouterr()
    found = json.loads(out)
    assert out.isascii()
    assert (found["id"], found["filename"]) == (file_id, "größe.jsonl")
    assert isinstance(found["created_at"], int)


def test_url_needs_no_key(mistral_server: LocalServer, capsys: Capture) -> None:
    file_id = uploaded()
    assert main(["files", "url", file_id, "--expiry", "168"]) == 0
    url = capsys.readouterr().out.strip()
    assert url.startswith(mistral_server.base_url)
    with urlopen(url) as answer:
        assert answer.read() == CONTENT


def test_delete_continues_after_one_that_is_not_there(capsys: Capture) -> None:
    first, second = uploaded(), uploaded()
    assert main(["files", "delete", first, NOBODYS, second]) == 1
    out, err = capsys.readouterr()
    assert out == f"deleted {first}\ndeleted {second}\n"
    assert re.fullmatch(rf"error: {NOBODYS}: HTTP 404: [^\n]+\n", err)
