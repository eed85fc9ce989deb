"""Every operation of the vendor's client, and what its models hold afterwards."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mistral_conversations.server import say
from tests.support.vendor_client import (
    ALL,
    REASON,
    Vendor,
    events_of,
    history_of,
    text_of,
)

models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)

Serve = Callable[..., Vendor]

START: dict[str, Any] = {"inputs": "Hello there", "model": "mistral-small-latest"}


def _begin(vendor: Vendor, **parameters: Any) -> str:
    response = vendor.call("start", **{**START, **parameters})
    conversation_id: str = response.conversation_id
    return conversation_id


def _counts(usage: Any) -> tuple[int, int, int]:
    return usage.prompt_tokens, usage.completion_tokens, usage.total_tokens


def test_start_is_answered(serve: Serve) -> None:
    response = serve([say("Good day to you")]).call("start", **START)
    assert isinstance(response, models.ConversationResponse)
    assert re.fullmatch(r"conv_[0-9a-f]{32}", response.conversation_id)
    [entry] = response.outputs
    assert isinstance(entry, models.MessageOutputEntry)
    assert re.fullmatch(r"msg_[0-9a-f]{32}", entry.id)
    assert entry.content == "Good day to you"
    assert entry.model == "mistral-small-latest"
    assert (entry.object, entry.role) == ("entry", "assistant")
    assert entry.created_at <= entry.completed_at <= datetime.now(UTC)
    assert _counts(response.usage) == (2, 4, 6)
    assert not response.usage.connectors


def test_start_of_an_agent_returns_the_agent(vendor: Vendor) -> None:
    response = vendor.call("start", inputs="Hi", agent_id="ag_7", agent_version=3)
    [entry] = response.outputs
    assert (entry.content, entry.agent_id) == ("Hi", "ag_7")
    got = vendor.call("get", conversation_id=response.conversation_id)
    assert isinstance(got, models.AgentConversation)
    assert (got.agent_id, got.agent_version) == ("ag_7", 3)


def test_start_stream_has_events(serve: Serve) -> None:
    vendor = serve([say("Good day to you")])
    first, *deltas, last = events_of(vendor, "start_stream", **START)
    assert isinstance(first, models.ResponseStartedEvent)
    assert isinstance(last, models.ResponseDoneEvent)
    assert _counts(last.usage) == (2, 4, 6)
    assert {type(delta) for delta in deltas} == {models.MessageOutputEvent}
    assert [delta.content for delta in deltas] == ["Good", " day", " to", " you"]
    assert {(d.output_index, d.content_index) for d in deltas} == {(0, 0)}
    [_, kept] = history_of(vendor, first.conversation_id)
    assert {delta.id for delta in deltas} == {kept.id}
    assert kept.content == "Good day to you"


def test_append_continues(serve: Serve) -> None:
    vendor = serve([say("one"), say("two"), say("three")])
    id_ = _begin(vendor)
    for inputs in ("more", [{"role": "user", "content": "still more"}]):
        response = vendor.call("append", conversation_id=id_, inputs=inputs)
        assert response.conversation_id == id_
    assert response.outputs[0].content == "three"
    said = [entry.content for entry in history_of(vendor, id_)]
    assert said == ["Hello there", "one", "more", "two", "still more", "three"]


def test_append_without_inputs_is_answered(serve: Serve) -> None:
    vendor = serve([say("one"), say("two")])
    id_ = _begin(vendor)
    assert vendor.call("append", conversation_id=id_).outputs[0].content == "two"
    assert len(history_of(vendor, id_)) == 3


def test_append_stream_continues(vendor: Vendor) -> None:
    id_ = _begin(vendor)
    events = events_of(vendor, "append_stream", conversation_id=id_, inputs="And now?")
    assert events[0].conversation_id == id_
    assert text_of(events) == "And now?"
    assert _counts(events[-1].usage) == (6, 2, 8)
    assert history_of(vendor, id_)[-1].content == "And now?"


def test_append_that_is_not_stored_leaves_no_trace(vendor: Vendor) -> None:
    id_ = _begin(vendor)
    answer = vendor.call("append", conversation_id=id_, inputs="Psst", store=False)
    assert answer.outputs[0].content == "Psst"
    assert len(history_of(vendor, id_)) == 2


@pytest.mark.parametrize("operation", ["restart", "restart_stream"])
def test_restart_makes_a_branch(vendor: Vendor, operation: str) -> None:
    id_ = _begin(vendor)
    vendor.call("append", conversation_id=id_, inputs="dropped by the branch")
    before = history_of(vendor, id_)
    again = {"from_entry_id": before[1].id, "inputs": "another way"}
    parameters = {"conversation_id": id_, **again, "metadata": {"branch": "b"}}
    if operation == "restart":
        branch = vendor.call(operation, **parameters).conversation_id
    else:
        events = events_of(vendor, operation, **parameters)
        assert text_of(events) == "another way"
        branch = events[0].conversation_id
    assert branch != id_
    said = [entry.content for entry in history_of(vendor, branch)]
    assert said == ["Hello there", "Hello there", "another way", "another way"]
    assert history_of(vendor, id_) == before
    assert vendor.call("get", conversation_id=branch).metadata == {"branch": "b"}


def test_get_returns_how_a_conversation_was_started(vendor: Vendor) -> None:
    id_ = _begin(vendor, name="A name", instructions="Be kind")
    got = vendor.call("get", conversation_id=id_)
    assert isinstance(got, models.ModelConversation)
    assert (got.id, got.object) == (id_, "conversation")
    assert (got.name, got.instructions) == ("A name", "Be kind")
    assert got.model == "mistral-small-latest"
    assert got.tools == []
    assert got.description is None
    assert got.created_at <= got.updated_at <= datetime.now(UTC)


def test_list_gives_pages_newest_first(vendor: Vendor) -> None:
    ids = [_begin(vendor, metadata={"n": n % 2}) for n in range(3)]
    ids.append(vendor.call("start", inputs="x", agent_id="ag_7").conversation_id)
    assert [c.id for c in vendor.call("list")] == ids[::-1]
    assert [c.id for c in vendor.call("list", **ALL)] == ids[::-1]
    pages = [vendor.call("list", page=p, page_size=3, **ALL) for p in range(3)]
    assert [[c.id for c in page] for page in pages] == [ids[:0:-1], ids[:1], []]
    assert isinstance(pages[0][0], models.AgentConversation)
    assert isinstance(pages[0][1], models.ModelConversation)
    found = vendor.call("list", metadata={"n": 0})
    assert [c.id for c in found] == [ids[2], ids[0]]
    assert found[0].metadata == {"n": 0}


def test_delete_forgets(vendor: Vendor) -> None:
    kept, gone = _begin(vendor), _begin(vendor)
    assert vendor.call("delete", conversation_id=gone) is None
    assert [c.id for c in vendor.call("list", **ALL)] == [kept]


def test_get_history_has_entries(vendor: Vendor) -> None:
    id_ = _begin(vendor)
    history = vendor.call("get_history", conversation_id=id_)
    assert isinstance(history, models.ConversationHistory)
    assert history.object == "conversation.history"
    asked, answered = history.entries
    assert isinstance(asked, models.MessageInputEntry)
    assert re.fullmatch(r"msg_[0-9a-f]{32}", asked.id)
    assert (asked.role, asked.content) == ("user", "Hello there")
    assert asked.completed_at is None
    assert isinstance(answered, models.MessageOutputEntry)
    assert asked.id != answered.id


def test_start_that_is_not_stored_leaves_no_trace(vendor: Vendor) -> None:
    assert _begin(vendor, store=False).startswith("conv_")
    assert vendor.call("list", **ALL) == []
