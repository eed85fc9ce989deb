"""Ask many questions in one batch job, and read the answers when it has ended.

With MISTRAL_API_KEY set, the program talks to Mistral's service, which may take minutes
or hours. Without, it talks to a `LocalServer` inside this program.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mistral_conversations import AsyncMistral, BatchJob, BatchRequest
from mistral_conversations.server import (
    LocalServer,
    RecordedConversation,
    RecordedRequest,
    Reply,
    fail,
)

MODEL = "mistral-small-latest"
QUESTIONS = {
    "sky": "Why is the sky blue?",
    "sea": "Why is the sea salty?",
    "tides": "What makes the tides?",
    "fog": "What is fog made of?",
}
LOCAL = not os.environ.get("MISTRAL_API_KEY")


async def weather_model(
    conversation: RecordedConversation, _: RecordedRequest
) -> Reply:
    """Answer the questions of this example, except one."""
    await asyncio.sleep(0.02)  # slow enough to show progress
    question = conversation.entries[-1]["content"]
    if "fog" in question:
        return fail("It is too foggy to see.", status=503)
    return f"A good question: {question}"


@asynccontextmanager
async def connect() -> AsyncIterator[AsyncMistral]:
    """Open a client of the service, or of a server in this program."""
    if not LOCAL:
        async with AsyncMistral() as mistral:
            yield mistral
        return
    print("MISTRAL_API_KEY is not set: a LocalServer in this program answers.")
    async with (
        LocalServer(weather_model) as server,
        AsyncMistral("local", base_url=server.base_url) as mistral,
    ):
        yield mistral


def show_progress(job: BatchJob) -> None:
    """Print how far a job is."""
    print(f"  {job.status}: {job.completed_requests} of {job.total_requests}")


async def show_results(mistral: AsyncMistral, job: BatchJob) -> None:
    """Print the answers of a job, and the errors of the requests that failed."""
    async for result in mistral.batch_jobs.results(job):
        if result.error is not None:
            print(f"{result.custom_id}: failed, {result.error}")
        elif result.response is not None:
            print(f"{result.custom_id}: {result.response.text}")


async def main() -> None:
    """Create a job, wait for its end, and print its results."""
    async with connect() as mistral:
        requests = [
            BatchRequest.conversation(
                custom_id, question, instructions="Answer in one sentence."
            )
            for custom_id, question in QUESTIONS.items()
        ]
        job = await mistral.batch_jobs.create(
            model=MODEL, requests=requests, metadata={"example": "batch_job"}
        )
        print(f"Job {job.id} has {job.total_requests} questions.")
        job = await mistral.batch_jobs.wait(
            job, poll=0.02 if LOCAL else None, progress=show_progress
        )
        print(f"{job.succeeded_requests} succeeded, {job.failed_requests} failed.")
        await show_results(mistral, job)


if __name__ == "__main__":
    asyncio.run(main())
