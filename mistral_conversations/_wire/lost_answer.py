"""The answer of a request whose response was lost, found in a history.

A history has its entries in the order they were appended. The service locks a
conversation while it writes an answer, so the entries of one request stand together.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs

from mistral_conversations._wire.answer_place import Search
from mistral_conversations._wire.confirmed_calls import is_decided
from mistral_conversations._wire.entry_facts import (
    is_call,
    is_handoff,
    is_input,
    is_tool,
    text_fact,
)
from mistral_conversations._wire.found_place import Miss, Place
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations._wire.sent_block import SentBlock, begins_with
from mistral_conversations._wire.streamed_part import compare
from mistral_conversations.models.entries import InputEntries, OutputEntries

__all__ = ["Finding", "find_answer", "is_branch"]

State: TypeAlias = Literal["answered", "unfinished", "nothing", "unclear"]


@attrs.frozen(kw_only=True)
class Finding:
    """What a history has of a lost answer."""

    state: State
    """`answered`: the answer is complete. `unfinished`: the request has arrived, and
    its answer is not complete. `nothing`: nothing newer than the request is there.
    `unclear`: the history does not tell."""

    outputs: tuple[OutputEntries, ...] = ()
    """The answer so far; empty unless the state is `answered` or `unfinished`."""

    entries: tuple[InputEntries, ...] = ()
    """All entries since the request, those of other writers too, as far as known."""

    has_arrived: bool | None = None
    """Whether the sent entries, or streamed ones, are there; None if unclear."""

    reason: str
    """Why, as a sentence without its full stop."""

    is_final: bool = False
    """Whether later entries cannot make an unclear history clear."""


def find_answer(
    entries: Sequence[InputEntries],
    request: LostRequest,
    streamed: Sequence[OutputEntries] = (),
    earliest: datetime | None = None,
    copied: Sequence[InputEntries] | None = None,
    *,
    surely_old: datetime | None = None,
) -> Finding:
    """Find the answer of a request in the history of its conversation.

    The ids that were streamed identify it. Without them, the sent entries do, if they
    stand once among the entries that are newer than `earliest`. A history cannot tell
    the request from another one that sent the same, if only one of both arrived, and
    its answer from that of a request without inputs which follows directly.

    Args:
        entries: the history.
        request: what the request sent.
        streamed: the outputs that were streamed, the last of which may be cut.
        earliest: a time of the service before which it created nothing of the request;
            None if unknown.
        copied: the entries with which a conversation begins that the request created:
            none for a start, the copies for a restart. None for an append.
        surely_old: a time up to which entries are older than the request even if
            `earliest` is of another clock. None if `earliest` is of the entries' clock.
    """
    if not request.is_stored:
        reason = "the service keeps no answer of a request with store=False"
        return Finding(state="unclear", reason=reason, is_final=True)
    search = Search.of(entries, request, streamed, earliest, copied)
    found = search.find()
    if isinstance(found, Miss) and found.is_nothing and surely_old is not None:
        careful = Search.of(entries, request, streamed, surely_old, copied)
        found = careful.doubt() or found
    if isinstance(found, Place):
        return _Answer.at(found, entries, request, streamed).finding()
    since = search.since if found.first is None else found.first
    return _missed(found, entries[since:], streamed)


def is_branch(
    entries: Sequence[InputEntries],
    copied: Sequence[InputEntries],
    request: LostRequest,
) -> bool | None:
    """Return whether a history begins as a restart begins it.

    It begins with copies of entries, whose ids and times may differ, and continues with
    the sent entries; with outputs, if none were sent.

    Returns:
        None if it is too short to tell, since the entries may appear one by one.
    """
    sent = SentBlock.of(request.inputs)
    if sent.is_beginning(entries, copied):
        return None
    if not begins_with(entries, copied):
        return False
    first = len(copied)
    return sent.stands_at(first, entries) if sent else not is_input(entries[first])


def _missed(
    miss: Miss, since: Sequence[InputEntries], streamed: Sequence[OutputEntries]
) -> Finding:
    """Return the finding for an answer that was not found."""
    is_nothing = miss.is_nothing and not streamed
    return Finding(
        state="nothing" if is_nothing else "unclear",
        entries=tuple(since),
        has_arrived=False if is_nothing else miss.has_arrived,
        reason=miss.reason,
        is_final=miss.is_final,
    )


@attrs.frozen
class _Answer:
    """The answer at a place of a history."""

    _request: LostRequest
    _streamed: Sequence[OutputEntries]
    _outputs: Any
    _since: tuple[InputEntries, ...]
    _is_over: bool
    """Whether another request follows it."""

    _is_certain: bool
    """Whether the ids of a stream identify it."""

    @classmethod
    def at(
        cls,
        place: Place,
        entries: Sequence[InputEntries],
        request: LostRequest,
        streamed: Sequence[OutputEntries],
    ) -> "_Answer":
        end = _end_of(place, entries, request)
        return cls(
            request,
            streamed,
            tuple(entries[place.start : end]),
            tuple(entries[place.first :]),
            end < len(entries),
            place.streamed >= 0,
        )

    def finding(self) -> Finding:
        compared = compare(self._streamed, self._outputs)
        if compared == "differs":
            reason = "the history has another text than the one that was streamed"
            return self._unclear(reason, True if self._is_certain else None)
        if self._is_over and (compared == "behind" or not self._outputs):
            return self._unclear("the history lacks a part of the answer", True)
        is_open = compared == "behind" or self._may_continue()
        if is_open and not self._is_over:
            return self._found(
                "unfinished", "the answer in the history is not complete"
            )
        return self._found("answered", "the history has the answer")

    def _may_continue(self) -> bool:
        """Return whether the model has yet to answer after the last output."""
        if not self._outputs or is_tool(self._outputs[-1]):
            return True
        return is_handoff(self._outputs[-1]) and not self._request.ends_at_handoff

    def _found(self, state: State, reason: str) -> Finding:
        return Finding(
            state=state,
            outputs=self._outputs,
            entries=self._since,
            has_arrived=True,
            reason=reason,
        )

    def _unclear(self, reason: str, has_arrived: bool | None) -> Finding:
        return Finding(
            state="unclear",
            entries=self._since,
            has_arrived=has_arrived,
            reason=reason,
            is_final=self._is_certain or not self._streamed,
        )


def _end_of(place: Place, entries: Sequence[InputEntries], request: LostRequest) -> int:
    """Return where an answer ends: at the next input, or after a decided call.

    An answer ends with the calls that wait for a confirmation. The outputs after them
    are those of the request that confirmed them.
    """
    end = len(entries)
    rest = range(place.start, end)
    end = next((at for at in rest if is_input(entries[at])), end)
    outputs = range(place.start, end)
    decided = (at for at in outputs if _is_decided_by_others(entries[at], request))
    after = range(next(decided, end), end)
    end = next((at for at in after if not is_call(entries[at])), end)
    return max(end, place.streamed + 1)


def _is_decided_by_others(entry: InputEntries, request: LostRequest) -> bool:
    return is_decided(entry) and (
        text_fact(entry, "tool_call_id") not in request.confirmed
    )
