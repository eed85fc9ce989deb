"""Blocking runs: the threads in which functions run, and what interrupts them."""

import asyncio
import os
import signal
import sqlite3
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mistral_conversations import (
    Conversations,
    RunLimitError,
    RunLimits,
    RunOptions,
    RunResult,
    function_tool,
)
from mistral_conversations.server import LocalServer, RecordedConversation, call
from tests.support.obedient_server import blocking_client, loop_threads
from tests.support.programs import run_program

HERE = RunOptions(threads=False)
MODEL = "mistral-medium-latest"


def model(conversation: RecordedConversation, _: object) -> Any:
    """Call the function that the first input names; then answer with its result."""
    last = conversation.entries[-1]
    if last["type"] == "function.result":
        return last["result"]
    return [call(name) for name in last["content"].split()]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(model) as server:
        yield server


@pytest.fixture
def client(server: LocalServer) -> Iterator[Conversations]:
    with blocking_client(server) as client:
        yield client
    assert not loop_threads()


def run(
    client: Conversations,
    *functions: Callable[..., Any],
    times: int = 1,
    **parameters: Any,
) -> RunResult:
    """Run functions, each so many times, in one turn."""
    names = [getattr(each, "name", None) or each.__name__ for each in functions]
    return client.run(
        " ".join(names * times), model=MODEL, tools=functions, **parameters
    )


def thread() -> int:
    return threading.get_ident()


def test_plain_functions_run_in_a_thread_or_in_that_of_the_caller(
    client: Conversations,
) -> None:
    assert run(client, thread).calls[0].value != threading.get_ident()
    assert run(client, thread, options=HERE).calls[0].value == threading.get_ident()


def test_function_uses_what_belongs_to_the_calling_thread(
    client: Conversations,
) -> None:
    with sqlite3.connect(":memory:") as connection:

        def select() -> list[int]:
            return list(connection.execute("SELECT 1").fetchone())

        assert "thread" in (run(client, select).calls[0].error or "")
        assert run(client, select, options=HERE).text == "[1]"
    connection.close()


def test_async_functions_run_beside_those_of_the_calling_thread(
    client: Conversations,
) -> None:
    begun = threading.Event()

    async def begin() -> int:
        begun.set()
        return threading.get_ident()

    def wait() -> bool:
        return begun.wait(5)

    result = run(client, wait, begin, options=HERE)
    assert result.calls[0].value is True
    assert result.calls[1].value != threading.get_ident()


def test_errors_and_timeouts_of_functions_in_the_calling_thread(
    client: Conversations,
) -> None:
    go_on = threading.Event()

    def fail() -> None:
        raise LookupError("mine")

    @function_tool(timeout=0.01)
    def late() -> None:
        go_on.wait(0.05)

    @function_tool(timeout=5)
    def after() -> str:
        return "in time"

    result = run(client, fail, late, after, options=HERE)
    assert [record.result for record in result.calls] == [
        "mine",
        "late did not finish within 0.01 seconds.",
        "in time",
    ]
    options = RunOptions(threads=False, on_error="raise")
    with pytest.raises(LookupError, match="mine"):
        run(client, fail, options=options)


@pytest.mark.parametrize("threads", [True, False])
def test_ctrl_c_in_a_function_ends_the_run_and_cancels_the_others(
    client: Conversations, threads: bool
) -> None:
    cancelled, go_on = threading.Event(), threading.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        go_on.wait(5)

    with pytest.raises(KeyboardInterrupt):
        run(client, wait, interrupt, options=RunOptions(threads=threads))
    go_on.set()
    assert cancelled.is_set()
    assert run(client, thread).text


@pytest.mark.parametrize("threads", [True, False])
def test_exit_in_a_function_ends_the_program_not_the_loop(
    client: Conversations, threads: bool
) -> None:
    def leave() -> None:
        raise SystemExit(3)

    async def leave_async() -> None:
        raise SystemExit(3)

    for function in (leave, leave_async):
        with pytest.raises(SystemExit, match="3"):
            run(client, function, options=RunOptions(threads=threads))
    assert run(client, thread).text


@pytest.mark.parametrize("threads", [True, False])
def test_function_runs_again_inside(client: Conversations, threads: bool) -> None:
    options = RunOptions(threads=threads)

    def nested() -> bool:
        inner = run(client, thread, options=options).calls[0].value
        return (inner == threading.get_ident()) is not threads

    result = run(client, nested, options=options)
    assert (result.calls[0].value, result.calls[0].error) == (True, None)


def test_async_function_that_blocks_on_its_own_loop_is_refused(
    client: Conversations,
) -> None:
    async def nested() -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(client, thread).text

    result = run(client, nested)
    assert "would wait for itself" in (result.calls[0].error or "")


def test_runs_of_many_threads_call_each_in_its_own(client: Conversations) -> None:
    def one_run(_: int) -> bool:
        result = run(client, thread, times=2, options=HERE)
        return {each.value for each in result.calls} == {threading.get_ident()}

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one_run, range(16)))


def test_limit_ends_a_run_whose_function_keeps_the_calling_thread(
    client: Conversations,
) -> None:
    begun = threading.Event()

    def late() -> None:
        begun.set()
        threading.Event().wait(0.6)

    limits = RunLimits(timeout=0.5)
    with pytest.raises(RunLimitError, match="run took") as raised:
        run(client, late, limits=limits, options=HERE)
    assert begun.is_set()
    assert len(raised.value.calls) == 1


def test_error_of_a_blocking_run_rejects_its_calls_without_await(
    client: Conversations,
) -> None:
    with pytest.raises(RunLimitError) as raised:
        run(client, thread, times=2, limits=RunLimits(max_calls=1))
    response = raised.value.reject_all("Not today.")
    assert response is not None
    assert response.text == "Not today."


@pytest.mark.slow
def test_runs_inside_functions_that_hold_all_threads_end(client: Conversations) -> None:
    """A thread for each function outside, and one for each inside."""
    barrier = threading.Barrier(64)

    def nested() -> str:
        barrier.wait(20)
        return run(client, thread).text

    options = RunOptions(max_concurrency=64)
    limits = RunLimits(max_calls_per_turn=64)
    result = run(client, nested, times=64, options=options, limits=limits)
    assert all(each.error is None for each in result.calls)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [True, False])
def test_ctrl_c_ends_a_program_whose_function_does_not_end(
    server: LocalServer, threads: bool
) -> None:
    program = f"""
def slow() -> str:
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    time.sleep(50)

async def other() -> str:
    try:
        await asyncio.sleep(50)
    finally:
        say("cancelled")

with new_client() as client:
    try:
        client.run(
            "slow other",
            model="m",
            tools=[slow, other],
            options=RunOptions(threads={threads}),
        )
    except KeyboardInterrupt:
        say("interrupted")
"""
    ended = run_program(program, server)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.split() == ["cancelled", "interrupted"]
    assert ended.seconds < 20
