"""How a streamed run ends early: closed, cancelled, dropped, failed."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from mistral_conversations import (
    AsyncConversations,
    AsyncRunStream,
    CodeInterpreterTool,
    ConfigurationError,
    ConversationBusyError,
    FunctionCallEvent,
    FunctionFinished,
    FunctionStarted,
    MessageOutputEvent,
    MistralConversationsError,
    ResponseFailedError,
    RunError,
    RunLimitError,
    RunLimits,
    RunOptions,
    RunPaused,
    ServerError,
    StreamInterruptedError,
    ToolConfiguration,
    TurnFinished,
    TurnStarted,
)
from mistral_conversations.server import (
    LocalServer,
    Trouble,
    call,
    execute,
    fail,
    flood,
    say,
)
from tests.support.bodies import call_delta, done, started, without
from tests.support.client_and_server import answered_with, event_stream
from tests.support.clients import becomes_true, in_use, nothing_in_use
from tests.support.for_each import for_each
from tests.support.scripted import (
    ADD,
    MODEL,
    Scripted,
    add,
    results,
    scripted,
    tasks_of_runs,
)

pytestmark = pytest.mark.anyio

SOON = 5.0
WORK = call("work")
CALL_OF_ADD = call_delta('{"a":1,"b":2}', name="add")


class Work:
    """A function that waits, and what became of it."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.cancelled = 0

    async def work(self) -> str:
        """Work until it may end."""
        self.begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.cancelled += 1
            raise
        return "worked"


async def all_is_left(local: Scripted) -> bool:
    """Return whether no task and no connection of a run remains."""
    return await becomes_true(lambda: not tasks_of_runs()) and await nothing_in_use(
        local.client
    )


async def to_its_end(run: AsyncRunStream) -> None:
    async for _ in run:
        pass


async def collect(run: AsyncRunStream, events: list[Any]) -> None:
    """Add the events to a list until the run ends or raises."""
    while (event := await anext(run, None)) is not None:
        events.append(event)


async def entered(run: AsyncRunStream) -> None:
    async with run:
        await to_its_end(run)


async def takes_the_text(run: AsyncRunStream) -> None:
    async for _ in run.text():
        pass


async def takes_the_turns(run: AsyncRunStream) -> None:
    async for _ in run.turns():
        pass


async def takes_the_result(run: AsyncRunStream) -> None:
    await run.result()


Use = Callable[[AsyncRunStream], Awaitable[None]]
USES: list[Use] = [
    to_its_end,
    entered,
    takes_the_text,
    takes_the_turns,
    takes_the_result,
]


@for_each("use", USES)
async def test_a_task_that_is_cancelled_in_a_function_leaves_nothing(use: Use) -> None:
    work = Work()
    async with scripted(WORK) as local:
        task: asyncio.Task[None] = asyncio.create_task(
            use(local.client.run_stream("Go", model=MODEL, tools=[work.work]))  # type: ignore[arg-type]
        )
        await work.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(task), SOON)
        del task
        gc.collect()
        assert await all_is_left(local)
        assert work.cancelled == 1
        assert len(local.posts) == 1


@for_each("use", USES)
async def test_a_task_that_is_cancelled_in_an_answer_leaves_nothing(use: Use) -> None:
    async with scripted(ADD, "Done.") as local:
        local.server.inflict(Trouble(stall=True, after_events=2), when=is_append)
        with anyio.move_on_after(0.1) as scope:
            await use(local.client.run_stream("Go", model=MODEL, tools=[add]))
        assert scope.cancelled_caught
        gc.collect()
        assert await all_is_left(local)


def sent_results(local: Scripted) -> list[str]:
    """Return all results of functions that were posted."""
    bodies = [body for body in local.posts if isinstance(body.get("inputs"), list)]
    return [result for body in bodies for result in results(body)]


def is_append(request: Any) -> bool:
    return "conv_" in request.path


async def test_a_cancelled_step_loses_nothing_and_cancels_no_function() -> None:
    work = Work()
    async with scripted([say("One two"), WORK], "Done.", latency=0.01) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[work.work])
        events: list[Any] = []
        missed = 0
        async with run:
            while True:
                try:
                    async with asyncio.timeout(0.004):
                        event = await anext(run, None)
                except TimeoutError:
                    missed += 1
                    if work.begun.is_set() and missed > 3:
                        work.may_end.set()
                    continue
                if event is None:
                    break
                events.append(event)
    assert missed > 3
    assert work.cancelled == 0
    texts = [e.content for e in events if isinstance(e, MessageOutputEvent)]
    assert "".join(map(str, texts)) == "One twoDone."
    assert [type(e) for e in events if not hasattr(e, "created_at")] == [
        TurnStarted,
        FunctionStarted,
        FunctionFinished,
        TurnFinished,
        TurnStarted,
        TurnFinished,
    ]
    assert len({id(each) for each in events}) == len(events)


async def test_a_step_may_be_cancelled_while_it_sends_a_request() -> None:
    async with scripted(ADD, "Done.") as local:
        local.server.inflict(Trouble(delay=0.05), times=2)
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        cancelled = 0
        while True:
            with anyio.move_on_after(0.01) as scope:
                if await anext(run, None) is None:
                    break
            cancelled += scope.cancelled_caught
        assert cancelled >= 2
        assert (await run.result()).text == "Done."
        assert len(local.posts) == 2


async def test_entering_that_is_cancelled_closes_the_run() -> None:
    async with scripted("Hi") as local:
        local.server.inflict(Trouble(delay=60))
        run = local.client.run_stream("Go", model=MODEL)
        with anyio.move_on_after(0.05):
            await run.__aenter__()
        assert await all_is_left(local)
        with pytest.raises(ConfigurationError, match="closed; it had begun"):
            await run.__aenter__()
        with pytest.raises(RunError, match="closed before its end"):
            await run.result()


async def test_closing_cancels_the_functions_and_waits_for_them() -> None:
    work = Work()
    async with scripted(WORK) as local:
        async with local.client.run_stream("Go", model=MODEL, tools=[work.work]) as run:
            async for event in run:
                if isinstance(event, FunctionStarted):
                    await work.begun.wait()
                    break
        assert work.cancelled == 1
        assert tasks_of_runs() == []
        assert await anext(run, None) is None
        with pytest.raises(RunError, match="closed before its end") as caught:
            await run.result()
        assert f"run(conversation_id={run.conversation_id!r}," in str(caught.value)
        assert [each.name for each in caught.value.result.open_calls] == ["work"]
        assert len(local.posts) == 1
        await run.aclose()
        assert repr(run).endswith("turn 1, closed>")


async def test_a_run_that_was_closed_is_continued_by_another() -> None:
    work = Work()
    async with scripted(WORK, "Done.") as local:
        async with local.client.run_stream("Go", model=MODEL, tools=[work.work]) as run:
            async for event in run:
                if isinstance(event, FunctionStarted):
                    break
        work.may_end.set()
        result = await local.client.run_stream(
            conversation_id=run.conversation_id, tools=[work.work]
        ).result()
        assert (result.text, results(local.last)) == ("Done.", ["worked"])


@for_each("wish", ["function", "answer", "request"])
async def test_it_is_iterated_in_one_task_and_closed_in_another(wish: str) -> None:
    work = Work()
    async with scripted(WORK if wish == "function" else "One two") as local:
        if wish == "answer":
            local.server.inflict(Trouble(stall=True, after_events=2))
        if wish == "request":
            local.server.inflict(Trouble(delay=60))
        run = local.client.run_stream("Go", model=MODEL, tools=[work.work])
        task = asyncio.create_task(to_its_end(run))
        await asyncio.sleep(0.05)
        await asyncio.gather(run.aclose(), run.aclose())
        await asyncio.wait_for(task, SOON)
        assert in_use(local.client) == 0
        assert tasks_of_runs() == []


async def test_a_function_may_close_the_run_that_called_it() -> None:
    async def leave() -> None:
        await runs[0].aclose()

    async with scripted(call("leave")) as local:
        runs = [local.client.run_stream("Go", model=MODEL, tools=[leave])]
        await asyncio.wait_for(to_its_end(runs[0]), SOON)
        assert await all_is_left(local)
        with pytest.raises(RunError, match="closed"):
            await runs[0].result()


async def test_a_run_that_is_dropped_lets_go() -> None:
    work = Work()
    async with scripted(WORK, "One two") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[work.work])
        async for event in run:
            if isinstance(event, FunctionStarted):
                await work.begun.wait()
                break
        del run, event
        gc.collect()
        assert await all_is_left(local)
        assert work.cancelled == 1
        run = local.client.run_stream("Go", model=MODEL)
        assert isinstance(await anext(run), TurnStarted)
        assert in_use(local.client) == 1
        del run
        assert await nothing_in_use(local.client)


async def test_what_iterates_keeps_the_run() -> None:
    work = Work()
    work.may_end.set()
    async with scripted(WORK, "Done.", WORK, "Done.", WORK, "Done.") as local:

        def run() -> AsyncRunStream:
            return local.client.run_stream("Go", model=MODEL, tools=[work.work])

        assert len([turn async for turn in run().turns()]) == 2
        assert [piece async for piece in run().text()] == ["Done."]
        assert (await run().result()).text == "Done."
        assert work.cancelled == 0


async def test_a_second_reader_is_refused() -> None:
    work = Work()
    async with scripted(WORK, "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[work.work])
        task = asyncio.create_task(to_its_end(run))
        await work.begun.wait()
        await asyncio.sleep(0)
        for step in (anext(run), run.result()):
            with pytest.raises(ConfigurationError, match="another task"):
                await step
        work.may_end.set()
        await asyncio.wait_for(task, SOON)
        assert (await run.result()).text == "Done."


async def test_the_time_limit_counts_from_the_first_step() -> None:
    limits = RunLimits(timeout=0.2)
    async with scripted("Hi") as local:
        run = local.client.run_stream("Go", model=MODEL, limits=limits)
        await asyncio.sleep(0.3)
        assert (await run.result()).text == "Hi"


@for_each("wish", ["function", "answer", "request"])
async def test_the_time_limit_ends_each_wait(wish: str) -> None:
    work = Work()
    limits = RunLimits(timeout=0.5)
    async with scripted([say("Wait a moment"), WORK], "Done.") as local:
        if wish == "answer":
            local.server.inflict(Trouble(stall=True, after_events=3))
        if wish == "request":
            local.server.inflict(Trouble(delay=60), when=is_append)
            work.may_end.set()
        run = local.client.run_stream(
            "Go", model=MODEL, tools=[work.work], limits=limits
        )
        for _ in range(2):
            with pytest.raises(RunLimitError, match=r"took 0\.5 seconds") as caught:
                await asyncio.wait_for(takes_the_result(run), SOON)
        assert caught.value.limit == "timeout"
        assert await all_is_left(local)
        assert work.cancelled == (work.begun.is_set() and wish == "function")
        assert run.snapshot.text.startswith("Wait")


@for_each("last", ["conversation.response.done", "run.turn.finished"])
async def test_nothing_begins_after_the_time_limit(last: str) -> None:
    async def add(a: int, b: int) -> None:
        added.append(a + b)

    added: list[int] = []
    limits = RunLimits(timeout=0.1)
    async with scripted(ADD, "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add], limits=limits)
        while (await anext(run)).type != last:
            pass
        await asyncio.sleep(0.11)
        with pytest.raises(RunLimitError, match=r"took 0\.1 seconds"):
            await anext(run)
        assert len(added) == (last == "run.turn.finished")
        assert len(local.posts) == 1


async def test_the_time_limit_ends_functions_that_nobody_waits_for() -> None:
    work = Work()
    limits = RunLimits(timeout=0.5)
    async with scripted(WORK) as local:
        run = local.client.run_stream(
            "Go", model=MODEL, tools=[work.work], limits=limits
        )
        async for event in run:
            if isinstance(event, FunctionStarted):
                break
        assert await becomes_true(lambda: work.cancelled)
        with pytest.raises(RunLimitError):
            await anext(run)


async def test_a_limit_raises_after_the_events_before_it() -> None:
    async with scripted(flood(ADD, times=91), "Done.") as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        events: list[Any] = []
        with pytest.raises(RunLimitError, match="91 calls") as caught:
            await collect(run, events)
        assert sum(isinstance(e, FunctionCallEvent) for e in events) >= 91
        assert not any(isinstance(e, FunctionStarted | TurnFinished) for e in events)
        assert len(caught.value.calls) == 91
        with pytest.raises(RunLimitError) as again:
            await run.result()
        assert again.value is caught.value
        response = await caught.value.reject_all()
        assert response.text == "Done."


async def test_a_pending_call_pauses_it() -> None:
    interpreter = CodeInterpreterTool(
        tool_configuration=ToolConfiguration(
            requires_confirmation=("code_interpreter",)
        )
    )
    pending = execute("code_interpreter", arguments={"code": "1"})
    async with scripted([say("Hm."), pending, ADD]) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add, interpreter])
        with pytest.raises(RunPaused) as caught:
            await to_its_end(run)
        assert [each.name for each in caught.value.result.open_calls][:1] == [
            "code_interpreter"
        ]
        assert caught.value.result.calls == ()
        assert repr(run).endswith("turn 1, paused>")
        assert len(local.posts) == 1


UNREADABLE = without(call_delta('{"a": 1}', name="add"), "tool_call_id")


async def test_a_call_that_cannot_be_read_ends_it() -> None:
    good = {**CALL_OF_ADD, "output_index": 1}
    bad = {**UNREADABLE, "output_index": 0, "name": 5}
    stream = event_stream(started(), good, bad, done())
    async with answered_with(stream) as (client, server):
        run = client.run_stream("Go", model=MODEL, tools=[add])
        with pytest.raises(RunError, match="does not fit its schema"):
            await to_its_end(run)
        assert len(server.requests) == 1


async def test_calls_of_a_conversation_without_id_are_not_executed() -> None:
    async with answered_with(event_stream(CALL_OF_ADD, done())) as (client, server):
        run = client.run_stream("Go", model=MODEL, tools=[add])
        with pytest.raises(RunError, match="but no conversation_id") as caught:
            await to_its_end(run)
        assert caught.value.result.calls == ()
        assert len(server.requests) == 1


async def test_the_exception_of_a_function_passes_with_its_traceback() -> None:
    def broken() -> None:
        raise ZeroDivisionError("oh")

    options = RunOptions(on_error="raise")
    async with scripted(call("broken")) as local:
        run = local.client.run_stream(
            "Go", model=MODEL, tools=[broken], options=options
        )
        lengths = set()
        for _ in range(3):
            with pytest.raises(ZeroDivisionError, match="oh") as caught:
                await run.result()
            lengths.add(len(caught.traceback))
            assert caught.traceback[-1].name == "broken"
        assert len(lengths) == 1


@for_each("kind", [StopIteration, StopAsyncIteration])
async def test_no_exception_of_a_function_ends_it_silently(
    kind: type[Exception],
) -> None:
    def add(a: int, b: int) -> None:
        raise kind(a + b)

    options = RunOptions(on_error="raise")
    async with scripted(ADD) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add], options=options)
        for _ in range(2):
            with pytest.raises(RuntimeError, match=f"raised {kind.__name__}") as caught:
                await collect(run, [])
            assert isinstance(caught.value.__cause__, kind)


@for_each("kind", [asyncio.CancelledError, KeyboardInterrupt, SystemExit])
async def test_what_is_no_exception_passes_once(kind: type[BaseException]) -> None:
    async def leave() -> None:
        raise kind

    async with scripted([call("leave"), WORK]) as local:
        work = Work()
        run = local.client.run_stream("Go", model=MODEL, tools=[leave, work.work])
        with pytest.raises(kind):
            await run.result()
        for _ in range(2):
            with pytest.raises(RunError, match=f"ended by a {kind.__name__}"):
                await run.result()
        assert tasks_of_runs() == []
        assert len(local.posts) == 1


async def test_an_error_event_in_turn_2_raises_with_what_was_executed() -> None:
    async with scripted(ADD, [say("Well"), fail("Out of order", code=7)]) as local:
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        seen: list[Any] = []
        for _ in range(2):
            with pytest.raises(ResponseFailedError, match="Out of order") as caught:
                await collect(run, seen)
        assert caught.value.code == 7
        assert caught.value.partial is not None
        assert caught.value.partial.text == "Well"
        assert isinstance(seen[-1], MessageOutputEvent)
        assert [each.result for each in run.snapshot.calls] == ["3"]
        assert run.snapshot.text == "Well"
        assert repr(run).endswith("turn 2, failed>")
        with pytest.raises(ResponseFailedError):
            await run.result()
        assert in_use(local.client) == 0


@for_each("cut", ["end", "close", "reset"])
async def test_a_cut_in_turn_2_posts_no_result_twice(cut: Any) -> None:
    called: list[int] = []

    def count() -> int:
        called.append(1)
        return len(called)

    async with scripted([call("count")], [say("One two three")], "Fin.") as local:
        trouble = Trouble(cut=cut, after_events=3)
        local.server.inflict(trouble, when=is_append)
        run = local.client.run_stream("Go", model=MODEL, tools=[count])
        with pytest.raises(StreamInterruptedError) as caught:
            await run.result()
        assert caught.value.partial is not None
        assert caught.value.conversation_id == run.conversation_id
        assert await all_is_left(local)
        assert sent_results(local) == ["1"]
        again = await local.client.run(
            conversation_id=run.conversation_id, tools=[count], wait_if_busy=5
        )
        assert again.text == "One two three"
        assert called == [1]
        assert sent_results(local) == ["1"]


async def test_a_cut_in_turn_1_leaves_calls_that_the_next_run_answers() -> None:
    async with scripted([say("One two"), ADD], "Done.") as local:
        local.server.inflict(Trouble(cut="close", after_events=2))
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        with pytest.raises(StreamInterruptedError):
            await run.result()
        assert sent_results(local) == []
        result = await local.client.run(
            conversation_id=run.conversation_id, tools=[add], wait_if_busy=5
        )
        assert (result.text, sent_results(local)) == ("Done.", ["3"])


async def test_a_request_that_is_refused_in_the_middle_raises() -> None:
    async with scripted(ADD, "Done.") as local:
        local.server.inflict(Trouble(status=500), when=is_append)
        run = local.client.run_stream("Go", model=MODEL, tools=[add])
        events: list[Any] = []
        with pytest.raises(ServerError):
            await collect(run, events)
        assert isinstance(events[-1], TurnFinished)
        assert [each.result for each in run.snapshot.calls] == ["3"]
        local.server.inflict(Trouble(status=409, body={"message": BUSY}))
        with pytest.raises(ConversationBusyError):
            await local.client.run_stream(
                "And?", conversation_id=run.conversation_id
            ).result()


BUSY = "Conversation is being updated, concurrent requests are not supported"


async def begin(run: AsyncRunStream) -> None:
    """Take the events until a function starts."""
    async for event in run:
        if isinstance(event, FunctionStarted):
            return


async def refuse(run: AsyncRunStream, error: str) -> None:
    for _ in range(2):
        with pytest.raises(MistralConversationsError, match=error):
            await asyncio.wait_for(run.result(), SOON)


def test_a_run_ends_with_the_loop_of_its_functions() -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("work")

    ended: list[str] = []
    with LocalServer([WORK]) as server:
        client = AsyncConversations("key", base_url=server.base_url)
        run = client.run_stream("Go", model=MODEL, tools=[work])
        asyncio.run(begin(run))
        assert ended == ["work"]
        asyncio.run(refuse(run, "ended with its event loop"))
        asyncio.run(run.aclose())


async def test_a_run_whose_functions_run_on_another_loop_is_refused() -> None:
    async with scripted(WORK, "Done.") as local:
        work = Work()
        run = local.client.run_stream("Go", model=MODEL, tools=[work.work])
        await begin(run)
        await asyncio.to_thread(asyncio.run, refuse(run, "another event loop"))
        work.may_end.set()
        assert (await run.result()).text == "Done."
