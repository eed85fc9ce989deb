"""G15: what an import brings along, and what it does not."""

import subprocess
import sys

import pytest

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


def output_of(code: str) -> list[str]:
    """Run code in an interpreter of its own, give the lines that it prints."""
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
