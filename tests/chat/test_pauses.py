"""A chat whose calls wait for a decision; a chat as JSON."""

import json
from typing import Any

import pytest

from mistral_conversations import (
    ConfigurationError,
    Conversations,
    Recovery,
    RunLimits,
    RunOptions,
    RunPaused,
    SDKError,
    to_dict,
)
from mistral_conversations.server import LocalServer, Trouble
from tests.support.for_each import for_each
from tests.support.scripted import ADD, MODEL, add, results, scripted
from tests.support.till import PAY, Till

pytestmark = pytest.mark.anyio


async def test_a_paused_chat_continues_once_it_is_decided() -> None:
    till = Till()
    async with scripted([PAY], "Paid.", "Bye.") as local:
        chat = local.client.chat(model=MODEL, tools=till.tools)
        with pytest.raises(RunPaused) as caught:
            await chat.send("Pay 3")
        assert chat.paused is caught.value
        assert repr(chat).endswith(", 0 turns, paused>")
        with pytest.raises(ConfigurationError, match="wait for a decision"):
            await chat.send("And hurry")
        with pytest.raises(RunPaused):  # nothing is decided
            await chat.send()
        (waiting,) = chat.paused.calls
        chat.paused.approve(waiting.tool_call_id)
        result = await chat.send()
        assert chat.paused is None
        assert (await chat.send("Bye")).text == "Bye."
        assert len(local.posts) == 3
    assert result.text == "Paid."
    assert till.calls == ["pay 3"]


async def test_a_later_pause_is_counted_once() -> None:
    till = Till()
    async with scripted("Hi.", [PAY], "Paid.") as local:
        chat = local.client.chat(model=MODEL, tools=till.tools)
        hello = await chat.send("Hi")
        with pytest.raises(RunPaused) as caught:
            await chat.send("Pay 3")
        before = chat.usage
        assert before.total_tokens == (
            hello.usage.total_tokens + caught.value.result.usage.total_tokens
        )
        caught.value.reject(caught.value.calls[0].tool_call_id)
        result = await chat.send()
        total = hello.usage.total_tokens + result.usage.total_tokens
    assert chat.usage.total_tokens == total
    assert till.calls == []


async def test_a_turn_whose_answer_is_rejected_pauses_again() -> None:
    till = Till()
    async with scripted([PAY], "Paid.") as local:
        chat = local.client.chat(model=MODEL, tools=till.tools)
        with pytest.raises(RunPaused) as caught:
            await chat.send("Pay 3")
        caught.value.approve(caught.value.calls[0].tool_call_id)
        local.server.inflict(Trouble(status=500))
        with pytest.raises(SDKError):
            await chat.send()
        assert chat.paused is None  # its function has run
        with pytest.raises(RunPaused) as caught:
            await chat.send()
        caught.value.answer(caught.value.calls[0].tool_call_id, "paid before")
        result = await chat.send()
        assert results(local.last) == ["paid before"]
    assert result.text == "Paid."
    assert till.calls == ["pay 3"]


async def test_a_pause_and_its_fork() -> None:
    till = Till()
    async with scripted("Hi.", [PAY], "Elsewhere.") as local:
        chat = local.client.chat(model=MODEL, tools=till.tools)
        hello = await chat.send("Hi")
        with pytest.raises(RunPaused):
            await chat.send("Pay 3")
        with pytest.raises(ConfigurationError, match="pass the from_entry_id"):
            chat.fork()
        entry: Any = hello.entries[-1]
        assert (await chat.fork(entry.id).send("No")).text == "Elsewhere."
        assert chat.paused is not None


async def test_json_has_the_pause_with_its_decision() -> None:
    async with scripted([PAY], "Paid.", "Bye.") as local:
        till = Till()
        chat = local.client.chat(model=MODEL, tools=till.tools)
        with pytest.raises(RunPaused) as caught:
            await chat.send("Pay 3")
        caught.value.approve(caught.value.calls[0].tool_call_id)
        again = Till()
        loaded = local.client.chat_from_json(chat.to_json(), tools=again.tools)
        assert (await loaded.send()).text == "Paid."
        assert loaded.usage.total_tokens > chat.usage.total_tokens
        assert (await loaded.send("Bye")).text == "Bye."
    assert (till.calls, again.calls) == ([], ["pay 3"])


async def test_json_has_settings_usage_and_id() -> None:
    settings: dict[str, Any] = {
        "instructions": "Be brief.",
        "completion_args": {"temperature": 0.1},
        "metadata": {"a": "b"},
        "limits": RunLimits(max_turns=3),
        "options": RunOptions(threads=False),
        "recover": Recovery(timeout=5),
        "wait_if_busy": 7,
    }
    async with scripted("One.", "Two.", "Three.") as local:
        chat = local.client.chat(model=MODEL, headers={"x": "secret"}, **settings)
        unsent = local.client.chat_from_json(chat.to_json())
        await chat.send("1")
        text = chat.to_json()
        loaded = local.client.chat_from_json(text.encode())
        assert (loaded.id, loaded.usage) == (chat.id, chat.usage)
        assert loaded.to_json() == text
        await loaded.send("2")
        await unsent.send("3")
        first, second, third = local.posts
    assert first == {**third, "inputs": "1"}
    assert second["completion_args"] == {"temperature": 0.1}
    assert "secret" not in text
    assert "key" not in json.loads(text)["settings"]


async def test_json_of_a_fork_that_has_not_begun() -> None:
    async with scripted("One.", "Two.") as local:
        chat = local.client.chat(model=MODEL)
        await chat.send("1")
        fork = local.client.chat_from_json(chat.fork().to_json())
        assert (await fork.send("2")).text == "Two."
        assert fork.id != chat.id


def test_json_is_read_by_the_other_client() -> None:
    with (
        LocalServer(["One.", "Two."]) as server,
        Conversations("key", base_url=server.base_url) as client,
    ):
        chat = client.chat(model=MODEL)
        chat.send("1")
        assert client.chat_from_json(chat.to_json()).send("2").text == "Two."


def changed(text: str, **keys: Any) -> str:
    return json.dumps({**json.loads(text), **keys})


@for_each("cls", [Conversations])
def test_other_texts_are_refused(cls: Any) -> None:
    client = cls("key", base_url="http://127.0.0.1:1")
    text = client.chat(model=MODEL, tools=[add], output_type=dict[str, int]).to_json()
    load = client.chat_from_json
    for wrong in ("", "[]", "{", b"\xff", "null", '{"type": "other"}'):
        with pytest.raises(ValueError, match="not the text of a chat"):
            load(wrong, tools=[add])
    with pytest.raises(TypeError, match="text must be the str"):
        load(3)
    for keys in (
        {"version": 2},
        {"version": True},
        {"settings": {"model": MODEL, "api_key": "k"}},
        {"settings": {"limits": {"max_turns": 0}}},
        {"settings": {"limits": {"most": 1}}},
        {"settings": 3},
        {"turns": "x"},
        {"paused": "{}"},
    ):
        with pytest.raises(ValueError, match="not the text of a chat"):
            load(changed(text, **keys), tools=[add])
    with pytest.raises(ValueError, match=r"tools lacks functions .* 'add'"):
        load(text)
    with pytest.raises(ValueError, match="output_type is missing"):
        load(text, tools=[add])
    loaded = load(text, tools=[add], output_type=dict[str, int])
    assert repr(loaded) == "<Chat, 0 turns>"


async def test_a_turn_with_calls_in_json_is_plain() -> None:
    async with scripted([ADD], "Three.") as local:
        chat = local.client.chat(model=MODEL, tools=[add])
        await chat.send("1 + 2?")
        assert json.loads(chat.to_json())["usage"] == to_dict(chat.usage)
