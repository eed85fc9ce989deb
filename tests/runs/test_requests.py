"""What a run sends: all settings in each append, and a choice that does not loop."""

from typing import Any

import pytest

from mistral_conversations import CompletionArgs, RunError, RunOptions, WebSearchTool
from mistral_conversations.runs.completion_args import unforced
from mistral_conversations.server import execute, say, think
from tests.support.for_each import for_each
from tests.support.scripted import ADD, DECLARED, MODEL, add, id_of, results, scripted

pytestmark = pytest.mark.anyio


FORCED: list[Any] = [
    "required",
    "any",
    "something new",
    {"type": "function", "function": {"name": "add"}},
    ["add"],
    7,
]


@for_each("choice", FORCED)
def test_a_forced_choice_becomes_auto(choice: Any) -> None:
    args = {"tool_choice": choice, "temperature": 0.5}
    assert unforced(args) == {"tool_choice": "auto", "temperature": 0.5}
    assert args["tool_choice"] == choice
    model = CompletionArgs(tool_choice=choice, temperature=0.5)
    assert unforced(model) == CompletionArgs(tool_choice="auto", temperature=0.5)


@for_each("args", [None, {}, {"top_p": 1}, CompletionArgs(), 7, "required"])
def test_without_a_choice_nothing_changes(args: Any) -> None:
    assert unforced(args) is args


@for_each("choice", ["auto", "none"])
def test_a_free_choice_is_kept(choice: str) -> None:
    args = {"tool_choice": choice}
    assert unforced(args) is args


async def test_every_append_has_all_settings() -> None:
    async with scripted([ADD], [ADD], "Done") as local:
        await local.client.run(
            "Go",
            model=MODEL,
            tools=[add],
            completion_args=CompletionArgs(temperature=0.1, tool_choice="required"),
            handoff_execution="server",
        )
        start, *appends = local.posts
    assert start["completion_args"] == {"temperature": 0.1, "tool_choice": "required"}
    for append in appends:
        assert append["completion_args"] == {"temperature": 0.1, "tool_choice": "auto"}
        assert append["handoff_execution"] == "server"
        assert append.keys() == {"inputs", "completion_args", "handoff_execution"}


async def test_keep_tool_choice_keeps_it() -> None:
    async with scripted([ADD], "Done") as local:
        await local.client.run(
            "Go",
            model=MODEL,
            tools=[add],
            completion_args={"tool_choice": "required"},
            options=RunOptions(keep_tool_choice=True),
        )
        assert local.last["completion_args"] == {"tool_choice": "required"}


async def test_functions_and_declared_tools_are_sent_together() -> None:
    async with scripted("Done") as local:
        await local.client.run(
            "Go",
            model=MODEL,
            tools=[WebSearchTool(), add, {"type": "code_interpreter"}],
        )
        tools = local.last["tools"]
    kinds = [tool["type"] for tool in tools]
    assert sorted(kinds) == ["code_interpreter", "function", "web_search"]
    assert [t["function"]["name"] for t in tools if "function" in t] == ["add"]


async def test_functions_of_an_agent_are_never_sent() -> None:
    async with scripted([ADD], "3") as local:
        async with local.agents() as agents:
            agent = await agents.create(
                name="Adder", model=MODEL, tools=[DECLARED], instructions="Add."
            )
        before = [each.json for each in local.server.agents]
        result = await local.client.run("Go", agent_id=agent.id, tools=[add])
        assert result.text == "3"
        assert results(local.last) == ["3"]
        start = local.posts[1]
        assert start == {"inputs": "Go", "agent_id": agent.id}
        assert [each.json for each in local.server.agents] == before


async def test_functions_of_a_conversation_are_never_sent() -> None:
    async with scripted("Hello", [ADD], "3") as local:
        begun = await local.start()
        result = await local.client.run(
            "Go", conversation_id=begun.conversation_id, tools=[add]
        )
        assert (result.text, result.turns) == ("3", 2)
        assert local.posts[1] == {"inputs": "Go"}


async def test_a_run_may_begin_with_a_restart() -> None:
    async with scripted("Hello", [ADD], "3") as local:
        begun = await local.start()
        result = await local.client.run(
            "Go",
            conversation_id=begun.conversation_id,
            from_entry_id=id_of(begun.outputs[-1]),
            tools=[add],
            metadata={"try": "2"},
        )
        assert result.text == "3"
        assert result.conversation_id != begun.conversation_id
        assert local.posts[1]["metadata"] == {"try": "2"}
        assert "metadata" not in local.posts[2]
        assert await local.history(result.conversation_id) == [
            "message.input",
            "message.output",
            "message.input",
            "function.call",
            "function.result",
            "message.output",
        ]
        assert len(await local.history(begun.conversation_id)) == 2


async def test_the_result_has_everything_in_its_order() -> None:
    first = [think("Hm"), say("Wait."), execute("web_search"), ADD, ADD]
    async with scripted(first, "3") as local:
        result = await local.client.run("Go", model=MODEL, tools=[add, WebSearchTool()])
        history = await local.history(result.conversation_id)
    assert [entry.type for entry in result.entries] == history[1:]
    assert history == [
        "message.input",
        "message.output",
        "tool.execution",
        "function.call",
        "function.call",
        "function.result",
        "function.result",
        "message.output",
    ]
    assert result.usage.connectors == {"web_search": 1}
    usage = result.usage
    spent = usage.prompt_tokens + usage.completion_tokens
    assert usage.total_tokens == spent + (usage.connector_tokens or 0)
    assert result.turns == 2
    assert [(c.name, c.arguments, c.value, c.turn) for c in result.calls] == [
        ("add", {"a": 1, "b": 2}, 3, 1)
    ] * 2


async def test_nothing_is_stored_so_each_request_repeats_everything() -> None:
    first = [think("Hm"), say("Wait."), execute("web_search"), ADD]
    async with scripted(first, [ADD], "6") as local:
        result = await local.client.run(
            ["Go", "on"], model=MODEL, tools=[add, WebSearchTool()], store=False
        )
        assert result.text == "6"
        assert local.paths == ["POST"] * 3
        kinds = [[each["type"] for each in body["inputs"]] for body in local.posts]
        answers = [
            ["message.output", "tool.execution", "function.call"],
            ["function.call"],
        ]
        asked = ["message.input"] * 2
        assert kinds == [
            asked,
            [*asked, *answers[0], "function.result"],
            [*asked, *answers[0], "function.result", *answers[1], "function.result"],
        ]
        assert {body["store"] for body in local.posts} == {False}
        assert all(len(body["tools"]) == 2 for body in local.posts)
        assert local.server.conversations == ()


async def test_an_append_that_is_not_stored_repeats_everything() -> None:
    async with scripted("Hello", [ADD], "3") as local:
        begun = await local.start()
        id = begun.conversation_id
        result = await local.client.run(
            "Go", conversation_id=id, tools=[add], store=False
        )
        assert result.text == "3"
        assert local.paths[1:] == ["POST ID", "POST ID"]
        kinds = [each["type"] for each in local.last["inputs"]]
        assert kinds == ["message.input", "function.call", "function.result"]
        assert len(await local.history(id)) == 2


async def test_a_pending_call_in_an_unstored_conversation_is_an_error() -> None:
    async with scripted([ADD.pending()]) as local:
        with pytest.raises(RunError, match="store=False"):
            await local.client.run("Go", model=MODEL, tools=[add], store=False)
