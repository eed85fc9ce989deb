"""Runs whose answer is an object: asked for, read, sent back, and as it arrives."""

import asyncio
import dataclasses
import json
import pickle
import re
from itertools import pairwise
from typing import Any, Literal, TypedDict

import attrs
import msgspec
import pydantic
import pytest

from mistral_conversations import (
    CompletionArgs,
    Conversations,
    MessageInputEntry,
    OutputValidationError,
    ResponseFormat,
    RunContext,
    RunLimits,
    RunOptions,
    RunPaused,
    RunResult,
    function_tool,
)
from mistral_conversations.server import LocalServer, call, execute, handoff, say, think
from tests.support.for_each import for_each
from tests.support.scripted import MODEL, add, results, scripted

pytestmark = pytest.mark.anyio


@attrs.frozen
class River:
    name: str
    kilometres: int


@dataclasses.dataclass
class Lake:
    name: str
    kilometres: int


class Row(TypedDict):
    name: str
    kilometres: int


class Record(msgspec.Struct):
    name: str
    kilometres: int


class Model(pydantic.BaseModel):
    name: str
    kilometres: int


LOIRE = {"name": "Loire", "kilometres": 1006}
TEXT = json.dumps(LOIRE)
BAD = '{"name": "Loire"}'
TYPES = [River, Lake, Row, Record, Model]
ONCE_MORE = RunOptions(max_corrections=2)
AS_IS = RunOptions(max_corrections=0)


def format_of(body: Any) -> Any:
    return body["completion_args"]["response_format"]


@for_each("cls", TYPES)
async def test_the_output_is_an_object_of_its_type(cls: Any) -> None:
    async with scripted(say(TEXT)) as local:
        result = await local.client.run("Name one", model=MODEL, output_type=cls)
        assert result.output == cls(**LOIRE)
        assert type(result.output) is (dict if cls is Row else cls)
        assert result.text == TEXT
        sent = format_of(local.last)
        assert sent["type"] == "json_schema"
        assert sent["json_schema"]["name"] == cls.__name__
        assert sent["json_schema"]["strict"] is True
        schema = sent["json_schema"]["schema"]
        assert schema["properties"].keys() == LOIRE.keys()
        assert schema["additionalProperties"] is False


@for_each(
    "output_type,text,value",
    [
        (list[River], f'{{"value": [{TEXT}]}}', [River(**LOIRE)]),  # type: ignore[arg-type]
        (list[int], "[1, 2]", [1, 2]),
        (Literal["yes", "no"], '{"value": "no"}', "no"),
        (int | None, '{"value": null}', None),
        (dict[str, int], '{"a": 1}', {"a": 1}),
    ],
)
async def test_the_output_may_be_no_object(
    output_type: Any, text: str, value: Any
) -> None:
    async with scripted(say(text)) as local:
        result = await local.client.run("Go", model=MODEL, output_type=output_type)
        assert result.output == value
        assert format_of(local.last)["json_schema"]["schema"]["type"] == "object"


@for_each("text", [f"```json\n{TEXT}\n```", "{" + TEXT, TEXT[:14] + TEXT, TEXT + TEXT])
async def test_a_fence_and_a_repeated_beginning_are_read(text: str) -> None:
    async with scripted([think("Hm."), say(text)]) as local:
        result = await local.client.run("Name one", model=MODEL, output_type=River)
        assert result.output == River("Loire", 1006)
        assert result.turns == 1


async def test_functions_run_before_the_output() -> None:
    answer = [say("I add."), call("add", a=1, b=2)]
    search = [say("I search."), execute("web_search"), say(TEXT)]
    args = CompletionArgs(temperature=0.1)
    async with scripted(answer, search) as local:
        result = await local.client.run(
            "Go",
            model=MODEL,
            tools=[add, {"type": "web_search"}],
            completion_args=args,
            output_type=River,
        )
        assert result.output == River("Loire", 1006)
        assert results(local.last) == ["3"]
        first, second = local.posts
        assert second["completion_args"] == first["completion_args"]
        assert first["completion_args"]["temperature"] == 0.1


@for_each("reply", [BAD, "I would rather not.", "", TEXT[:-3]])
async def test_a_reply_that_does_not_fit_is_sent_back_once(reply: str) -> None:
    async with scripted(say(reply) if reply else think("Hm."), say(TEXT)) as local:
        result = await local.client.run("Name one", model=MODEL, output_type=River)
        assert result.output == River("Loire", 1006)
        assert (result.turns, result.text) == (2, TEXT)
        [entry] = local.last["inputs"]
        assert entry["role"] == "user"
        assert re.search("River|not JSON", entry["content"])
        assert format_of(local.last) == format_of(local.posts[0])
        sent = [each for each in result.entries if isinstance(each, MessageInputEntry)]
        assert [each.content for each in sent] == [entry["content"]]
        assert await local.history(result.conversation_id) == [
            *["message.input", "message.output"] * 2
        ]


async def test_the_model_is_told_what_does_not_fit() -> None:
    async with scripted(say(BAD), say(TEXT)) as local:
        await local.client.run("Name one", model=MODEL, output_type=River)
        content = local.last["inputs"][0]["content"]
        assert "kilometres" in content
        assert "JSON" in content


@for_each(
    "options,replies", [(AS_IS, [BAD]), (None, [BAD] * 2), (ONCE_MORE, [BAD] * 3)]
)
async def test_then_an_error_has_the_run_so_far(options: Any, replies: Any) -> None:
    turns = [call("add", a=1, b=2), *map(say, replies)]
    async with scripted(*turns) as local:
        with pytest.raises(OutputValidationError, match="kilometres") as caught:
            await local.client.run(
                "Go", model=MODEL, tools=[add], output_type=River, options=options
            )
        error = caught.value
        assert error.text == BAD
        assert isinstance(error.result, RunResult)
        assert error.result.turns == len(local.posts) == len(turns)
        assert error.result.output is None
        assert [each.value for each in error.result.calls] == [3]
        assert error.result.open_calls == ()
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), again.text) == (str(error), BAD)
        assert again.result == error.result


async def test_more_corrections_may_be_allowed() -> None:
    async with scripted(say(BAD), say("No."), say(TEXT)) as local:
        result = await local.client.run(
            "Go", model=MODEL, output_type=River, options=ONCE_MORE
        )
        assert result.output == River("Loire", 1006)
        assert result.turns == 3


async def test_a_correction_may_lead_to_calls() -> None:
    async with scripted(say(BAD), call("add", a=1, b=2), say(TEXT)) as local:
        result = await local.client.run(
            "Go", model=MODEL, tools=[add], output_type=River
        )
        assert result.output == River("Loire", 1006)
        assert results(local.last) == ["3"]


@for_each("limits", [RunLimits(max_turns=1), RunLimits(max_tokens=1)])
async def test_limits_hold_for_corrections(limits: RunLimits) -> None:
    async with scripted(say(BAD)) as local:
        with pytest.raises(OutputValidationError) as caught:
            await local.client.run("Go", model=MODEL, output_type=River, limits=limits)
        assert caught.value.result is not None
        assert caught.value.result.turns == len(local.posts) == 1


async def test_without_a_store_a_correction_repeats_everything() -> None:
    async with scripted(say(BAD), say(TEXT)) as local:
        result = await local.client.run(
            "Go", model=MODEL, output_type=River, store=False
        )
        assert result.output == River("Loire", 1006)
        assert len(local.last["inputs"]) == 3
        assert local.paths[0] == local.paths[1]


async def test_a_conversation_may_be_continued_with_an_output() -> None:
    async with scripted("Hello", say(BAD), say(TEXT), say(TEXT)) as local:
        start = await local.client.start("Hi", model=MODEL)
        id = start.conversation_id
        result = await local.client.run(
            "Name one", conversation_id=id, output_type=River
        )
        assert (result.output, result.conversation_id) == (River("Loire", 1006), id)
        assert format_of(local.last)["json_schema"]["name"] == "River"
        entry = start.outputs[0]
        restarted = await local.client.run(
            "Name one",
            conversation_id=id,
            from_entry_id=getattr(entry, "id", None),
            output_type=River,
        )
        assert restarted.output == River("Loire", 1006)


async def test_an_agent_has_the_format_itself() -> None:
    async with scripted(say(TEXT)) as local, local.agents() as agents:
        args = CompletionArgs(response_format=ResponseFormat.of(River))
        agent = await agents.create(
            model=MODEL, name="Rivers", completion_args=args, tools=[]
        )
        result = await local.client.run("Name one", agent_id=agent.id)
        assert result.response is not None
        assert result.response.parse(River) == River("Loire", 1006)
        sent = len(local.posts)
        with pytest.raises(ValueError, match="output_type and agent_id"):
            await local.client.run("Go", agent_id=agent.id, output_type=River)
        assert len(local.posts) == sent


async def test_a_handoff_to_the_client_has_no_output() -> None:
    async with scripted([handoff("ag_1")]) as local:
        result = await local.client.run(
            "Go", model=MODEL, output_type=River, handoff_execution="client"
        )
        assert result.output is None
        assert result.handoff is not None


@for_each(
    "parameters,kind,problem",
    [
        ({"output_type": complex}, TypeError, "output_type"),
        ({"output_type": "River"}, TypeError, "output_type"),
        ({"output_type": River("a", 1)}, TypeError, "output_type"),
        (
            {
                "output_type": River,
                "completion_args": {"response_format": {"type": "text"}},
            },
            ValueError,
            "output_type and the response_format",
        ),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_before_sending(
    parameters: Any, kind: Any, problem: str
) -> None:
    async with scripted(say(TEXT)) as local:
        with pytest.raises(kind, match=problem):
            await local.client.run("Go", model=MODEL, **parameters)
        assert local.posts == []
        await local.client.start("Use the script", model=MODEL)


async def test_a_blocking_run_has_the_same_output() -> None:
    async with scripted(say(BAD), say("{" + TEXT), say(BAD), say(BAD)) as local:

        def run() -> None:
            url = local.server.base_url
            with Conversations("key", base_url=url) as conversations:
                result = conversations.run("Go", model=MODEL, output_type=River)
                assert result.output == River("Loire", 1006)
                assert result.turns == 2
                with pytest.raises(OutputValidationError):
                    conversations.run("Go", model=MODEL, output_type=River)

        await asyncio.to_thread(run)


@for_each("text,turns", [(TEXT, 0), (BAD, 1)])
async def test_an_answer_in_the_history_is_read(text: str, turns: int) -> None:
    async with scripted(say(text), *[say(TEXT)] * turns) as local:
        start = await local.client.start("Name one", model=MODEL)
        result = await local.client.run(
            conversation_id=start.conversation_id, output_type=River
        )
        assert result.output == River("Loire", 1006)
        assert result.turns == turns
        assert len(local.posts) == 1 + turns


@for_each("reply,output", [(TEXT, River("Loire", 1006)), (BAD, None)])
async def test_a_stopped_run_has_the_output_that_fits(reply: str, output: Any) -> None:
    def finish(context: RunContext[Any]) -> str:
        context.stop()
        return "stopping"

    async with scripted(call("finish"), say(reply)) as local:
        result = await local.client.run(
            "Go", model=MODEL, tools=[finish], output_type=River
        )
        assert result.output == output
        assert result.turns == 2


async def test_a_resumed_run_has_the_output_of_its_type() -> None:
    tool = function_tool(add, requires_approval=True)
    async with scripted(call("add", a=1, b=2), say(BAD), say(TEXT)) as local:
        with pytest.raises(RunPaused) as caught:
            await local.client.run("Go", model=MODEL, tools=[tool], output_type=River)
        paused = RunPaused.from_json(caught.value.to_json())
        paused.approve(paused.calls[0].tool_call_id)
        with pytest.raises(ValueError, match="output_type is missing"):
            await local.client.run(paused, tools=[tool])
        result = await local.client.run(paused, tools=[tool], output_type=River)
        assert result.output == River("Loire", 1006)
        assert {format_of(body)["json_schema"]["name"] for body in local.posts} == {
            "River"
        }


def grows(values: Any) -> bool:
    """Return whether each object so far begins as the next one does."""
    known = [value for value in values if value is not None]
    return all(
        list(after)[: len(before)] == list(before)
        and all(str(after[key]).startswith(str(before[key])) for key in before)
        for before, after in pairwise(known)
    )


@for_each(
    "text,repeated",
    [(TEXT, ""), (f"```json\n{TEXT}\n```", ""), (TEXT, "{"), (TEXT, TEXT[:14])],
)
async def test_a_streamed_object_grows(text: str, repeated: str) -> None:
    pieces = [repeated, *(text[at : at + 2] for at in range(0, len(text), 2))]
    turn = [think("Hm."), *(say(piece) for piece in pieces if piece)]
    async with scripted(call("add", a=1, b=2), turn) as local:
        stream = local.client.run_stream(
            "Go", model=MODEL, tools=[add], output_type=River
        )
        assert stream.partial() is None
        async with stream:
            seen = [stream.partial() async for _ in stream]
        assert stream.partial() == LOIRE
        assert seen[0] is None
        assert {"name": "Loir"} in seen
        assert grows(seen)
        result = await stream.result()
        assert result.output == River("Loire", 1006)


async def test_the_object_so_far_is_that_of_the_last_message() -> None:
    turn = [say("I search."), execute("web_search"), say(TEXT)]
    async with scripted(turn) as local:
        stream = local.client.run_stream(
            "Go", model=MODEL, tools=[{"type": "web_search"}], output_type=River
        )
        async with stream:
            seen = [stream.partial() async for _ in stream]
        assert seen[0] is None
        assert seen[-1] == LOIRE
        assert (await stream.result()).output == River("Loire", 1006)


async def test_a_streamed_reply_is_sent_back() -> None:
    async with scripted(say(BAD), say("{" + TEXT), say(BAD), say(BAD)) as local:
        stream = local.client.run_stream("Go", model=MODEL, output_type=River)
        assert (await stream.result()).output == River("Loire", 1006)
        assert len(local.posts) == 2
        again = local.client.run_stream("Go", model=MODEL, output_type=River)
        with pytest.raises(OutputValidationError) as caught:
            await again.result()
        assert caught.value.text == BAD
        assert caught.value.result is not None
        assert caught.value.result.turns == 2


def test_a_blocking_stream_has_the_object_so_far() -> None:
    with (
        LocalServer([say(TEXT)]) as server,
        Conversations("key", base_url=server.base_url) as conversations,
        conversations.run_stream("Go", model=MODEL, output_type=River) as stream,
    ):
        seen = [stream.partial() for _ in stream]
        assert {} in seen
        assert grows(seen)
        assert stream.result().output == River("Loire", 1006)
