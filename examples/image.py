"""Generate an image, save it, and ask a question about it.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program, which draws a pattern instead of the picture, and
whose model answers with a fixed text.

The image is saved in the folder that you name (`python image.py pictures`), or in a
temporary one.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mistral_conversations import (
    AsyncMistral,
    ConversationResponse,
    ImageGenerationTool,
    MessageInputEntry,
    TextChunk,
    ToolFileChunk,
    image_chunk,
)
from mistral_conversations.server import LocalServer, Reply, execute, say

MODEL = "mistral-medium-latest"
PROMPT = "a red square on white paper"


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncMistral]:
    """Open a client of the service, or of a server in this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncMistral() as mistral:
            yield mistral
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    script: list[Reply] = [
        [
            execute("image_generation", arguments={"prompt": PROMPT}),
            say("Here is your image."),
        ],
        say("It shows a pattern of squares."),
    ]
    async with (
        LocalServer(script) as server,
        AsyncMistral("local", base_url=server.base_url) as mistral,
    ):
        yield mistral


async def generate(mistral: AsyncMistral, folder: Path) -> tuple[Path, ...]:
    """Generate an image, save it, and delete it from the service."""
    print("prompt:", PROMPT)
    response = await mistral.conversations.start(
        f"Draw {PROMPT}.", model=MODEL, tools=[ImageGenerationTool()]
    )
    print("answer:", response.text)
    paths = await mistral.files.download_all(response, folder)
    for path in paths:
        print(f"saved: {path.name}, {path.stat().st_size} bytes")
    for file_id in generated(response):
        await mistral.files.delete(file_id)
    await mistral.conversations.delete(response.conversation_id)
    return paths


def generated(response: ConversationResponse) -> set[str]:
    """Return the ids of the files that tools made during an answer."""
    contents = [getattr(entry, "content", ()) for entry in response.outputs]
    chunks = [chunk for content in contents for chunk in content]
    return {chunk.file_id for chunk in chunks if isinstance(chunk, ToolFileChunk)}


async def describe(mistral: AsyncMistral, path: Path) -> None:
    """Send a text and an image as one message."""
    # The URL of an image works as well, if the service can reach it.
    image = await asyncio.to_thread(image_chunk, path)
    message = MessageInputEntry(
        role="user", content=(TextChunk(text="What does this image show?"), image)
    )
    response = await mistral.conversations.start(message, model=MODEL)
    print("answer:", response.text)
    await mistral.conversations.delete(response.conversation_id)


async def main() -> None:
    """Run both steps, and leave nothing behind except a folder that was named."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        async with connect() as mistral:
            paths = await generate(mistral, folder)
            print(f"images: {len(paths)}")
            for path in paths:
                await describe(mistral, path)


if __name__ == "__main__":
    asyncio.run(main())
