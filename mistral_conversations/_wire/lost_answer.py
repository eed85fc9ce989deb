"""The answer of a request whose own answer was lost, found in a history.

A history has its entries in the order they were appended. The service locks a
conversation while it writes an answer, so the entries of one request stand together.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Literal, TypeAlias

import attrs

from mistral_conversations._wire.entry_ages import Ages
from mistral_conversations._wire.entry_facts import is_input, is_tool, text_fact
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations._wire.sent_block import SentBlock, begins_with
from mistral_conversations._wire.streamed_part import compare, ids_of
from mistral_conversations.models.entries import InputEntries, OutputEntries

__all__ = ["Finding", "find_answer", "is_branch"]

State: TypeAlias = Literal["answered", "unfinished", "nothing", "unclear"]

_DECIDED = frozenset({"allowed", "denied"})


@attrs.frozen(kw_only=True)
class Finding:
    """What a history says of a lost answer."""

    state: State
    """`answered`: the answer is complete. `unfinished`: the request has arrived, and
    its answer is not complete. `nothing`: nothing newer than the request is there.
    `unclear`: the history does not tell."""

    outputs: tuple[OutputEntries, ...] = ()
    """The answer so far; empty if nothing was found."""

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
) -> Finding:
    """Find the answer of a request in the history of its conversation.

    The ids that were streamed identify it; without them, the sent entries do, if they
    stand once among the entries that are newer than `earliest`. Sent entries that
    another writer repeats to the character cannot be told from the request's own.

    Args:
        entries: the history.
        request: what the request sent.
        streamed: the outputs that were streamed, the last of which may be cut.
        earliest: a time of the service before which it created nothing of the request;
            None if unknown.
        copied: the entries that a conversation of this request began with: none for a
            start, copies for a restart. None for an append.
    """
    return _Search(entries, request, streamed, earliest, copied).find()


def is_branch(
    entries: Sequence[InputEntries],
    copied: Sequence[InputEntries],
    request: LostRequest,
) -> bool:
    """Return whether a history begins as a restart made it.

    It begins with copies of the original's entries, and continues with the sent ones,
    or with an answer if none were sent. The copies may have other ids and times.
    """
    if not begins_with(entries, copied):
        return False
    if request.inputs:
        return SentBlock.of(request.inputs).stands_at(len(copied), entries)
    return len(entries) == len(copied) or not is_input(entries[len(copied)])


class _Search:
    def __init__(
        self,
        entries: Sequence[InputEntries],
        request: LostRequest,
        streamed: Sequence[OutputEntries],
        earliest: datetime | None,
        copied: Sequence[InputEntries] | None,
    ) -> None:
        self._entries = entries
        self._request = request
        self._streamed = streamed
        self._copied = copied
        self._sent = SentBlock.of(request.inputs)
        self._ages = Ages.of(entries, earliest, request.inputs)
        self._is_timed = earliest is not None

    def find(self) -> Finding:
        if not self._request.is_stored:
            return self._unclear("store=False keeps no answer", is_final=True)
        ids = ids_of(self._streamed)
        known = [at for at, entry in enumerate(self._entries) if self._has(ids, at)]
        if known:
            return self._by_ids(known)
        begun = self._in_own_conversation()
        if begun is not None:
            return begun
        if self._sent:
            return self._by_inputs()
        return self._by_calls() if self._request.confirmed else self._by_time()

    def _has(self, ids: frozenset[str], at: int) -> bool:
        entry = self._entries[at]
        return text_fact(entry, "id") in ids and not is_input(entry)

    # By the ids that were streamed

    def _by_ids(self, known: Sequence[int]) -> Finding:
        start = self._start_before(known[0])
        end = self._end_after(start)
        first = self._first_before(start)
        positions: dict[str | None, int] = {}
        for at in known:
            positions.setdefault(text_fact(self._entries[at], "id"), at)
        if max(positions.values()) >= end:
            reason = "the streamed entries stand in several answers of the history"
            return self._unclear(reason, first, has_arrived=True, is_final=True)
        return self._answer(start, first, max(positions.values()))

    def _start_before(self, at: int) -> int:
        """Return where the outputs begin that an output belongs to."""
        floor = max(self._calls().values(), default=-1) + 1
        start = at
        while start > floor and self._may_belong(start - 1):
            start -= 1
        return self._after_sent_outputs(start, at)

    def _may_belong(self, at: int) -> bool:
        if is_input(self._entries[at]):
            return False
        return bool(self._sent) or self._ages.is_new(at) is True

    def _after_sent_outputs(self, start: int, at: int) -> int:
        """Return where the answer begins, if the sent entries end with outputs."""
        if not self._sent or is_input(self._sent.entries[-1]):
            return start
        count = len(self._sent)
        ends = range(at, start - 1, -1)
        found = (e for e in ends if self._sent.stands_at(e - count, self._entries))
        return next(found, at)

    def _first_before(self, start: int) -> int:
        """Return where the request begins, of which the outputs are known."""
        first = start - len(self._sent)
        return (
            first
            if first >= 0 and self._sent.stands_at(first, self._entries)
            else start
        )

    # In a conversation that the request created

    def _in_own_conversation(self) -> Finding | None:
        copied = self._copied
        if copied is None or not begins_with(self._entries, copied):
            return None
        first = len(copied)
        if first == len(self._entries):
            return self._unfinished((), (), "the conversation has no new entries yet")
        if self._sent.stands_at(first, self._entries):
            return self._answer(first + len(self._sent), first)
        return None

    # By the sent entries

    def _by_inputs(self) -> Finding:
        sure, unsure = self._places()
        if len(sure) + len(unsure) > 1:
            reason = "the sent entries stand several times in the history"
            return self._unclear(reason, is_final=len(sure) > 1 and not self._streamed)
        if unsure:
            return self._unclear(
                "the history does not tell how new the sent entries are"
            )
        if not sure:
            return self._missing()
        [first] = sure
        if (
            first > 0
            and is_input(self._entries[first - 1])
            and not self._ages.is_old(first - 1)
        ):
            reason = "the sent entries may be the end of what another request sent"
            return self._unclear(reason, is_final=not self._streamed)
        return self._answer(first + len(self._sent), first)

    def _places(self) -> tuple[list[int], list[int]]:
        """Return where the sent entries stand: surely newer, and perhaps.

        Two are enough to know that they stand several times.
        """
        sure: list[int] = []
        unsure: list[int] = []
        for at in self._sent.positions(self._entries, self._ages):
            if sure and at < self._ages.last_old:
                break
            (sure if self._is_new(at) else unsure).append(at)
            if len(sure) + len(unsure) > 1:
                break
        return sure, unsure

    def _is_new(self, first: int) -> bool:
        if self._sent.has_result:
            return True
        return all(self._ages.is_new(first + i) for i in range(len(self._sent)))

    # By the calls that were confirmed

    def _calls(self) -> dict[str, int]:
        """Return the positions of the confirmed calls, by their ids."""
        return {
            id: at
            for at, entry in enumerate(self._entries)
            if self._request.confirmed
            and self._is_call(at)
            and (id := text_fact(entry, "tool_call_id")) in self._request.confirmed
            and id is not None
        }

    def _by_calls(self) -> Finding:
        calls = self._calls()
        if len(calls) < len(self._request.confirmed):
            return self._missing()
        statuses = {
            id: text_fact(self._entries[at], "confirmation_status")
            for id, at in calls.items()
        }
        if any(self._contradicts(id, status) for id, status in statuses.items()):
            return self._unclear(
                "another request decided on the calls otherwise", is_final=True
            )
        decided = _DECIDED.issuperset(statuses.values())
        start = max(calls.values()) + 1
        while start < len(self._entries) and self._is_beside(start):
            start += 1
        return self._after_calls(start, decided=decided)

    def _contradicts(self, id: str, status: str | None) -> bool:
        other = "allowed" if id in self._request.denied else "denied"
        return status == other

    def _is_beside(self, at: int) -> bool:
        return self._ages.is_old(at) and self._is_call(at)

    def _after_calls(self, start: int, *, decided: bool) -> Finding:
        if start == len(self._entries):
            if decided:
                return self._unfinished(
                    (), (), "the calls are confirmed, and nothing follows them"
                )
            return self._nothing()
        if is_input(self._entries[start]) or self._ages.is_old(start):
            return (
                self._unclear("other entries follow the calls")
                if decided
                else self._missing()
            )
        if not self._ages.is_new(start) and not decided:
            return self._unclear(
                "the history does not tell how new the entries after the calls are"
            )
        return self._answer(start, start)

    # By time alone

    def _by_time(self) -> Finding:
        start = self._ages.since
        if not self._is_timed or start == len(self._entries):
            return self._missing()
        before = self._entries[start - 1] if start else None
        is_taken = before is not None and (is_input(before) or is_tool(before))
        if is_taken or is_input(self._entries[start]) or not self._ages.is_new(start):
            return self._missing()
        return self._answer(start, start)

    # What was found

    def _end_after(self, start: int) -> int:
        """Return the position of the next input."""
        rest = range(start, len(self._entries))
        return next(
            (at for at in rest if is_input(self._entries[at])), len(self._entries)
        )

    def _decided_end(self, start: int, end: int, known: int) -> int:
        """Return where outputs end if a decision of another request follows them.

        An answer ends with the calls that wait for a confirmation.
        """
        waited = next((at for at in range(start, end) if self._waited(at)), end)
        beside = range(waited, end)
        after = next((at for at in beside if not self._is_call(at)), end)
        return max(after, known + 1)

    def _is_call(self, at: int) -> bool:
        return text_fact(self._entries[at], "type") == "function.call"

    def _waited(self, at: int) -> bool:
        entry = self._entries[at]
        return (
            text_fact(entry, "confirmation_status") in _DECIDED
            and text_fact(entry, "tool_call_id") not in self._request.confirmed
        )

    def _answer(self, start: int, first: int, known: int = -1) -> Finding:
        """Return the finding for an answer that begins at a position.

        Args:
            start: the position.
            first: where the request's own entries begin.
            known: the position of the last entry that was streamed.
        """
        end = self._decided_end(start, self._end_after(start), known)
        outputs: Any = tuple(islice(self._entries, start, end))
        since = tuple(self._entries[first:])
        is_over = end < len(self._entries)
        compared = compare(self._streamed, outputs)
        if compared == "differs":
            reason = "the history has another text than the one that was streamed"
            return self._unclear(
                reason,
                first,
                has_arrived=True if known >= 0 else None,
                is_final=known >= 0,
            )
        if is_over and (not outputs or compared != "joins"):
            reason = "the answer is missing, or a part of it, before the next entries"
            return self._unclear(reason, first, has_arrived=True, is_final=True)
        if not is_over and (compared != "joins" or self._may_continue(outputs)):
            return self._unfinished(outputs, since, "the answer is not complete")
        return Finding(
            state="answered",
            outputs=outputs,
            entries=since,
            has_arrived=True,
            reason="the answer is in the history",
        )

    def _may_continue(self, outputs: Sequence[InputEntries]) -> bool:
        if not outputs or is_tool(outputs[-1]):
            return True
        is_handoff = text_fact(outputs[-1], "type") == "agent.handoff"
        return is_handoff and not self._request.ends_at_handoff

    def _missing(self) -> Finding:
        if self._ages.all_old:
            return self._nothing()
        if self._ages.first_new < len(self._entries):
            return self._unclear(
                "the history has newer entries, which are not of the request"
            )
        return self._unclear(
            "the history does not tell which entries are newer than the request"
        )

    def _nothing(self) -> Finding:
        if self._streamed:
            return self._unclear("the history has nothing of what was streamed")
        return Finding(
            state="nothing",
            has_arrived=False,
            reason="the history has nothing that is newer than the request",
        )

    def _unfinished(self, outputs: Any, since: Any, reason: str) -> Finding:
        return Finding(
            state="unfinished",
            outputs=outputs,
            entries=since,
            has_arrived=True,
            reason=reason,
        )

    def _unclear(
        self,
        reason: str,
        first: int | None = None,
        *,
        has_arrived: bool | None = None,
        is_final: bool = False,
    ) -> Finding:
        since = self._ages.since if self._is_timed else len(self._entries)
        return Finding(
            state="unclear",
            entries=tuple(self._entries[since if first is None else first :]),
            has_arrived=has_arrived,
            reason=reason,
            is_final=is_final,
        )
