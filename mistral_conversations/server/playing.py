"""From pieces to events, and to the entries that the events amount to."""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, TypeAlias

from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.ids import agent_id, new_id, new_tool_call_id
from mistral_conversations.server.performance import Event, Performance
from mistral_conversations.server.pieces import (
    Call,
    Execute,
    Fail,
    Handoff,
    Piece,
    Say,
    Think,
    Turn,
)
from mistral_conversations.server.runs import cut_json, runs_of

__all__ = ["play"]

Scene: TypeAlias = Callable[[Performance, list[Any]], Iterator[Event]]


def play(turn: Turn, stage: Performance) -> Iterator[Event]:
    """Play a turn: from `conversation.response.started` to `.done` or `.error`.

    Each event is made when it is asked for, so that its time is right; once all are,
    the stage holds the entries of the answer.
    """
    started = "conversation.response.started"
    yield stage.event(started, conversation_id=stage.conversation_id)
    for kind, pieces in groupby(turn, _kind):
        yield from _SCENES[kind](stage, list(pieces))
    if stage.failure is None:
        yield stage.event("conversation.response.done", usage=stage.usage())


def _kind(piece: Piece) -> type:
    return Say if isinstance(piece, Think) else type(piece)


def _message(stage: Performance, pieces: list[Say | Think]) -> Iterator[Event]:
    id_ = {"id": new_id("msg")}
    voice = {**stage.voice, "role": "assistant"}
    runs = runs_of(pieces)
    for index, run in enumerate(runs):
        place = {**id_, "content_index": index, **voice}
        for content in run.deltas():
            yield stage.delta("message.output.delta", **place, content=content)
    chunks = [run.chunk() for run in runs]
    alone = len(runs) == 1 and runs[0].kind == "text"
    kept = chunks[0]["text"] if alone else chunks
    stage.keep("message.output", **id_, **voice, content=kept)


def _calls(stage: Performance, pieces: list[Call]) -> Iterator[Event]:
    for piece in pieces:
        ids = {"id": new_id("fc"), "tool_call_id": new_tool_call_id()}
        head = {**ids, **stage.voice, "name": piece.name}
        status = piece.confirmation_status
        asked = {} if status is None else {"confirmation_status": status}
        for text in cut_json(piece.arguments):
            yield stage.delta("function.call.delta", **head, arguments=text, **asked)
        stage.keep("function.call", **head, arguments=piece.arguments, **asked)
        if asked:
            stage.outputs[-1]["completed_at"] = None


def _executions(stage: Performance, pieces: list[Execute]) -> Iterator[Event]:
    for piece in pieces:
        tool = {"name": piece.name, "function": piece.function}
        head = {"id": new_id("tool_exec"), **tool}
        voiced = {**head, **stage.voice}
        yield stage.delta("tool.execution.started", **voiced, arguments="")
        for text in cut_json(piece.arguments):
            yield stage.delta("tool.execution.delta", **head, arguments=text)
        yield stage.delta("tool.execution.done", **head, info=piece.info)
        told = {"arguments": piece.arguments, "info": piece.info}
        stage.keep("tool.execution", **voiced, **told)


def _handoffs(stage: Performance, pieces: list[Handoff]) -> Iterator[Event]:
    for piece in pieces:
        id_ = {"id": new_id("handoff")}
        previous = _previous(stage, piece.previous)
        following = {
            "next_agent_id": agent_id(piece.to),
            "next_agent_name": piece.to,
        }
        yield stage.delta("agent.handoff.started", **id_, **previous)
        yield stage.delta("agent.handoff.done", **id_, **following)
        stage.keep("agent.handoff", **id_, **previous, **following)
        stage.give_voice(piece.to)


def _previous(stage: Performance, name: str | None) -> JSONObject:
    if name is not None:
        id_ = agent_id(name)
    else:
        name = stage.speaker
        id_ = stage.voice.get("agent_id", agent_id(name))
    return {"previous_agent_id": id_, "previous_agent_name": name}


def _failure(stage: Performance, pieces: list[Fail]) -> Iterator[Event]:
    failure = stage.failure = pieces[-1]
    yield stage.event(
        "conversation.response.error", message=failure.message, code=failure.code
    )


_SCENES: Mapping[type, Scene] = {
    Say: _message,
    Call: _calls,
    Execute: _executions,
    Handoff: _handoffs,
    Fail: _failure,
}
