"""G11: every function call is answered exactly once, whatever the function does."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from types import coroutine
from typing import Any

import attrs
import pytest

from mistral_conversations import (
    Conversations,
    RunContext,
    RunLimitError,
    RunLimits,
    RunOptions,
    RunPaused,
    RunResult,
    RunTools,
    ToolError,
    function_tool,
)
from mistral_conversations.server import LocalServer, call, say
from tests.support.clients import becomes_true
from tests.support.interpreter import completed
from tests.support.programs import PRELUDE, run_program
from tests.support.scripted import MODEL, Scripted, scripted, tasks_of_runs

pytestmark = pytest.mark.anyio

SOON = 5.0
MOMENT = 0.05


def good(number: int = 1) -> int:
    """Return a number."""
    return number


async def good_async(number: int = 1) -> int:
    """Return a number."""
    await asyncio.sleep(0)
    return number


def fail() -> None:
    """Fail."""
    raise ZeroDivisionError("no luck")


def fail_silently() -> None:
    """Fail without a message."""
    raise RuntimeError


def tell() -> None:
    """Fail with a text for the model."""
    raise ToolError("try another day")


@function_tool(timeout=MOMENT)
async def hang() -> None:
    """Hang."""
    await asyncio.sleep(SOON * 10)


@function_tool(timeout=MOMENT)
def block() -> None:
    """Block a thread for longer than the timeout."""
    time.sleep(MOMENT * 4)


def unwritable() -> object:
    """Return what JSON cannot hold."""
    return object()


async def cancelled() -> None:
    """Raise what a cancel raises."""
    raise asyncio.CancelledError


def stop(context: RunContext[Any]) -> str:
    """Stop the run."""
    context.stop()
    return "stopped"


TOOLS: Sequence[RunTools] = [
    good,
    good_async,
    fail,
    fail_silently,
    tell,
    hang,
    block,
    unwritable,
    stop,
]


def malformed(arguments: str, name: str = "good") -> Any:
    """Return a call with these arguments as its text."""
    return attrs.evolve(call(name), arguments=arguments)


TURNS: Mapping[str, Sequence[Any]] = {
    "good ones": [call("good", number=5), call("good_async", number=6)],
    "equal ones": [call("good", number=5)] * 5,
    "exceptions": [call("fail"), call("fail_silently"), call("tell")],
    "timeouts": [call("hang"), call("block")],
    "no json": [malformed("{"), malformed("[1]"), malformed("nope"), malformed('"')],
    "wrong types": [call("good", number="five"), call("good", number=None)],
    "other names": [call("good", other=1), call("fail", number=1)],
    "unknown functions": [call("nothing"), call("", number=1), call("Good")],
    "an odd result": [call("unwritable")],
    "a stop": [call("stop"), call("good", number=5)],
    "everything": [
        call("fail"),
        call("nothing"),
        malformed("{"),
        call("hang"),
        call("good", number=5),
    ],
}


def check_history(entries: Sequence[Mapping[str, Any]]) -> None:
    """Check that each call has one result, which follows in the same append."""
    called = [e["tool_call_id"] for e in entries if e["type"] == "function.call"]
    answered = [e["tool_call_id"] for e in entries if e["type"] == "function.result"]
    assert Counter(called) == Counter(answered)
    assert entries[-1]["type"] == "message.output"


def entries_of(local: Scripted | LocalServer) -> Sequence[Mapping[str, Any]]:
    server = local.server if isinstance(local, Scripted) else local
    (conversation,) = server.conversations
    return conversation.entries


@pytest.mark.parametrize("name", TURNS)
async def test_every_call_is_answered_in_one_append(name: str) -> None:
    turn = TURNS[name]
    async with scripted([say("Wait."), *turn], "Done") as local:
        result = await local.client.run("Go", model=MODEL, tools=TOOLS)
        assert result.text == "Done"
        assert len(local.posts) == 2
        assert len(local.last["inputs"]) == len(turn) == len(result.calls)
        check_history(entries_of(local))
        assert tasks_of_runs() == []
    assert result.open_calls == ()


async def test_turns_are_finite() -> None:
    def always(*_: Any) -> Any:
        return call("good")

    async with scripted(always) as local:
        with pytest.raises(RunLimitError, match="max_turns is 20"):
            await local.client.run("Go", model=MODEL, tools=[good])
        assert len(local.posts) == 20


async def test_failures_are_finite() -> None:
    def always(*_: Any) -> Any:
        return [call("fail"), call("good")]

    async with scripted(always) as local:
        with pytest.raises(RunLimitError, match="fail has failed in 3 turns"):
            await local.client.run("Go", model=MODEL, tools=[good, fail])
        assert len(local.posts) == 3


async def resume(
    local: Scripted, tools: Sequence[RunTools] = (good, good_async, fail)
) -> RunResult:
    """Continue the conversation without inputs; check that all calls are answered."""
    local.server.forgive()
    (conversation,) = local.server.conversations
    result = await local.client.run(
        conversation_id=conversation.id, tools=tools, wait_if_busy=SOON
    )
    assert result.open_calls == ()
    check_history(entries_of(local))
    return result


async def test_a_raise_leaves_calls_that_are_answered_first() -> None:
    turn = [call("good"), call("fail"), call("hang")]
    async with scripted(turn, "Done") as local:
        options = RunOptions(on_error="raise")
        with pytest.raises(ZeroDivisionError):
            await local.client.run("Go", model=MODEL, tools=TOOLS, options=options)
        assert tasks_of_runs() == []
        assert len(local.posts) == 1
        result = await resume(local, TOOLS)
        assert result.text == "Done"
        assert len(result.calls) == 3


@pytest.mark.parametrize(
    "limits", [RunLimits(max_turns=1), RunLimits(max_calls=1), RunLimits(timeout=0.5)]
)
async def test_a_limit_leaves_calls_that_are_answered_first(limits: RunLimits) -> None:
    async def wait(context: RunContext[Any]) -> None:
        if context.turn:
            await asyncio.sleep(SOON * 10)

    async with scripted([call("good"), call("wait")], "Done") as local:
        with pytest.raises(RunLimitError):
            await local.client.run("Go", model=MODEL, tools=[good, wait], limits=limits)
        assert tasks_of_runs() == []
        assert len(local.posts) == 1
        assert (await resume(local, [good, wait])).text == "Done"


async def test_a_stop_leaves_calls_that_are_answered_first() -> None:
    async with scripted([call("stop")], [call("good"), call("good")], "Done") as local:
        result = await local.client.run("Go", model=MODEL, tools=TOOLS)
        assert len(result.open_calls) == 2
        assert (await resume(local)).text == "Done"


class Cancels:
    """Cancels the task that awaits something, when it waits for the n-th time."""

    def __init__(self, number: int) -> None:
        self._left = number

    async def run(self, awaited: Coroutine[Any, Any, RunResult]) -> RunResult:
        """Await a run."""
        result: RunResult = await self._steps(awaited)
        return result

    @coroutine
    def _steps(self, awaited: Coroutine[Any, Any, RunResult]) -> Any:
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                future = awaited.send(value) if error is None else awaited.throw(error)
            except StopIteration as end:
                return end.value
            self._left -= 1
            if self._left == 0:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            value, error = None, None
            try:
                value = yield future
            except BaseException as raised:  # noqa: BLE001 - all go on to the run
                error = raised


CALLS = [call("good"), call("good_async"), call("fail"), call("nothing")]

Beginning = Callable[[Scripted], Awaitable[Coroutine[Any, Any, RunResult]]]


async def starting(local: Scripted) -> Coroutine[Any, Any, RunResult]:
    """Return a run that starts a conversation."""
    await local.client.list()  # opens the connection, so that the steps are the same
    local.server.model = [CALLS, [call("good")], *["Done"] * 3]
    return local.client.run("Go", model=MODEL, tools=[good, good_async, fail])


async def continuing(local: Scripted) -> Coroutine[Any, Any, RunResult]:
    """Return a run that reads the history, and answers what it finds open."""
    local.server.model = [CALLS, [call("good")], *["Done"] * 3]
    begun = await local.start()
    return local.client.run(
        conversation_id=begun.conversation_id, tools=[good, good_async, fail]
    )


async def appending(local: Scripted) -> Coroutine[Any, Any, RunResult]:
    """Return a run that is refused first, since calls are open."""
    local.server.model = [CALLS, [call("good")], *["Done"] * 3]
    begun = await local.start()
    return local.client.run(
        "And then?",
        conversation_id=begun.conversation_id,
        tools=[good, good_async, fail],
    )


@pytest.mark.parametrize("begin", [starting, continuing, appending])
async def test_a_cancel_at_any_step_leaves_no_task_and_no_call(
    begin: Beginning,
) -> None:
    number, was_cancelled = 0, True
    while was_cancelled:
        number += 1
        async with scripted() as local:
            run = await begin(local)
            task = asyncio.create_task(Cancels(number).run(run))
            await asyncio.wait([task], timeout=SOON)
            assert task.done()
            assert tasks_of_runs() == []
            # The service may still be answering, unless nothing has reached it.
            if await becomes_true(lambda: local.posts, MOMENT):
                assert await becomes_true(lambda: local.server.conversations)
                await resume(local)
            was_cancelled = task.cancelled()
    assert task.result().text == "Done"
    assert number > 5


KILLED = """
def note(number: int) -> int:
    say(number)
    return number

def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

async def run():
    async with AsyncConversations("key", base_url=sys.argv[1]) as client:
        tools = [note, function_tool(kill, sequential=True)]
        await client.run("Go", model="m", tools=tools)

asyncio.run(run())
"""


@pytest.mark.processes
def test_a_crash_between_execution_and_append_leaves_calls_that_are_answered() -> None:
    executed: list[int] = []

    def note(number: int) -> int:
        executed.append(number)
        return number

    def kill() -> str:
        return "survived"

    with LocalServer([[call("note", number=5), call("kill")], "Done"]) as server:
        ended = run_program(KILLED, server)
        assert ended.code == -signal.SIGKILL
        with Conversations("key", base_url=server.base_url) as client:
            (conversation,) = server.conversations
            result = client.run(conversation_id=conversation.id, tools=[note, kill])
        assert (result.text, executed) == ("Done", [5])
        check_history(entries_of(server))


RESUMED = """
def note(number: int) -> int:
    say(number)
    return number

with Conversations("key", base_url=sys.argv[1]) as client:
    paused = RunPaused.from_json(sys.stdin.read())
    for call in paused.calls:
        paused.approve(call.tool_call_id)
    print(client.run(paused, tools=[function_tool(note, requires_approval=True)]).text)
"""


@pytest.mark.processes
def test_a_pause_survives_json_and_a_new_process() -> None:
    def note(number: int) -> int:
        raise AssertionError(f"this process runs nothing, not even {number}")

    asks = function_tool(note, requires_approval=True)
    turn = [call("note", number=5), call("note", number=6)]
    with LocalServer([turn, "Done"]) as server:
        with (
            Conversations("key", base_url=server.base_url) as client,
            pytest.raises(RunPaused) as caught,
        ):
            client.run("Go", model=MODEL, tools=[asks])
        saved = caught.value.to_json()
        ended = completed(PRELUDE + RESUMED, server.base_url, text=saved)
        assert (ended.code, ended.err) == (0, "")
        assert sorted(ended.out.split()) == ["5", "6", "Done"]
        assert len(server.requests) == 2
        check_history(entries_of(server))
