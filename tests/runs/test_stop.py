"""A run that is stopped: the turn in progress ends, and its results are sent."""

import asyncio
import threading
from typing import Any

import attrs
import pytest

from mistral_conversations import RunContext
from mistral_conversations.runs.loop import run_to_end
from mistral_conversations.server import call, say
from tests.support.scripted import ADD, MODEL, add, results, scripted

pytestmark = pytest.mark.anyio


def stop(context: RunContext[Any]) -> str:
    """Stop the run."""
    context.stop()
    return "stopped"


async def test_a_function_stops_the_run() -> None:
    async with scripted([ADD, call("stop")], [say("More?"), ADD, ADD], "no") as local:
        result = await local.client.run("Go", model=MODEL, tools=[add, stop])
        assert len(local.posts) == 2
        assert results(local.last) == ["3", "stopped"]
        assert (result.text, result.turns) == ("More?", 2)
        assert [c.name for c in result.open_calls] == ["add", "add"]
        assert [c.name for c in result.calls] == ["add", "stop"]

        result = await local.client.run(
            conversation_id=result.conversation_id, tools=[add, stop]
        )
        assert result.text == "no"
        assert result.open_calls == ()


async def test_a_stop_with_nothing_left_to_do_is_the_usual_end() -> None:
    async with scripted([call("stop")], "Done") as local:
        result = await local.client.run("Go", model=MODEL, tools=[stop])
    assert (result.text, result.open_calls) == ("Done", ())


def a_run(local: Any, tools: list[Any], **parameters: Any) -> Any:
    """Return a run that another task can stop; only streams offer that in public."""
    names = (
        "from_entry_id agent_id agent_version instructions completion_args guardrails "
        "name description metadata store handoff_execution output_type limits options "
        "context approve wait_if_busy recover timeout retries headers conversation_id "
        "model"
    )
    given = {**dict.fromkeys(names.split()), "tools": tools, **parameters}
    return local.client._run("Go", given)


async def test_a_stop_before_the_first_answer_lets_its_functions_run() -> None:
    async with scripted([ADD], [ADD], "no") as local:
        run = a_run(local, [add], model=MODEL)
        run.stop()
        run.stop()
        result = await run_to_end(run)
        assert len(local.posts) == 2
    assert len(result.calls) == len(result.open_calls) == 1


async def test_another_thread_stops_the_run_while_a_function_runs() -> None:
    running, go_on = threading.Event(), threading.Event()

    def wait() -> str:
        running.set()
        assert go_on.wait(5)
        return "waited"

    async with scripted([call("wait")], [call("wait")], "no") as local:
        run = a_run(local, [wait], model=MODEL)

        def stop_it() -> None:
            assert running.wait(5)
            run.stop()
            go_on.set()

        result, _ = await asyncio.gather(run_to_end(run), asyncio.to_thread(stop_it))
        assert results(local.last) == ["waited"]
        assert len(local.posts) == 2
    assert len(result.open_calls) == 1


@attrs.frozen
class Sum:
    total: int


async def test_a_stopped_run_has_its_output_if_the_last_reply_fits() -> None:
    async with scripted([call("stop")], '{"total": 3}') as local:
        result = await local.client.run(
            "Go", model=MODEL, tools=[stop], output_type=Sum
        )
        assert result.output == Sum(3)
        local.server.model = [[call("stop")], "no JSON"]
        result = await local.client.run(
            "Go", model=MODEL, tools=[stop], output_type=Sum
        )
        assert result.output is None
        assert result.text == "no JSON"
        local.server.model = [[call("stop")], [say('{"total": 3}'), ADD]]
        result = await local.client.run(
            "Go", model=MODEL, tools=[stop, add], output_type=Sum
        )
        assert result.output is None
        assert len(result.open_calls) == 1
