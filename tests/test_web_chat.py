"""The chat in examples/web_chat/, by HTTP and in Chromium."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from anyio import fail_after

from mistral_conversations.server import LocalServer, Trouble, call, say
from tests.relay.reading import names, read
from tests.support.clients import becomes_true

EXAMPLE = Path(__file__).parent.parent / "examples" / "web_chat"

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not EXAMPLE.is_dir(), reason="the examples are not here"),
]


@pytest.fixture
def program() -> Iterator[Any]:
    """Import the example, whose modules have short names."""
    modules = ("app", "chats", "stand_in")
    sys.path.insert(0, str(EXAMPLE))
    try:
        yield import_module("app")
    finally:
        sys.path.remove(str(EXAMPLE))
        for name in modules:
            sys.modules.pop(name, None)


class Running:
    """The application while it runs, and the server behind it."""

    def __init__(self, program: Any, local: LocalServer) -> None:
        config = uvicorn.Config(
            program.app, port=0, log_config=None, timeout_graceful_shutdown=5
        )
        self.server = program.Server(config)
        self.program = program
        self.local = local

    async def serve(self) -> None:
        await self.server.main_loop()
        await self.server.shutdown()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"

    @property
    def streams(self) -> int:
        """How many streams of the service are open."""
        visitors = self.program.app.state.visitors
        return sum(chat.relay is not None for chat in visitors)


@asynccontextmanager
async def running(program: Any, local: LocalServer) -> AsyncIterator[Running]:
    """Run the application, whose `stand_in` is a server."""
    program.stand_in = lambda: local
    app = Running(program, local)
    with fail_after(40):
        config = app.server.config
        config.load()
        app.server.lifespan = config.lifespan_class(config)
        await app.server.startup()
        until_stopped = asyncio.create_task(app.serve())
        try:
            yield app
        finally:
            app.server.should_exit = True
            await until_stopped


@asynccontextmanager
async def visitor(app: Running) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(app.url, cookie_jar=jar) as session:
        yield session


async def new_chat(session: aiohttp.ClientSession) -> str:
    async with session.post("/chats") as response:
        return f"/chats/{(await response.json())['id']}"


async def told(session: aiohttp.ClientSession, chat: str, text: str) -> bytes:
    async with session.post(f"{chat}/messages", json={"text": text}) as response:
        assert response.status == 200
        return await response.read()


async def state(session: aiohttp.ClientSession, chat: str) -> Any:
    async with session.get(chat) as response:
        assert response.status == 200
        return await response.json()


async def settled(session: aiohttp.ClientSession, chat: str) -> Any:
    """Read the history until nothing is being written."""
    while True:
        found = await state(session, chat)
        if not found["writing"]:
            return found
        await asyncio.sleep(0.02)


def kinds(state: Any) -> list[str]:
    return [entry["type"] for entry in state["entries"]]


async def test_an_answer_streams_with_its_function_and_stands_in_the_history(
    program: Any,
) -> None:
    script: Any = [
        [say("Let me look."), call("get_weather", city="Oslo")],
        say("Rain."),
    ]
    async with running(program, LocalServer(script)) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        events = read(await told(ann, chat, "Weather in Oslo?"))
        found = await state(ann, chat)
    finished = dict(events)["run.function.finished"]["call"]
    assert finished["result"] == "Oslo: rain, 9 degrees"
    assert events[-1][0] == "run.turn.finished"
    assert (found["writing"], found["question"]) == (False, None)
    assert kinds(found) == [
        *["message.input", "message.output", "function.call"],
        *["function.result", "message.output"],
    ]


async def test_a_conversation_continues(program: Any) -> None:
    async with running(program, LocalServer()) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        for text in ("One", "Two"):
            await told(ann, chat, text)
        assert kinds(await state(ann, chat)) == ["message.input", "message.output"] * 2
    assert len(app.local.conversations) == 1


@pytest.mark.parametrize(("status", "shown"), [(429, 429), (404, 502), (401, 502)])
async def test_a_refusal_is_a_status_and_a_text_without_details(
    program: Any, status: int, shown: int
) -> None:
    local = LocalServer()
    local.inflict(Trouble(status=status), times=9)
    async with running(program, local) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        async with ann.post(f"{chat}/messages", json={"text": "Hi"}) as response:
            assert response.status == shown
            assert re.match(
                r"(Too many|The service is)", (await response.json())["detail"]
            )
        found = await state(ann, chat)
    assert found == {"entries": [], "question": None, "writing": False, "lost": False}


@pytest.mark.parametrize("body", ['{"text": " "}', '{"text": "\\ud800"}', "[]", "{"])
async def test_an_unusable_message_is_rejected(program: Any, body: str) -> None:
    async with running(program, LocalServer()) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        head = {"content-type": "application/json"}
        async with ann.post(f"{chat}/messages", data=body, headers=head) as response:
            assert response.status == 422
    assert app.local.requests == ()


async def test_a_visitor_does_not_reach_the_chat_of_another_one(program: Any) -> None:
    async with (
        running(program, LocalServer()) as app,
        visitor(app) as ann,
        visitor(app) as bob,
    ):
        chat = await new_chat(ann)
        await told(ann, chat, "A secret")
        await new_chat(bob)
        async with bob.get(chat) as response:
            assert response.status == 404
        async with bob.post(f"{chat}/messages", json={"text": "?"}) as response:
            assert response.status == 404


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    program: Any,
) -> None:
    async with (
        running(program, LocalServer()) as app,
        visitor(app) as ann,
        ann.post("/chats") as response,
    ):
        cookie = response.headers["set-cookie"]
    assert re.fullmatch(r"visitor=\S{43}; HttpOnly; Path=/; SameSite=strict", cookie)


SLOW = "one two three four five six seven eight nine ten"


async def test_a_visitor_who_leaves_closes_the_stream_and_finds_the_answer(
    program: Any,
) -> None:
    local = LocalServer(latency=0.02)
    async with running(program, local) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        async with ann.post(f"{chat}/messages", json={"text": SLOW}) as response:
            while b"one" not in await response.content.readline():
                assert app.streams == 1
        assert await becomes_true(lambda: app.streams == 0)
        found = await state(ann, chat)
        assert found["writing"]
        assert not found["lost"]
        found = await settled(ann, chat)
    assert found["entries"][-1]["content"] == SLOW


async def test_a_function_that_a_visitor_has_left_is_called_again(
    program: Any,
) -> None:
    script: Any = [call("get_weather", city="Oslo"), say("Rain.")]
    async with running(program, LocalServer(script)) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        async with ann.post(f"{chat}/messages", json={"text": "Oslo?"}) as response:
            while b"run.function.started" not in await response.content.readline():
                pass
        assert await becomes_true(lambda: app.streams == 0)
        found = await settled(ann, chat)
    assert found["entries"][-1]["content"] == "Rain."


async def test_the_next_message_takes_over_from_a_stream(program: Any) -> None:
    local = LocalServer(latency=0.02)
    async with running(program, local) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        async with ann.post(f"{chat}/messages", json={"text": SLOW}) as response:
            while b"one" not in await response.content.readline():
                pass
            second = await told(ann, chat, "Next")
            first = await response.read()
    assert "run.turn.finished" not in names(first.partition(b"\n\n")[2])
    assert names(second)[-1] == "run.turn.finished"


async def test_an_answer_that_fails_ends_with_a_text_for_the_visitor(
    program: Any,
) -> None:
    local = LocalServer()
    local.inflict(Trouble(error="secret reason", after_events=3))
    async with running(program, local) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        events = read(await told(ann, chat, SLOW))
        found = await state(ann, chat)
    assert events[-1][0] == "conversation.response.error"
    assert "secret" not in events[-1][1]["message"]
    assert not found["writing"]


async def test_a_message_lost_before_the_first_event_is_reported(program: Any) -> None:
    local = LocalServer(latency=5)
    async with running(program, local) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        async with ann.post(f"{chat}/messages", json={"text": "Hi"}) as response:
            await response.content.readline()
        assert await becomes_true(lambda: app.streams == 0)
        found = await state(ann, chat)
        assert (found["lost"], found["question"]) == (True, "Hi")
        assert not (await state(ann, chat))["writing"]


async def test_the_server_stops_while_an_answer_streams(program: Any) -> None:
    local = LocalServer(latency=0.05)
    text = "word " * 1000
    async with running(program, local) as app, visitor(app) as ann:
        chat = await new_chat(ann)
        response = await ann.post(f"{chat}/messages", json={"text": text})
        while b"word" not in await response.content.readline():
            pass
        app.server.should_exit = True
        with fail_after(4):  # less than the server waits for responses
            rest = await response.read()
    assert b"run.turn.finished" not in rest


async def test_the_page_fetches_nothing_from_elsewhere(program: Any) -> None:
    async with running(program, LocalServer()) as app, visitor(app) as ann:
        for path in ("/", "/page.js", "/page.css"):
            async with ann.get(path) as response:
                assert response.status == 200
                assert (
                    "default-src 'none'" in response.headers["content-security-policy"]
                )
                text = await response.text()
            assert "://" not in text
            assert "innerHTML" not in text
        async with ann.get("/page.py") as response:
            assert response.status == 404
