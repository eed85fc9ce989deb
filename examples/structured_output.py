"""Get answers as objects: from a run, while they stream, and from a plain answer.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program. Its model forgets a length at first, so that the
run sends the reply back; then it answers with fixed texts.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from mistral_conversations import (
    AsyncConversations,
    CompletionArgs,
    OutputValidationError,
    ResponseFormat,
)
from mistral_conversations.server import LocalServer, Piece, say

MODEL = "mistral-small-latest"


@dataclass
class River:
    """A river, as the model describes it."""

    name: str
    kilometres: int
    flows_into: Literal["a sea", "a river", "a lake"]


LOIRE = {"name": "Loire", "kilometres": 1006, "flows_into": "a sea"}
SEINE = {"name": "Seine", "kilometres": 775, "flows_into": "a sea"}
SAONE = {"name": "Saône", "kilometres": 473, "flows_into": "a river"}
RHONE = {"name": "Rhône", "kilometres": 812, "flows_into": "a sea"}


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncConversations]:
    """Open a client of the service, or of a server in this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncConversations() as conversations:
            yield conversations
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    script: list[Piece] = [
        say(json.dumps({"value": [LOIRE, {"name": "Seine"}, SAONE]})),
        say(json.dumps({"value": [LOIRE, SEINE, SAONE]})),
        say(json.dumps(RHONE)),
        say(json.dumps(RHONE)),
    ]
    async with (
        LocalServer(script) as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        yield conversations


async def run(conversations: AsyncConversations) -> None:
    """Ask for three rivers; a reply that does not fit is sent back to the model."""
    result = await conversations.run(
        "Name three rivers of France, with their lengths.",
        model=MODEL,
        completion_args=CompletionArgs(temperature=0.1, max_tokens=500),
        output_type=list[River],
    )
    print(f"rivers, after {result.turns} answers:")
    for river in result.output:
        print(f"  {river.name:10}{river.kilometres:5} km, into {river.flows_into}")
    if result.conversation_id is not None:
        await conversations.delete(result.conversation_id)


async def stream(conversations: AsyncConversations) -> None:
    """Show an object while it arrives."""
    print("a river, as it arrives:")
    async with conversations.run_stream(
        "Describe the Rhône.", model=MODEL, output_type=River
    ) as running:
        shown = None
        async for _ in running:
            if (so_far := running.partial()) != shown:
                print(" ", shown := so_far)
    result = await running.result()
    print("complete:", result.output)
    if result.conversation_id is not None:
        await conversations.delete(result.conversation_id)


async def parse(conversations: AsyncConversations) -> None:
    """Read a plain answer, which is not sent back to the model."""
    response = await conversations.start(
        "Describe the Rhône.",
        model=MODEL,
        completion_args=CompletionArgs(response_format=ResponseFormat.of(River)),
    )
    try:
        river = response.parse(River)
    except OutputValidationError as error:
        print(f"{error}: {error.text!r}")
    else:
        print("a plain answer:", river)
    await conversations.delete(response.conversation_id)


async def main() -> None:
    """Ask for rivers in three ways."""
    async with connect() as conversations:
        await run(conversations)
        await stream(conversations)
        await parse(conversations)


if __name__ == "__main__":
    asyncio.run(main())
