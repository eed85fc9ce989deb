"""Put two files into a document library, ask an agent about them, delete everything.

With MISTRAL_API_KEY set it talks to Mistral's service; without, to a `LocalServer`
inside this program, whose model searches the library and cites what it finds.
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
QUESTION = "How many days of holiday are there in the first year?"
FILES = {
    "holidays.md": """\
# Holidays

In the first year there are 26 days of holiday, from the second year on 30.

Days that are left over at the end of the year are good until the end of March.
""",
    "travel.txt": """\
Travel. Trains are booked in second class, and in first class from four hours on.

Hotels cost 140 euros a night at the most; breakfast is paid.
""",
}


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncMistral]:
    """Give a client of the service, or of a server of this program's own."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncMistral() as mistral:
            yield mistral
        return
    print(
        "MISTRAL_API_KEY is not set: a LocalServer in this program plays the service."
    )
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
    """Put a file into the library, and wait until it can be searched."""
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
    """Print the answer while it is made; give the id of the conversation."""
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


async def work(mistral: AsyncMistral, folder: Path, left: AsyncExitStack) -> None:
    """Make a library and an agent, and ask it; note in `left` what to delete."""
    library = await mistral.libraries.create("Handbook", description="How we work.")
    left.push_async_callback(mistral.libraries.delete, library.id)
    for name, text in FILES.items():
        path = folder / name
        path.write_text(text)
        await upload(mistral, library, path)
    agent = await mistral.agents.create(
        model=MODEL,
        name="Librarian",
        instructions="Answer by the handbook alone.",
        tools=[DocumentLibraryTool(library_ids=(library.id,))],
    )
    left.push_async_callback(mistral.agents.delete, agent.id)
    conversation_id = await ask(mistral, agent.id)
    left.push_async_callback(mistral.conversations.delete, conversation_id)


async def main() -> None:
    """Run it all, and leave nothing behind."""
    with tempfile.TemporaryDirectory() as folder:
        async with connect() as mistral:
            async with AsyncExitStack() as left:
                await work(mistral, Path(folder), left)
            libraries = await mistral.libraries.list()
            names = [library.name for library in libraries]
            print(f"Everything is deleted; the libraries now: {names}")


asyncio.run(main())
