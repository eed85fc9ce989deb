"""Classify tickets in a batch that is interrupted, and continue it from its file.

With MISTRAL_API_KEY set, the program talks to Mistral's service. Without, it talks to a
`LocalServer` inside this program.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import attrs

from mistral_conversations import AsyncBatch, AsyncConversations, BatchInput
from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
)

MODEL = "mistral-small-latest"
TICKETS = {
    "I was charged twice.": "billing",
    "The app crashes.": "bug",
    "I love it!": "praise",
    "Where is my order?": "other",
}
AMOUNT = 40


@attrs.frozen
class Label:
    """What a ticket is about."""

    topic: Literal["billing", "bug", "praise", "other"]


def tickets() -> Iterator[BatchInput]:
    """Yield the requests, one at a time: a million would be no more in memory."""
    texts = list(TICKETS)
    for number in range(AMOUNT):
        yield BatchInput(f"ticket {number}", texts[number % len(texts)])


def classify(client: AsyncConversations, results: Path) -> AsyncBatch:
    """Make the batch; one with the same file continues where it stopped."""
    return client.batch(
        tickets(),
        model=MODEL,
        instructions="Classify the ticket.",
        output_type=Label,
        max_concurrency=4,
        results=results,
    )


async def main() -> None:
    """Classify some tickets, stop, and classify the rest."""
    with TemporaryDirectory() as folder:
        results = Path(folder, "labels.jsonl")
        async with connect() as client:
            async with classify(client, results) as batch:
                async for _ in batch:
                    if batch.progress.done >= AMOUNT // 4:
                        break  # as if the program had been stopped here
            print("Stopped after", batch.progress.done, "tickets.")
            async with classify(client, results) as batch:
                topics = [row.output.topic async for row in batch if row.ok]
            report(batch, topics)


def report(batch: AsyncBatch, topics: list[str]) -> None:
    """Print what the second batch found in the file, what it asked, and the topics."""
    progress = batch.progress
    asked = progress.done - progress.resumed
    print(f"{progress.resumed} tickets are in the file, {asked} were asked now.")
    if progress.uncertain:  # they were under way when the first batch stopped
        print(f"{progress.uncertain} are uncertain: resend=True would ask them again.")
    for topic in sorted(set(topics)):
        print(f"{topics.count(topic):4} {topic}")


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncConversations]:
    """Yield a client of the service, or of a server inside this program."""
    if os.environ.get("MISTRAL_API_KEY"):
        async with AsyncConversations() as client:
            yield client
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    async with (
        LocalServer(label, latency=0.01) as server,
        AsyncConversations("local", base_url=server.base_url) as client,
    ):
        yield client


def label(conversation: RecordedConversation, _: RecordedRequest) -> str:
    """Answer as a model that classifies tickets."""
    return json.dumps({"topic": TICKETS[conversation.entries[-1]["content"]]})


if __name__ == "__main__":
    asyncio.run(main())
