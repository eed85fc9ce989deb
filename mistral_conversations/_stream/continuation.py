"""The continuation of a stream that broke: the frames that complete its answer.

They are those of an answer that the history has, without what was streamed before.
"""

import json
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from mistral_conversations._stream.accumulator import Accumulator
from mistral_conversations._stream.entries import (
    FunctionCall,
    GrowingEntry,
    Handoff,
    Message,
)
from mistral_conversations._stream.entry_rest import (
    KINDS,
    Event,
    Place,
    rest_of_entry,
)
from mistral_conversations._wire.converter import to_dict
from mistral_conversations._wire.sse import Frame
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.entries import (
    FunctionCallEntry,
    MessageOutputEntry,
    OutputEntries,
)

__all__ = ["frames_after"]


_Key: TypeAlias = tuple[type[GrowingEntry] | None, str | None]


def frames_after(
    accumulator: Accumulator, response: ConversationResponse
) -> list[Frame]:
    """Return the frames that complete a stream with the rest of its answer.

    Streamed entries are found in the answer by their ids; those that have other ids
    there, by their kind and order. They keep the ids that were streamed. Further
    entries take the next `output_index` that is free; one that no event describes,
    such as an entry of an unknown type, comes whole, in an event of our own type.

    Args:
        accumulator: what was streamed.
        response: the whole answer.

    Returns:
        The frames; none if the stream was complete. They begin with the first event of
        an answer if nothing was streamed.

    Raises:
        ValueError: the answer does not continue what was streamed; the message says
            why.
    """
    if accumulator.usage is not None:
        return []
    try:
        return [_frame(event) for event in _events(accumulator, response)]
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None


def _frame(event: Event) -> Frame:
    # Not `encode_json`, which replaces half a character and NaN.
    return event["type"], json.dumps(event)


def _events(
    accumulator: Accumulator, response: ConversationResponse
) -> Iterator[Event]:
    outputs, id = response.outputs, response.conversation_id
    if _needs_beginning(accumulator):
        yield {"type": "conversation.response.started", "conversation_id": id}
    elif accumulator.started and accumulator.conversation_id != id:
        raise ValueError(f"it is of another conversation, {id}")
    streamed = _streamed_of(accumulator, outputs)
    _check_order(streamed, outputs)
    places = _places(accumulator, streamed, outputs)
    for so_far, entry, place in zip(streamed, outputs, places, strict=True):
        growing = None if so_far is None else so_far.growing
        try:
            yield from rest_of_entry(growing, entry, place)
        except ValueError as error:
            raise ValueError(f"{place.id}: {error}") from None
    yield {"type": "conversation.response.done", "usage": to_dict(response.usage)}


def _needs_beginning(accumulator: Accumulator) -> bool:
    begun = accumulator.started or accumulator.entries or accumulator.nameless
    return not begun or accumulator.conversation_id is None


@attrs.frozen(eq=False)
class _Streamed:
    """An entry that was streamed, at least in part."""

    place: Place
    kind: type[GrowingEntry]
    growing: GrowingEntry

    @property
    def key(self) -> _Key:
        """What identifies it in the history: a call by the id that its result needs."""
        growing = self.growing
        id = growing.tool_call_id if isinstance(growing, FunctionCall) else None
        return self.kind, id or self.place.id

    @property
    def is_needed(self) -> bool:
        """Whether the history must have it: an empty message may be missing there."""
        return (
            not isinstance(self.growing, Message) or self.growing.entry().content != ""
        )


def _streamed_entries(accumulator: Accumulator) -> list[_Streamed]:
    """Return the entries in their order, except ends of handoffs that never began."""
    return [
        _Streamed(Place(index, id), kind, growing)
        for (index, kind, id), growing in sorted(
            accumulator.entries.items(), key=lambda item: item[0][0]
        )
        if not (isinstance(growing, Handoff) and growing.previous_agent_id is None)
    ]


def _streamed_of(
    accumulator: Accumulator, outputs: Sequence[OutputEntries]
) -> list[_Streamed | None]:
    """Return what was streamed of each entry; None for an entry that is new.

    Raises:
        ValueError: an entry that was streamed is missing.
    """
    streamed = _streamed_entries(accumulator)
    by_id: dict[_Key, deque[_Streamed]] = defaultdict(deque)
    for each in streamed:
        by_id[each.key].append(each)
    found = [_first(by_id, _key_of(entry)) for entry in outputs]
    taken = set(found)
    by_kind: dict[Any, deque[_Streamed]] = defaultdict(deque)
    for each in streamed:
        if each not in taken:
            by_kind[each.kind].append(each)
    found = [
        known or _first(by_kind, KINDS.get(type(entry)))
        for known, entry in zip(found, outputs, strict=True)
    ]
    left = (each for queue in by_kind.values() for each in queue if each.is_needed)
    if (missing := next(left, None)) is not None:
        raise ValueError(f"{missing.place.id} was streamed, but is not in the history")
    return found


def _key_of(entry: OutputEntries) -> _Key:
    id = entry.tool_call_id if isinstance(entry, FunctionCallEntry) else None
    return KINDS.get(type(entry)), id or getattr(entry, "id", None)


def _first(queues: Mapping[Any, deque[_Streamed]], key: Any) -> _Streamed | None:
    queue = queues.get(key)
    return queue.popleft() if queue else None


def _check_order(
    streamed: Sequence[_Streamed | None], outputs: Sequence[OutputEntries]
) -> None:
    """Check that no text is missing before text that was streamed.

    It would come too late: the pieces of a stream's text must join in their order.
    """
    texts = ["" if each is None else _text(each) for each in streamed]
    last = max((at for at, text in enumerate(texts) if text), default=0)
    for entry, text in zip(outputs[:last], texts, strict=False):
        if isinstance(entry, MessageOutputEntry) and entry.text != text:
            raise ValueError(f"{entry.id}: text was streamed that follows its own")


def _text(streamed: _Streamed) -> str:
    growing = streamed.growing
    return growing.entry().text if isinstance(growing, Message) else ""


def _places(
    accumulator: Accumulator,
    streamed: Sequence[_Streamed | None],
    outputs: Sequence[OutputEntries],
) -> Iterator[Place]:
    """Yield the place of each entry: its own, else the next one that is free.

    That is the one after the entries before it, or the one after all.
    """
    taken = {index for index, _, _ in accumulator.entries}
    before, last = -1, max(taken, default=-1)
    for each, entry in zip(streamed, outputs, strict=True):
        if each is not None:
            place = each.place
        else:
            index = before + 1 if before + 1 not in taken else last + 1
            place = Place(index, getattr(entry, "id", None) or "")
        before = max(before, place.output_index)
        yield place
