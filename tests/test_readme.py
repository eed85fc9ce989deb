"""The README is true: its code runs, its tables are those of the package."""

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import mistral_conversations
from mistral_conversations import (
    AsyncAccesses,
    AsyncAgents,
    AsyncConversations,
    AsyncDocuments,
    AsyncLibraries,
)
from mistral_conversations.server import LocalServer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PUBLIC = mistral_conversations.__all__

pytestmark = pytest.mark.skipif(
    not (ROOT / "examples").is_dir(), reason="the examples are not here"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def whole_programs() -> list[str]:
    return [block for block in blocks("python") if "asyncio.run(main())" in block]


def fragments() -> list[str]:
    return [block for block in blocks("python") if "asyncio.run(main())" not in block]


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """Give an environment in which a `LocalServer` is the service."""
    with LocalServer() as server:
        yield {
            **os.environ,
            "MISTRAL_API_KEY": "any",
            "MISTRAL_BASE_URL": server.base_url,
        }


def run(code: str, environment: dict[str, str]) -> str:
    """Run a program, which must be silent on stderr."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_there_is_something_to_run() -> None:
    assert whole_programs()
    assert len(fragments()) >= 3


@pytest.mark.parametrize("program", whole_programs())
def test_a_program_of_the_readme_runs(
    program: str, environment: dict[str, str]
) -> None:
    assert "Tour de France" in run(program, environment)


@pytest.mark.parametrize("fragment", fragments())
def test_a_fragment_of_the_readme_runs(
    fragment: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MISTRAL_API_KEY", "MISTRAL_BASE_URL"):
        monkeypatch.setenv(name, environment[name])
    code = compile(fragment, "README.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    scope = {name: getattr(mistral_conversations, name) for name in PUBLIC}
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(run_fragment(code, scope))
    else:
        exec(code, scope)


async def run_fragment(code: CodeType, scope: dict[str, Any]) -> None:
    """Run a fragment that goes on with a client and a stream."""
    async with (
        LocalServer() as server,
        AsyncConversations("any", base_url=server.base_url) as conversations,
        conversations.start_stream("Hello", model="m") as stream,
    ):
        await eval(code, {**scope, "conversations": conversations, "stream": stream})


def test_the_two_commands_are_there() -> None:
    commands = "".join(blocks("sh")).splitlines()
    venv = "python3 -m venv .venv && .venv/bin/pip install -q -e"
    assert f"{venv} . && .venv/bin/python examples/quickstart.py" in commands
    assert f"{venv} '.[dev]' && .venv/bin/python -m pytest" in commands


OPERATIONS = {
    "### Conversations": AsyncConversations,
    "| `agents.`": AsyncAgents,
    "| `libraries.`": AsyncLibraries,
    "| `libraries.documents.`": AsyncDocuments,
    "| `libraries.accesses.`": AsyncAccesses,
}


@pytest.mark.parametrize(("head", "client"), OPERATIONS.items())
def test_a_table_has_every_operation(head: str, client: type) -> None:
    rows = README.partition(f"\n{head}")[2].partition("|\n\n")[0]
    told = set(re.findall(r"`(\w+)(?:\(.*?\))?`", "".join(first_cells(rows))))
    assert told == {
        name
        for name, value in inspect.getmembers(client, callable)
        if not name.startswith("_") and name not in {"aclose", "with_options"}
    }


def first_cells(rows: str) -> list[str]:
    return [row.split("|")[1] for row in rows.splitlines() if row.startswith("| `")]


def test_the_tree_of_errors_has_every_error() -> None:
    tree = README.partition("## Errors")[2].partition("## ")[0]
    errors = [name for name in mistral_conversations.__all__ if name.endswith("Error")]
    missing = [
        name for name in errors if name not in tree and name != "ValidationError"
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


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=str)
def test_an_example_runs_offline(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", path],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 5


def test_quickstart_talks_to_the_service_when_there_is_a_key(
    environment: dict[str, str],
) -> None:
    code = (ROOT / "examples" / "quickstart.py").read_text()
    assert "LocalServer" not in run(code, environment)
