"""The functions of one turn: where and when they run, and what the model reads."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from mistral_conversations import (
    ArgumentsError,
    FunctionFinished,
    FunctionStarted,
    RunContext,
    RunOptions,
    ToolError,
    ToolResult,
    function_tool,
)
from mistral_conversations.runs.calls.decisions import Answered, Rejected
from mistral_conversations.runs.functions.results import Answer
from tests.support.turns import OneTurn

pytestmark = pytest.mark.anyio


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def hold(seconds: float = 20) -> str:
    """Wait, and return nothing of interest."""
    await asyncio.sleep(seconds)
    return "held"


async def test_results_and_events_of_a_turn() -> None:
    async def reversed_text(text: str) -> ToolResult:
        await asyncio.sleep(0)
        return ToolResult(text[::-1], metadata={"length": len(text)})

    turn = OneTurn([add, reversed_text])
    first, second = await turn.execute(
        ("add", {"a": 1, "b": "2"}), ("reversed_text", '{"text": "abc"}')
    )
    assert (first.value, first.result, first.error) == (3, "3", None)
    assert (first.arguments, first.turn) == ({"a": 1, "b": 2}, 1)
    assert (second.value, second.result) == ("cba", "cba")
    assert second.metadata == {"length": 3}
    started = [each for each in turn.events if isinstance(each, FunctionStarted)]
    finished = [each for each in turn.events if isinstance(each, FunctionFinished)]
    assert {each.tool_call_id for each in started} == {"call1", "call2"}
    assert {each.call.tool_call_id: each.call for each in finished} == {
        "call1": first,
        "call2": second,
    }
    for name in ("add", "reversed_text"):
        assert turn.kinds.index(f"started {name}") < turn.kinds.index(
            f"finished {name}"
        )


async def test_results_come_in_the_order_of_the_calls() -> None:
    last = asyncio.Event()

    async def wait(number: int) -> int:
        if number == 4:
            last.set()
        await last.wait()
        return number

    records = await OneTurn([wait]).execute(
        *(("wait", {"number": number}) for number in range(5))
    )
    assert [record.value for record in records] == [*range(5)]


async def test_plain_functions_of_a_turn_wait_for_one_another() -> None:
    barrier = threading.Barrier(3)

    def meet() -> int:
        return barrier.wait(5)

    records = await OneTurn([meet]).execute(*[("meet", {})] * 3)
    assert sorted(record.value for record in records) == [0, 1, 2]


@pytest.mark.parametrize("is_async", [True, False])
async def test_no_more_functions_run_than_allowed(is_async: bool) -> None:
    running, most, lock = 0, 0, threading.Lock()
    three, three_threads = asyncio.Barrier(3), threading.Barrier(3)

    def step(change: int) -> None:
        nonlocal running, most
        with lock:
            running += change
            most = max(most, running)

    async def slow() -> None:
        step(1)
        await three.wait()
        step(-1)

    def plain() -> None:
        step(1)
        three_threads.wait(10)
        step(-1)

    function = slow if is_async else plain
    turn = OneTurn([function], RunOptions(max_concurrency=3))
    records = await turn.execute(*[(function.__name__, {})] * 9)
    assert not [record.error for record in records if record.error]
    assert most == 3


async def test_sequential_functions_run_in_order_beside_the_others() -> None:
    log: list[str] = []
    both_began = asyncio.Event()

    @function_tool(sequential=True)
    async def write_line(text: str) -> None:
        log.append(f"begin {text}")
        await both_began.wait()
        await asyncio.sleep(0)
        log.append(f"end {text}")

    @function_tool(sequential=True)
    def write_plain(text: str) -> None:
        log.append(f"begin {text}")
        time.sleep(0.001)
        log.append(f"end {text}")

    async def other() -> None:
        both_began.set()

    turn = OneTurn([write_line, write_plain, other])
    await turn.execute(
        ("write_line", {"text": "1"}),
        ("write_plain", {"text": "2"}),
        ("write_line", {"text": "3"}),
        ("other", {}),
    )
    assert log == [f"{word} {number}" for number in "123" for word in ("begin", "end")]


async def test_functions_of_both_kinds_have_the_variables_of_the_caller() -> None:
    variable = ContextVar[str]("variable")
    variable.set("mine")

    def plain() -> str:
        return variable.get()

    async def other() -> str:
        return variable.get()

    records = await OneTurn([plain, other]).execute(("plain", {}), ("other", {}))
    assert [record.value for record in records] == ["mine", "mine"]


async def test_without_threads_plain_functions_run_on_the_loop_in_order() -> None:
    order: list[int] = []

    def note(number: int, context: RunContext[str]) -> int:
        asyncio.get_running_loop()
        order.append(number)
        assert context.context == "mine"
        return threading.get_ident()

    turn = OneTurn([note], RunOptions(threads=False), context="mine")
    records = await turn.execute(*(("note", {"number": n}) for n in range(5)))
    assert {record.value for record in records} == {threading.get_ident()}
    assert order == [*range(5)]


async def test_plain_function_that_returns_an_awaitable_is_awaited() -> None:
    def begin(seconds: float) -> Any:
        return hold(seconds)

    for options in (RunOptions(), RunOptions(threads=False)):
        record = await OneTurn([begin], options).only(seconds=0)
        assert record.result == "held"
    limited = function_tool(begin, timeout=0.2)
    record = await OneTurn([limited]).only(seconds=20)
    assert record.error == "begin did not finish within 0.2 seconds."


class OddError(Exception):
    def __str__(self) -> str:
        raise LookupError("no text")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ToolError("Ask for a city."), "Ask for a city."),
        (ToolError(), "ToolError"),
        (ValueError("the city is unknown"), "the city is unknown"),
        (ValueError("two\nlines"), "two\nlines"),
        (ValueError(" "), "ValueError"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (KeyError("city"), "KeyError: 'city'"),
        (TimeoutError(), "TimeoutError"),
        (TimeoutError("its own"), "its own"),
        (StopAsyncIteration("over"), "over"),
        (OddError(), "OddError"),
        (ArgumentsError("mine", body="{}"), "mine"),
        (ValueError("half \ud83d"), "half \ufffd"),
        (ValueError("the canary sings"), "the *** sings"),
        (ExceptionGroup("two", [ValueError("a"), KeyError("b")]), "a\nKeyError: 'b'"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("threads", [True, False])
async def test_model_reads_the_message_of_an_exception(
    error: Exception, text: str, threads: bool
) -> None:
    def fail() -> None:
        raise error

    async def fail_async() -> None:
        await asyncio.sleep(0)
        raise error

    turn = OneTurn([fail, fail_async], RunOptions(threads=threads))
    for record in await turn.execute(("fail", {}), ("fail_async", {})):
        assert (record.result, record.error) == (text, text)
        assert record.value is None


async def test_result_that_is_no_text_is_an_error_that_names_the_function() -> None:
    def generate() -> Any:
        return (number for number in range(3))

    async def give_function() -> Any:
        return len

    records = await OneTurn([generate, give_function]).execute(
        ("generate", {}), ("give_function", {})
    )
    assert "generate returned no text" in records[0].result
    assert "type generator" in records[0].result
    assert "give_function returned no text" in records[1].result


async def test_call_without_a_usable_function_has_its_problem_as_result() -> None:
    turn = OneTurn([add])
    records = await turn.execute(
        ("add", {"a": 1}), ("add", "{"), ("sub", {}), ("add", {"a": 1, "b": 2})
    )
    assert [record.error is None for record in records] == [False, False, False, True]
    assert all(record.result == record.error for record in records[:3])
    assert "b is missing" in records[0].result
    assert "'sub'" in records[2].result
    assert [record.seconds for record in records[:3]] == [0, 0, 0]
    assert turn.kinds.count("started add") == 1
    assert len(turn.kinds) == 5


async def test_decisions_replace_the_function() -> None:
    turn = OneTurn([add])
    turn.decisions = {
        "call1": Rejected("Not today."),
        "call2": Answered(Answer([1], "hidden", "[1]")),
    }
    records = await turn.execute(*[("add", {"a": 1, "b": 2})] * 3)
    assert [record.result for record in records] == ["Not today.", "[1]", "3"]
    assert [record.error for record in records] == ["Not today.", None, None]
    assert (records[1].value, records[1].metadata) == ([1], "hidden")
    assert turn.kinds.count("started add") == 1


async def test_seconds_measure_the_function_without_its_wait() -> None:
    def slow() -> None:
        time.sleep(0.02)

    turn = OneTurn([slow], RunOptions(max_concurrency=1))
    records = await turn.execute(*[("slow", {})] * 3)
    assert all(record.seconds >= 0.02 for record in records)
    assert records[2].seconds < sum(record.seconds for record in records[:2])


async def test_overrunning_async_function_is_cancelled() -> None:
    cancelled = asyncio.Event()

    @function_tool(timeout=0.01)
    async def wait() -> str:
        try:
            return await hold()
        finally:
            await asyncio.sleep(0)
            cancelled.set()

    record = await OneTurn([wait]).only()
    assert record.error == "wait did not finish within 0.01 seconds."
    assert cancelled.is_set()


async def test_overrunning_plain_function_is_abandoned() -> None:
    go_on, ended = threading.Event(), threading.Event()

    @function_tool(timeout=0.5)
    def wait() -> str:
        go_on.wait(5)
        ended.set()
        raise LookupError("nobody waits")

    record = await OneTurn([wait]).only()
    assert record.error == "wait did not finish within 0.5 seconds."
    assert not ended.is_set()
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 5)


async def swallow() -> str:
    try:
        return await hold()
    except asyncio.CancelledError:
        return "too late"


async def fail_late() -> str:
    try:
        return await hold()
    except asyncio.CancelledError:
        raise LookupError("while cancelled") from None


async def shielded() -> str:
    with anyio.CancelScope(shield=True):
        return await hold()
    return "left"


@pytest.mark.parametrize("function", [swallow, fail_late, shielded])
async def test_whatever_a_function_makes_of_its_timeout_it_has_timed_out(
    function: Callable[[], Any],
) -> None:
    record = await OneTurn([function_tool(function, timeout=0.01)]).only()
    assert record.error == f"{function.__name__} did not finish within 0.01 seconds."
    assert record.value is None


@pytest.mark.parametrize("options", [RunOptions(), RunOptions(max_concurrency=1)])
async def test_timeout_begins_when_the_function_does(options: RunOptions) -> None:
    @function_tool(sequential=True)
    def slow() -> None:
        time.sleep(0.3)

    @function_tool(sequential=True, timeout=0.25)
    def fast() -> str:
        return "in time"

    records = await OneTurn([slow, fast], options).execute(("slow", {}), ("fast", {}))
    assert records[1].result == "in time"


async def test_timeouts_that_functions_set_themselves_work() -> None:
    async def own() -> str:
        try:
            async with asyncio.timeout(0.001):
                await hold()
        except TimeoutError:
            pass
        with anyio.move_on_after(0.001):
            await hold()
        return "moved on"

    record = await OneTurn([function_tool(own, timeout=5)]).only()
    assert record.result == "moved on"


@pytest.mark.parametrize("per_function", [True, False])
async def test_raising_cancels_the_others_and_keeps_the_exception(
    per_function: bool,
) -> None:
    log: list[str] = []
    error = LookupError("mine")
    go_on = threading.Event()

    def fail() -> None:
        raise error

    async def wait() -> None:
        try:
            await hold()
        finally:
            log.append("cancelled")

    def abandoned() -> None:
        go_on.wait(5)

    options, failing = RunOptions(on_error="raise"), function_tool(fail)
    if per_function:
        options, failing = RunOptions(), function_tool(fail, on_error="raise")
    turn = OneTurn([failing, wait, abandoned], options)
    before = asyncio.all_tasks()
    with pytest.raises(LookupError) as raised:
        await turn.execute(("wait", {}), ("fail", {}), ("abandoned", {}))
    go_on.set()
    assert raised.value is error
    assert log == ["cancelled"]
    assert asyncio.all_tasks() == before
    assert not [kind for kind in turn.kinds if kind.startswith("finished")]


async def test_what_the_model_can_mend_is_never_raised() -> None:
    @function_tool(timeout=0.01)
    async def late() -> None:
        await hold()

    def refuse() -> None:
        raise ToolError("Ask for a city.")

    def forgiven() -> None:
        raise LookupError("told")

    tell = function_tool(forgiven, on_error="tell")
    functions: list[Callable[..., Any]] = [late, refuse, add, tell]
    records = await OneTurn(functions, RunOptions(on_error="raise")).execute(
        ("late", {}), ("refuse", {}), ("add", {}), ("nothing", {}), ("forgiven", {})
    )
    assert all(record.error for record in records)
    assert [records[1].error, records[4].error] == ["Ask for a city.", "told"]


async def test_unusable_result_is_raised_where_that_is_asked() -> None:
    def generate() -> Any:
        return iter([1])

    with pytest.raises(TypeError, match="generate returned no text"):
        await OneTurn([generate], RunOptions(on_error="raise")).only()


@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError("mine")]
)
@pytest.mark.parametrize("place", ["async", "thread", "loop"])
async def test_what_is_no_exception_ends_the_run(
    error: BaseException, place: str
) -> None:
    async def fail_async() -> None:
        raise error

    def fail() -> None:
        raise error

    function: Callable[[], Any] = fail_async if place == "async" else fail
    turn = OneTurn([function, hold], RunOptions(threads=place == "thread"))
    before = asyncio.all_tasks()
    with pytest.raises(type(error)) as raised:
        await turn.execute(("hold", {}), (function.__name__, {}))
    assert raised.value is error
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("kind", ["task", "anyio", "timeout"])
async def test_cancel_ends_all_functions_before_it_comes_out(kind: str) -> None:
    log: list[str] = []
    go_on, begun = threading.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(hold())
        finally:
            await asyncio.sleep(0)
            log.append("ended")

    def abandoned() -> None:
        go_on.wait(5)

    turn = OneTurn([wait, abandoned], RunOptions(max_concurrency=2))
    before = asyncio.all_tasks()
    task = asyncio.create_task(turn.execute(*[("wait", {}), ("abandoned", {})] * 2))
    if kind == "task":
        await begun.wait()
        task.cancel()
    elif kind == "anyio":
        with anyio.CancelScope() as scope:
            await begun.wait()
            scope.cancel()
            await task
    else:
        await begun.wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(task, 0)
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert log == ["ended"]
    assert asyncio.all_tasks() == before


async def test_cancel_at_any_step_leaves_nothing_behind() -> None:
    log: list[str] = []

    @function_tool(sequential=True, timeout=5)
    async def wait() -> None:
        log.append("begun")
        try:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        finally:
            log.append("ended")

    turn = OneTurn([wait, add], RunOptions(max_concurrency=2))
    calls = [("wait", {}), ("add", {"a": 1, "b": 2}), ("wait", {}), ("none", {})]
    before = asyncio.all_tasks()
    step, records = 0, None
    while records is None:
        task = asyncio.create_task(turn.execute(*calls))
        for _ in range(step):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        records = None if task.cancelled() else task.result()
        assert asyncio.all_tasks() == before
        assert log.count("begun") == log.count("ended")
        step += 1
    assert step > 5
    assert [record.result for record in records[:3]] == ["null", "3", "null"]
