"""A chat: what it sends, what it knows, and its forks."""

from typing import Any

import pytest

from mistral_conversations import (
    AsyncChat,
    AsyncConversations,
    ConfigurationError,
    Conversations,
    NotFoundError,
    RunContext,
    RunLimits,
    SDKError,
    StreamError,
    WebSearchTool,
)
from mistral_conversations.server import Trouble, call
from tests.support.for_each import for_each
from tests.support.scripted import ADD, DECLARED, MODEL, add, id_of, results, scripted

pytestmark = pytest.mark.anyio


async def test_a_chat_starts_then_appends() -> None:
    async with scripted("One.", "Two.", "Three.") as local:
        chat = local.client.chat(model=MODEL, instructions="Be brief.", name="rivers")
        assert chat.id is None
        assert chat.last is None
        assert local.posts == []
        first = await chat.send("Name a river.")
        async with chat.stream("And another?") as stream:
            pieces = [piece async for piece in stream.text()]
        third = await chat.send("A last one?")
        assert local.paths == ["POST", "POST ID", "POST ID"]
        assert local.posts[0]["instructions"] == "Be brief."
        assert local.posts[1] == {"inputs": "And another?", "stream": True}
        assert await local.history(chat.id) == ["message.input", "message.output"] * 3
    assert (first.text, "".join(pieces), third.text) == ("One.", "Two.", "Three.")
    assert first.conversation_id == third.conversation_id == chat.id
    assert chat.last == third
    assert chat.usage.total_tokens > third.usage.total_tokens


async def test_functions_run_in_each_turn_and_are_declared_once() -> None:
    async with scripted([ADD], "Three.", [ADD], "Again.") as local:
        chat = local.client.chat(model=MODEL, tools=[add, WebSearchTool()])
        first = await chat.send("1 + 2?")
        second = await chat.send("Once more.")
        posts = local.posts
    assert [call.value for call in (*first.calls, *second.calls)] == [3, 3]
    names = [tool.get("function", tool).get("name") for tool in posts[0]["tools"]]
    assert names == ["add", None]
    assert all("tools" not in post for post in posts[1:])
    assert results(posts[1]) == results(posts[3]) == ["3"]
    assert chat.usage.total_tokens == sum(
        each.usage.total_tokens for each in (first, second)
    )


async def test_a_chat_continues_a_conversation_and_answers_its_open_calls() -> None:
    async with scripted([ADD], "Three.", "Bye.") as local:
        begun = await local.start()
        chat = local.client.chat(conversation_id=begun.conversation_id, tools=[add])
        assert chat.id == begun.conversation_id
        result = await chat.send()
        assert results(local.last) == ["3"]
        await chat.send("Bye.")
    assert result.text == "Three."


async def test_a_chat_with_an_agent() -> None:
    async with scripted([ADD], "Three.", "Four.") as local, local.agents() as agents:
        agent = await agents.create(model=MODEL, name="Adder", tools=[DECLARED])
        chat = local.client.chat(agent_id=agent.id, tools=[add], agent_version=0)
        result = await chat.send("1 + 2?")
        await chat.send("And 1 more?")
        assert local.posts[1]["agent_id"] == agent.id
        assert "agent_version" not in local.last
    assert result.text == "Three."


async def test_completion_args_and_output_are_those_of_every_turn() -> None:
    async with scripted("1", "2", '{"a": 3}') as local:
        chat = local.client.chat(model=MODEL, completion_args={"temperature": 0.5})
        await chat.send("One")
        await chat.send("Two")
        result = await chat.send("Three", output_type=dict[str, int])
        sent = [post["completion_args"] for post in local.posts]
    assert [args["temperature"] for args in sent] == [0.5, 0.5, 0.5]
    assert ["response_format" in args for args in sent] == [False, False, True]
    assert result.output == {"a": 3}


@for_each(
    "wrong, message",
    [
        ({}, "chat.. needs a model, an agent_id or a conversation_id"),
        ({"model": MODEL, "agent_id": "ag_1"}, "model and agent_id"),
        ({"model": MODEL, "conversation_id": "conv_1"}, "model and conversation_id"),
        ({"conversation_id": 3}, "conversation_id must be"),
        ({"model": 3}, "model must be"),
        ({"model": MODEL, "tools": [3]}, r"tools\[0\] must be a function"),
        ({"agent_id": "ag_1", "tools": [DECLARED]}, "tools has a declared tool"),
        ({"model": MODEL, "limits": 3}, "limits must be a RunLimits"),
        ({"model": MODEL, "wait_if_busy": -1}, "wait_if_busy"),
        ({"model": MODEL, "recover": 3}, "recover must be"),
        ({"model": MODEL, "timeout": "soon"}, "timeout"),
        ({"model": MODEL, "store": False}, "store`: a chat is always stored"),
        ({"model": MODEL, "inputs": "Hi"}, "inputs`: pass it to chat.send"),
        ({"model": MODEL, "max_turns": 3}, r"use limits=RunLimits\(max_turns"),
    ],
)
@for_each("cls", [AsyncConversations, Conversations])
def test_wrong_parameters_are_refused_at_once(
    cls: Any, wrong: dict[str, Any], message: str
) -> None:
    client = cls("key", base_url="http://127.0.0.1:1")
    with pytest.raises((TypeError, ValueError), match=message):
        client.chat(**wrong)


async def test_wrong_inputs_cost_nothing() -> None:
    async with scripted("Hello.") as local:
        chat = local.client.chat(model=MODEL)
        for wrong in (3, {"no": "entry"}, [object()]):
            with pytest.raises((TypeError, ValueError), match="inputs"):
                await chat.send(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="inputs must be text or entries"):
            await chat.send()
        with pytest.raises(TypeError, match="wait must be a bool"):
            await chat.send("Hello", wait=0)  # type: ignore[arg-type]
        assert local.posts == []
        assert (await chat.send("Hello")).text == "Hello."


async def test_a_first_turn_that_was_rejected_is_started_again() -> None:
    async with scripted("Hello.") as local:
        local.server.inflict(Trouble(status=422))
        chat = local.client.chat(model=MODEL)
        with pytest.raises(SDKError):
            await chat.send("Hello")
        assert chat.id is None
        assert (await chat.send("Hello")).text == "Hello."
        assert local.paths == ["POST", "POST"]


async def test_the_id_of_a_broken_first_turn_is_kept() -> None:
    async with scripted("one two three", "Done.") as local:
        local.server.inflict(Trouble(cut="reset", after_events=2))
        chat = local.client.chat(model=MODEL, recover=False)
        with pytest.raises(StreamError) as caught:
            await chat.send("Count")
        assert chat.id == caught.value.conversation_id is not None
        assert (await chat.send("Go on")).text == "Done."
        assert local.paths[-1] == "POST ID"


async def test_a_lost_answer_is_recovered_by_default() -> None:
    async with scripted("one two three") as local:
        local.server.inflict(Trouble(cut="close", after_events=2))
        chat = local.client.chat(model=MODEL)
        assert (await chat.send("Count")).text == "one two three"
        assert [path for path in local.paths if path.startswith("POST")] == ["POST"]


async def test_limits_end_a_turn_not_the_chat() -> None:
    async with scripted([ADD], "Sorry.") as local:
        limits = RunLimits(max_turns=1)
        chat = local.client.chat(model=MODEL, tools=[add], limits=limits)
        with pytest.raises(Exception, match="max_turns"):
            await chat.send("1 + 2?")
        assert (await chat.send("Stop.")).text == "Sorry."
    assert chat.usage.total_tokens > 0


async def test_history_needs_a_conversation() -> None:
    async with scripted("Hello.") as local:
        chat = local.client.chat(model=MODEL)
        with pytest.raises(ConfigurationError, match="send a message first"):
            await chat.history()
        await chat.send("Hello")
        assert len((await chat.history()).entries) == 2


async def test_a_fork_restarts_and_leaves_the_chat_as_it_is() -> None:
    async with scripted("One.", "Two.", "Three.", "Four.") as local:
        chat = local.client.chat(model=MODEL, metadata={"for": "tests"})
        first = await chat.send("1")
        await chat.send("2")
        early = chat.fork(id_of(first.entries[-1]))
        late = chat.fork()
        assert (early.id, early.last, early.usage.total_tokens) == (None, None, 0)
        assert (await early.send("3")).text == "Three."
        assert local.last["metadata"] == {"for": "tests"}
        assert (await late.send("4")).text == "Four."
        assert len({chat.id, early.id, late.id}) == 3
        lengths = [len(await local.history(each.id)) for each in (chat, early, late)]
    assert lengths == [4, 4, 6]


async def test_forks_of_chats_without_a_conversation() -> None:
    async with scripted("One.", "Two.", "Three.") as local:
        chat = local.client.chat(model=MODEL)
        with pytest.raises(ConfigurationError, match="send a message first"):
            chat.fork("msg_1")
        with pytest.raises(TypeError, match="from_entry_id must be a str"):
            chat.fork(3)  # type: ignore[arg-type]
        assert (await chat.fork().send("1")).text == "One."
        await chat.send("2")
        fork = chat.fork().fork()
        assert (await fork.send("3")).text == "Three."
        assert local.paths[-2:] == ["GET ID history", "POST ID restart"]


async def test_a_deleted_chat_is_over() -> None:
    async with scripted("One.") as local:
        chat = local.client.chat(model=MODEL)
        await chat.send("1")
        id = chat.id
        await chat.delete()
        assert id is not None
        with pytest.raises(NotFoundError):
            await local.client.get(id)
        for use in (chat.send("2"), chat.delete(), chat.history()):
            with pytest.raises(ConfigurationError, match="this chat was deleted"):
                await use
        for also in (chat.stream, chat.fork, chat.to_json):
            with pytest.raises(ConfigurationError, match="this chat was deleted"):
                also()
    assert repr(chat) == f"<AsyncChat {id!r}, 1 turn, deleted>"


async def test_a_chat_that_sent_nothing_is_deleted_without_a_request() -> None:
    async with scripted("One.") as local:
        chat: AsyncChat = local.client.chat(model=MODEL)
        await chat.delete()
        assert local.server.requests == ()
    assert repr(chat) == "<AsyncChat, 0 turns, deleted>"


async def test_a_delete_that_fails_leaves_the_chat() -> None:
    async with scripted("One.", "Two.") as local:
        chat = local.client.chat(model=MODEL)
        await chat.send("1")
        local.server.inflict(Trouble(status=500))
        with pytest.raises(SDKError):
            await chat.delete()
        assert (await chat.send("2")).text == "Two."


async def test_the_parameters_of_one_turn() -> None:
    seen: list[Any] = []

    def note(context: RunContext[Any]) -> None:
        seen.append(context.context)

    async with scripted([call("note")], "One.", [call("note")], "Two.") as local:
        chat = local.client.chat(
            model=MODEL, tools=[note], context="mine", headers={"a": "1"}
        )
        await chat.send("1", context="this one's", headers={"b": "2"}, retries=0)
        await chat.send("2")
        sent = [request.headers for request in local.server.requests]
    assert seen == ["this one's", "mine"]
    assert [each.get("b") for each in sent] == ["2", "2", None, None]
    assert [each.get("a") for each in sent] == [None, None, "1", "1"]
