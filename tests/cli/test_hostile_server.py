"""What a server sends controls neither the terminal, nor a page, nor a shell."""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from mistral_conversations import BatchRequest, Mistral
from mistral_conversations.cli import main
from mistral_conversations.server import (
    LocalConnector,
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    Reply,
    call,
    execute,
    handoff,
    say,
    think,
)
from tests.support.commands import pipe_of
from tests.support.html_tree import elements, skeleton
from tests.support.poisoned_server import EVIL, poisoned_server

KEY = "sk-canary-4f1e9a"

CONTROLS = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""All that controls a terminal, except line ends and tabs."""


def tides(port: str) -> str:
    """Return the tides of a port."""
    return f"High in {port}"


def answer(_: RecordedConversation, request: RecordedRequest) -> Reply:
    wish = str(request.json.get("inputs"))
    if "call" in wish:
        return [say("Wait."), call("weather", city="Oslo")]
    if "ask" in wish:
        return [call("rm", path="/").pending()]
    code = {"code": "print(1)", "code_output": "1"}
    tool = execute("code_interpreter", arguments={"code": "1"}, info=code)
    reference = {"type": "tool_reference", "tool": "web_search", "title": "Alps"}
    where = {"url": "https://alps.example", "favicon": "https://alps.example/i.png"}
    return [think("Hm."), tool, say("Look:", reference | where), handoff("desk")]


@pytest.fixture(scope="module")
def local() -> Iterator[LocalServer]:
    connector = LocalConnector("harbour", tools={"tides": tides})
    with LocalServer(answer, connectors=[connector]) as server:
        yield server


@pytest.fixture(scope="module")
def ids(local: LocalServer) -> dict[str, str]:
    """Fill the server, and return the id of one object of each kind."""
    with Mistral("k", base_url=local.base_url) as client:
        talk = client.conversations.start("Hi", model="m", name="n", description="d")
        open_calls = client.conversations.start("call", model="m")
        asked = client.conversations.start("ask", model="m")
        agent = client.agents.create(model="m", name="a", description="d")
        client.conversations.start("Hi", agent_id=agent.id)
        library = client.libraries.create("l", description="d")
        client.libraries.documents.upload(library.id, b"x", name="d.txt")
        row = [BatchRequest.conversation("sky", "Why?")]
        job = client.batch_jobs.create(model="m", requests=row)
        client.batch_jobs.wait(job, poll=0.01)
        return {
            "TALK": talk.conversation_id,
            "CALLS": open_calls.conversation_id,
            "ASKED": asked.conversation_id,
            "AGENT": agent.id,
            "LIBRARY": library.id,
            "FILE": client.files.upload(b"x", name="f.txt").id,
            "CONNECTOR": client.connectors.list()[0].id,
            "JOB": job.id,
        }


COMMANDS = [
    "list",
    "show TALK",
    "show CALLS",
    "show ASKED",
    "show TALK --json",
    "agents list",
    "libraries list",
    "libraries upload LIBRARY up.txt --no-wait",
    "models list",
    "files list",
    "files retrieve FILE",
    "files url FILE",
    "files download FILE",
    "files upload up.txt",
    "connectors list",
    "connectors tools CONNECTOR",
    "connectors auth-url CONNECTOR",
    """connectors call CONNECTOR tides '{"port": "Oslo"}'""",
    "batch-jobs list",
    "batch-jobs get JOB",
    "batch-jobs results JOB",
    "batch-jobs results JOB --json",
    "batch-jobs wait JOB",
    "batch-jobs create rows.jsonl --model m",
    "batch-jobs cancel JOB",
]
CHATS = [
    f"chat --lines {partner}"
    for partner in ("", "--agent AGENT", "--continue CALLS", "--continue ASKED")
]
DELETIONS = ["delete GONE", "files delete GONE", "batch-jobs delete GONE"]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    ids: dict[str, str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Run:
    """Return what runs a command, and returns its exit code and its output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    (tmp_path / "up.txt").write_text("x")
    (tmp_path / "rows.jsonl").write_text('{"custom_id": "1", "body": {"inputs": "x"}}')

    def run_command(words: Sequence[str], *lines: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", pipe_of(*lines))
        code = main([ids.get(word, word) for word in words])
        return code, *capfd.readouterr()

    return run_command


def test_no_command_lets_a_server_control_the_terminal(
    local: LocalServer, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with poisoned_server(local.base_url) as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        for command in [*COMMANDS, *CHATS]:
            before = len(server.requests)
            code, out, err = run(shlex.split(command), "Hi", "call", "ask", "y", "n")
            assert not CONTROLS.search(out + err), command
            assert "alert(1)" in out + err, command
            assert len(server.requests) > before, command
            assert code in {0, 1}, command
    names = {path.name for path in tmp_path.iterdir()} - {"up.txt", "rows.jsonl"}
    (name,) = names  # of the download
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>|\n')


def test_no_error_of_a_server_controls_the_terminal(
    local: LocalServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile_id = "conv_\x1b[2J\u202e"
    for status, commands in (401, CHATS), (422, [*COMMANDS[::2], *DELETIONS]):
        with poisoned_server(local.base_url, status) as server:
            monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
            for command in commands:
                words = shlex.split(command.replace("GONE", "'conv_GONE'"))
                words = [word.replace("conv_GONE", hostile_id) for word in words]
                code, out, err = run(words, "Hi")
                assert code == 1, command
                assert f"HTTP {status}" in err, command
                assert not CONTROLS.search(out + err), command
                assert KEY not in out + err, command


def test_page_of_a_hostile_server_is_inert(
    local: LocalServer, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usual = {"a", "b", "body", "details", "div", "head", "html", "meta", "pre", "span"}
    usual |= {"summary", "title", "p", "br"}
    with poisoned_server(local.base_url) as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        for talk in ("TALK", "CALLS", "ASKED"):
            _, printed, _ = run(["show", talk, "--html", "-"])
            assert run(["show", talk, "--html", "page.html"])[0] == 0
            page = (tmp_path / "page.html").read_text()
            assert page == printed
            assert {tag for tag, _ in skeleton(page)} <= usual
            names = {name for _, found in skeleton(page) for name in found}
            assert not {name for name in names if name.startswith("on")}
            for node in elements(page, "[href]"):
                assert re.fullmatch(r"https?://[!-~]+", node.attributes["href"] or "")
            assert not elements(page, "[src]")
            (policy,) = elements(page, "meta[http-equiv=Content-Security-Policy]")
            assert (policy.attributes["content"] or "").startswith("default-src 'none'")
            (title,) = elements(page, "title")
            assert "<script>" in title.text()
            assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f]", page)


def test_line_that_names_the_conversation_is_safe_to_paste(
    local: LocalServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with poisoned_server(local.base_url) as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        *_, last = run(["chat"], "Hi")[2].splitlines()
    *_, argument = shlex.split(last.partition("continue with: ")[2])
    assert argument.startswith("conv_")
    assert "$(reboot)`;" in argument
    assert "$(reboot)`;" in EVIL


def test_bad_key_of_the_variable_is_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command, key in ("files list", f"{KEY}\n"), ("chat", f"{KEY}é"):
        monkeypatch.setenv("MISTRAL_API_KEY", key)
        code, out, err = run(shlex.split(command), "Hi")
        assert (code, out) == (2, "")
        assert "MISTRAL_API_KEY" in err
        assert KEY not in err
