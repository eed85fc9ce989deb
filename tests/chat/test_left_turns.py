"""What a chat makes of turns that others end: another run, a loop, a closed stream."""

import asyncio
import gc
import json
import threading

import pytest

from mistral_conversations import (
    AsyncChat,
    AsyncConversations,
    AsyncRunStream,
    ConfigurationError,
    Conversations,
    RunInfo,
    RunPaused,
    StreamError,
    function_tool,
)
from mistral_conversations.server import LocalServer, Trouble, call, fail
from tests.support.scripted import ADD, DECLARED, MODEL, add, scripted
from tests.support.till import PAY, Till

pytestmark = pytest.mark.anyio

SOON = 10.0


def approve_all(paused: RunPaused | None) -> RunPaused:
    assert paused is not None
    for each in paused.calls:
        paused.approve(each.tool_call_id)
    return paused


async def paused(chat: AsyncChat) -> RunPaused:
    with pytest.raises(RunPaused) as caught:
        await chat.send("Go.")
    return caught.value


async def read_until_named(stream: AsyncRunStream) -> None:
    """Read until the service has named the conversation."""
    events = aiter(stream)
    while stream.conversation_id is None:
        await anext(events)


async def test_a_turn_waits_for_the_one_that_resumes_a_pause() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    @function_tool(requires_approval=True)
    async def pay(amount: int) -> str:
        begun.set()
        await may_end.wait()
        return f"paid {amount}"

    async with scripted(PAY, "Paid.", "Next.") as local:
        chat = local.client.chat(model=MODEL, tools=[pay])
        approve_all(await paused(chat))
        resuming = asyncio.create_task(chat.send())
        await begun.wait()
        assert chat.paused is None
        after = asyncio.create_task(chat.send("And now?"))
        await asyncio.sleep(0)
        may_end.set()
        async with asyncio.timeout(SOON):
            assert (await resuming).text == "Paid."
            assert (await after).text == "Next."


async def test_a_pause_that_another_run_resumes_is_over_for_the_chat() -> None:
    till = Till()
    async with scripted(PAY, "Paid.", "Next.") as local:
        chat = local.client.chat(model=MODEL, tools=till.tools)
        pause = approve_all(await paused(chat))
        before = chat.usage
        await local.client.run(pause, tools=till.tools)
        assert chat.paused is None
        assert "paused" not in json.loads(chat.to_json())
        after = await chat.send("And now?")
    assert after.text == "Next."
    assert till.calls == ["pay 3"]
    total = before.total_tokens + after.usage.total_tokens
    assert chat.usage.total_tokens == total


async def test_a_declared_function_is_the_callers_in_later_turns_too() -> None:
    async with scripted("Hello.", ADD, "Three.") as local:
        chat = local.client.chat(model=MODEL, tools=[DECLARED])
        await chat.send("Hi.")
        (left,) = (await paused(chat)).calls
        assert left.is_elsewhere
        assert chat.paused is not None
        chat.paused.answer(left.tool_call_id, 3)
        result = await chat.send()
    assert result.text == "Three."


async def test_the_options_of_a_chat_apply_to_all_its_requests() -> None:
    async with scripted("One.", "Two.") as local:
        chat = local.client.chat(model=MODEL, headers={"x-tenant": "a"})
        await chat.send("Hi.")
        await chat.fork().send("Hi.")
        await chat.history()
        await chat.history(headers={"x-tenant": "b"})
        await chat.delete()
        sent = [
            (each.method, each.headers["x-tenant"]) for each in local.server.requests
        ]
    assert sent == [
        ("POST", "a"),
        ("GET", "a"),
        ("POST", "a"),
        ("GET", "a"),
        ("GET", "b"),
        ("DELETE", "a"),
    ]


async def test_a_stream_that_is_stopped_before_its_turn_stops() -> None:
    async with scripted("One.", ADD, ADD, ADD) as local:
        chat = local.client.chat(model=MODEL, tools=[add])
        stream = chat.stream("Add.")
        stream.stop()
        await chat.send("Hi.")
        result = await stream.result()
    assert len(result.calls) == len(result.open_calls) == 1


async def test_a_fork_that_is_closed_before_it_begins_sends_nothing() -> None:
    async with scripted("One.", "Two.") as local:
        chat = local.client.chat(model=MODEL)
        await chat.send("Hi.")
        fork = chat.fork()
        asked, may_go_on = asyncio.Event(), asyncio.Event()

        async def hold(_: object) -> None:
            asked.set()
            await may_go_on.wait()

        url = local.server.base_url
        async with AsyncConversations("key", base_url=url, on_request=hold) as client:
            stream = client.chat_from_json(fork.to_json()).stream("Hi.")
            entering = asyncio.create_task(stream.__aenter__())
            await asked.wait()
            await stream.aclose()
            may_go_on.set()
            await entering
        assert len(local.posts) == 1
        assert (await fork.send("Hi.")).text == "Two."


async def test_a_dropped_stream_ends_its_turn() -> None:
    async with scripted("One.", "Two.") as local:
        chat = local.client.chat(model=MODEL)
        stream = chat.stream("Hi.")
        await read_until_named(stream)
        del stream
        gc.collect()
        async with asyncio.timeout(SOON):
            assert (await chat.send("And now?")).text == "Two."
        assert local.paths == ["POST", "POST ID"]


async def test_a_failed_first_turn_leaves_the_id_of_its_conversation() -> None:
    async with scripted(fail("No luck"), "Two.") as local:
        chat = local.client.chat(model=MODEL)
        with pytest.raises(StreamError) as caught:
            await chat.send("Hi.")
        assert chat.id == caught.value.conversation_id
        assert chat.id is not None


def test_a_turn_ends_with_its_event_loop() -> None:
    left: list[AsyncRunStream] = []

    async def leave(chat: AsyncChat) -> None:
        left.append(chat.stream("Hi."))
        await read_until_named(left[0])

    async def go_on(client: AsyncConversations, chat: AsyncChat) -> str:
        async with client, asyncio.timeout(SOON):
            return (await chat.send("And now?")).text

    with LocalServer(["One.", "Two."]) as server:
        client = AsyncConversations("key", base_url=server.base_url, retries=0)
        chat = client.chat(model=MODEL)
        asyncio.run(leave(chat))
        assert asyncio.run(go_on(client, chat)) == "Two."
        assert chat.id == left[0].conversation_id
        first, second = (r.path for r in server.requests if r.method == "POST")
    assert (first, second) == ("/v1/conversations", f"/v1/conversations/{chat.id}")


async def test_each_turn_is_one_run_for_hooks() -> None:
    ends: list[RunInfo] = []
    till = Till()
    async with (
        LocalServer(["One.", "Two.", PAY, "Paid."]) as server,
        AsyncConversations(
            "key", base_url=server.base_url, on_run_end=ends.append
        ) as client,
    ):
        chat = client.chat(model=MODEL, tools=till.tools)
        stream = chat.stream("Second.")
        await chat.send("First.")
        await stream.result()
        approve_all(await paused(chat))
        await chat.send()
        chat.stream("Never begun.")
    assert [each.outcome for each in ends] == ["done", "done", "paused", "done"]
    assert {each.conversation_id for each in ends} == {chat.id}


def test_a_stream_that_another_thread_reads_is_waited_for() -> None:
    with (
        LocalServer(["One two three.", "Two."]) as server,
        Conversations("key", base_url=server.base_url, retries=0) as client,
    ):
        chat = client.chat(model=MODEL)
        server.inflict(Trouble(event_delay=0.05), times=1)
        stream = chat.stream("Hi.")
        begun = threading.Event()

        def read() -> None:
            for _ in stream:
                begun.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert begun.wait(SOON)
        assert chat.send("And now?").text == "Two."
        reader.join(SOON)


def test_a_function_in_the_calling_thread_cannot_wait_for_its_own_turn() -> None:
    refused: list[str] = []

    def nest() -> str:
        with pytest.raises(ConfigurationError) as caught:
            chat.send("Inside.")
        refused.append(str(caught.value))
        return "refused"

    with (
        LocalServer([call("nest"), "Done."]) as server,
        Conversations("key", base_url=server.base_url, retries=0) as client,
    ):
        chat = client.chat(model=MODEL, tools=[nest])
        assert chat.send("Go.").text == "Done."
    assert len(refused) == 1
