"""Start, continue, stream, read back, branch and delete a conversation.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to
a `LocalServer` inside this program, whose model repeats the question.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mistral_conversations import (
    AsyncConversations,
    MessageInputEntry,
    MessageOutputEntry,
    MessageOutputEvent,
)
from mistral_conversations.server import LocalServer

MODEL = "mistral-small-latest"


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncConversations]:
    """Open a client of the service, or of a server in this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncConversations() as conversations:
            yield conversations
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    async with (
        LocalServer() as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        yield conversations


async def stream_answer(
    conversations: AsyncConversations, conversation_id: str
) -> None:
    """Print an answer while the model writes it."""
    question = "Name three rivers of France, one after the other."
    async with conversations.append_stream(conversation_id, question) as stream:
        async for event in stream:
            match event:
                case MessageOutputEvent(content=str(text)):
                    print(text, end="", flush=True)
        response = await stream.response()
    print(f"  [{response.usage.total_tokens} tokens]")


async def show_history(conversations: AsyncConversations, conversation_id: str) -> str:
    """Print the entries, and return the id of the first answer."""
    history = await conversations.get_history(conversation_id)
    first_answer = ""
    for entry in history.entries:
        match entry:
            case MessageInputEntry(role=role, content=content):
                print(f"  {role}: {content}")
            case MessageOutputEntry(id=str(entry_id), text=text):
                print(f"  assistant: {text}")
                first_answer = first_answer or entry_id
    return first_answer


async def main() -> None:
    """Call the main operations once."""
    async with connect() as conversations:
        response = await conversations.start(
            "Hello, how are you?", model=MODEL, name="quickstart"
        )
        print("start:  ", response.text)

        response = await conversations.append(
            response.conversation_id, "And in French, please?"
        )
        print("append: ", response.text)

        print("stream:  ", end="")
        await stream_answer(conversations, response.conversation_id)

        print("history:")
        entry_id = await show_history(conversations, response.conversation_id)

        branch = await conversations.restart(
            response.conversation_id, entry_id, "And in Italian, please?"
        )
        print("restart:", branch.text)

        print("list:")
        for conversation in await conversations.list(page_size=2):
            print(
                f"  {conversation.id}, started {conversation.created_at:%Y-%m-%d %H:%M}"
            )

        await conversations.delete(response.conversation_id)
        await conversations.delete(branch.conversation_id)
        print("Both conversations are deleted.")


if __name__ == "__main__":
    asyncio.run(main())
