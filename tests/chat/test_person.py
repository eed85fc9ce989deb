"""Who may ask for messages, and how asking ends."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mistral_conversations import Conversations
from mistral_conversations.server import LocalServer
from tests.support.for_each import for_each
from tests.support.scripted import MODEL, scripted

pytestmark = pytest.mark.anyio


def until_stop() -> Callable[[], str]:
    return iter(["A", "B"]).__next__


def until_eof() -> Callable[[], str]:
    lines = iter(["A", "  ", "B"])

    def ask() -> str:
        for line in lines:
            return line
        raise EOFError

    return ask


def until_none() -> Callable[[], str | None]:
    lines: Iterator[str | None] = iter(["A", "", "B", None])
    return lambda: next(lines)


def awaited() -> Callable[[], Any]:
    ask = until_eof()

    async def ask_later() -> str:
        await asyncio.sleep(0)
        return ask()

    return ask_later


ASKS = [until_stop, until_eof, until_none, awaited]


@for_each("asks", ASKS)
async def test_a_talk_ends_as_its_messages_do(asks: Callable[[], Any]) -> None:
    async with scripted("One.", "Two.") as local:
        chat = local.client.chat(model=MODEL)
        texts = [(await turn.result()).text async for turn in chat.talk(asks())]
        assert [body["inputs"] for body in local.posts] == ["A", "B"]
    assert texts == ["One.", "Two."]


@for_each("asks", ASKS)
def test_a_blocking_talk_ends_as_its_messages_do(asks: Callable[[], Any]) -> None:
    with (
        LocalServer(["One.", "Two."]) as server,
        Conversations("key", base_url=server.base_url, retries=0) as client,
    ):
        chat = client.chat(model=MODEL)
        texts = ["".join(turn.text()) for turn in chat.talk(asks())]
    assert texts == ["One.", "Two."]


async def test_what_a_plain_function_raises_passes() -> None:
    def ask() -> str:
        raise RuntimeError("No microphone")

    async with scripted("One.") as local:
        with pytest.raises(RuntimeError, match="No microphone"):
            await anext(local.client.chat(model=MODEL).talk(ask))


async def test_a_person_who_never_answers_keeps_nothing_waiting() -> None:
    asked, may_answer = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def ask() -> str:
        threads.append(threading.current_thread())
        asked.set()
        may_answer.wait()
        return "Too late"

    async with scripted("One.") as local:
        chat = local.client.chat(model=MODEL)
        step = asyncio.ensure_future(anext(chat.talk(ask)))
        await asyncio.to_thread(asked.wait)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        assert threads[0].daemon
        may_answer.set()
        await asyncio.to_thread(threads[0].join)
        assert (await chat.send("Hi.")).text == "One."
        assert len(local.posts) == 1
