"""The spans of a run: its turns, its functions, and theirs."""

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from mistral_conversations import (
    Mistral,
    RunLimitError,
    RunLimits,
    RunPaused,
    function_tool,
)
from mistral_conversations.server import (
    LocalServer,
    RecordedRequest,
    call,
    execute,
    say,
)
from tests.support.for_each import for_each
from tests.support.telemetry import KEY, Recorder, facts, traced

MODEL = "mistral-small-latest"
CHAT = f"chat {MODEL}"
ADD = call("add", a=1, b=2)
TREE = [
    "invoke_agent",
    [CHAT, ["execute_tool web_search"]],
    ["execute_tool add", ["inner"]],
    [CHAT, ["message"]],
]


def outcome(recorder: Recorder, name: str = "invoke_agent") -> Any:
    return facts(recorder.span(name)).get("mistral_conversations.outcome")


@pytest.mark.asyncio
@for_each("streams, plain", [(s, p) for s in (False, True) for p in (False, True)])
async def test_a_run_is_the_parent_of_its_turns_and_functions(
    *, streams: bool, plain: bool
) -> None:
    async with traced([execute("web_search"), ADD], "3") as t:

        def add(a: int, b: int) -> int:
            with t.recorder.tracer.start_as_current_span("inner"):
                return a + b

        async def add_later(a: int, b: int) -> int:
            await asyncio.sleep(0)
            return add(a, b)

        tool = add if plain else function_tool(add_later, name="add")
        settings: Any = {"model": MODEL, "tools": [{"type": "web_search"}, tool]}
        if streams:
            async with t.client.conversations.run_stream("Add", **settings) as run:
                async for _ in run:
                    pass
                result = await run.result()
        else:
            result = await t.client.conversations.run("Add", **settings)
        assert t.recorder.trees() == [TREE]
        run_span = t.recorder.span("invoke_agent")
        assert run_span.kind is SpanKind.INTERNAL
        found = facts(run_span)
        assert found["gen_ai.operation.name"] == "invoke_agent"
        assert found["gen_ai.request.model"] == MODEL
        assert found["gen_ai.conversation.id"] == result.conversation_id
        assert found["gen_ai.usage.input_tokens"] == result.usage.prompt_tokens
        assert found["mistral_conversations.run.turns"] == 2
        assert found["mistral_conversations.run.tool_calls"] == 1
        turns = [facts(span) for span in t.recorder.spans if span.name == CHAT]
        assert [each["mistral_conversations.run.turn"] for each in turns] == [1, 2]
        tool_span = t.recorder.span("execute_tool add")
        assert tool_span.kind is SpanKind.INTERNAL
        assert facts(tool_span) == {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "add",
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": result.calls[0].tool_call_id,
            "gen_ai.conversation.id": result.conversation_id,
            "mistral_conversations.run.turn": 1,
        }
        (web,) = [s for s in t.recorder.spans if s.name == "execute_tool web_search"]
        assert facts(web)["gen_ai.tool.type"] == "extension"


@pytest.mark.asyncio
async def test_a_run_with_an_agent_has_its_id() -> None:
    async with traced("Hello") as t:
        agent = await t.client.agents.create(model=MODEL, name="desk")
        t.recorder.exporter.clear()
        await t.client.conversations.run("Hi", agent_id=agent.id)
        name = f"invoke_agent {agent.id}"
        assert t.recorder.trees() == [[name, [name, ["message"]]]]


@pytest.mark.asyncio
async def test_functions_at_once_have_their_own_spans() -> None:
    async with traced([call("wait", name="a"), call("wait", name="b")], "Done") as t:
        both = asyncio.Barrier(2)

        async def wait(name: str) -> str:
            with t.recorder.tracer.start_as_current_span(name):
                await both.wait()
            return name

        with t.recorder.tracer.start_as_current_span("caller"):
            await t.client.conversations.run("Go", model=MODEL, tools=[wait])
        ((_, run),) = t.recorder.trees()
        assert run[2:4] == [["execute_tool wait", ["a"]], ["execute_tool wait", ["b"]]]


@pytest.mark.asyncio
async def test_a_call_inside_a_function_is_no_turn() -> None:
    async with traced(call("ask"), "Inner", "Outer") as t:

        async def ask() -> str:
            return (await t.client.conversations.start("Hm", model="other")).text

        await t.client.conversations.run("Go", model=MODEL, tools=[ask])
        assert t.recorder.trees()[0][2] == [
            "execute_tool ask",
            ["chat other", ["message"]],
        ]
        inner = facts(t.recorder.span("chat other"))
        assert "mistral_conversations.run.turn" not in inner
        last = facts([span for span in t.recorder.spans if span.name == CHAT][-1])
        assert last["mistral_conversations.run.turn"] == 2


@pytest.mark.asyncio
@for_each("content", [False, True])
async def test_a_function_that_fails_has_the_class_of_its_error(
    *, content: bool
) -> None:
    def fail() -> str:
        raise LookupError(KEY)

    async with traced(call("fail"), "Sorry", content=content) as t:
        await t.client.conversations.run("Go", model=MODEL, tools=[fail])
        span = t.recorder.span("execute_tool fail")
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description is None
        assert facts(span)["error.type"] == "LookupError"
        assert ("gen_ai.tool.call.result" in facts(span)) is content
        assert outcome(t.recorder) is None
    async with traced(call("fail"), content=content) as t:
        with pytest.raises(LookupError):
            await t.client.conversations.run(
                "Go", model=MODEL, tools=[function_tool(fail, on_error="raise")]
            )
        assert facts(t.recorder.span("execute_tool fail"))["error.type"] == (
            "LookupError"
        )
        assert facts(t.recorder.span("invoke_agent"))["error.type"] == "LookupError"


@pytest.mark.asyncio
async def test_a_run_that_fails_or_pauses_says_so() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    async with traced(ADD, "3") as t:
        with pytest.raises(RunLimitError):
            await t.client.conversations.run(
                "Go", model=MODEL, tools=[add], limits=RunLimits(max_turns=1)
            )
        assert outcome(t.recorder) == "failed"
        assert facts(t.recorder.span("invoke_agent"))["error.type"] == "RunLimitError"
    async with traced(ADD, "3") as t:
        with pytest.raises(RunPaused):
            await t.client.conversations.run(
                "Go", model=MODEL, tools=[function_tool(add, requires_approval=True)]
            )
        assert outcome(t.recorder) == "paused"
        status = t.recorder.span("invoke_agent").status
        assert status.status_code is StatusCode.UNSET


@pytest.mark.asyncio
async def test_a_streamed_run_that_is_left_ends_its_spans() -> None:
    async with traced(say(*["word "] * 20), latency=0.01) as t:
        async with t.client.conversations.run_stream("Go", model=MODEL) as run:
            async for _ in run:
                break
        assert outcome(t.recorder) == "closed"
        assert outcome(t.recorder, CHAT) == "closed"
        assert t.recorder.trees()[0][0] == "invoke_agent"


@pytest.mark.asyncio
async def test_a_streamed_run_that_is_cancelled_ends_its_spans() -> None:
    async with traced(say(*["word "] * 50), latency=0.01) as t:
        begun = asyncio.Event()

        async def read() -> None:
            async with t.client.conversations.run_stream("Go", model=MODEL) as run:
                async for _ in run:
                    begun.set()

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert outcome(t.recorder) == "cancelled"
        assert outcome(t.recorder, CHAT) == "cancelled"


@pytest.mark.asyncio
async def test_a_streamed_run_that_is_dropped_ends_its_spans() -> None:
    async with traced(say(*["word "] * 20), latency=0.01) as t:
        run = t.client.conversations.run_stream("Go", model=MODEL)
        async for _ in run:
            break
        del run, _
        gc.collect()
        assert outcome(t.recorder) == "dropped"
        assert outcome(t.recorder, CHAT) == "dropped"


@pytest.mark.asyncio
async def test_a_cancelled_run_ends_its_spans() -> None:
    begun = asyncio.Event()

    async def wait() -> str:
        begun.set()
        await asyncio.sleep(60)
        return ""

    async with traced(call("wait"), "Done") as t:
        running = t.client.conversations.run("Go", model=MODEL, tools=[wait])
        task = asyncio.ensure_future(running)
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert outcome(t.recorder) == "cancelled"
        assert outcome(t.recorder, "execute_tool wait") == "cancelled"


def test_a_blocking_run_has_the_span_of_its_thread_as_its_parent() -> None:
    recorder = Recorder()

    def add(a: int, b: int) -> int:
        with recorder.tracer.start_as_current_span("inner"):
            return a + b

    script: list[Any] = [[execute("web_search"), ADD], "3", "Hello"]
    with (
        LocalServer(script) as server,
        Mistral(KEY, base_url=server.base_url, telemetry=recorder.telemetry) as client,
    ):
        with recorder.tracer.start_as_current_span("caller"):
            client.conversations.run(
                "Add", model=MODEL, tools=[{"type": "web_search"}, add]
            )
        with (
            recorder.tracer.start_as_current_span("reader"),
            client.conversations.start_stream("Hi", model=MODEL) as stream,
        ):
            list(stream)
    assert recorder.trees() == [
        ["caller", TREE],
        ["reader", [CHAT, ["message"]]],
    ]


def test_runs_of_two_threads_do_not_mix() -> None:
    recorder, both = Recorder(), threading.Barrier(2)

    def wait(name: str) -> str:
        with recorder.tracer.start_as_current_span(f"inner {name}"):
            both.wait(20)
        return name

    def answer(_: Any, request: RecordedRequest) -> Any:
        inputs = request.json["inputs"]
        return call("wait", name=inputs) if isinstance(inputs, str) else "Done"

    with (
        LocalServer(answer) as server,
        Mistral(KEY, base_url=server.base_url, telemetry=recorder.telemetry) as client,
        ThreadPoolExecutor(2) as threads,
    ):

        def ask(name: str) -> None:
            with recorder.tracer.start_as_current_span(name):
                client.conversations.run(name, model=MODEL, tools=[wait])

        list(threads.map(ask, "ab"))
    assert sorted(recorder.trees()) == [
        [
            name,
            [
                "invoke_agent",
                [CHAT],
                ["execute_tool wait", [f"inner {name}"]],
                [CHAT, ["message"]],
            ],
        ]
        for name in "ab"
    ]
