"""The README is true: its code runs, its tables and links match the package."""

import ast
import asyncio
import inspect
import logging
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import pytest

import mistral_conversations
from mistral_conversations import (
    AsyncAccesses,
    AsyncAgents,
    AsyncBatchJobs,
    AsyncConnectors,
    AsyncConversations,
    AsyncDocuments,
    AsyncFiles,
    AsyncLibraries,
    AsyncMistral,
    AsyncModels,
    Conversations,
    Recovery,
)
from mistral_conversations.cli.parser import command_parser
from mistral_conversations.server import (
    LocalServer,
    Piece,
    RecordedRequest,
    Trouble,
    call,
    fail,
    flood,
    say,
)
from tests.support.for_each import for_each
from tests.support.interpreter import completed
from tests.support.mcp_runs import ODD
from tests.support.published_operations import NO_METHOD

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
README = (ROOT / "README.md").read_text()
PUBLIC = mistral_conversations.__all__

pytestmark = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="the examples are not here"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def whole_programs() -> list[str]:
    return [block for block in blocks("python") if "asyncio.run(main())" in block]


def fragments() -> list[str]:
    return [block for block in blocks("python") if "asyncio.run(main())" not in block]


def fragment_with(text: str) -> dict[str, Any]:
    """Execute the one fragment that has this text; return what it defines."""
    (fragment,) = [block for block in fragments() if text in block]
    scope = public_scope()
    exec(compile(fragment, "README.md", "exec"), scope)
    return scope


def public_scope() -> dict[str, Any]:
    return {name: getattr(mistral_conversations, name) for name in PUBLIC}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point the environment to a `LocalServer`."""
    with LocalServer() as server:
        monkeypatch.setenv("MISTRAL_API_KEY", "any")
        monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
        yield


def run(program: str) -> str:
    """Run a program, which must be silent on stderr; return what it prints."""
    ended = completed(program)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def test_there_is_something_to_run() -> None:
    assert whole_programs()
    assert len(fragments()) >= 15


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("program", whole_programs())
def test_a_program_of_the_readme_runs(program: str) -> None:
    assert "Tour de France" in run(program)


WEATHER = call("get_weather", city="Paris")
SCRIPTS: dict[str, list[Piece]] = {
    "result.calls:": [WEATHER, say("Sunny")],
    "book_table": [call("book_table", place="Luigi's", persons=2), say("Booked")],
    "result = await run.result()": [WEATHER, say("Sunny")],
    "run.turns()": [WEATHER, say("Sunny")],
    "RunPaused": [call("send_mail", to="Ann", text="Late"), say("Ann knows")],
    "response.parse(": [say('{"Loire": 1006}')],
    "output_type=River": [say('{"name": "Loire", "kilometres": 1006}')],
    "RunLimitError": [flood(WEATHER), say("Too many")],
    ".declaration": [WEATHER, say("Sunny")],
    "mcp_stdio(": [call("files_echo", path="notes.txt"), say("A note")],
}
"""The answers for fragments that have a text: what they handle, they meet."""


def script_of(fragment: str) -> list[Piece] | None:
    """Return the answer of the stream that each fragment has, and the fragment's."""
    [*found] = (script for text, script in SCRIPTS.items() if text in fragment)
    return [say("Hello"), *found[0]] if found and "def test_" not in fragment else None


def get_weather(city: str) -> str:
    """Return the weather of a city, as in the first fragment on function calls."""
    return f"sunny in {city}"


@pytest.fixture
def npx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program `npx` in the path that is an MCP server."""
    program = tmp_path / "npx"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -SE {ODD}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fragments write files into a folder that has only the README."""
    (tmp_path / "README.md").symlink_to(ROOT / "README.md")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("service", "npx", "folder")
@pytest.mark.parametrize("fragment", fragments())
def test_a_fragment_of_the_readme_runs(
    fragment: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, "mistral_conversations")  # restored afterwards
    monkeypatch.setattr("builtins.input", keyboard("y", "y"))
    code = compiled(fragment)
    scope = {**public_scope(), "get_weather": get_weather, "lifespan": None}
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(run_fragment(code, scope, script_of(fragment)))
    else:
        exec(code, scope)


def keyboard(*lines: str) -> Callable[[str], str]:
    """Return an `input` into which somebody types these lines, and then Ctrl-D."""
    rest = iter(lines)

    def type_next(_: str) -> str:
        for line in rest:
            return line
        raise EOFError

    return type_next


def compiled(fragment: str) -> CodeType:
    code: CodeType = compile(
        fragment, "README.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    )
    return code


async def run_fragment(
    code: CodeType,
    scope: dict[str, Any],
    script: list[Piece] | None,
    trouble: Trouble | None = None,
) -> list[RecordedRequest]:
    """Run a fragment that continues with a client and a stream.

    Args:
        code: the fragment.
        scope: the names it may use.
        script: the answers.
        trouble: what happens to its first request that can be recovered.

    Returns:
        The messages that were sent.
    """
    async with (
        LocalServer(script, strict=True) as server,
        AsyncConversations("any", base_url=server.base_url) as conversations,
        conversations.start_stream("Hello", model="m") as stream,
    ):
        if trouble is not None:
            server.inflict(trouble, when=is_recoverable)
        await eval(code, {**scope, "conversations": conversations, "stream": stream})
        return [request for request in server.requests if request.method == "POST"]


def is_recoverable(request: RecordedRequest) -> bool:
    """Return whether a request is a message, and not a plain start."""
    is_start = request.path == "/v1/conversations"
    return request.method == "POST" and not (is_start and "stream" not in request.json)


LOST = Trouble(cut="close")
NEVER_ARRIVED = Trouble(status=503, cut="close")
SCRIPT_OF_FAILURE: list[Piece] = [say("Hello"), say("Hello"), fail("No luck")]
LOSSES = [
    ("print(stream.recovered)", Trouble(cut="reset", after_events=3), 2, "True"),
    ("pickle.dumps(error)", LOST, 3, ""),
    ("error.arrived, error.entries", NEVER_ARRIVED, 4, ""),
    ("error.arrived, error.entries", LOST, 3, "could not be recovered"),
]
"""A text of a fragment, what its message meets, the number of messages, and what is
printed."""


@for_each(("text", "trouble", "count", "printed"), LOSSES)
def test_a_fragment_of_the_readme_recovers_its_answer(
    text: str,
    trouble: Trouble,
    count: int,
    printed: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (fragment,) = [each for each in fragments() if text in each]
    quick = Recovery(timeout=0.5, lock=0.1, settle=0)
    scope = {**public_scope(), "Recovery": lambda **_: quick}
    script = SCRIPT_OF_FAILURE if "could not" in printed else None
    posts = asyncio.run(run_fragment(compiled(fragment), scope, script, trouble))
    assert len(posts) == count
    assert printed in capsys.readouterr().out


def test_the_tests_of_the_readme_pass(
    mistral_server: LocalServer, conversations: Conversations
) -> None:
    tests = fragment_with("def test_shorten")
    tests["test_shorten"](mistral_server)

    async def second() -> None:
        async with AsyncConversations() as client:
            await tests["test_a_conversation_continues"](mistral_server, client)

    asyncio.run(second())
    mistral_server.model = None
    tests["test_a_stream_breaks"](mistral_server, conversations)


RECOVERY_TESTS = {
    name: test
    for name, test in fragment_with("def test_a_lost_message").items()
    if name.startswith("test_")
}
globals().update(RECOVERY_TESTS)  # for pytest, which knows their marks


def test_pytest_finds_the_tests_of_recovery() -> None:
    assert len(RECOVERY_TESTS) >= 3


RUN_TESTS = [name for name in fragment_with("def test_a_run_calls") if "test_" in name]


@pytest.mark.parametrize("name", RUN_TESTS)
def test_a_test_of_runs_in_the_readme_passes(
    name: str, mistral_server: LocalServer, conversations: Conversations
) -> None:
    fragment_with("def test_a_run_calls")[name](mistral_server, conversations)


def test_the_lifespan_of_the_readme_opens_a_client(mistral_server: LocalServer) -> None:
    app = SimpleNamespace(state=SimpleNamespace())

    async def live() -> str:
        async with fragment_with("def lifespan")["lifespan"](app):
            response = await app.state.conversations.start("Hello", model="m")
            text: str = response.text
            return text

    assert asyncio.run(live()) == "Hello"
    assert len(mistral_server.requests) == 1


@pytest.mark.usefixtures("mistral_server")
def test_a_log_line_is_that_of_the_readme(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "mistral_conversations")

    async def start() -> None:
        async with AsyncConversations() as conversations:
            await conversations.start("Hello", model="m")

    asyncio.run(start())
    lines = [r for r in caplog.records if r.name == "mistral_conversations"]
    shape = re.compile(r"(request id )\S+(, )\d+\.\d{3}( s)")
    (shown,) = re.findall(r"^# (POST .*)$", README, re.MULTILINE)
    written = [shape.sub(r"\1...\2...\3", line.getMessage()) for line in lines]
    assert written == [shape.sub(r"\1...\2...\3", shown)]


def test_the_two_commands_are_there() -> None:
    commands = "".join(blocks("sh")).splitlines()
    venv = "python3 -m venv .venv && .venv/bin/pip install -q -e"
    assert f"{venv} . && .venv/bin/python examples/quickstart.py" in commands
    assert f"{venv} '.[dev]' && .venv/bin/python -m pytest" in commands


def command_lines() -> list[str]:
    pattern = r"^(?:mistral-conversations|python -m mistral_conversations) "
    lines = "".join(blocks("sh")).splitlines()
    return [re.sub(pattern, "", line) for line in lines if re.match(pattern, line)]


def test_the_command_lines_are_understood() -> None:
    assert len(command_lines()) >= 4
    for line in command_lines():
        command_parser().parse_args(shlex.split(line))


def headings() -> list[tuple[str, str]]:
    """Return the headings outside of code: their level and their text."""
    prose = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^(#{2,4}) (.*)$", prose, re.MULTILINE)


def anchor(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_link_within_the_readme_has_its_heading() -> None:
    anchors = {anchor(heading) for _, heading in headings()}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_the_contents_list_every_section() -> None:
    contents = README.partition("**Contents:**")[2].partition("\n## ")[0]
    sections = [anchor(heading) for level, heading in headings() if level == "##"]
    linked = re.findall(r"\]\(#([^)]+)\)", contents)
    assert [link for link in linked if link in sections] == sections


@for_each("page", ["README.md", "examples/README.md", "CHANGELOG.md"])
def test_every_linked_file_is_there(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\((?!http|#)([^)#]+)[^)]*\)", path.read_text())
    assert [link for link in links if not (path.parent / link).is_file()] == []


def test_the_list_of_examples_has_every_example() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (EXAMPLES / "README.md").read_text())
    files = {path.name for path in EXAMPLES.iterdir() if path.is_file()}
    directories = {f"{path.parent.name}/README.md" for path in EXAMPLES.glob("*/*.md")}
    assert sorted(links) == sorted((files - {"README.md"}) | directories)


OPERATIONS = {
    "#### Conversations": AsyncConversations,
    "| `agents.`": AsyncAgents,
    "| `libraries.`": AsyncLibraries,
    "| `libraries.documents.`": AsyncDocuments,
    "| `libraries.accesses.`": AsyncAccesses,
    "| `files.`": AsyncFiles,
    "| `models.`": AsyncModels,
    "| `batch_jobs.`": AsyncBatchJobs,
    "| `connectors.`": AsyncConnectors,
}


@for_each(("head", "client"), OPERATIONS.items())
def test_a_table_has_every_operation(head: str, client: type) -> None:
    rows = README.partition(f"\n{head}")[2].partition("|\n\n")[0]
    listed = set(re.findall(r"`(\w+)(?:\(.*?\))?`", "".join(first_cells(rows))))
    assert listed == operations(client)


def test_the_operations_without_a_method_are_listed() -> None:
    section = README.partition("#### Operations without a method")[2]
    rows = section.partition("|\n\n")[0]
    listed = set(re.findall(r"^\| `([A-Z]+) (\S+)` \|", rows, re.MULTILINE))
    assert listed == NO_METHOD.keys()


@for_each("client", OPERATIONS.values())
def test_moving_from_mistralai_names_every_operation(client: type) -> None:
    section = README.partition("\n## Moving from")[2].partition("\n## ")[0]
    assert operations(client) - set(re.findall(r"\w+", section)) == set()


def operations(client: type) -> set[str]:
    return {
        name
        for name, value in inspect.getmembers(client, callable)
        if not name.startswith("_") and name not in {"aclose", "with_options"}
    }


def first_cells(rows: str) -> list[str]:
    return [row.split("|")[1] for row in rows.splitlines() if row.startswith("| `")]


def test_the_parameters_of_a_client_are_all_listed() -> None:
    rows = README.partition("\n| parameter | meaning |")[2].partition("|\n\n")[0]
    listed = re.findall(r"`(\w+)`", "".join(first_cells(rows)))
    assert listed == [*inspect.signature(AsyncMistral).parameters]


def test_the_tree_of_errors_has_every_error() -> None:
    tree = README.partition("### Error classes")[2].partition("### ")[0]
    errors = [name for name in mistral_conversations.__all__ if name.endswith("Error")]
    missing = [
        name
        for name in errors
        if name not in tree and name not in {"BatchError", "ValidationError"}
    ]
    assert missing == []


def test_the_map_names_what_is_there() -> None:
    tree = README.partition("## The package")[2].partition("```")[2].partition("```")[0]
    named = {
        line.split()[0].rstrip("/")
        for line in tree.splitlines()[2:]
        if line[2:3].strip()
    }
    package = ROOT / "mistral_conversations"
    own = {path.name for path in package.iterdir()}
    public = {name for name in own if not name.startswith("__") and name != "py.typed"}
    assert named == public - {"_version.py"}


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=str)
def test_an_example_runs_offline(path: Path) -> None:
    program = f"__file__ = {str(path)!r}\n{path.read_text()}"
    assert len(run(program).splitlines()) > 5


@pytest.mark.usefixtures("service")
def test_quickstart_talks_to_the_service_when_there_is_a_key() -> None:
    code = (EXAMPLES / "quickstart.py").read_text()
    assert "LocalServer" not in run(code)


def test_every_guarantee_links_its_tests() -> None:
    section = README.partition("\n## Guarantees\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| \*\*G(\d+) [^|]+ \| ([^|]+) \|$", section, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 16))
    folder = ROOT / "tests" / "guarantees"
    for number, cell in rows:
        linked = re.findall(r"\[[^]]+\]\(tests/guarantees/(\w+\.py)\)", cell)
        found = folder.glob(f"test_g{int(number):02}_*.py")
        assert sorted(linked) == sorted(path.name for path in found)
        assert len(linked) >= 1
    numbered = re.compile(r"test_g(0[1-9]|1[0-5])_\w+\.py")
    assert all(numbered.fullmatch(path.name) for path in folder.glob("test_*"))
