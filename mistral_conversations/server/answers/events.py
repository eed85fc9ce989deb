"""The events of an answer, made of pieces, and the entries that they amount to."""

from collections.abc import Callable, Iterator, Mapping
from textwrap import shorten
from typing import Any, TypeAlias

from mistral_conversations.server.answers.answer import Answer, Event
from mistral_conversations.server.answers.handoffs import (
    next_speaker,
    previous_speaker,
)
from mistral_conversations.server.answers.message import cut_json
from mistral_conversations.server.answers.model import last_user_text
from mistral_conversations.server.answers.pieces import (
    Call,
    Cite,
    Execute,
    Fail,
    Flood,
    Handoff,
    Piece,
    Say,
    Show,
    Think,
)
from mistral_conversations.server.files.images import FILE_CHUNK, IMAGE_TOOL
from mistral_conversations.server.libraries.lookup import LIBRARY_TOOL
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.ids import new_id, new_tool_call_id

__all__ = ["closing_events", "first_event", "last_event", "piece_events"]

_LONGEST_DESCRIPTION = 100
_NOTHING_FOUND = "Nothing was found in the libraries."

MakeEvents: TypeAlias = Callable[[Answer, Any], Iterator[Event]]


def first_event(answer: Answer) -> Event:
    """Make the first event of an answer."""
    started = "conversation.response.started"
    return answer.event(started, conversation_id=answer.conversation_id)


def piece_events(piece: Piece, answer: Answer) -> Iterator[Event]:
    """Make the events of any piece but a failure, and add its entry to the answer.

    Each event is made on demand, so that its time is right. Adjacent texts, thoughts
    and citations make one message. A piece that is not possible makes the answer fail.
    """
    if not isinstance(piece, Say | Think | Cite | Show):
        if answer.has_open_message or not isinstance(piece, Execute):
            yield from closing_events(answer)
        answer.add_message()
    yield from _EVENTS[type(piece)](answer, piece)


def closing_events(answer: Answer) -> Iterator[Event]:
    """Make the events of the images that no message has shown, in the last one."""
    yield from _images(answer, Show(as_link=False))


def last_event(answer: Answer) -> Event:
    """Make the last event: the answer is done, or has failed.

    From now on the answer has all its entries.
    """
    answer.add_message()
    if answer.failure is None:
        return answer.event("conversation.response.done", usage=answer.usage())
    error = {"message": answer.failure.message, "code": answer.failure.code}
    return answer.event("conversation.response.error", **error)


def _message(answer: Answer, piece: Say | Think) -> Iterator[Event]:
    message = answer.message()
    if _has_file(piece):
        answer.images.taken()
    delta = "message.output.delta"
    for index, content in message.add(piece):
        yield answer.delta(delta, content_index=index, **message.head, content=content)


def _has_file(piece: Say | Think) -> bool:
    parts = piece.parts if isinstance(piece, Say) else ()
    return any(isinstance(p, dict) and p["type"] == FILE_CHUNK for p in parts)


def _call(answer: Answer, piece: Call) -> Iterator[Event]:
    ids = {"id": new_id("fc"), "tool_call_id": new_tool_call_id()}
    head = {**ids, **answer.author, "name": piece.name}
    status = piece.confirmation_status
    confirmation = {} if status is None else {"confirmation_status": status}
    for text in cut_json(piece.arguments):
        yield answer.delta(
            "function.call.delta", **head, arguments=text, **confirmation
        )
    answer.add("function.call", **head, arguments=piece.arguments, **confirmation)
    answer.outputs[-1]["completed_at"] = None  # as in all recorded answers


def _flood(answer: Answer, piece: Flood) -> Iterator[Event]:
    for _ in range(piece.times):
        yield from _call(answer, piece.call)


def _execution(answer: Answer, piece: Execute) -> Iterator[Event]:
    tool = {"name": piece.name, "function": piece.function}
    head = {"id": new_id("tool_exec"), **tool}
    entry = {**head, **answer.author}
    yield answer.delta("tool.execution.started", **entry, arguments="")
    for text in cut_json(piece.arguments):
        yield answer.delta("tool.execution.delta", **head, arguments=text)
    info = _info(answer, piece) if piece.info is None else piece.info
    yield answer.delta("tool.execution.done", **head, info=info)
    answer.add("tool.execution", **entry, arguments=piece.arguments, info=info)


def _info(answer: Answer, piece: Execute) -> JSONObject:
    """Run one of the tools that this server can run, unless a connector's has run."""
    if answer.executed is not None:
        executed, answer.executed = answer.executed, None
        return executed
    question = last_user_text(answer.prompt)
    if piece.name == LIBRARY_TOOL:
        return answer.lookup.search(piece.arguments, question)
    if piece.name == IMAGE_TOOL:
        answer.images.generate(piece.arguments, question)
    return {}


def _images(answer: Answer, piece: Show) -> Iterator[Event]:
    images = answer.images
    parts = (images.links(),) if piece.as_link else tuple(images.chunks())
    if any(parts):
        yield from _message(answer, Say(parts))


def _citation(answer: Answer, _: Cite) -> Iterator[Event]:
    found = [part for result in answer.lookup.found for part in _quotation(result)]
    yield from _message(answer, Say(tuple(found) or (_NOTHING_FOUND,)))


def _quotation(result: JSONObject) -> tuple[str, JSONObject]:
    """Return a passage, and the reference that follows it."""
    reference = {
        "type": "tool_reference",
        "tool": LIBRARY_TOOL,
        "title": result["name"],
        "url": None,
        "description": shorten(result["text"], _LONGEST_DESCRIPTION),
    }
    return result["text"], reference


def _handoff(answer: Answer, piece: Handoff) -> Iterator[Event]:
    before = previous_speaker(answer.agents, piece, answer.speaker)
    after = next_speaker(answer.agents, piece, before)
    if isinstance(after, Fail):
        answer.failure = after
        return
    id_ = {"id": new_id("handoff")}
    previous, following = before.handoff_keys("previous"), after.handoff_keys("next")
    yield answer.delta("agent.handoff.started", **id_, **previous)
    yield answer.delta("agent.handoff.done", **id_, **following)
    answer.add("agent.handoff", **id_, **previous, **following)
    answer.hand_over(after)


_EVENTS: Mapping[type, MakeEvents] = {
    Say: _message,
    Show: _images,
    Think: _message,
    Call: _call,
    Flood: _flood,
    Execute: _execution,
    Cite: _citation,
    Handoff: _handoff,
}
