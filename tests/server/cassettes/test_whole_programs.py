"""A program is recorded once, and runs again from the cassette, with equal results."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mistral_conversations import (
    AsyncMistral,
    RetryPolicy,
)
from mistral_conversations.server import LocalServer, Trouble, call, say, think

pytestmark = pytest.mark.anyio

Program: TypeAlias = Callable[[AsyncMistral], Awaitable[list[Any]]]

FAST = RetryPolicy(max_retries=2, first_delay=0.01, max_delay=0.05)


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def quick_start(client: AsyncMistral) -> list[Any]:
    conversations = client.conversations
    first = await conversations.start("Hello", model="m")
    second = await conversations.append(first.conversation_id, "And then?")
    history = await conversations.get_history(first.conversation_id)
    await conversations.delete(first.conversation_id)
    return [first, second, history]


async def stream(client: AsyncMistral) -> list[Any]:
    conversations = client.conversations
    events = []
    async with conversations.start_stream("one two three", model="m") as stream:
        events += [event async for event in stream]
    assert stream.conversation_id is not None
    second = conversations.append_stream(stream.conversation_id, "four")
    return [*events, await second.response()]


async def run(client: AsyncMistral) -> list[Any]:
    result = await client.conversations.run("2 + 3?", model="m", tools=[add])
    stream = client.conversations.run_stream("2 + 3?", model="m", tools=[add])
    events = [event async for event in stream]
    published = [event for event in events if not str(event.type).startswith("run.")]
    return [result.response, result.entries, result.usage, len(events), published]


async def recovery(client: AsyncMistral) -> list[Any]:
    conversations = client.conversations
    first = await conversations.start("Hello", model="m")
    stream = conversations.append_stream(
        first.conversation_id, "one two three four", recover=True
    )
    return [first, [event async for event in stream], await stream.response()]


async def upload(client: AsyncMistral) -> list[Any]:
    library = await client.libraries.create("Harbour")
    document = await client.libraries.documents.upload(
        library.id, b"High tide at noon. " * 10_000, name="tides.txt"
    )
    file = await client.files.upload(b"%PDF\x00\xff\r\n--boundary\r\n", name="a.pdf")
    content = await client.files.download(file.id)
    return [library, document, file, content]


async def errors(client: AsyncMistral) -> list[Any]:
    conversations = client.conversations
    found: list[Any] = []
    for refused in (
        conversations.get("conv_0"),
        conversations.append("conv_0", "Hi"),
        conversations.start("Hi", model="m", completion_args={"top_p": 7}),
    ):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each has its own
            await refused
        found += [type(caught.value), str(caught.value)]
    return [*found, await conversations.start("Hi", model="m")]


async def at_once(client: AsyncMistral) -> list[Any]:
    starts = [client.conversations.start(f"Hi {n}", model="m") for n in range(30)]
    same = [client.conversations.start("Same", model="m") for _ in range(5)]
    responses = await asyncio.gather(*starts, *same)
    return [*responses[:30], {each.conversation_id for each in responses[30:]}]


SCRIPTS: dict[Program, Any] = {
    quick_start: [think("Hm"), say("Hello!"), [say("é😀"), say("\u2028")]],
    stream: None,
    run: [[call("add", a=2, b=3)], say("5"), [call("add", a=2, b=3)], say("5")],
    recovery: None,
    upload: None,
    errors: None,
    at_once: None,
}
TROUBLES: dict[Program, Trouble] = {
    recovery: Trouble(cut="reset", after_events=3),
    errors: Trouble(status=429, retry_after=0.01),
}
FROM: dict[Program, Callable[[Any], bool]] = {
    recovery: lambda request: "append" in request.path or "conv_" in request.path,
    errors: lambda request: request.json == {"inputs": "Hi", "model": "m"},
}


async def use(program: Program, server: AbstractAsyncContextManager[Any]) -> list[Any]:
    async with (
        server as entered,
        AsyncMistral("key-of-a-test", base_url=entered.base_url, retries=FAST) as used,
    ):
        return await program(used)


@pytest.mark.parametrize("program", SCRIPTS, ids=lambda each: each.__name__)
async def test_a_program_replays_with_equal_results(
    program: Program, tmp_path: Path
) -> None:
    cassette = tmp_path / "cassette.jsonl"
    async with LocalServer(SCRIPTS[program]) as service:
        if program in TROUBLES:
            service.inflict(TROUBLES[program], when=FROM[program])
        recording = LocalServer.recording(cassette, upstream=service.base_url)
        recorded = await use(program, recording)
        count = len(service.requests)
    assert recording.recorded == count == len(recording.requests)
    replaying = LocalServer.replaying(cassette, strict=True)
    for _ in range(2):
        assert await use(program, replaying) == recorded
