"""Upload two files to a document library, ask an agent about them, delete everything.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program, whose model searches the library and cites the
passages it finds.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from mistral_conversations import (
    AsyncMistral,
    DocumentLibraryTool,
    DocumentOut,
    LibraryOut,
    MessageOutputEvent,
    ToolExecutionStartedEvent,
    ToolReferenceChunk,
)
from mistral_conversations.server import LocalServer, Piece, cite, execute

MODEL = "mistral-medium-latest"
QUESTION = "How many days of holiday do I have in the first year?"
FILES = {
    "holidays.md": """\
# Holidays

You have 26 days of holiday in the first year, and 30 from the second year on.

Days that you have not taken by the end of the year expire at the end of March.
""",
    "travel.txt": """\
Travel. Book trains in second class, and in first class for four hours or more.

A hotel may cost up to 140 euros a night; the company pays for breakfast.
""",
}


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncMistral]:
    """Open a client of the service, or of a server in this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncMistral() as mistral:
            yield mistral
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    answer: list[Piece] = [
        execute("document_library", arguments={"query": QUESTION}),
        cite(),
    ]
    async with (
        LocalServer([answer]) as server,
        AsyncMistral("local", base_url=server.base_url) as mistral,
    ):
        yield mistral


async def upload(mistral: AsyncMistral, library: LibraryOut, path: Path) -> DocumentOut:
    """Upload a file to the library, and wait until the service has processed it."""
    documents = mistral.libraries.documents
    document = await documents.upload(
        library.id,
        path,
        progress=lambda sent, total: print(f"{path.name}: {sent} of {total} bytes"),
    )
    document = await documents.wait_until_processed(
        library.id,
        document.id,
        poll=0.5,
        progress=lambda status: print(f"{path.name}: {status.processing_status}"),
    )
    text = await documents.text_content(library.id, document.id)
    print(f"{path.name}: {len(text.text.split())} words, {document.mime_type}")
    return document


async def ask(mistral: AsyncMistral, agent_id: str) -> str:
    """Print the answer as it arrives, and return the id of the conversation."""
    async with mistral.conversations.start_stream(
        QUESTION, agent_id=agent_id
    ) as stream:
        async for event in stream:
            match event:
                case ToolExecutionStartedEvent(name=name):
                    print(f"[{name}]")
                case MessageOutputEvent(content=str(text)):
                    print(text, end="", flush=True)
                case MessageOutputEvent(content=ToolReferenceChunk(title=title)):
                    print(f" ({title})", end="", flush=True)
        response = await stream.response()
    print(f"\n[{response.usage.connectors}]")
    return response.conversation_id


async def work(mistral: AsyncMistral, folder: Path, cleanup: AsyncExitStack) -> None:
    """Create a library and an agent, and ask it; `cleanup` deletes them all."""
    library = await mistral.libraries.create("Handbook", description="How we work.")
    cleanup.push_async_callback(mistral.libraries.delete, library.id)
    for name, text in FILES.items():
        path = folder / name
        path.write_text(text)
        await upload(mistral, library, path)
    agent = await mistral.agents.create(
        model=MODEL,
        name="Librarian",
        instructions="Answer from the handbook only.",
        tools=[DocumentLibraryTool(library_ids=(library.id,))],
    )
    cleanup.push_async_callback(mistral.agents.delete, agent.id)
    conversation_id = await ask(mistral, agent.id)
    cleanup.push_async_callback(mistral.conversations.delete, conversation_id)


async def main() -> None:
    """Run all steps, and leave nothing behind."""
    with tempfile.TemporaryDirectory() as folder:
        async with connect() as mistral:
            async with AsyncExitStack() as cleanup:
                await work(mistral, Path(folder), cleanup)
            names = [library.name async for library in mistral.libraries.list_all()]
            print(f"Everything is deleted. Remaining libraries: {names}")


if __name__ == "__main__":
    asyncio.run(main())
