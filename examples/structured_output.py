"""Get an answer as JSON that follows a schema, at a low temperature.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program, whose model answers with a fixed text.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mistral_conversations import (
    AsyncConversations,
    CompletionArgs,
    JsonSchema,
    ResponseFormat,
)
from mistral_conversations.server import LocalServer, say

MODEL = "mistral-small-latest"
RIVERS = JsonSchema(
    name="rivers",
    strict=True,
    schema={
        "type": "object",
        "properties": {
            "rivers": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "kilometres": {"type": "integer"},
                    },
                    "required": ["name", "kilometres"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["rivers"],
        "additionalProperties": False,
    },
)
LOCAL_ANSWER = {
    "rivers": [
        {"name": "Loire", "kilometres": 1006},
        {"name": "Seine", "kilometres": 775},
        {"name": "Garonne", "kilometres": 529},
    ]
}


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncConversations]:
    """Open a client of the service, or of a server in this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncConversations() as conversations:
            yield conversations
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    async with (
        LocalServer([say(json.dumps(LOCAL_ANSWER))]) as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        yield conversations


async def main() -> None:
    """Ask for three rivers, and print them as a table."""
    async with connect() as conversations:
        response = await conversations.start(
            "Name three rivers of France with their lengths.",
            model=MODEL,
            completion_args=CompletionArgs(
                temperature=0.1,
                max_tokens=500,
                response_format=ResponseFormat(type="json_schema", json_schema=RIVERS),
            ),
        )
        print("answer:", response.text)
        print("rivers:")
        for river in json.loads(response.text)["rivers"]:
            print(f"  {river['name']:12}{river['kilometres']:5} km")
        await conversations.delete(response.conversation_id)


if __name__ == "__main__":
    asyncio.run(main())
