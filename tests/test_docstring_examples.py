"""The examples in the docstrings of the clients run as they stand."""

import asyncio
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    AsyncAgents,
    AsyncConversations,
    AsyncDocuments,
    AsyncLibraries,
    AsyncMistral,
)
from mistral_conversations.server import LocalServer

CLASSES = [AsyncConversations, AsyncAgents, AsyncLibraries, AsyncDocuments]
WITH_EXAMPLE = {
    "AsyncConversations",
    "AsyncConversations.start",
    "AsyncConversations.start_stream",
    "AsyncConversations.append",
    "AsyncConversations.append_stream",
    "AsyncConversations.restart",
    "AsyncConversations.list_all",
    "AsyncAgents.create",
    "AsyncAgents.update",
    "AsyncAgents.list_all",
    "AsyncDocuments.upload",
    "AsyncDocuments.list_all",
    "AsyncDocuments.wait_until_processed",
}


def _examples() -> Iterator[tuple[str, str]]:
    for cls in CLASSES:
        methods = inspect.getmembers(cls, inspect.isfunction)
        named = [(cls.__name__, cls), *((m.__qualname__, m) for _, m in methods)]
        for name, documented in named:
            _, found, code = (inspect.getdoc(documented) or "").partition("Example:\n")
            if found:
                yield name, textwrap.dedent(code)


EXAMPLES = dict(_examples())


def test_main_operations_have_an_example() -> None:
    assert EXAMPLES.keys() == WITH_EXAMPLE


@pytest.mark.parametrize("name", sorted(WITH_EXAMPLE))
def test_example_runs(
    name: str,
    mistral_server: LocalServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("manual.pdf").write_text("Turn it on.")
    scope: dict[str, Any] = {"AsyncConversations": AsyncConversations}
    body = textwrap.indent(EXAMPLES[name], "    ")
    parameters = "conversations, agents, libraries, ids"
    unpacked = "    conversation_id, agent_id, library_id, document_id = ids"
    exec(f"async def example({parameters}):\n{unpacked}\n{body}", scope)
    with redirect_stdout(StringIO()) as printed:
        asyncio.run(_run(scope["example"]))
    assert printed.getvalue().strip()
    assert mistral_server.requests


async def _run(example: Any) -> None:
    async with AsyncMistral() as client:
        started = await client.conversations.start("Hello", model="mistral-small")
        agent = await client.agents.create(model="mistral-small", name="Desk")
        library = await client.libraries.create("Manuals")
        document = await client.libraries.documents.upload(
            library.id, b"Turn it off.", name="off.txt"
        )
        ids = started.conversation_id, agent.id, library.id, document.id
        await example(client.conversations, client.agents, client.libraries, ids)
