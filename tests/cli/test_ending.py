"""Ends of commands: the exit code, one line on stderr, and no traceback."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mistral_conversations.cli import main
from mistral_conversations.cli.ending import reason, run_command
from mistral_conversations.server import LocalServer, Trouble, say
from tests.support.commands import (
    COMMAND,
    COMMAND_LINE,
    run_command_line,
    start_conversation,
)
from tests.support.for_each import for_each
from tests.support.interpreter import running, without_slow_steps
from tests.support.obedient_server import eventually

SCRIPT = Path(sys.executable).parent / "mistral-conversations"
NEED_A_KEY = [
    ["list"],
    ["show", "conv_1"],
    ["delete", "conv_1"],
    ["chat", "--agent", "ag_1"],
    ["chat", "--continue", "conv_1"],
    ["agents", "list"],
    ["libraries", "list"],
    ["libraries", "upload", "id", __file__],
]


# What PYTHONUNBUFFERED and PYTHONIOENCODING make of stdout.
UNBUFFERED = """
import io, sys
sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
"""
IN_ASCII = """
import sys
sys.stdout.reconfigure(encoding="ascii", errors="strict")
"""


@pytest.mark.parametrize("words", NEED_A_KEY, ids=" ".join)
def test_missing_key_is_reported(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr() == ("", "error: no API key: set MISTRAL_API_KEY\n")


def test_wrong_address_is_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "k")
    monkeypatch.setenv("MISTRAL_BASE_URL", "somewhere")
    assert main(["list"]) == 2
    assert re.fullmatch(r"error: base_url [^\n]+'somewhere'\n", capsys.readouterr().err)


@pytest.mark.parametrize("words", [["list"], ["show", "conv_1"], ["libraries", "list"]])
def test_lost_connection_is_reported(
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("MISTRAL_BASE_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("MISTRAL_API_KEY", "k")
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"error: could not connect[^\n]+\n", err)


@pytest.mark.usefixtures("mistral_server")
@pytest.mark.parametrize(
    "words",
    [
        ["show", "conv_none"],
        ["show", "conv_none", "--json"],
        ["delete", "conv_none"],
        ["chat", "--continue", "conv_none"],
    ],
    ids=" ".join,
)
def test_unknown_id_is_reported(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(
        r"error: [^\n]*HTTP 404: Conversation conv_none not found[^\n]*\n", err
    )


def test_page_of_a_proxy_is_reported_in_one_line(
    mistral_server: LocalServer, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "<html><body><h1>Bad\x1b[2J\ngateway</h1>\n</body></html>"
    mistral_server.inflict(Trouble(status=403, body=page))
    assert main(["list"]) == 1
    _, err = capsys.readouterr()
    assert re.fullmatch(r"error: HTTP 403: [^\n]+\n", err)
    assert "\x1b" not in err


def test_bug_is_raised() -> None:
    def command() -> int:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        run_command(command)


@for_each(
    ("error", "line"),
    [
        (
            OSError(2, "No such file or directory", "a\nb"),
            "a b: No such file or directory",
        ),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("socket"), "socket"),
        (ValueError(), "ValueError"),
    ],
)
def test_reason_is_one_line(error: Exception, line: str) -> None:
    assert reason(error) == line


@pytest.fixture
def many(mistral_server: LocalServer) -> LocalServer:
    """Return a server whose list and history fill more than a pipe."""
    mistral_server.model = [say("word" * 50_000), *map(say, "abcdefgh")]
    for number in range(8):
        start_conversation(mistral_server, str(number), name="name " * 2_000)
    return mistral_server


@pytest.mark.parametrize("before", ["", UNBUFFERED], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("form", [None, [], ["--json"], ["--html", "-"]])
def test_broken_pipe_is_reported_in_one_line(
    form: list[str] | None, before: str, many: LocalServer
) -> None:
    words = ["list"] if form is None else ["show", many.conversations[0].id, *form]
    reads, writes = os.pipe()
    with running(before + COMMAND_LINE, *words, stdout=writes) as command:
        os.close(writes)
        assert len(os.read(reads, 9)) == 9
        os.close(reads)
        ended = command.ended()
    message = "error: stdout was closed before everything was written\n"
    assert (ended.code, ended.err) == (1, message)


def test_first_line_of_a_list_can_be_taken(many: LocalServer) -> None:
    command = f"{' '.join(COMMAND)} list | head -1"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stdout.startswith(many.conversations[-1].id)
    assert done.stdout.count("\n") == 1
    message = "error: stdout was closed before everything was written\n"
    assert without_slow_steps(done.stderr) in {"", message}


@pytest.mark.usefixtures("many")
def test_both_streams_are_broken_pipes() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    done = run_command_line("list", stdout=writes, stderr=writes)
    os.close(writes)
    assert done.code == 1


def test_reader_of_help_may_go() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    done = run_command_line("--help", stdout=writes)
    os.close(writes)
    assert (done.code, done.err) == (0, "")


@pytest.mark.usefixtures("many")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk_is_reported() -> None:
    with Path("/dev/full").open("w") as full:
        done = run_command_line("list", stdout=full.fileno())
    assert (done.code, done.err) == (1, "error: No space left on device\n")


CLOSED = {"1>&-": "stdout", "2>&-": "stderr", "<&-": "stdin"}


@pytest.mark.parametrize("closed", [*CLOSED, "<&- >&- 2>&-"])
def test_streams_without_a_file_do_no_harm(
    closed: str, mistral_server: LocalServer
) -> None:
    """As Python has them where it is started with closed streams."""
    id_ = start_conversation(mistral_server, "Hi")
    names = [name for mark, name in CLOSED.items() if mark[-3:] in closed]
    before = "import os, sys\n" + "".join(
        f"os.close(sys.{name}.fileno())\nsys.{name} = None\n" for name in names
    )
    for words in (["list"], ["show", id_], ["chat", "Hi"]):
        done = run_command_line(*words, before=before)
        assert (done.code, "Traceback" in done.err) == (0, False)
        assert not done.out or done.err == "" or words[0] == "chat"


@pytest.mark.slow
@pytest.mark.parametrize("closed", [*CLOSED, "<&- >&- 2>&-"])
def test_streams_that_are_closed_do_no_harm(
    closed: str, mistral_server: LocalServer
) -> None:
    id_ = start_conversation(mistral_server, "Hi")
    for words in (["list"], ["show", id_], ["chat", "Hi"]):
        command = f"exec {' '.join(COMMAND)} {' '.join(words)} {closed}"
        done = subprocess.run(
            command, shell=True, check=False, capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 0
        assert "Traceback" not in done.stderr
        assert (
            not done.stdout
            or "2>&-" in closed
            or without_slow_steps(done.stderr) == ""
            or words[0] == "chat"
        )


@pytest.mark.parametrize("words", [["list"], ["chat"]])
def test_ctrl_c_exits_with_130(words: list[str], mistral_server: LocalServer) -> None:
    mistral_server.inflict(Trouble(delay=60))
    with running(COMMAND_LINE, *words, text="Hello\n") as command:
        assert eventually(lambda: mistral_server.requests, 30)
        command.send_signal(signal.SIGINT)
        ended = command.ended()
    assert (ended.code, ended.out, ended.err) == (130, "", "")


def test_letters_that_ascii_lacks_are_written_otherwise(
    mistral_server: LocalServer,
) -> None:
    mistral_server.model = [say("é \U0001f600")]
    id_ = start_conversation(mistral_server, "Grüße")
    for words in (["show", id_], ["chat"]):
        mistral_server.model = [say("é \U0001f600")]
        done = run_command_line(*words, before=IN_ASCII, text="hi\n")
        assert r"\xe9 \U0001f600" in done.out
        assert done.code == 0


def test_script_is_the_same_program() -> None:
    if not SCRIPT.exists():
        pytest.skip("this installation is older than the script")
    done = subprocess.run(
        [SCRIPT, "serve", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usage: mistral-conversations serve ")
