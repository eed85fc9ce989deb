"""Answers, and streams of events that add up to them, drawn by Hypothesis."""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from hypothesis import strategies as st

from mistral_conversations import ConversationResponse, to_dict
from tests.support.drawn_models import drawn

__all__ = ["answers_and_events", "event_stream_of"]

JSONObject: TypeAlias = dict[str, Any]

_MOST_CUTS = 3
_SHARED = ("id", "created_at", "model", "agent_id", "role", "name", "tool_call_id")
_KINDS = {"message.output", "function.call", "tool.execution", "agent.handoff"}


@st.composite
def answers_and_events(draw: st.DrawFn) -> tuple[JSONObject, list[JSONObject]]:
    """Draw the JSON of an answer, and events that add up to the same.

    The answer has what a stream carries: no `completed_at` of messages and calls, no
    findings of guardrails, no new keys. Events of several entries are mixed.
    """
    answer = json.loads(json.dumps(to_dict(draw(drawn(ConversationResponse)))))
    drafts = [entry for entry in answer["outputs"] if entry["type"] in _KINDS]
    outputs = [_carried(entry, str(index)) for index, entry in enumerate(drafts)]
    head = {"conversation_id": answer["conversation_id"]}
    tail = {"usage": answer.get("usage", {})}
    waiting = [
        [{**event, "output_index": index} for event in _cut(draw, entry)]
        for index, entry in enumerate(outputs)
    ]
    events = [{"type": "conversation.response.started", **head}]
    events += _mixed(draw, waiting)
    events.append({"type": "conversation.response.done", **tail})
    return {**head, "outputs": outputs, **tail}, events


def _mixed(draw: st.DrawFn, waiting: list[list[JSONObject]]) -> list[JSONObject]:
    """Mix lists; the items of each stay in their order."""
    mixed = []
    while waiting := [rest for rest in waiting if rest]:
        mixed.append(draw(st.sampled_from(waiting)).pop(0))
    return mixed


def event_stream_of(events: list[JSONObject]) -> bytes:
    """Return the bytes of an event stream, as the service writes it."""
    frames = (f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events)
    return "".join(frames).encode()


def _carried(entry: JSONObject, id_: str) -> JSONObject:
    """Return an entry without what a stream does not carry."""
    omitted = {"object", "new_key"}
    if entry["type"] in {"message.output", "function.call"}:
        omitted.add("completed_at")
    carried = {key: value for key, value in entry.items() if key not in omitted}
    if "content" in entry:
        carried["content"] = _joined(entry["content"])
    return {**carried, "id": id_}


def _joined(content: Any) -> Any:
    """Return a content in which no adjacent texts are left to be joined."""
    if isinstance(content, str):
        return content
    return [_joined_chunk(chunk) for chunk in content] or "none"


def _joined_chunk(chunk: Any) -> Any:
    if not isinstance(chunk, dict) or chunk["type"] not in {"text", "thinking"}:
        return chunk
    if chunk["type"] == "text":
        return {"type": "text", "text": chunk["text"]}
    thinking: list[Any] = []
    for piece in map(_joined_chunk, chunk["thinking"]):
        last = thinking[-1] if thinking else {}
        if piece["type"] == last.get("type") == "text":
            thinking[-1] = {"type": "text", "text": last["text"] + piece["text"]}
        else:
            thinking.append(piece)
    return json.loads(json.dumps({**chunk, "thinking": thinking}))


def _cut(draw: st.DrawFn, entry: JSONObject) -> list[JSONObject]:
    """Return the events of an entry."""
    shared = {key: entry[key] for key in _SHARED if key in entry}
    match entry["type"]:
        case "message.output":
            return [
                {"type": "message.output.delta", **shared, **piece}
                for piece in _of_content(draw, entry["content"])
            ]
        case "function.call":
            status = {"confirmation_status": entry.get("confirmation_status")}
            return [
                {"type": "function.call.delta", **shared, **status, "arguments": piece}
                for piece in _of_text(draw, entry["arguments"])
            ]
        case "tool.execution":
            return list(_of_tool(draw, entry, shared))
    return list(_of_handoff(entry, shared))


def _of_content(draw: st.DrawFn, content: Any) -> list[JSONObject]:
    chunks = [content] if isinstance(content, str) else content
    return _mixed(
        draw,
        [
            [{"content_index": i, "content": piece} for piece in _of_chunk(draw, chunk)]
            for i, chunk in enumerate(chunks)
        ],
    )


def _of_chunk(draw: st.DrawFn, chunk: Any) -> list[Any]:
    if isinstance(chunk, str):
        return _of_text(draw, chunk)
    if chunk["type"] == "text":
        return [{**chunk, "text": text} for text in _of_text(draw, chunk["text"])]
    if chunk["type"] == "thinking" and chunk["thinking"]:
        return [
            {**chunk, "thinking": [piece]}
            for inner in chunk["thinking"]
            for piece in _of_chunk(draw, inner)
        ]
    return [chunk]


def _of_tool(
    draw: st.DrawFn, entry: JSONObject, shared: JSONObject
) -> Iterator[JSONObject]:
    first, *others = _of_text(draw, entry.get("arguments"))
    yield {**shared, "type": "tool.execution.started", "arguments": first}
    for piece in others:
        yield {**shared, "type": "tool.execution.delta", "arguments": piece}
    end = {"info": entry.get("info"), "created_at": entry.get("completed_at")}
    function = {"function": entry.get("function")}
    yield {**shared, "type": "tool.execution.done", **function, **end}


def _of_handoff(entry: JSONObject, shared: JSONObject) -> Iterator[JSONObject]:
    previous, following = (
        {key: entry[f"{key}"] for key in entry if key.startswith(side)}
        for side in ("previous_", "next_")
    )
    yield {**shared, "type": "agent.handoff.started", **previous}
    end = {"created_at": entry.get("completed_at")}
    yield {**shared, "type": "agent.handoff.done", **following, **end}


def _of_text(draw: st.DrawFn, text: Any) -> list[Any]:
    """Cut a text anywhere, also inside a character; leave another value whole."""
    if not isinstance(text, str):
        return [text]
    units = text.encode("utf-16-le", "surrogatepass")
    count = len(units) // 2
    places = draw(st.lists(st.integers(0, count), max_size=_MOST_CUTS))
    ends = [2 * place for place in sorted(places)]
    return [
        units[start:end].decode("utf-16-le", "surrogatepass")
        for start, end in zip([0, *ends], [*ends, len(units)], strict=True)
    ]
