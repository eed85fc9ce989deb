"""Handle failures: a rate limit, a broken stream, a busy conversation.

No service fails at will, so a `LocalServer` inside this program does.
"""

import asyncio

from mistral_conversations import (
    AsyncConversations,
    ConversationResponse,
    MistralConversationsError,
    RetryPolicy,
    StreamError,
)
from mistral_conversations.server import LocalServer, Trouble

MODEL = "any-model"


def attempts(response: ConversationResponse) -> int:
    """Return how many times the request was sent."""
    return response.meta.attempts if response.meta else 0


async def rate_limit(conversations: AsyncConversations, server: LocalServer) -> None:
    """Let the client repeat a request that a rate limit has rejected."""
    print("A rate limit:")
    server.inflict(Trouble(status=429, retry_after=0.1), times=2)
    response = await conversations.start("Hello", model=MODEL)
    print(f"  answered after {attempts(response)} attempts: {response.text}")

    server.inflict(Trouble(status=429, retry_after=5))
    try:
        await conversations.start(
            "Hello", model=MODEL, retries=RetryPolicy(max_delay=1)
        )
    except MistralConversationsError as error:
        print(f"  the wait would be too long: {error}")


async def broken_stream(conversations: AsyncConversations, server: LocalServer) -> str:
    """Keep what has arrived, and read the rest from the history."""
    print("A broken stream:")
    server.inflict(Trouble(cut="reset", after_events=4))
    question = "one two three four five six"
    try:
        async with conversations.start_stream(question, model=MODEL) as stream:
            async for _ in stream:
                pass
    except StreamError as error:
        if error.conversation_id is None:
            raise
        partial = error.partial.text if error.partial else ""
        print(f"  {type(error).__name__} after {partial!r}")
        return error.conversation_id
    raise RuntimeError("the stream did not break")


async def busy_conversation(
    conversations: AsyncConversations, conversation_id: str
) -> None:
    """Wait until the service has completed the answer that nobody reads."""
    print("A busy conversation:")
    response = await conversations.append(conversation_id, "And now?", wait_if_busy=90)
    print(f"  answered after {attempts(response)} attempts: {response.text}")
    history = await conversations.get_history(conversation_id)
    for entry in history.entries:
        print(f"  in the history: {entry.type}")


async def lost_answer(conversations: AsyncConversations, server: LocalServer) -> None:
    """Look at `may_have_been_processed` before sending a message again."""
    print("A lost answer:")
    server.inflict(Trouble(cut="close"))
    try:
        await conversations.start("Hello", model=MODEL)
    except MistralConversationsError as error:
        print(f"  {type(error).__name__}: {error}")
        print(f"  may have been processed: {error.may_have_been_processed}")


async def main() -> None:
    """Run into one failure after the other."""
    async with (
        LocalServer(latency=0.02, busy_after_drop=0.2) as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        await rate_limit(conversations, server)
        conversation_id = await broken_stream(conversations, server)
        await busy_conversation(conversations, conversation_id)
        await lost_answer(conversations, server)


if __name__ == "__main__":
    asyncio.run(main())
