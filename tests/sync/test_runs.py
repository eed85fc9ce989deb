"""A streamed run read by a blocking caller."""

import asyncio
import gc
import threading
import time
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    ConfigurationError,
    Conversations,
    FunctionFinished,
    FunctionStarted,
    MessageOutputEvent,
    MistralConversationsError,
    RunError,
    RunLimitError,
    RunLimits,
    RunOptions,
    RunStream,
    StreamInterruptedError,
    TurnFinished,
    TurnStarted,
    WebSearchTool,
)
from mistral_conversations.server import LocalServer, Trouble, call, execute, say
from tests.support.bodies import call_delta, delta, done, started
from tests.support.client_and_server import event_stream
from tests.support.for_each import for_each
from tests.support.interruption import interrupted_at
from tests.support.obedient_server import (
    blocking_client,
    blocking_client_and_server,
    loop_threads,
)
from tests.support.raw_server import (
    Connection,
    Request,
    chunked,
    event,
    raw_server_on_thread,
    stream_head,
)
from tests.support.scripted import ADD, MODEL, SCRIPT, add

HERE = RunOptions(threads=False)


@pytest.fixture
def scripted(server: LocalServer, client: Conversations) -> Any:
    """Return a function that sets the script and returns the client."""

    def serve(*turns: Any) -> Conversations:
        server.model = list(turns)
        return client

    return serve


def test_nothing_is_sent_before_it_is_entered(scripted: Any, server: Any) -> None:
    run = scripted("Hi").run_stream("Go", model=MODEL)
    assert isinstance(run, RunStream)
    assert repr(run) == "<RunStream, not started>"
    assert (run.conversation_id, run.snapshot.turns) == (None, 0)
    assert loop_threads() == []
    with run:
        assert len(server.requests) == 1


def test_every_event_leaves_what_it_leaves_on_the_async_side(
    scripted: Any, server: Any
) -> None:
    def seen(run: Any, event: Any) -> Any:
        snapshot = run.snapshot
        parts = (snapshot.text, snapshot.turns, run.usage)
        return (type(event), len(snapshot.open_calls), len(snapshot.entries), parts)

    async def on_the_async_side() -> list[Any]:
        async with AsyncConversations("key", base_url=server.base_url) as client:
            run = client.run_stream("Go", model=MODEL, tools=tools)
            return [seen(run, event) async for event in run]

    tools: list[Any] = [add, WebSearchTool()]
    search = execute("web_search", arguments={"query": "q"})
    script = [[search, say("Well."), ADD], ADD, "Done."]
    run = scripted(*script, *script).run_stream("Go", model=MODEL, tools=tools)
    mine = [seen(run, event) for event in run]
    assert {TurnStarted, FunctionStarted, FunctionFinished, TurnFinished} <= {
        kind for kind, *_ in mine
    }
    assert mine == asyncio.run(on_the_async_side())


def test_text_result_and_turns(scripted: Any) -> None:
    client = scripted(*SCRIPT * 3)
    run = client.run_stream("Go", model=MODEL, tools=[add])
    assert "".join(run.text()) == "Let me see.Done."
    assert (run.result().text, run.result().turns) == ("Done.", 3)
    assert client.run_stream("Go", model=MODEL, tools=[add]).result().text == "Done."
    run = client.run_stream("Go", model=MODEL, tools=[add])
    assert [(turn.number, len(turn.calls)) for turn in run.turns()] == [
        (1, 2),
        (2, 1),
        (3, 0),
    ]
    assert len(run.result().calls) == 3


def test_an_iteration_may_be_left_and_continued(scripted: Any) -> None:
    run = scripted(*SCRIPT).run_stream("Go", model=MODEL, tools=[add])
    with run:
        first = list(islice(run, 5))
        rest = list(run)
    assert isinstance(first[0], TurnStarted)
    assert isinstance(rest[-1], TurnFinished)
    with pytest.raises(ConfigurationError, match="has been read"):
        iter(run)
    assert run.result().text == "Done."


def test_functions_run_in_the_thread_that_iterates(scripted: Any) -> None:
    threads: list[threading.Thread] = []

    def note() -> str:
        threads.append(threading.current_thread())
        return "noted"

    notes = [call("note"), call("note")]
    run = scripted(notes, call("note"), "Done.").run_stream(
        "Go", model=MODEL, tools=[note], options=HERE
    )
    kinds = [type(event) for event in run]
    assert threads == [threading.current_thread()] * 3
    assert kinds.count(FunctionFinished) == 3


def test_an_event_arrives_before_the_server_sends_the_next() -> None:
    taken = threading.Semaphore(1)
    frames = [started(), delta("one"), delta("two"), done()]

    async def one_by_one(_: Request, connection: Connection) -> None:
        await connection.send(stream_head())
        for number, body in enumerate(frames):
            await asyncio.to_thread(taken.acquire, timeout=5)
            await connection.send(chunked(event(body), end=number == 3))

    with raw_server_on_thread(one_by_one) as server, blocking_client(server) as client:
        types = []
        for each in client.run_stream("Go", model=MODEL):
            types.append(each.type)
            if not str(each.type).startswith("run."):
                taken.release()
        assert len(types) == 6


def test_a_function_that_started_continues_while_an_event_is_handled(
    scripted: Any,
) -> None:
    ended = threading.Event()
    run = scripted(call("work"), "Done.").run_stream(
        "Go", model=MODEL, tools=[working(ended)]
    )
    for each in run:
        if isinstance(each, FunctionStarted):
            assert ended.wait(5)
    assert run.result().text == "Done."


def working(ended: threading.Event) -> Any:
    async def work() -> None:
        await asyncio.sleep(0.01)
        ended.set()

    return work


class Waiting:
    """An async function that waits, and whether it was cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.cancelled = threading.Event()

    async def wait(self) -> None:
        """Wait."""
        self.begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            self.cancelled.set()


def begin(client: Conversations, waiting: Waiting) -> RunStream:
    """Return a run whose function waits."""
    run = client.run_stream("Go", model=MODEL, tools=[waiting.wait])
    for each in run:
        if isinstance(each, FunctionStarted):
            break
    assert waiting.begun.wait(5)
    return run


def test_closing_cancels_the_functions(scripted: Any) -> None:
    waiting = Waiting()
    with begin(scripted(call("wait")), waiting) as run:
        pass
    assert waiting.cancelled.is_set()
    assert next(run, None) is None
    with pytest.raises(RunError, match="closed before its end"):
        run.result()
    run.close()


def test_closing_from_another_thread_ends_the_iteration(scripted: Any) -> None:
    waiting = Waiting()
    run = begin(scripted(call("wait")), waiting)
    timer = threading.Timer(0.05, run.close)
    timer.start()
    assert list(run) == []
    assert waiting.cancelled.is_set()
    timer.join()


def test_stopping_from_another_thread(scripted: Any) -> None:
    client = scripted(call("work"), ADD, "Never.")
    run = client.run_stream("Go", model=MODEL, tools=[working(threading.Event()), add])
    for each in run:
        if isinstance(each, FunctionStarted):
            thread = threading.Thread(target=run.stop)
            thread.start()
            thread.join()
    result = run.result()
    assert (result.turns, len(result.open_calls)) == (2, 1)


@for_each("how", ["run", "client", "both"])
def test_a_run_that_is_dropped_cancels_its_functions(how: str) -> None:
    waiting = Waiting()
    with LocalServer([call("wait")]) as server:
        client = blocking_client(server)
        run = begin(client, waiting)
        other = blocking_client(server)
        other.list()
        if how in {"run", "both"}:
            del run
        if how == "client":
            client.close()
            run.close()
            with pytest.raises(RunError, match="closed before"):
                run.result()
        if how == "both":
            del client
        gc.collect()
        assert waiting.cancelled.wait(5)
        other.close()


def test_closing_the_client_ends_the_run() -> None:
    waiting = Waiting()
    with LocalServer([call("wait")]) as server, blocking_client(server) as client:
        run = begin(client, waiting)
        threading.Timer(0.05, client.close).start()
        with pytest.raises(RunError, match="client was closed"):
            list(run)
        assert waiting.cancelled.wait(5)


def test_a_function_in_the_iterating_thread_may_close_the_run(scripted: Any) -> None:
    runs: list[RunStream] = []

    def leave() -> None:
        runs[0].close()

    client = scripted(call("leave"))
    runs.append(client.run_stream("Go", model=MODEL, tools=[leave], options=HERE))
    kinds = [type(each) for each in runs[0]]
    assert FunctionFinished not in kinds
    with pytest.raises(RunError, match="closed"):
        runs[0].result()


def test_a_function_in_the_iterating_thread_may_not_continue_the_run(
    scripted: Any,
) -> None:
    runs: list[RunStream] = []

    def cheat() -> str:
        return runs[0].result().text

    client = scripted(call("cheat"), "Done.")
    runs.append(client.run_stream("Go", model=MODEL, tools=[cheat], options=HERE))
    result = runs[0].result()
    assert "would wait for itself" in str(result.calls[0].error)


def test_ctrl_c_in_a_function_closes_the_run(scripted: Any) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    waiting = Waiting()
    client = scripted([call("wait"), call("interrupt")], "Never.")
    tools = [waiting.wait, interrupt]
    run = client.run_stream("Go", model=MODEL, tools=tools, options=HERE)
    with pytest.raises(KeyboardInterrupt):
        list(run)
    assert waiting.cancelled.wait(5)
    with pytest.raises(RunError, match="interrupted"):
        next(run)
    with pytest.raises(RunError, match="interrupted"):
        run.result()
    assert client.list().conversations


def test_reject_all_of_a_limit_blocks(scripted: Any) -> None:
    client = scripted([ADD, ADD], "Done.")
    limits = RunLimits(max_calls_per_turn=1)
    run = client.run_stream("Go", model=MODEL, tools=[add], limits=limits)
    for _ in range(2):
        with pytest.raises(RunLimitError) as caught:
            run.result()
    assert caught.value.reject_all().text == "Done."


def test_a_cut_answer_raises_and_keeps_what_was_executed(
    scripted: Any, server: Any
) -> None:
    client = scripted(ADD, say("One two"))
    trouble = Trouble(cut="close", after_events=2)
    server.inflict(trouble, when=lambda request: "conv_" in request.path)
    run = client.run_stream("Go", model=MODEL, tools=[add])
    with pytest.raises(StreamInterruptedError):
        list(run)
    assert [each.result for each in run.snapshot.calls] == ["3"]


def test_invalid_parameters_raise_at_once(server: Any, client: Any) -> None:
    with pytest.raises(TypeError, match="tools"):
        client.run_stream("Go", model=MODEL, tools=[3])
    with pytest.raises(TypeError, match=r"Conversations\.run_stream"):
        client.run_stream("Go", modle=MODEL)
    assert server.requests == ()
    assert loop_threads() == []


@pytest.mark.parametrize(
    ("error", "stride"),
    [
        (KeyboardInterrupt, 61),
        (RecursionError, 151),
        pytest.param(KeyboardInterrupt, 1, marks=pytest.mark.slow),
    ],
)
def test_a_run_interrupted_at_any_step_loses_no_event_without_an_error(
    error: type[BaseException], stride: int
) -> None:
    with (
        raw_server_on_thread(answer_by_turn) as server,
        blocking_client(server) as client,
    ):
        whole = len(list(ask(client)))
        step, interrupted, complete = 1, True, 0
        while interrupted:
            run, read = ask(client), list[Any]()
            interrupted = interrupted_at(step, partial(take, run, read), error)
            failed = read_on(run, read)
            assert failed is not None or len(read) == whole, step
            complete += failed is None
            step += stride
        assert step > 60
        assert complete


async def answer_by_turn(request: Request, connection: Connection) -> None:
    """Answer a start with a call, and an append with text."""
    await connection.send(LAST if "conv_" in request.target else CALLS)


CALLS = event_stream(started(), call_delta('{"a":1,"b":2}', name="add"), done())
LAST = event_stream(started(), delta("Done."), done())


def ask(client: Conversations) -> RunStream:
    return client.run_stream("Go", model=MODEL, tools=[add], options=HERE)


def take(run: RunStream, read: list[Any]) -> None:
    """Take each event at the step at which the run hands it over."""
    with suppress(MistralConversationsError):  # the next step raises it again
        while not run.snapshot.text:
            read.extend(islice(run, 1))


def read_on(run: RunStream, read: list[Any]) -> BaseException | None:
    """Read the rest; return the error that ends it.

    An error that comes between a function and what calls it cancels the function.
    """
    try:
        read.extend(run)
    except (MistralConversationsError, asyncio.CancelledError) as error:
        return error
    return None


def test_it_is_quick_to_hand_over_many_events() -> None:
    words = event_stream(started(), *[delta("word ")] * 2_000, done())
    with blocking_client_and_server(words) as (client, _):
        begun = time.monotonic()
        run = client.run_stream("Go", model=MODEL)
        assert sum(isinstance(each, MessageOutputEvent) for each in run) == 2_000
        assert time.monotonic() - begun < 5
