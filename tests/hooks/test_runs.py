"""Hooks see the functions of a run, and its end."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mistral_conversations import (
    AsyncConversations,
    FunctionEndInfo,
    FunctionStartInfo,
    RunInfo,
    RunLimitError,
    RunLimits,
    RunPaused,
    SDKError,
    ToolError,
    function_tool,
)
from mistral_conversations.server import LocalServer, Trouble, call
from tests.support.clients import becomes_true
from tests.support.for_each import for_each
from tests.support.hooks import Seen, all_hooks
from tests.support.scripted import ADD, MODEL, SCRIPT, add

pytestmark = pytest.mark.anyio

Run = Callable[..., Awaitable[Any]]


async def plainly(client: AsyncConversations, **options: Any) -> Any:
    return await client.run("Begin", model=MODEL, **options)


async def streamed(client: AsyncConversations, **options: Any) -> Any:
    return await client.run_stream("Begin", model=MODEL, **options).result()


WAYS: Mapping[str, Run] = {"run": plainly, "run_stream": streamed}


@asynccontextmanager
async def seen_of(
    *turns: Any, is_async: bool = False, **options: Any
) -> AsyncIterator[tuple[Seen, AsyncConversations, LocalServer]]:
    seen = Seen()
    hooks = all_hooks(seen, is_async=is_async)
    async with (
        LocalServer(list(turns)) as server,
        AsyncConversations(
            "key", base_url=server.base_url, retries=0, **hooks, **options
        ) as client,
    ):
        yield seen, client, server


@for_each("way", WAYS)
@for_each("is_async", [False, True])
async def test_a_run_and_its_functions(way: str, *, is_async: bool) -> None:
    async with seen_of(*SCRIPT, is_async=is_async) as (seen, client, _):
        result = await WAYS[way](client, tools=[add])
        assert seen.names[-1] == "on_run_end"
    end = seen.one("on_run_end")
    assert isinstance(end, RunInfo)
    assert (end.conversation_id, end.model, end.agent_id) == (
        result.conversation_id,
        MODEL,
        None,
    )
    assert (end.turns, end.calls, end.usage) == (3, 3, result.usage)
    assert (end.outcome, end.error) == ("done", None)
    assert 0 < end.seconds < 30
    begins, ends = seen.of("on_function_start"), seen.of("on_function_end")
    assert [type(each) for each in begins] == [FunctionStartInfo] * 3
    assert [type(each) for each in ends] == [FunctionEndInfo] * 3
    assert sorted(each.turn for each in begins) == [1, 1, 2]
    assert {each.tool_call_id for each in begins} == {
        each.tool_call_id for each in result.calls
    }
    for each in ends:
        assert (each.name, each.outcome, each.error) == ("add", "done", None)
        assert each.conversation_id == result.conversation_id
        assert (each.arguments, each.result) == (None, None)
    operations = [info.operation for info in seen.of("on_request")]
    assert len(operations) == 3


@for_each("way", WAYS)
async def test_arguments_and_results_with_bodies(way: str) -> None:
    async with seen_of(ADD, "Done", hook_bodies=True) as (seen, client, _):
        await WAYS[way](client, tools=[add])
    begin, end = seen.one("on_function_start"), seen.one("on_function_end")
    assert begin.arguments == end.arguments == {"a": 1, "b": 2}
    assert end.result == "3"
    assert "'a'" not in repr(seen.infos)


def fail_for_the_model() -> None:
    """Fail."""
    raise ToolError("no such numbers")


def fail_by_accident() -> None:
    """Fail."""
    raise LookupError("lost")


async def hang() -> None:
    """Hang."""
    await asyncio.sleep(60)


def return_nothing_readable() -> object:
    """Return something that is no text and no JSON."""
    return object()


FAILING: Mapping[str, tuple[Any, type[BaseException]]] = {
    "on purpose": (fail_for_the_model, ToolError),
    "by accident": (fail_by_accident, LookupError),
    "late": (function_tool(hang, timeout=0.02), TimeoutError),
    "odd result": (return_nothing_readable, TypeError),
}


@for_each("kind", FAILING)
@for_each("way", WAYS)
async def test_a_function_that_fails(kind: str, way: str) -> None:
    function, error = FAILING[kind]
    async with seen_of(call(function.__name__), "Done") as (seen, client, _):
        await WAYS[way](client, tools=[function])
    end = seen.one("on_function_end")
    assert (end.outcome, end.error) == ("failed", error)
    assert seen.one("on_run_end").outcome == "done"


@for_each("way", WAYS)
async def test_a_run_that_a_limit_ends(way: str) -> None:
    limits = RunLimits(max_turns=1)
    async with seen_of(ADD, "Done") as (seen, client, _):
        with pytest.raises(RunLimitError):
            await WAYS[way](client, tools=[add], limits=limits)
    end = seen.one("on_run_end")
    assert (end.outcome, end.error, end.turns) == ("failed", RunLimitError, 1)


@for_each("way", WAYS)
async def test_a_run_that_pauses_and_resumes_is_two_runs(way: str) -> None:
    tool = function_tool(add, requires_approval=True)
    async with seen_of(ADD, "Done") as (seen, client, _):
        with pytest.raises(RunPaused) as paused:
            await WAYS[way](client, tools=[tool])
        paused.value.approve(paused.value.calls[0].tool_call_id)
        await client.run(paused.value, tools=[tool])
    first, second = seen.of("on_run_end")
    assert (first.outcome, second.outcome) == ("paused", "done")
    assert first.calls == 0
    assert first.conversation_id == second.conversation_id


@for_each("way", WAYS)
async def test_a_run_that_the_service_rejects(way: str) -> None:
    async with seen_of() as (seen, client, server):
        server.inflict(Trouble(status=500))
        with pytest.raises(SDKError) as caught:
            await WAYS[way](client, tools=[add])
    end = seen.one("on_run_end")
    assert (end.outcome, end.error) == ("failed", type(caught.value))
    assert (end.turns, end.conversation_id) == (0, None)


@for_each("way", WAYS)
async def test_a_run_that_is_cancelled_in_a_function(way: str) -> None:
    async with seen_of(call("hang"), "Done") as (seen, client, _):
        task = asyncio.ensure_future(WAYS[way](client, tools=[hang]))
        assert await becomes_true(lambda: seen.of("on_function_start"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await becomes_true(lambda: seen.of("on_run_end"))
    function, end = seen.one("on_function_end"), seen.one("on_run_end")
    assert (function.outcome, function.error) == ("cancelled", asyncio.CancelledError)
    assert (end.outcome, end.error) == ("cancelled", asyncio.CancelledError)


async def test_a_streamed_run_that_is_left() -> None:
    async with (
        seen_of(ADD, "Done") as (seen, client, _),
        client.run_stream("Begin", model=MODEL, tools=[add]) as stream,
    ):
        async for _ in stream:
            break
    assert seen.one("on_run_end").outcome == "closed"
    assert seen.one("on_event_stream_end").outcome in {"closed", "done"}


@for_each("is_async", [False, True])
async def test_a_streamed_run_that_is_dropped(*, is_async: bool) -> None:
    async with seen_of(ADD, "Done", is_async=is_async) as (seen, client, _):
        stream = client.run_stream("Begin", model=MODEL, tools=[add])
        await anext(stream)
        del stream
        gc.collect()
        await asyncio.sleep(0.02)
        gc.collect()
    ends = [info.outcome for info in seen.of("on_run_end")]
    assert ends == ([] if is_async else ["dropped"])


async def test_a_run_that_sends_nothing() -> None:
    async with seen_of() as (seen, client, _):
        stream = client.run_stream("Begin", model=MODEL, tools=[add])
        await stream.aclose()
        del stream
        gc.collect()
        assert seen.infos == []
        with pytest.raises(TypeError):
            await client.run(7, model=MODEL, tools=[add])  # type: ignore[arg-type]
    assert seen.names == ["on_run_end"]
    assert seen.one("on_run_end").error is TypeError
