"""A paused run: deciding about its calls, and resuming it."""

import asyncio
import pickle
from typing import Any

import pytest

from mistral_conversations import (
    ArgumentsError,
    RunLimitError,
    RunLimits,
    RunPaused,
    SDKError,
    ToolResult,
    function_tool,
)
from mistral_conversations.server import call, fail, handoff, say
from tests.support.for_each import for_each
from tests.support.scripted import ADD, MODEL, Scripted, results, scripted
from tests.support.till import CODE, INTERPRETER, PAY, Till

pytestmark = pytest.mark.anyio


async def paused_by(local: Scripted, till: Till, **options: Any) -> RunPaused:
    """Return the pause of a run."""
    with pytest.raises(RunPaused) as caught:
        await local.client.run("Go", model=MODEL, tools=till.tools, **options)
    return caught.value


async def test_a_mixed_turn_is_answered_in_one_append() -> None:
    till = Till(INTERPRETER)
    turn = [say("Wait."), PAY, ADD, CODE, say("Two.")]
    async with scripted(turn) as local:
        paused = await paused_by(local, till, name="till")
        pay, code = paused.calls
        paused.approve(pay.tool_call_id, {"amount": 2})
        paused.approve(code.tool_call_id)
        result = await local.client.run(paused, tools=till.tools)
        assert len(local.posts) == 2
        assert local.paths[1] == "POST ID"
        assert results(local.last) == ["paid 2", "3"]
        assert local.last["tool_confirmations"] == [
            {"tool_call_id": code.tool_call_id, "confirmation": "allow"}
        ]
        assert local.last.keys() == {"inputs", "tool_confirmations"}
    assert sorted(till.calls) == ["add 1 2", "pay 2"]
    assert result.text == "Two."
    assert result.turns == 2
    assert result.open_calls == ()
    assert [entry.type for entry in result.entries] == [
        "message.output",
        "function.call",
        "function.call",
        "function.call",
        "function.result",
        "function.result",
        "tool.execution",
        "message.output",
    ]
    assert [each.arguments for each in result.calls] == [
        {"amount": 2},
        {"a": 1, "b": 2},
    ]
    assert result.usage.total_tokens > paused.result.usage.total_tokens > 0


async def test_every_decision_reaches_the_model() -> None:
    till = Till()
    turn = [call("pay", amount=n) for n in range(4)]
    async with scripted(turn, "Done") as local:
        paused = await paused_by(local, till)
        ids = [each.tool_call_id for each in paused.calls]
        paused.approve(ids[0])
        paused.reject(ids[1])
        paused.reject(ids[2], "Never.")
        paused.answer(ids[3], ToolResult({"paid": True}, metadata="by hand"))
        paused = RunPaused.from_json(paused.to_json())
        result = await local.client.run(paused, tools=till.tools)
        assert results(local.last) == [
            "paid 0",
            "The application did not run this call.",
            "Never.",
            '{"paid":true}',
        ]
    assert till.calls == ["pay 0"]
    assert [each.value for each in result.calls] == ["paid 0", None, None, {"paid": 1}]
    assert result.calls[3].metadata == "by hand"
    assert [bool(each.error) for each in result.calls] == [False, True, True, False]


async def test_a_second_decision_replaces_the_first() -> None:
    till = Till()
    async with scripted([PAY], "Done") as local:
        paused = await paused_by(local, till)
        (waiting,) = paused.calls
        paused.approve(waiting.tool_call_id, {"amount": 1})
        paused.reject(waiting.tool_call_id)
        paused.approve(waiting.tool_call_id)
        assert waiting.decision is not None
        await local.client.run(paused, tools=till.tools)
    assert till.calls == ["pay 3"]


async def test_what_would_pass_over_the_methods_of_a_call_is_refused() -> None:
    till = Till()
    async with scripted([PAY], "Done") as local:
        (waiting,) = (await paused_by(local, till)).calls
    with pytest.raises(AttributeError, match=r"approve\(arguments=\.\.\.\)"):
        waiting.arguments = {"amount": 1}
    with pytest.raises(TypeError, match=r"a bool: use approve\(\) or reject\(\)"):
        waiting.decision = False  # type: ignore[assignment]
    assert (waiting.arguments, waiting.decision) == ({"amount": 3}, None)


async def test_an_unknown_id_is_refused() -> None:
    till = Till()
    async with scripted([ADD, PAY]) as local:
        paused = await paused_by(local, till)
        waiting = paused.calls[0].tool_call_id
        other = paused.result.open_calls[0].tool_call_id
        for act in (paused.approve, paused.reject, lambda i: paused.answer(i, "x")):
            for unknown in ("nothing", other):
                with pytest.raises(ValueError, match=f"{unknown}.*wait: '{waiting}'"):
                    act(unknown)


async def test_an_undecided_call_pauses_again_with_nothing_sent() -> None:
    till = Till()
    turn = [ADD, call("pay", amount=1), call("pay", amount=2)]
    async with scripted(turn, "Done") as local:
        paused = await paused_by(local, till)
        first, second = paused.calls
        paused.reject(first.tool_call_id, "No.")
        with pytest.raises(RunPaused) as caught:
            await local.client.run(paused, tools=till.tools)
        again = caught.value
        assert [each.tool_call_id for each in again.calls] == [second.tool_call_id]
        assert (len(local.server.requests), till.calls) == (1, [])
        again.approve(second.tool_call_id)
        await local.client.run(again, tools=till.tools)
        assert results(local.last) == ["3", "No.", "paid 2"]


async def test_the_callback_of_the_resumed_run_decides_about_the_rest() -> None:
    asked: list[Any] = []

    def approve(open_call: Any) -> bool:
        asked.append(open_call.arguments)
        return True

    till = Till()
    turn = [call("pay", amount=1), call("pay", amount=2)]
    async with scripted(turn, "Done") as local:
        paused = await paused_by(local, till)
        paused.approve(paused.calls[0].tool_call_id)
        await local.client.run(paused, tools=till.tools, approve=approve)
    assert asked == [{"amount": 2}]
    assert sorted(till.calls) == ["pay 1", "pay 2"]


async def test_always_approves_the_rest_of_the_pause_and_of_the_run() -> None:
    till = Till()
    async with scripted([PAY, PAY], [PAY], [PAY, ADD], "Done") as local:
        paused = await paused_by(local, till)
        paused.approve(paused.calls[1].tool_call_id, always=True)
        paused = RunPaused.from_json(paused.to_json())
        result = await local.client.run(paused, tools=till.tools)
    assert till.calls.count("pay 3") == 4
    assert (result.text, result.turns, len(result.calls)) == ("Done", 4, 5)


async def test_what_was_always_approved_survives_a_later_pause() -> None:
    till = Till(INTERPRETER)
    turns = [[PAY], [CODE, "2"], [PAY], "Done"]
    async with scripted(*turns) as local:
        first = await paused_by(local, till)
        first.approve(first.calls[0].tool_call_id, always=True)
        with pytest.raises(RunPaused) as caught:
            await local.client.run(first, tools=till.tools)
        second = RunPaused.from_json(caught.value.to_json())
        assert [each.name for each in second.calls] == ["code_interpreter"]
        second.reject(second.calls[0].tool_call_id)
        result = await local.client.run(second, tools=till.tools)
    assert till.calls == ["pay 3", "pay 3"]
    assert (result.text, result.turns) == ("Done", 4)
    assert [each.result for each in result.calls] == ["paid 3"] * 2


async def test_a_missing_function_is_refused_before_anything_is_sent() -> None:
    till = Till()
    async with scripted([PAY, ADD], "Done") as local:
        paused = await paused_by(local, till)
        (waiting,) = paused.calls
        paused.approve(waiting.tool_call_id)
        for tools, missing in [
            ([], "'add', 'pay'"),
            (till.tools[1:], "'pay'"),
            (till.tools[:1], "'add'"),
        ]:
            with pytest.raises(ValueError, match=f"tools lacks functions.*{missing}"):
                await local.client.run(paused, tools=tools)
        assert (len(local.server.requests), till.calls) == (1, [])
        paused.answer(waiting.tool_call_id, "Paid by hand.")
        await local.client.run(paused, tools=till.tools[1:])
        assert results(local.last) == ["Paid by hand.", "3"]


async def test_an_unknown_function_stays_an_error_for_the_model() -> None:
    till = Till()
    async with scripted([PAY, call("walk")], "Done") as local:
        paused = RunPaused.from_json((await paused_by(local, till)).to_json())
        paused.approve(paused.calls[0].tool_call_id)
        await local.client.run(paused, tools=till.tools)
        first, second = results(local.last)
    assert first == "paid 3"
    assert "walk" in second


async def test_code_passed_on_resuming_runs_what_was_elsewhere() -> None:
    def ask(q: str) -> str:
        return f"{q} You."

    declared = {"type": "function", "function": {"name": "ask", "parameters": {}}}
    till = Till(declared)
    async with scripted([call("ask", q="Who?")], [call("ask", q="Me?")], "D") as local:
        paused = RunPaused.from_json((await paused_by(local, till)).to_json())
        (waiting,) = paused.calls
        assert (waiting.is_elsewhere, waiting.arguments) == (True, {"q": "Who?"})
        with pytest.raises(ValueError, match="no code here"):
            paused.approve(waiting.tool_call_id)
        tools = [*till.tools[:2], function_tool(ask)]
        with pytest.raises(RunPaused):
            await local.client.run(paused, tools=tools)
        await local.client.run(paused, tools=tools, approve=lambda _: True)
        assert results(local.posts[1]) == ["Who? You."]


async def test_edited_arguments_are_validated_when_the_run_resumes() -> None:
    till = Till()
    async with scripted([PAY], "Done") as local:
        paused = RunPaused.from_json((await paused_by(local, till)).to_json())
        (waiting,) = paused.calls
        paused.approve(waiting.tool_call_id, {"amount": "much"})
        assert waiting.arguments == {"amount": "much"}
        with pytest.raises(ArgumentsError, match="amount"):
            await local.client.run(paused, tools=till.tools)
        assert (len(local.server.requests), till.calls) == (1, [])
        paused.approve(waiting.tool_call_id, {"amount": 1})
        await local.client.run(paused, tools=till.tools)
    assert till.calls == ["pay 1"]


async def test_a_pause_is_resumed_once() -> None:
    entered = asyncio.Event()
    leave = asyncio.Event()

    async def pay(amount: int) -> str:
        entered.set()
        await leave.wait()
        return f"paid {amount}"

    tools = [function_tool(pay, requires_approval=True)]
    async with scripted([PAY], "Done") as local:
        with pytest.raises(RunPaused) as caught:
            await local.client.run("Go", model=MODEL, tools=tools)
        paused = caught.value
        (waiting,) = paused.calls
        waiting.approve()
        first = asyncio.create_task(local.client.run(paused, tools=tools))
        await entered.wait()
        with pytest.raises(ValueError, match="this pause has been resumed"):
            await local.client.run(paused, tools=tools)
        with pytest.raises(ValueError, match="has been decided"):
            paused.reject(waiting.tool_call_id)
        leave.set()
        assert (await first).text == "Done"
        assert len(local.posts) == 2


async def test_two_runs_that_ask_about_one_pause_execute_it_once() -> None:
    both = asyncio.Barrier(2)

    async def approve(_: Any) -> bool:
        await both.wait()
        return True

    till = Till()
    async with scripted([PAY], "Done") as local:
        paused = await paused_by(local, till)
        ended = await asyncio.gather(
            *(
                local.client.run(paused, tools=till.tools, approve=approve)
                for _ in "12"
            ),
            return_exceptions=True,
        )
        assert len(local.posts) == 2
    assert till.calls == ["pay 3"]
    assert sorted(type(each).__name__ for each in ended) == ["RunResult", "ValueError"]


async def test_of_two_pauses_of_one_turn_only_one_is_resumed() -> None:
    till = Till()
    async with scripted([PAY], "Done") as local:
        first = await paused_by(local, till)
        with pytest.raises(RunPaused) as caught:
            await local.client.run(first, tools=till.tools)
        later = caught.value
        for paused in (first, later):
            paused.approve(paused.calls[0].tool_call_id)
        await local.client.run(first, tools=till.tools)
        with pytest.raises(ValueError, match="this pause has been resumed"):
            await local.client.run(later, tools=till.tools)
    assert till.calls == ["pay 3"]


async def test_the_limits_count_the_whole_run() -> None:
    till = Till()
    async with scripted([ADD], [ADD, PAY], [ADD], "Done") as local:
        paused = await paused_by(local, till)
        paused.approve(paused.calls[0].tool_call_id)
        for limits in (RunLimits(max_calls=2), RunLimits(max_turns=2)):
            with pytest.raises(RunLimitError) as caught:
                await local.client.run(paused, tools=till.tools, limits=limits)
            assert [each.name for each in caught.value.calls] == ["add", "pay"]
            assert till.calls == ["add 1 2"]
        with pytest.raises(RunLimitError, match="4 calls") as caught:
            await local.client.run(
                paused, tools=till.tools, limits=RunLimits(max_calls=3)
            )
        assert len(caught.value.result.calls) == 3
        assert caught.value.result.turns == 3


async def test_an_error_of_the_service_is_noted_with_what_was_done() -> None:
    till = Till()
    async with scripted([PAY], fail("no", status=400), "Done") as local:
        paused = await paused_by(local, till)
        paused.approve(paused.calls[0].tool_call_id)
        with pytest.raises(SDKError):
            await local.client.run(paused, tools=till.tools)
        with pytest.raises(ValueError, match=r"run\(conversation_id=\.\.\.\)"):
            await local.client.run(paused, tools=till.tools)


async def test_the_settings_of_the_run_come_back() -> None:
    till = Till()
    async with scripted([PAY], [ADD], "Done") as local:
        paused = await paused_by(
            local,
            till,
            completion_args={"temperature": 0.5, "tool_choice": "required"},
            handoff_execution="client",
            store=True,
        )
        paused = RunPaused.from_json(paused.to_json())
        paused.approve(paused.calls[0].tool_call_id)
        await local.client.run(paused, tools=till.tools)
        for body in local.posts[1:]:
            assert body["completion_args"]["temperature"] == 0.5
            assert body["completion_args"]["tool_choice"] == "auto"
            assert (body["handoff_execution"], body["store"]) == ("client", True)


async def test_what_is_not_stored_is_repeated() -> None:
    till = Till()
    async with scripted([PAY], [ADD], "Done") as local:
        paused = await paused_by(local, till, store=False, instructions="Be brief.")
        paused = RunPaused.from_json(paused.to_json())
        paused.approve(paused.calls[0].tool_call_id)
        result = await local.client.run(paused, tools=till.tools)
        assert local.paths == ["POST"] * 3
        sent = local.last
        assert [each.get("type", "message.input") for each in sent["inputs"]] == [
            "message.input",
            "function.call",
            "function.result",
            "function.call",
            "function.result",
        ]
        assert sent["instructions"] == "Be brief."
        assert sent["tools"] == local.posts[0]["tools"]
    assert result.text == "Done"


@for_each(
    "options",
    [
        {"model": MODEL},
        {"conversation_id": "conv_1"},
        {"from_entry_id": "msg_1"},
        {"store": True},
        {"completion_args": {"temperature": 0.5}},
    ],
)
async def test_a_parameter_that_the_pause_has_is_refused(options: Any) -> None:
    till = Till()
    async with scripted([PAY]) as local:
        paused = await paused_by(local, till)
        (name,) = options
        with pytest.raises(ValueError, match=f"^{name} is given beside a RunPaused"):
            await local.client.run(paused, tools=till.tools, **options)


async def test_a_restart_pauses_for_the_calls_that_it_copies() -> None:
    till = Till()
    async with scripted([PAY], "Done") as local:
        first = await paused_by(local, till)
        id = first.conversation_id
        assert id is not None
        history = await local.client.get_history(id)
        (entry,) = history.entries[1:]
        with pytest.raises(RunPaused) as caught:
            await local.client.run(
                "And then?",
                conversation_id=id,
                from_entry_id=entry.id,  # type: ignore[union-attr]
                tools=till.tools,
            )
        paused = RunPaused.from_json(caught.value.to_json())
        paused.approve(paused.calls[0].tool_call_id)
        result = await local.client.run(paused, tools=till.tools)
        assert local.paths[-1] == "POST ID restart"
        assert results(local.last) == ["paid 3"]
        assert local.last["inputs"][-1]["content"] == "And then?"
    assert (result.text, till.calls) == ("Done", ["pay 3"])
    assert result.conversation_id not in {None, id}


async def test_a_conversation_of_an_agent_takes_functions_only() -> None:
    till = Till()
    async with scripted([PAY], "Done") as local:
        async with local.agents() as agents:
            agent = await agents.create(model=MODEL, name="clerk")
        with pytest.raises(RunPaused) as caught:
            await local.client.run("Go", agent_id=agent.id, tools=till.tools)
        paused = RunPaused.from_json(caught.value.to_json())
        paused.approve(paused.calls[0].tool_call_id)
        with pytest.raises(ValueError, match="tools has a declared tool beside agent"):
            await local.client.run(paused, tools=[*till.tools, INTERPRETER])
        result = await local.client.run(paused, tools=till.tools)
    assert (result.text, till.calls) == ("Done", ["pay 3"])


async def test_a_pause_is_pickled_without_its_functions() -> None:
    till = Till()
    async with scripted([PAY], "Done") as local:
        paused = await paused_by(local, till)
        paused.approve(paused.calls[0].tool_call_id, {"amount": 1})
        paused.add_note("from a queue")
        copied = pickle.loads(pickle.dumps(paused))
        assert copied.to_json() == paused.to_json()
        assert copied.__notes__ == ["from a queue"]
        assert (str(copied), copied.result) == (str(paused), paused.result)
        await local.client.run(copied, tools=till.tools)
    assert till.calls == ["pay 1"]


async def test_a_handoff_is_handed_to_the_caller() -> None:
    till = Till()
    turn = [say("One moment."), handoff("writer"), say("Here")]
    async with scripted([PAY], turn, turn) as local:
        result = await local.client.run(
            "Go",
            model=MODEL,
            tools=till.tools,
            approve=lambda _: True,
            handoff_execution="client",
            output_type=list[int],
        )
        assert result.handoff is not None
        assert result.handoff.next_agent_name == "writer"
        assert (result.text, result.turns) == ("One moment.", 2)
        assert result.output is None
        result = await local.client.run("Go", model=MODEL, tools=till.tools)
        assert (result.text, result.handoff) == ("One moment.Here", None)
