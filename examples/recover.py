"""Recover answers that were lost: in a stream, later, and one that never was.

No service breaks connections at will, so a `LocalServer` inside this program does.
"""

import asyncio

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    NeverArrivedError,
    Recovery,
    RecoveryUncertainError,
    StreamInterruptedError,
)
from mistral_conversations.server import LocalServer, Trouble

MODEL = "any-model"
STORY = "Once upon a time there was a stream that broke and yet had an end."

# The service may need minutes; this server needs less than a second.
RECOVERY = Recovery(timeout=10, lock=0.5, settle=0.2)


async def in_the_stream(conversations: AsyncConversations, server: LocalServer) -> str:
    """Go on reading: the stream continues with what the history has."""
    print("A stream that continues:")
    server.inflict(Trouble(cut="reset", after_events=5))
    stream = conversations.start_stream(STORY, model=MODEL, recover=RECOVERY)
    async with stream:
        async for piece in stream.text():
            print(f"  {piece!r}")
    response = await stream.response()
    print(f"  recovered: {stream.recovered}, whole: {response.text == STORY}")
    return response.conversation_id


async def later(
    conversations: AsyncConversations, server: LocalServer, id: str
) -> None:
    """Keep the error, and ask for the answer when there is time."""
    print("A stream that was cut:")
    server.inflict(Trouble(cut="reset", after_events=5))
    try:
        await conversations.append_stream(id, STORY).response()
    except StreamInterruptedError as error:
        print(f"  so far: {error.partial.text if error.partial else ''!r}")
        response = await conversations.recover(error, RECOVERY)
        print(f"  recovered: {response.text!r}")


async def never_arrived(
    conversations: AsyncConversations, server: LocalServer, id: str
) -> None:
    """Send a message again only if that is safe."""
    print("A message that never arrived:")
    server.inflict(Trouble(status=503, cut="close"))
    try:
        response = await conversations.append(id, "Are you there?", recover=RECOVERY)
    except NeverArrivedError as error:
        print(f"  {error.error}")
        response = await conversations.append(id, "Are you there?")
        print(f"  sent again: {response.text!r}")


async def uncertain(conversations: AsyncConversations, server: LocalServer) -> None:
    """Ask a person where nobody can know: a start that lost its conversation."""
    print("A start without a trace:")
    server.inflict(Trouble(cut="close"))
    try:
        await conversations.start("Hello", model=MODEL)
    except APIConnectionError as error:
        try:
            await conversations.recover(error, RECOVERY)
        except RecoveryUncertainError as reason:
            print(f"  {reason}")


async def main() -> None:
    """Lose four answers, and recover what can be recovered."""
    async with (
        LocalServer(latency=0.01, busy_after_drop=0.2) as server,
        AsyncConversations("local", base_url=server.base_url) as conversations,
    ):
        conversation_id = await in_the_stream(conversations, server)
        await later(conversations, server, conversation_id)
        await never_arrived(conversations, server, conversation_id)
        await uncertain(conversations, server)
        posts = sum(request.method == "POST" for request in server.requests)
        print(f"{posts} messages sent.")


if __name__ == "__main__":
    asyncio.run(main())
