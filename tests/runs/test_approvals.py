"""Which calls need a decision, and the callback that makes it."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    OpenCall,
    RunLimitError,
    RunLimits,
    RunPaused,
)
from mistral_conversations.server import call, say
from tests.support.for_each import for_each
from tests.support.scripted import ADD, MODEL, results, scripted
from tests.support.till import CODE, INTERPRETER, PAY, Till

pytestmark = pytest.mark.anyio

ELSEWHERE = {"type": "function", "function": {"name": "ask", "parameters": {}}}


async def test_a_call_that_needs_an_approval_pauses_before_any_function_runs() -> None:
    till = Till()
    async with scripted([ADD, PAY]) as local:
        with pytest.raises(
            RunPaused, match=r"a call waits for a decision: pay \("
        ) as e:
            await local.client.run("Go", model=MODEL, tools=till.tools)
        paused = e.value
        assert till.calls == []
        assert len(local.posts) == 1
    (waiting,) = paused.calls
    assert (waiting.name, waiting.turn, waiting.decision) == ("pay", 1, None)
    assert waiting.arguments == {"amount": 3}
    assert [each.name for each in paused.result.open_calls] == ["add", "pay"]
    assert paused.conversation_id == paused.result.conversation_id


@for_each(
    "rule,waits",
    [
        (True, [1, 200]),
        (False, []),
        (lambda call: call.arguments["amount"] > 100, [200]),
    ],
)
async def test_a_function_decides_which_calls_need_an_approval(
    rule: Any, waits: Sequence[int]
) -> None:
    asked: list[Any] = []

    def approve(open_call: OpenCall) -> bool:
        asked.append(open_call.arguments)
        return True

    async def slow(open_call: OpenCall) -> Any:
        await asyncio.sleep(0)
        return rule(open_call) if callable(rule) else rule

    for each in (rule, slow) if callable(rule) else (rule,):
        asked.clear()
        till = Till(rule=each)
        both = [call("pay", amount=1), call("pay", amount=200)]
        async with scripted(both, "Done") as local:
            await local.client.run("Go", model=MODEL, tools=till.tools, approve=approve)
        assert asked == [{"amount": amount} for amount in waits]
        assert sorted(till.calls) == ["pay 1", "pay 200"]


async def test_a_rule_may_decide_itself() -> None:
    def rule(open_call: OpenCall) -> bool:
        open_call.reject("Never.")
        return True

    till = Till(rule=rule)
    async with scripted([PAY], "Done") as local:
        await local.client.run("Go", model=MODEL, tools=till.tools)
        assert results(local.last) == ["Never."]


async def test_the_callback_may_decide_about_an_earlier_call() -> None:
    asked: list[OpenCall] = []

    def approve(open_call: OpenCall) -> None:
        asked.append(open_call)
        if len(asked) == 2:
            for each in asked:
                each.reject("Both.")

    till = Till()
    async with scripted([PAY, PAY], "Done") as local:
        await local.client.run("Go", model=MODEL, tools=till.tools, approve=approve)
        assert results(local.last) == ["Both.", "Both."]


async def test_a_rule_that_returns_nothing_is_refused() -> None:
    till = Till(rule=lambda _: None)
    async with scripted([PAY]) as local:
        with pytest.raises(TypeError, match="'pay' returned NoneType: it must return"):
            await local.client.run("Go", model=MODEL, tools=till.tools)
        assert till.calls == []


@for_each("arguments", [{"amount": "much"}, {}])
async def test_nobody_is_asked_about_a_call_that_cannot_run(
    arguments: dict[str, Any],
) -> None:
    till = Till()
    turn = [call("pay", **arguments), call("walk")]
    async with scripted(turn, "Done") as local:
        result = await local.client.run("Go", model=MODEL, tools=till.tools)
        first, second = results(local.last)
    assert "amount" in first
    assert "walk" in second
    assert till.calls == []
    assert all(each.error for each in result.calls)


async def test_the_callback_is_asked_about_one_call_at_a_time_in_order() -> None:
    asked: list[str] = []
    running = 0

    async def approve(open_call: OpenCall) -> bool:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        running -= 1
        asked.append(open_call.name)
        return open_call.arguments != {"amount": 2}

    till = Till()
    turn = [call("pay", amount=1), ADD, call("pay", amount=2), CODE, say("2")]
    tools = [*till.tools, INTERPRETER]
    async with scripted(turn, "Done") as local:
        result = await local.client.run("Go", model=MODEL, tools=tools, approve=approve)
        assert asked == ["pay", "pay", "code_interpreter"]
        assert sorted(till.calls) == ["add 1 2", "pay 1"]
        assert results(local.last) == [
            "paid 1",
            "3",
            "The application did not run this call.",
        ]
        (confirmation,) = local.last["tool_confirmations"]
        assert confirmation["confirmation"] == "allow"
    assert result.text == "2"
    assert [each.error is None for each in result.calls] == [True, True, False]


DECISIONS: Sequence[tuple[Any, str, list[str]]] = [
    (lambda _: True, "paid 3", ["pay 3"]),
    (lambda _: False, "The application did not run this call.", []),
    (lambda c: c.approve(), "paid 3", ["pay 3"]),
    (lambda c: c.approve({"amount": 2}), "paid 2", ["pay 2"]),
    (lambda c: c.approve({"amount": 2}) or True, "paid 2", ["pay 2"]),
    (lambda c: c.approve() or False, "The application did not run this call.", []),
    (lambda c: c.reject("Too much."), "Too much.", []),
    (lambda c: c.reject("Too much.") or False, "Too much.", []),
    (lambda c: c.reject("Too much.") or True, "Too much.", []),
    (lambda c: c.answer({"paid": 3}), '{"paid":3}', []),
    (lambda c: c.answer("") or True, "", []),
]


@for_each("decide,result,calls", DECISIONS)
async def test_the_callback_decides(
    decide: Any, result: str, calls: Sequence[str]
) -> None:
    async def slowly(open_call: OpenCall) -> Any:
        await asyncio.sleep(0)
        return decide(open_call)

    def later(open_call: OpenCall) -> Any:
        return slowly(open_call)

    for approve in (decide, slowly, later):
        till = Till()
        async with scripted([PAY], "Done") as local:
            await local.client.run("Go", model=MODEL, tools=till.tools, approve=approve)
            assert results(local.last) == [result]
        assert till.calls == calls


async def test_a_call_about_which_the_callback_decides_nothing_pauses() -> None:
    asked: list[Any] = []

    def approve(open_call: OpenCall) -> bool | None:
        asked.append(open_call.arguments)
        return None if open_call.arguments == {"amount": 2} else True

    till = Till()
    turn = [call("pay", amount=n) for n in (1, 2, 3)]
    async with scripted(turn, "Done") as local:
        with pytest.raises(RunPaused) as e:
            await local.client.run("Go", model=MODEL, tools=till.tools, approve=approve)
        assert [each["amount"] for each in asked] == [1, 2, 3]
        (waiting,) = e.value.calls
        assert waiting.arguments == {"amount": 2}
        assert till.calls == []
        waiting.reject()
        await local.client.run(e.value, tools=till.tools, approve=approve)
        assert sorted(till.calls) == ["pay 1", "pay 3"]
        assert len(asked) == 3


@for_each("answer", ["yes", 1, {"approved": True}])
async def test_another_answer_of_the_callback_is_refused(answer: Any) -> None:
    till = Till()
    async with scripted([PAY]) as local:
        with pytest.raises(TypeError, match=r"approve returned .* True, False or None"):
            await local.client.run(
                "Go", model=MODEL, tools=till.tools, approve=lambda _: answer
            )
    assert till.calls == []


async def test_an_exception_of_the_callback_ends_the_run_with_its_calls_open() -> None:
    def approve(_: OpenCall) -> bool:
        raise LookupError("who?")

    till = Till()
    async with scripted([PAY], "Done") as local:
        with pytest.raises(LookupError, match=r"who\?"):
            await local.client.run("Go", model=MODEL, tools=till.tools, approve=approve)
        (stored,) = (await local.client.list()).conversations
        result = await local.client.run(
            conversation_id=stored.id, tools=till.tools, approve=lambda _: True
        )
    assert (result.text, till.calls) == ("Done", ["pay 3"])


async def test_a_plain_callback_runs_in_a_worker_thread() -> None:
    threads: list[int] = []

    def note(_: OpenCall) -> bool:
        threads.append(threading.get_ident())
        return True

    till = Till(rule=note)
    async with scripted([PAY], "Done") as local:
        await local.client.run("Go", model=MODEL, tools=till.tools, approve=note)
    assert len(threads) == 2
    assert threading.get_ident() not in threads


async def test_a_timeout_and_a_cancel_end_the_wait_for_the_callback() -> None:
    waiting = asyncio.Event()

    async def approve(_: OpenCall) -> bool:
        waiting.set()
        await asyncio.Event().wait()
        return True

    till = Till()
    options: dict[str, Any] = {"model": MODEL, "tools": till.tools, "approve": approve}
    async with scripted([PAY], [PAY]) as local:
        with pytest.raises(RunLimitError, match=r"took 0\.4 seconds") as e:
            await local.client.run("Go", limits=RunLimits(timeout=0.4), **options)
        assert [each.name for each in e.value.calls] == ["pay"]
        waiting.clear()
        task = asyncio.create_task(local.client.run("Go", **options))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert till.calls == []


async def test_always_approves_further_calls_of_that_function() -> None:
    asked: list[str] = []

    def approve(open_call: OpenCall) -> None:
        asked.append(open_call.name)
        open_call.approve(always=True)

    till = Till()
    turns = [[PAY, PAY, CODE, "1"], [PAY], "Done"]
    async with scripted(*turns) as local:
        await local.client.run(
            "Go", model=MODEL, tools=[*till.tools, INTERPRETER], approve=approve
        )
    assert asked == ["pay", "code_interpreter"]
    assert till.calls == ["pay 3"] * 2


async def test_always_holds_in_one_run_only() -> None:
    till = Till()
    async with scripted([PAY], "Done", [PAY]) as local:
        await local.client.run(
            "Go",
            model=MODEL,
            tools=till.tools,
            approve=lambda c: c.approve(always=True),
        )
        with pytest.raises(RunPaused):
            await local.client.run("Go", model=MODEL, tools=till.tools)


async def test_a_function_without_code_here_is_answered_by_the_callback() -> None:
    till = Till()
    tools = [*till.tools, ELSEWHERE]
    async with scripted([call("ask", q="Who?"), ADD], "Done", [call("ask")]) as local:
        result = await local.client.run(
            "Go", model=MODEL, tools=tools, approve=lambda c: c.answer(["me"])
        )
        assert results(local.posts[1]) == ['["me"]', "3"]
        assert result.calls[0].value == ["me"]
        assert result.calls[0].arguments == {"q": "Who?"}
        with pytest.raises(ValueError, match=r"use answer\(\) or reject\(\)"):
            await local.client.run(
                "Go", model=MODEL, tools=tools, approve=lambda _: True
            )


async def test_the_service_is_denied_what_is_rejected() -> None:
    async with scripted([CODE, "2"], "Then not.") as local:
        result = await local.client.run(
            "Go", model=MODEL, tools=[INTERPRETER], approve=lambda _: False
        )
        (confirmation,) = local.last["tool_confirmations"]
        assert confirmation["confirmation"] == "deny"
        assert "inputs" not in local.last
    assert (result.text, result.calls) == ("Then not.", ())


async def test_a_confirmation_frees_the_choice_of_tools_and_lets_a_run_stop() -> None:
    ask = [call("add", a=1, b=2).pending()]
    required = {"tool_choice": "required"}
    async with scripted(ask, ask, ask, "Done") as local:

        def approve(_: OpenCall) -> bool:
            run.stop()
            return True

        run = local.client.run_stream(
            "Go",
            model=MODEL,
            tools=Till().tools,
            completion_args=required,
            approve=approve,
        )
        result = await run.result()
        assert [each.name for each in result.open_calls] == ["add"]
        assert [each["completion_args"] for each in local.posts] == [
            required,
            {"tool_choice": "auto"},
        ]


async def test_a_pause_knows_that_calls_were_confirmed() -> None:
    ask = [call("add", a=1, b=2).pending()]
    required = {"tool_choice": "required"}
    allow = iter([True, None])
    tools = Till().tools
    async with scripted(ask, ask, "Done") as local:
        with pytest.raises(RunPaused) as caught:
            await local.client.run(
                "Go",
                model=MODEL,
                tools=tools,
                completion_args=required,
                approve=lambda _: next(allow),
            )
        paused = RunPaused.from_json(caught.value.to_json())
        await local.client.run(paused, tools=tools, approve=lambda _: True)
        assert local.last["completion_args"] == {"tool_choice": "auto"}


async def test_a_pending_call_of_a_history_pauses() -> None:
    till = Till()
    tools = [*till.tools, INTERPRETER]
    async with scripted([PAY, CODE, "2"], "Done") as local:
        with pytest.raises(RunPaused) as first:
            await local.client.run("Go", model=MODEL, tools=tools)
        with pytest.raises(RunPaused) as second:
            await local.client.run(
                "And then?",
                conversation_id=first.value.conversation_id,
                tools=till.tools,
            )
        paused = second.value
        assert [each.turn for each in paused.calls] == [0, 0]
        assert till.calls == []
        for each in paused.calls:
            each.approve()
        paused = RunPaused.from_json(paused.to_json())
        result = await local.client.run(paused, tools=till.tools)
        assert till.calls == ["pay 3"]
        sent = local.last
        assert results(sent) == ["paid 3"]
        assert sent["inputs"][-1]["content"] == "And then?"
        assert [each["confirmation"] for each in sent["tool_confirmations"]] == [
            "allow"
        ]
    assert (result.text, result.turns) == ("2", 1)


async def test_a_call_that_was_allowed_already_is_the_services_own() -> None:
    allowed = attrs.evolve(call("tides"), confirmation_status="allowed")
    async with scripted([allowed, ADD], "Done") as local:
        result = await local.client.run("Go", model=MODEL, tools=Till().tools)
        assert results(local.last) == ["3"]
    assert [each.name for each in result.calls] == ["add"]


async def test_reject_all_denies_the_service_its_pending_calls() -> None:
    till = Till()
    tools = [*till.tools, INTERPRETER]
    async with scripted([PAY, CODE, "2"], "Then not.") as local:
        with pytest.raises(RunLimitError) as e:
            await local.client.run(
                "Go", model=MODEL, tools=tools, limits=RunLimits(max_calls_per_turn=1)
            )
        answer = await e.value.reject_all("No.")
        assert answer.text == "Then not."
        assert results(local.last) == ["No."]
        assert local.last["tool_confirmations"][0]["confirmation"] == "deny"
        assert await e.value.reject_all() is None
        assert len(local.posts) == 2
    assert till.calls == []
