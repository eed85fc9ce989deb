"""Entries added up from the events of a stream, by the rules of the API alone."""

from itertools import groupby
from operator import itemgetter
from typing import Any

__all__ = ["entries_of"]

Event = dict[str, Any]

_JOINED = {"type", "created_at", "output_index", "content_index", "content",
           "arguments"}  # fmt: skip


def entries_of(events: list[Event]) -> list[dict[str, Any]]:
    """Add the deltas of a whole stream up; `completed_at` is in no event."""
    entries = [_entry(deltas) for deltas in _places(events[1:-1], "output_index")]
    assert len({entry["id"] for entry in entries}) == len(entries)
    return entries


def _places(events: list[Event], index: str) -> list[list[Event]]:
    """Group the events by an index, which must count from 0 without a gap."""
    places = [(place, list(of)) for place, of in groupby(events, itemgetter(index))]
    assert [place for place, _ in places] == list(range(len(places)))
    return [of for _, of in places]


def _entry(deltas: list[Event]) -> dict[str, Any]:
    kinds = {delta["type"].rpartition(".")[0] for delta in deltas}
    entry = {
        "object": "entry",
        "type": kinds.pop(),
        "created_at": deltas[0]["created_at"],
    }
    assert not kinds
    for delta in deltas:
        for key in delta.keys() - _JOINED:
            assert entry.setdefault(key, delta[key]) == delta[key]
    if "content" in deltas[0]:
        entry["content"] = _content(deltas)
    elif "arguments" in deltas[0]:
        entry["arguments"] = "".join(delta.get("arguments", "") for delta in deltas)
    return entry


def _content(deltas: list[Event]) -> Any:
    places = _places(deltas, "content_index")
    chunks = [_chunk([delta["content"] for delta in place]) for place in places]
    alone = len(chunks) == 1 and isinstance(deltas[0]["content"], str)
    return chunks[0]["text"] if alone else chunks


def _chunk(contents: list[Any]) -> dict[str, Any]:
    first = contents[0]
    if isinstance(first, str):
        return {"type": "text", "text": "".join(contents)}
    thoughts = [thought for each in contents for thought in each.get("thinking", ())]
    if not thoughts:
        assert contents == [first]
        return dict(first)
    text = "".join(thought["text"] for thought in thoughts)
    return {**first, "thinking": [{"type": "text", "text": text}]}
