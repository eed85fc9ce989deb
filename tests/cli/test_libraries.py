"""`libraries`."""

import json
import os
import re
import sys
import threading
from pathlib import Path

import pytest

from mistral_conversations import Mistral
from mistral_conversations.cli import main
from mistral_conversations.server import LocalServer, Trouble
from tests.support.commands import Screen, pipe_of
from tests.support.for_each import for_each
from tests.support.obedient_server import eventually
from tests.support.threads import threads_now, threads_since

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
UUID = r"[0-9a-f-]{36}"
NOBODYS = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def library(mistral_server: LocalServer) -> str:
    """Create a library, and return its id."""
    assert mistral_server.base_url
    with Mistral() as client:
        return client.libraries.create("Ships\n\x1b[2J").id


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Write two files, a small one and a larger one."""
    paths = tmp_path / "sails.txt", tmp_path / "masts.txt"
    for path, size in zip(paths, (20, 400_000), strict=True):
        path.write_text(path.name[0] * size)
    return [str(path) for path in paths]


@pytest.mark.usefixtures("mistral_server")
def test_no_agents_and_no_libraries_are_no_lines(capsys: Capture) -> None:
    assert main(["agents", "list"]) == 0
    assert main(["libraries", "list"]) == 0
    assert capsys.readouterr() == ("", "")


def test_libraries_have_a_line_each(
    library: str, files: list[str], capsys: Capture
) -> None:
    assert main(["libraries", "upload", library, *files]) == 0
    capsys.readouterr()
    assert main(["libraries", "list"]) == 0
    out, err = capsys.readouterr()
    line = rf"{library}  {TIME}  2      400020        Ships \\x1b\[2J\n"
    assert (bool(re.fullmatch(line, out)), err) == (True, "")


def test_libraries_of_all_pages_have_a_line(
    mistral_server: LocalServer, capsys: Capture
) -> None:
    for number in range(101):
        mistral_server._service.libraries.store.create({"name": f"Ship {number}"})
    assert main(["libraries", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines[-1].split()[-2:]) == (101, ["Ship", "0"])


def test_upload_waits_until_each_is_processed(
    library: str, files: list[str], capsys: Capture
) -> None:
    assert main(["libraries", "upload", library, *files]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(rf"{UUID}  sails\.txt\n{UUID}  masts\.txt\n", out)
    assert err == (
        "sails.txt: uploading\nmasts.txt: uploading\n"
        "sails.txt: processing\nsails.txt: processed\n"
        "masts.txt: processing\nmasts.txt: processed\n"
    )


def test_upload_need_not_wait(
    library: str, files: list[str], mistral_server: LocalServer, capsys: Capture
) -> None:
    words = ["libraries", "upload", library, *files, "--no-wait"]
    assert main(words) == 0
    assert "processed" not in capsys.readouterr().err
    assert mistral_server.requests[-1].method == "POST"


def test_upload_continues_after_one_that_cannot_be_processed(
    library: str, files: list[str], tmp_path: Path, capsys: Capture
) -> None:
    odd = tmp_path / "odd.bin"
    odd.write_bytes(b"\0\xff")
    assert main(["libraries", "upload", library, str(odd), files[1]]) == 1
    _, err = capsys.readouterr()
    assert re.search(
        r"^error: odd\.bin: the service could not process document [^\n]+$",
        err,
        re.MULTILINE,
    )
    assert err.endswith("masts.txt: processed\n")


def test_upload_continues_after_one_that_is_refused(
    library: str, files: list[str], mistral_server: LocalServer, capsys: Capture
) -> None:
    mistral_server.inflict(Trouble(status=422))
    assert main(["libraries", "upload", library, *files]) == 1
    out, err = capsys.readouterr()
    assert re.fullmatch(rf"{UUID}  masts\.txt\n", out)
    assert re.fullmatch(
        r"sails\.txt: uploading\nerror: sails\.txt: HTTP 422: [^\n]+\n"
        r"masts\.txt: uploading\nmasts\.txt: processing\nmasts\.txt: processed\n",
        err,
    )


def test_upload_continues_after_one_that_is_deleted_meanwhile(
    library: str, files: list[str], mistral_server: LocalServer, capsys: Capture
) -> None:
    mistral_server.inflict(
        Trouble(status=404), when=lambda request: request.path.endswith("/status")
    )
    assert main(["libraries", "upload", library, *files]) == 1
    _, err = capsys.readouterr()
    assert "sails.txt: HTTP 404" in err
    assert err.endswith("masts.txt: processed\n")


def test_upload_sends_nothing_where_a_file_cannot_be_read(
    library: str,
    files: list[str],
    tmp_path: Path,
    mistral_server: LocalServer,
    capsys: Capture,
) -> None:
    sent = len(mistral_server.requests)
    none = str(tmp_path / "none.txt")
    assert main(["libraries", "upload", library, files[0], none]) == 1
    assert capsys.readouterr() == ("", f"error: {none}: No such file or directory\n")
    assert main(["libraries", "upload", library, files[0], str(tmp_path)]) == 1
    assert capsys.readouterr() == ("", f"error: {tmp_path}: Is a directory\n")
    assert len(mistral_server.requests) == sent


@pytest.mark.usefixtures("mistral_server")
def test_upload_into_a_missing_library_is_reported(
    files: list[str], capsys: Capture
) -> None:
    assert main(["libraries", "upload", NOBODYS, files[0]]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(
        r"sails\.txt: uploading\nerror: sails\.txt: HTTP 404: [^\n]+\n", err
    )


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such pipes")
def test_upload_takes_a_pipe(library: str, tmp_path: Path, capsys: Capture) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=["It is long."])
    writer.start()
    assert main(["libraries", "upload", library, str(pipe)]) == 0
    writer.join()
    assert "pipe.txt" in capsys.readouterr().out
    with Mistral() as client:
        (document,) = client.libraries.documents.list(library)
        text = client.libraries.documents.text_content(library, document.id).text
    assert text == "It is long."


def test_upload_draws_a_bar_in_a_terminal(
    library: str, files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Screen()
    monkeypatch.setattr("sys.stderr", terminal)
    before = threads_now()
    assert main(["libraries", "upload", library, *files]) == 0
    drawn = terminal.getvalue()
    assert re.search(r"sails\.txt +━{20} 20/20 bytes ", drawn)
    assert re.search(r"masts\.txt +━{20} 400\.0/400\.0 kB ", drawn)
    assert "processing sails.txt" in drawn
    assert drawn.endswith("masts.txt: processed\n")
    assert capsys.readouterr().out.count("\n") == 2
    assert eventually(lambda: not threads_since(before))


def test_upload_says_what_a_bar_needs(
    library: str, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Screen()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert main(["libraries", "upload", library, files[0]]) == 0
    assert terminal.getvalue() == (
        "sails.txt: uploading (install the extra `cli` for a progress bar)\n"
        "sails.txt: processing\nsails.txt: processed\n"
    )


@pytest.mark.usefixtures("mistral_server")
def test_a_library_is_created(capsys: Capture) -> None:
    assert main(["libraries", "create", "Ships", "--description", "Sails"]) == 0
    out, err = capsys.readouterr()
    with Mistral() as client:
        (made,) = client.libraries.list_all()
    assert (made.name, made.description) == ("Ships", "Sails")
    assert (out.split()[0], out.split()[-1], err) == (made.id, "Ships", "")


def test_libraries_are_searched_and_shown_as_json(
    library: str, capsys: Capture
) -> None:
    with Mistral() as client:
        other = client.libraries.create("Trees").id
    assert main(["libraries", "list", "--search", "tree", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["id"] == other != library


@for_each(("answer", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("", 1)])
@pytest.mark.usefixtures("mistral_server")
def test_a_library_is_deleted_after_a_question(
    answer: str, code: int, capsys: Capture
) -> None:
    with Mistral() as client:
        library = client.libraries.create("Ships\x1b[2J").id
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr("sys.stdin", Screen(answer))
            assert main(["libraries", "delete", library]) == code
        question = "delete the library Ships\\x1b[2J and its documents (0)? [y/n] "
        out = "" if code else f"deleted {library}\n"
        assert capsys.readouterr() == (out, question)
        left = [each.id for each in client.libraries.list_all()]
    assert (library in left) == bool(code)


def test_a_pipe_must_say_yes_before_a_library_is_deleted(
    library: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin", pipe_of("y"))
    assert main(["libraries", "delete", library]) == 2
    assert "--yes" in capsys.readouterr().err
    assert main(["libraries", "delete", library, NOBODYS, "--yes"]) == 1
    out, err = capsys.readouterr()
    assert out == f"deleted {library}\n"
    assert err.startswith(f"error: {NOBODYS}: HTTP 404")


def test_a_library_that_is_not_there_is_not_asked_about(
    library: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin", Screen("y\n"))
    assert main(["libraries", "delete", NOBODYS, library]) == 1
    out, err = capsys.readouterr()
    assert out == f"deleted {library}\n"
    assert re.match(rf"error: {NOBODYS}: HTTP 404: [^\n]+\ndelete the", err)
