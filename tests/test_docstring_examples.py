"""The examples in the docstrings of the clients run as they stand."""

import asyncio
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from mistral_conversations import (
    Agents,
    APIConnectionError,
    AsyncAgents,
    AsyncBatch,
    AsyncBatchJobs,
    AsyncChat,
    AsyncConversations,
    AsyncConversationStream,
    AsyncDocuments,
    AsyncFiles,
    AsyncLibraries,
    AsyncMistral,
    AsyncRelay,
    AsyncRunStream,
    Batch,
    BatchInput,
    BatchJobs,
    BatchRequest,
    Chat,
    Conversations,
    ConversationStream,
    Documents,
    Files,
    FunctionStarted,
    Libraries,
    MessageOutputEvent,
    Mistral,
    Relay,
    RunStream,
)
from mistral_conversations.server import LocalServer

CLASSES = [
    AsyncMistral,
    AsyncConversations,
    AsyncConversationStream,
    AsyncRelay,
    AsyncRunStream,
    AsyncChat,
    AsyncBatch,
    AsyncAgents,
    AsyncLibraries,
    AsyncDocuments,
    AsyncFiles,
    AsyncBatchJobs,
]
BLOCKING_CLASSES = [
    Mistral,
    Conversations,
    ConversationStream,
    Relay,
    RunStream,
    Chat,
    Batch,
    Agents,
    Libraries,
    Documents,
    Files,
    BatchJobs,
]
NAMED = (
    APIConnectionError,
    BatchInput,
    BatchRequest,
    FunctionStarted,
    MessageOutputEvent,
)
"""Other classes in the examples."""

DOCUMENTED = {
    "Mistral",
    "Conversations",
    "Conversations.start",
    "Conversations.start_stream",
    "Conversations.append",
    "Conversations.append_stream",
    "Conversations.restart",
    "Conversations.recover",
    "Conversations.run",
    "Conversations.run_stream",
    "Conversations.list_all",
    "Conversations.batch",
    "Conversations.chat",
    "Conversations.chat_from_json",
    "ConversationStream",
    "Relay",
    "RunStream",
    "Chat",
    "Chat.talk",
    "Batch",
    "Agents.create",
    "Agents.update",
    "Agents.list_all",
    "Documents.upload",
    "Documents.list_all",
    "Libraries.list_all",
    "Documents.wait_until_processed",
    "Files.upload",
    "Files.download",
    "Files.list_all",
    "BatchJobs.create",
    "BatchJobs.list_all",
    "BatchJobs.wait",
    "BatchJobs.results",
}
PARAMETERS = "client, ids"
UNPACKED = """\
    conversations, agents = client.conversations, client.agents
    libraries, files = client.libraries, client.files
    batch_jobs = client.batch_jobs
    chat = conversations.chat(model="mistral-medium-latest")
    conversation_id, agent_id, library_id, document_id, file_id, job = ids"""


def _examples(classes: Sequence[type]) -> Iterator[tuple[str, str]]:
    for cls in classes:
        methods = inspect.getmembers(cls, inspect.isfunction)
        named = [(cls.__name__, cls), *((m.__qualname__, m) for _, m in methods)]
        for name, documented in named:
            _, found, code = (inspect.getdoc(documented) or "").partition("Example:\n")
            if found:
                yield name, textwrap.dedent(code)


EXAMPLES = dict(_examples(CLASSES))
BLOCKING_EXAMPLES = dict(_examples(BLOCKING_CLASSES))


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    lines = iter(["Hello.", None])  # what a person types; None ends the conversation
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    Path("manual.pdf").write_text("Turn it on.")
    Path("questions.jsonl").write_text("{}")


def _compiled(code: str, keyword: str) -> Any:
    classes = *CLASSES, *BLOCKING_CLASSES, *NAMED
    scope: dict[str, Any] = {cls.__name__: cls for cls in classes}
    body = textwrap.indent(code, "    ")
    exec(f"{keyword} example({PARAMETERS}):\n{UNPACKED}\n{body}", scope)
    return scope["example"]


def test_main_operations_have_an_example() -> None:
    assert EXAMPLES.keys() == {f"Async{name}" for name in DOCUMENTED}
    assert BLOCKING_EXAMPLES.keys() == DOCUMENTED


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example_runs(name: str, mistral_server: LocalServer) -> None:
    async def run() -> None:
        async with AsyncMistral() as client:
            await example(client, ids)

    example = _compiled(EXAMPLES[name], "async def")
    with Mistral() as client:
        ids = _made(client)
    before = len(mistral_server.requests)
    with redirect_stdout(StringIO()):
        asyncio.run(run())
    assert len(mistral_server.requests) > before


@pytest.mark.parametrize("name", sorted(BLOCKING_EXAMPLES))
def test_blocking_example_runs(name: str, mistral_server: LocalServer) -> None:
    example = _compiled(BLOCKING_EXAMPLES[name], "def")
    with Mistral() as client, redirect_stdout(StringIO()):
        ids = _made(client)
        before = len(mistral_server.requests)
        example(client, ids)
    assert len(mistral_server.requests) > before


def _made(client: Mistral) -> tuple[Any, ...]:
    """Create the resources that the examples name by id."""
    started = client.conversations.start("Hello", model="mistral-small")
    agent = client.agents.create(model="mistral-small", name="Desk")
    library = client.libraries.create("Manuals")
    upload = client.libraries.documents.upload
    document = upload(library.id, b"Turn it off.", name="off.txt")
    file = client.files.upload(b"{}", name="asks.jsonl", purpose="batch")
    job = client.batch_jobs.create(input_files=[file.id])
    job = client.batch_jobs.wait(job)
    return started.conversation_id, agent.id, library.id, document.id, file.id, job
