"""Turns of several pieces, as the vendor's models hold them: plain, streamed, kept."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from mistral_conversations.server import call, execute, handoff, say, think
from tests.support.vendor_client import REASON, Vendor, events_of, history_of, text_of

models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)

Serve = Callable[..., Vendor]

REFERENCE = {
    "type": "tool_reference",
    "tool": "web_search",
    "title": "On rain",
    "url": "https://rain.test/on",
    "favicon": None,
    "description": "All about it",
    "source": "news",
}
FILE = {
    "type": "tool_file",
    "tool": "image_generation",
    "file_id": "file_7",
    "file_name": "rain.png",
    "file_type": "png",
}
START: dict[str, Any] = {"inputs": "Hello there", "model": "magistral-medium-latest"}


@attrs.frozen
class Played:
    vendor: Vendor
    conversation_id: str
    response: Any
    """The answer of a plain call."""

    events: Sequence[Any]
    """The events of the same turn except the first and the last one."""

    kept: Sequence[Any]
    """The entries that the stream left in the history."""


Play = Callable[..., Played]


@pytest.fixture
def play(serve: Serve) -> Play:
    """Play a turn plain and streamed."""

    def run(*pieces: Any) -> Played:
        vendor = serve([list(pieces), list(pieces)])
        response = vendor.call("start", **START)
        started, *events, done = events_of(vendor, "start_stream", **START)
        id_ = started.conversation_id
        [_, *kept] = history_of(vendor, id_)
        assert [type(e) for e in kept] == [type(e) for e in response.outputs]
        assert done.usage == response.usage
        assert [kept[e.output_index].id for e in events] == [e.id for e in events]
        return Played(vendor, id_, response, events, kept)

    return run


def test_thoughts_are_think_chunks(play: Play) -> None:
    played = play(think("Let me see"), say("It is 7"))
    [kept], [plain] = played.kept, played.response.outputs
    thought, text = kept.content
    assert kept.content == plain.content
    assert isinstance(thought, models.ThinkChunk)
    assert [chunk.text for chunk in thought.thinking] == ["Let me see"]
    assert thought.closed is True
    assert isinstance(text, models.TextChunk)
    assert text.text == "It is 7"


def test_thoughts_are_streamed_as_think_chunks(play: Play) -> None:
    events = play(think("Let me see"), say("It is 7")).events
    thoughts = [event.content for event in events[:3]]
    assert {type(thought) for thought in thoughts} == {models.ThinkChunk}
    words = [chunk.text for thought in thoughts for chunk in thought.thinking]
    assert words == ["Let", " me", " see"]
    assert text_of(list(events)) == "It is 7"
    assert [event.content_index for event in events] == [0, 0, 0, 1, 1, 1]


def test_chunks_stand_between_texts(play: Play) -> None:
    played = play(say("See", REFERENCE, "and", FILE))
    [kept], [plain] = played.kept, played.response.outputs
    see, reference, and_, file = kept.content
    assert kept.content == plain.content
    assert [see.text, and_.text] == ["See", "and"]
    assert isinstance(reference, models.ToolReferenceChunk)
    assert (reference.tool, reference.title) == ("web_search", "On rain")
    assert reference.url == "https://rain.test/on"
    assert reference.favicon is None
    assert reference.description == "All about it"
    assert isinstance(file, models.ToolFileChunk)
    assert (file.tool, file.file_id) == ("image_generation", "file_7")
    assert (file.file_name, file.file_type) == ("rain.png", "png")
    assert [e.content for e in played.events] == ["See", reference, "and", file]
    assert [e.content_index for e in played.events] == [0, 1, 2, 3]


def test_calls_are_function_call_entries(play: Play) -> None:
    played = play(call("get_weather", city="Paris"), call("add", a=1, b=2))
    for weather, add in (played.kept, played.response.outputs):
        assert isinstance(weather, models.FunctionCallEntry)
        assert (weather.name, add.name) == ("get_weather", "add")
        assert json.loads(weather.arguments) == {"city": "Paris"}
        assert json.loads(add.arguments) == {"a": 1, "b": 2}
        assert weather.tool_call_id != add.tool_call_id
        assert not weather.confirmation_status


def test_calls_are_streamed_in_pieces(play: Play) -> None:
    played = play(call("get_weather", city="Paris"), call("add", a=1, b=2))
    assert {type(event) for event in played.events} == {models.FunctionCallEvent}
    for entry in played.kept:
        deltas = [event for event in played.events if event.id == entry.id]
        assert len(deltas) > 1
        assert "".join(delta.arguments for delta in deltas) == entry.arguments
        assert {d.tool_call_id for d in deltas} == {entry.tool_call_id}
        assert {delta.name for delta in deltas} == {entry.name}


def test_pending_call_waits_for_a_confirmation(play: Play) -> None:
    played = play(call("send_mail", to="all").pending())
    [kept], [plain] = played.kept, played.response.outputs
    assert kept.confirmation_status == plain.confirmation_status == "pending"
    assert {event.confirmation_status for event in played.events} == {"pending"}


def test_executions_are_tool_execution_entries(play: Play) -> None:
    info = {"code": "21 * 2", "code_output": "42\n"}
    piece = execute("code_interpreter", arguments={"code": "21 * 2"}, info=info)
    played = play(piece, execute("web_search"), say("42"))
    for run, search, said in (played.kept, played.response.outputs):
        assert isinstance(run, models.ToolExecutionEntry)
        assert (run.name, search.name) == ("code_interpreter", "web_search")
        assert json.loads(run.arguments) == {"code": "21 * 2"}
        assert (run.info, search.info) == (info, {})
        assert said.content == "42"
    usage = played.response.usage
    assert usage.connectors == {"code_interpreter": 1, "web_search": 1}
    counted = usage.prompt_tokens + usage.completion_tokens + usage.connector_tokens
    assert usage.total_tokens == counted
    assert usage.connector_tokens > 0


def test_executions_are_streamed_from_started_to_done(play: Play) -> None:
    info = {"found": "two pages"}
    played = play(execute("web_search", arguments={"q": "rain"}, info=info))
    started, *deltas, done = played.events
    assert isinstance(started, models.ToolExecutionStartedEvent)
    assert (started.name, started.arguments) == ("web_search", "")
    assert {type(delta) for delta in deltas} == {models.ToolExecutionDeltaEvent}
    joined = "".join(delta.arguments for delta in deltas)
    assert joined == played.kept[0].arguments
    assert isinstance(done, models.ToolExecutionDoneEvent)
    assert (done.name, done.info) == ("web_search", info)


def test_handoffs_name_the_agents(play: Play) -> None:
    played = play(handoff("writer", previous="router"), say("Here"))
    for passed, said in (played.kept, played.response.outputs):
        assert isinstance(passed, models.AgentHandoffEntry)
        assert passed.previous_agent_name == "router"
        assert passed.next_agent_name == "writer"
        assert passed.previous_agent_id != passed.next_agent_id == said.agent_id
    started, done, word = played.events
    assert isinstance(started, models.AgentHandoffStartedEvent)
    assert started.previous_agent_name == "router"
    assert started.previous_agent_id == played.kept[0].previous_agent_id
    assert isinstance(done, models.AgentHandoffDoneEvent)
    assert (done.next_agent_name, done.next_agent_id) == ("writer", word.agent_id)


def test_turn_of_everything_keeps_its_order(play: Play) -> None:
    turn = [think("Hm"), say("a"), execute("web_search"), handoff("w"), call("f")]
    assert [type(entry) for entry in play(*turn).kept] == [
        models.MessageOutputEntry,
        models.ToolExecutionEntry,
        models.AgentHandoffEntry,
        models.FunctionCallEntry,
    ]


def test_get_messages_has_messages_only(play: Play) -> None:
    played = play(say("First", REFERENCE), execute("web_search"), say("then"))
    id_ = played.conversation_id
    answer = played.vendor.call("get_messages", conversation_id=id_)
    assert isinstance(answer, models.ConversationMessages)
    assert (answer.object, answer.conversation_id) == ("conversation.messages", id_)
    asked, first, then = answer.messages
    assert isinstance(asked, models.MessageInputEntry)
    assert asked.content == "Hello there"
    assert (first, then) == (played.kept[0], played.kept[2])
