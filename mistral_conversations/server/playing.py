"""From pieces to events, and to the entries that the events amount to."""

from collections.abc import Callable, Iterator, Mapping
from textwrap import shorten
from typing import Any, TypeAlias

from mistral_conversations.server.agents.handoffs import next_speaker, previous_speaker
from mistral_conversations.server.answering import last_said
from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.ids import new_id, new_tool_call_id
from mistral_conversations.server.libraries.lookup import LIBRARY_TOOL
from mistral_conversations.server.message import cut_json
from mistral_conversations.server.performance import Event, Performance
from mistral_conversations.server.pieces import (
    Call,
    Cite,
    Execute,
    Fail,
    Handoff,
    Piece,
    Say,
    Think,
)

__all__ = ["begin", "end", "play"]

_LONGEST_DESCRIPTION = 100
_NOTHING_FOUND = "Nothing was found in the libraries."

Scene: TypeAlias = Callable[[Performance, Any], Iterator[Event]]


def begin(stage: Performance) -> Event:
    """Make the first event of an answer."""
    started = "conversation.response.started"
    return stage.event(started, conversation_id=stage.conversation_id)


def play(piece: Piece, stage: Performance) -> Iterator[Event]:
    """Play any piece but a failure.

    Each event is made when it is asked for, so that its time is right. What is said
    in a row makes one message. A piece that cannot be played is the stage's failure.
    """
    if not isinstance(piece, Say | Think | Cite):
        stage.keep_message()
    yield from _SCENES[type(piece)](stage, piece)


def end(stage: Performance) -> Event:
    """Make the last event: the answer is done, or has failed.

    From now on the stage holds all entries of the answer.
    """
    stage.keep_message()
    if stage.failure is None:
        return stage.event("conversation.response.done", usage=stage.usage())
    told = {"message": stage.failure.message, "code": stage.failure.code}
    return stage.event("conversation.response.error", **told)


def _message(stage: Performance, piece: Say | Think) -> Iterator[Event]:
    message = stage.message()
    delta = "message.output.delta"
    for index, content in message.say(piece):
        yield stage.delta(delta, content_index=index, **message.head, content=content)


def _call(stage: Performance, piece: Call) -> Iterator[Event]:
    ids = {"id": new_id("fc"), "tool_call_id": new_tool_call_id()}
    head = {**ids, **stage.voice, "name": piece.name}
    status = piece.confirmation_status
    asked = {} if status is None else {"confirmation_status": status}
    for text in cut_json(piece.arguments):
        yield stage.delta("function.call.delta", **head, arguments=text, **asked)
    stage.keep("function.call", **head, arguments=piece.arguments, **asked)
    stage.outputs[-1]["completed_at"] = None  # as all that were recorded


def _execution(stage: Performance, piece: Execute) -> Iterator[Event]:
    tool = {"name": piece.name, "function": piece.function}
    head = {"id": new_id("tool_exec"), **tool}
    voiced = {**head, **stage.voice}
    yield stage.delta("tool.execution.started", **voiced, arguments="")
    for text in cut_json(piece.arguments):
        yield stage.delta("tool.execution.delta", **head, arguments=text)
    info = _found(stage, piece) if piece.info is None else piece.info
    yield stage.delta("tool.execution.done", **head, info=info)
    told = {"arguments": piece.arguments, "info": info}
    stage.keep("tool.execution", **voiced, **told)


def _found(stage: Performance, piece: Execute) -> JSONObject:
    """Do what can be done here for a tool: search the libraries."""
    if piece.name != LIBRARY_TOOL:
        return {}
    return stage.lookup.search(piece.arguments, last_said(stage.prompt))


def _citation(stage: Performance, _: Cite) -> Iterator[Event]:
    found = [part for result in stage.lookup.found for part in _quotation(result)]
    yield from _message(stage, Say(tuple(found) or (_NOTHING_FOUND,)))


def _quotation(result: JSONObject) -> tuple[str, JSONObject]:
    """Give a passage, and the reference that follows it."""
    reference = {
        "type": "tool_reference",
        "tool": LIBRARY_TOOL,
        "title": result["name"],
        "url": None,
        "description": shorten(result["text"], _LONGEST_DESCRIPTION),
    }
    return result["text"], reference


def _handoff(stage: Performance, piece: Handoff) -> Iterator[Event]:
    before = previous_speaker(stage.agents, piece, stage.speaker)
    after = next_speaker(stage.agents, piece, before)
    if isinstance(after, Fail):
        stage.failure = after
        return
    id_ = {"id": new_id("handoff")}
    previous, following = before.introduction("previous"), after.introduction("next")
    yield stage.delta("agent.handoff.started", **id_, **previous)
    yield stage.delta("agent.handoff.done", **id_, **following)
    stage.keep("agent.handoff", **id_, **previous, **following)
    stage.give_voice(after)


_SCENES: Mapping[type, Scene] = {
    Say: _message,
    Think: _message,
    Call: _call,
    Execute: _execution,
    Cite: _citation,
    Handoff: _handoff,
}
