"""Metrics: durations, tokens, the first event; turns and calls of runs."""

from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import HistogramDataPoint

from mistral_conversations import NotFoundError
from mistral_conversations.server import call, say
from tests.support.telemetry import Recorder, traced

pytestmark = pytest.mark.asyncio

MODEL = "mistral-small-latest"
DURATION = "gen_ai.client.operation.duration"
TOKENS = "gen_ai.client.token.usage"
FIRST = "gen_ai.client.operation.time_to_first_chunk"
TURNS = "mistral_conversations.run.turns"
CALLS = "mistral_conversations.run.tool_calls"


def only(recorder: Recorder, name: str) -> Any:
    (point,) = recorder.points(name)
    return point


def facts_of(point: HistogramDataPoint) -> dict[str, Any]:
    return dict(point.attributes or {})


async def test_a_call_has_its_duration_and_its_tokens() -> None:
    async with traced("Hello") as t:
        response = await t.client.conversations.start("Hi", model=MODEL)
        await t.client.models.list()
        point = only(t.recorder, DURATION)
        assert point.count == 1
        assert 0 < point.sum < 30
        common = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "mistral_ai",
            "gen_ai.request.model": MODEL,
            "gen_ai.response.model": MODEL,
            "server.address": "127.0.0.1",
            "server.port": int(t.server.base_url.rpartition(":")[2]),
        }
        assert point.attributes == common
        assert point.explicit_bounds[:3] == (0.01, 0.02, 0.04)
        tokens = {
            facts_of(each)["gen_ai.token.type"]: each.sum
            for each in t.recorder.points(TOKENS)
        }
        assert tokens == {
            "input": response.usage.prompt_tokens,
            "output": response.usage.completion_tokens,
        }
        assert t.recorder.points(FIRST) == []


async def test_a_stream_has_the_time_to_its_first_event() -> None:
    async with traced(say(*["word "] * 5), "Hello", latency=0.01) as t:
        async with t.client.conversations.start_stream("Hi", model=MODEL) as stream:
            await stream.response()
        first, whole = only(t.recorder, FIRST), only(t.recorder, DURATION)
        assert 0 < first.sum < whole.sum
        async with t.client.conversations.start_stream("Hi", model=MODEL) as stream:
            await anext(stream)
        ends = {
            facts_of(point).get("mistral_conversations.outcome")
            for point in t.recorder.points(DURATION)
        }
        assert ends == {None, "closed"}


async def test_a_failure_has_its_class() -> None:
    async with traced() as t:
        with pytest.raises(NotFoundError):
            await t.client.conversations.append("conv_none", "Hi")
        point = only(t.recorder, DURATION)
        assert point.attributes["error.type"] == "NotFoundError"
        assert t.recorder.points(TOKENS) == []


async def test_a_run_counts_its_turns_and_calls() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    script = [call("add", a=1, b=2), call("add", a=3, b=4)], "Done"
    async with traced(*script) as t:
        await t.client.conversations.run("Go", model=MODEL, tools=[add])
        assert only(t.recorder, TURNS).sum == 2
        assert only(t.recorder, CALLS).sum == 2
        assert only(t.recorder, CALLS).attributes == {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": "mistral_ai",
            "gen_ai.request.model": MODEL,
        }
        assert only(t.recorder, DURATION).count == 2
