"""Ask a question about an image.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program, whose model answers with a fixed text.
"""

import asyncio
import base64
import os
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mistral_conversations import (
    AsyncConversations,
    ImageURLChunk,
    MessageInputEntry,
    TextChunk,
)
from mistral_conversations.server import LocalServer, say

MODEL = "mistral-medium-latest"


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncConversations]:
    """Open a client of the service, or of a server in this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncConversations() as conversations:
            yield conversations
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    async with (
        LocalServer([say("A red square.")]) as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        yield conversations


def red_square(side: int = 32) -> bytes:
    """Return a PNG image."""

    def block(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    row = b"\0" + b"\xff\0\0" * side
    return (
        b"\x89PNG\r\n\x1a\n"
        + block(b"IHDR", head)
        + block(b"IDAT", zlib.compress(row * side))
        + block(b"IEND", b"")
    )


async def main() -> None:
    """Send a text and an image as one message."""
    png = red_square()
    # An https: address works as well, if the service can reach it.
    address = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    message = MessageInputEntry(
        role="user",
        content=(
            TextChunk(text="What does this image show?"),
            ImageURLChunk(image_url=address),
        ),
    )
    async with connect() as conversations:
        print(f"image: {len(png)} bytes")
        response = await conversations.start(message, model=MODEL)
        print("answer:", response.text)
        history = await conversations.get_history(response.conversation_id)
        print("history:")
        for entry in history.entries:
            print(f"  {entry.type}")
        await conversations.delete(response.conversation_id)


if __name__ == "__main__":
    asyncio.run(main())
