"""G15: which modules an import loads, and which it does not."""

import subprocess
import sys
from functools import cache

import pytest

from tests.support.interpreter import DEPENDENCIES, completed

pytestmark = pytest.mark.processes

OPTIONAL = [
    "IPython",
    "mcp",
    "opentelemetry",
    "pydantic",
    "pytest",
    "requests",
    "rich",
    "yaml",
]

WATCH = """
import sys

seen = []

def watch(event, arguments):
    kind = event.partition(".")[0]
    if kind in {"socket", "subprocess", "urllib", "sqlite3", "ftplib", "webbrowser"}:
        seen.append(event)
    elif event in {"os.system", "os.mkdir", "os.remove", "os.rename", "os.putenv"}:
        seen.append(event)
    elif event == "open":
        path, mode, _ = arguments
        read_only = mode is None or not set("wax+") & set(mode)
        of_python = str(path).endswith((".py", ".pyc", ".so", ".pth", ".cfg"))
        if not (read_only and of_python):
            seen.append(f"open {path}")

sys.addaudithook(watch)
"""


@cache
def output_of(code: str) -> list[str]:
    """Run code in a new interpreter, and return the lines it prints."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.stderr == ""
    return ran.stdout.split("\n")[:-1]


def modules_after(code: str) -> set[str]:
    return set(output_of(f"{code}\nimport sys\nfor name in sys.modules: print(name)"))


def test_package_alone_imports_next_to_nothing() -> None:
    before = modules_after("import importlib, typing")
    new = modules_after("import mistral_conversations") - before
    assert new == {"mistral_conversations", "mistral_conversations._version"}


def test_client_imports_no_server_and_nothing_optional() -> None:
    found = modules_after("from mistral_conversations import AsyncConversations")
    assert "mistral_conversations.conversations" in found
    assert "aiohttp" in found
    assert not found & {"aiohttp.web", "mistral_conversations.server", *OPTIONAL}
    assert not [name for name in found if name.startswith("mistral_conversations.cli")]


OTHER_PARTS = {
    *["accesses", "agents", "client", "documents", "libraries", "sync"],
    *["_wire.agent_calls", "_wire.library_calls", "_wire.multipart"],
    *["models.agents", "models.documents", "models.libraries", "models.unset"],
    *["batch_jobs", "connectors", "files", "model_list", "file_chunks"],
    *["_batch_results", "_waiting", "_wire.batch_calls", "_wire.batch_lines"],
    *["_wire.connector_calls", "_wire.data_urls", "_wire.file_calls"],
    *["_wire.model_calls", "models.batch_jobs", "models.connector_access"],
    *["models.connector_tools", "models.connectors", "models.files", "models.mcp"],
    *["models.model_cards", "models.tool_files"],
    *["_transport.downloads", "_transport.uploads"],
    *["runs", "models.runs", "_wire.annotations", "_wire.structured_output"],
}
"""Modules that a program which only converses has no use for."""

CONVERSE = """
import asyncio

async def converse():
    async with {client}("key", base_url="http://127.0.0.1:9", retries=0) as client:
        try:
            await {part}.start("Hi", model="m")
        except ConnectionError:
            pass

asyncio.run(converse())
"""
"""Nothing listens on port 9: everything except the answer happens."""


def ours_of(modules: set[str]) -> set[str]:
    prefix = "mistral_conversations."
    return {name.removeprefix(prefix) for name in modules if name.startswith(prefix)}


def ours_after(code: str) -> set[str]:
    """Return our modules after some code; the dependencies are loaded before it."""
    names = "\nimport sys\nfor name in sys.modules: print(name)"
    ended = completed(code + names, imports=DEPENDENCIES)
    assert (ended.code, ended.err) == (0, "")
    return ours_of(set(ended.out.splitlines()))


def test_program_that_converses_loads_no_other_part() -> None:
    found = modules_after(
        "from mistral_conversations import AsyncConversations"
        + CONVERSE.format(client="AsyncConversations", part="client")
    )
    assert "_wire.conversation_calls" in ours_of(found)
    assert not ours_of(found) & OTHER_PARTS
    assert not [name for name in found if name.partition(".")[0] == "anyio"]


def test_client_of_all_parts_loads_those_that_are_used() -> None:
    code = "from mistral_conversations import AsyncMistral"
    found = ours_after(f"{code}\nAsyncMistral('key')")
    assert "client" in found
    assert not found & {"conversations", "stream", *OTHER_PARTS - {"client"}}
    code += CONVERSE.format(client="AsyncMistral", part="client.conversations")
    found = ours_after(code)
    assert {"client", "conversations"} <= found
    assert not found & (OTHER_PARTS - {"client"})


@pytest.mark.parametrize(
    ("name", "unused"),
    [
        ("AsyncAgents", {"conversations", "libraries", "_wire.library_calls"}),
        ("AsyncAgents", {"stream", "_stream", "_transport.uploads", "sync"}),
        ("AsyncLibraries", {"conversations", "agents", "_wire.agent_calls", "sync"}),
        ("AsyncAccesses", {"documents", "_transport.uploads", "agents"}),
        ("Agents", {"libraries", "sync.libraries", "sync.client", "client"}),
        ("Conversations", OTHER_PARTS - {"sync"}),
        ("Conversations", {"sync.agents", "sync.libraries", "sync.client"}),
        ("Agent", {"_transport", "agents", "client"}),
        ("UNSET", {"_transport", "agents", "models.agents", "errors"}),
    ],
)
def test_public_name_loads_nothing_that_it_has_no_use_for(
    name: str, unused: set[str]
) -> None:
    found = ours_after(f"from mistral_conversations import {name}")
    assert found
    assert not found & unused


def test_models_and_errors_import_no_client() -> None:
    found = modules_after(
        "from mistral_conversations import SDKError, TextChunk, Timeout"
    )
    assert not found & {
        "aiohttp",
        "asyncio",
        "mistral_conversations._transport",
        "mistral_conversations.conversations",
        *OPTIONAL,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "import mistral_conversations",
        "from mistral_conversations import AsyncConversations, AsyncConversationStream",
        "from mistral_conversations import AsyncMistral, AsyncAgents, AsyncLibraries",
        "from mistral_conversations import *",
    ],
)
def test_import_does_no_input_or_output(statement: str) -> None:
    shown = "\nfor event in seen: print(event)"
    alone = set(output_of(f"{WATCH}\nimport aiohttp{shown}"))
    ours = set(output_of(f"{WATCH}\n{statement}{shown}"))
    assert ours <= alone
    assert not [event for event in ours if event.startswith(("socket.c", "subprocess"))]


def test_import_starts_no_thread_and_no_loop() -> None:
    code = """
import threading
from mistral_conversations import AsyncConversations
AsyncConversations("key")
print(threading.active_count())
"""
    assert output_of(code) == ["1"]
