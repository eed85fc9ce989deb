"""A conversation with a person, and the blocking chat."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from mistral_conversations import (
    Chat,
    ConfigurationError,
    Conversations,
    RunOptions,
    RunPaused,
)
from mistral_conversations.server import LocalServer, Trouble, call
from tests.support.for_each import for_each
from tests.support.scripted import ADD, MODEL, add, scripted
from tests.support.till import PAY, Till

pytestmark = pytest.mark.anyio


def typed(*lines: Any) -> Callable[[], Any]:
    """Return what a person types, line by line, and then Ctrl-D."""
    rest = iter(lines)

    def ask() -> Any:
        for line in rest:
            return line
        raise EOFError

    return ask


async def test_each_message_is_a_turn() -> None:
    async with scripted("One.", "Two.") as local:
        chat = local.client.chat(model=MODEL)
        texts = []
        async for stream in chat.talk(typed("1", "", "  ", "2", None, "3")):
            async with stream:
                texts.append("".join([piece async for piece in stream.text()]))
        assert [post["inputs"] for post in local.posts] == ["1", "2"]
    assert texts == ["One.", "Two."]


async def test_what_the_body_does_not_read_is_read_before_the_next_question() -> None:
    async with scripted("One.", "Two.", "Three.") as local:
        chat = local.client.chat(model=MODEL)
        async for stream in chat.talk(typed("1", "2", "3")):
            if stream.conversation_id is None:
                continue
            async for _ in stream:
                break
        assert len((await chat.history()).entries) == 6


async def test_an_async_question_and_the_thread_of_a_plain_one() -> None:
    threads: list[int] = []

    async def ask() -> str | None:
        await asyncio.sleep(0)
        return questions.pop() if questions else None

    def ask_plainly() -> str | None:
        threads.append(threading.get_ident())
        return None

    questions = ["1"]
    async with scripted("One.") as local:
        chat = local.client.chat(model=MODEL)
        texts = [(await stream.result()).text async for stream in chat.talk(ask)]
        async for _ in chat.talk(ask_plainly):
            pytest.fail("no message was given")
    assert texts == ["One."]
    assert threads[0] != threading.get_ident()


async def test_a_decided_pause_continues_before_the_next_question() -> None:
    till = Till()
    async with scripted([PAY], "Paid.", "Bye.") as local:
        chat = local.client.chat(model=MODEL, tools=till.tools)
        texts = []
        async for stream in chat.talk(typed("Pay 3", "Bye")):
            try:
                texts.append((await stream.result()).text)
            except RunPaused as paused:
                paused.approve(paused.calls[0].tool_call_id)
        assert texts == ["Paid.", "Bye."]


async def test_an_undecided_pause_ends_the_talk() -> None:
    till = Till()
    async with scripted([PAY]) as local:
        chat = local.client.chat(model=MODEL, tools=till.tools)
        talk = chat.talk(typed("Pay 3", "Hurry"))
        stream = await anext(talk)
        with pytest.raises(RunPaused):
            await stream.result()
        with pytest.raises(RunPaused):
            await anext(talk)
        assert len(local.posts) == 1


async def test_wrong_questions() -> None:
    async with scripted("One.") as local:
        chat = local.client.chat(model=MODEL)
        with pytest.raises(TypeError, match="ask must be a function"):
            chat.talk("Hi")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="inputs"):
            await anext(chat.talk(typed(3)))
        assert local.posts == []


@pytest.fixture
def local() -> Iterator[tuple[LocalServer, Conversations]]:
    """Serve a client."""
    with (
        LocalServer() as server,
        Conversations("key", base_url=server.base_url, retries=0) as client,
    ):
        yield server, client


Local = tuple[LocalServer, Conversations]


def test_a_blocking_chat(local: Local) -> None:
    server, client = local
    server.model = ["One.", "Two.", "Three.", "Four."]
    chat: Chat = client.chat(model=MODEL)
    assert chat.send("1").text == "One."
    with chat.stream("2") as stream:
        assert "".join(stream.text()) == "Two."
    fork = chat.fork()
    assert fork.send("3").text == "Three."
    assert [len(each.history().entries) for each in (chat, fork)] == [4, 6]
    assert chat.last is not None
    assert (chat.last.text, chat.paused, chat.id) == (
        "Two.",
        None,
        stream.conversation_id,
    )
    assert chat.usage.total_tokens > 0
    chat.delete()
    assert repr(chat).startswith("<Chat 'conv_")
    with pytest.raises(ConfigurationError, match="this chat was deleted"):
        chat.send("4")


def test_what_would_wait_for_an_open_stream_of_this_thread_is_refused(
    local: Local,
) -> None:
    server, client = local
    server.model = ["One.", "Two."]
    chat = client.chat(model=MODEL)
    with chat.stream("1") as stream:
        next(stream)
        for wait in (partial(chat.send, "2"), chat.delete):
            with pytest.raises(ConfigurationError, match="is still open"):
                wait()
    assert chat.send("2").text == "Two."
    chat.delete()


@for_each("is_async", [False, True])
def test_a_blocking_talk(local: Local, is_async: bool) -> None:
    server, client = local
    server.model = ["One.", "Two."]
    ask = typed("1", "", "2")

    async def ask_later() -> Any:
        return ask()

    chat = client.chat(model=MODEL)
    talk = chat.talk(ask_later if is_async else ask)
    next(talk)  # not read: the next step reads it
    assert [stream.result().text for stream in talk] == ["Two."]
    assert len(chat.history().entries) == 4


def test_functions_run_in_the_thread_that_waits(local: Local) -> None:
    server, client = local
    server.model = [[call("where")], "Here.", [call("where")], "Here."]
    threads: list[int] = []

    def where() -> None:
        threads.append(threading.get_ident())

    options = RunOptions(threads=False)
    chat = client.chat(model=MODEL, tools=[where], options=options)
    chat.send("1")
    with chat.stream("2") as stream:
        for _ in stream:
            pass
    assert threads == [threading.get_ident()] * 2


def test_an_open_stream_of_this_thread_is_named(local: Local) -> None:
    server, client = local
    server.model = ["one two", "Two."]
    chat = client.chat(model=MODEL)
    stream = chat.stream("1")
    next(stream)
    with pytest.raises(ConfigurationError, match="is still open"):
        chat.send("2")
    stream.close()
    assert chat.send("2").text == "Two."


def test_threads_take_turns(local: Local) -> None:
    server, client = local
    server.inflict(Trouble(event_delay=0.01), times=None)
    chat = client.chat(model=MODEL)
    answers: list[str] = []

    def work(text: str) -> None:
        answers.append(chat.send(text).text)

    threads = [threading.Thread(target=work, args=[str(n)]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["0", "1", "2", "3"]
    contents: list[Any] = [getattr(e, "content", None) for e in chat.history().entries]
    assert contents[::2] == contents[1::2] == answers


def test_a_function_in_a_thread_cannot_wait_for_its_turn(local: Local) -> None:
    server, client = local
    server.model = [[ADD], "Done."]
    problems: list[str] = []

    def nested(a: int, b: int) -> int:
        with pytest.raises(ConfigurationError) as caught:
            chat.send("Again")
        problems.append(str(caught.value))
        return add(a, b)

    nested.__name__ = "add"
    chat = client.chat(model=MODEL, tools=[nested])
    assert chat.send("1 + 2?").text == "Done."
    assert "a function of this chat's turn" in problems[0]
