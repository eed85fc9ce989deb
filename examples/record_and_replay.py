"""Record a service once, and replay it without the service, as tests without a key do.

A `LocalServer` plays the service here. For Mistral's, leave `upstream` out, and pass
your key to the client: no cassette has it.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from mistral_conversations import AsyncConversations, BadRequestError
from mistral_conversations.server import LocalServer


async def diary(base_url: str) -> str:
    """Run the program under test, whose first request has the time."""
    async with AsyncConversations("local", base_url=base_url) as conversations:
        day = await conversations.start(
            "Clouds, then rain.",
            model="mistral-small-latest",
            metadata={"written_at": datetime.now().astimezone().isoformat()},
        )
        stream = conversations.append_stream(day.conversation_id, "Shorter, please.")
        return (await stream.response()).text


async def ask_something_else(base_url: str) -> None:
    """Send a request that the cassette does not have."""
    async with AsyncConversations("local", base_url=base_url) as conversations:
        try:
            await conversations.start("Sunshine.", model="mistral-small-latest")
        except BadRequestError as error:
            print(f"\nNot recorded:\n{error}")


async def main() -> None:
    """Record the program, replay it, and ask the replay something else."""
    with TemporaryDirectory() as folder:
        cassette = Path(folder) / "diary.jsonl"
        async with (
            LocalServer(["It rained.", "Rain."]) as service,
            LocalServer.recording(cassette, upstream=service.base_url) as recorder,
        ):
            print("Recorded:", await diary(recorder.base_url))
        print(f"{recorder.recorded} exchanges in {cassette.name}")

        ignore = ["$.metadata.written_at"]
        async with LocalServer.replaying(cassette, ignore=ignore) as replay:
            print("Replayed:", await diary(replay.base_url))
            await ask_something_else(replay.base_url)


if __name__ == "__main__":
    asyncio.run(main())
