"""Where the answer of a lost request begins in a history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

import attrs

from mistral_conversations._wire.confirmed_calls import ConfirmedCalls
from mistral_conversations._wire.entry_ages import Ages
from mistral_conversations._wire.entry_facts import (
    is_call,
    is_handoff,
    is_input,
    is_tool,
    text_fact,
)
from mistral_conversations._wire.found_place import Found, Miss, Place
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations._wire.sent_block import SentBlock, begins_with
from mistral_conversations._wire.streamed_part import ids_of
from mistral_conversations.models.entries import (
    InputEntries,
    MessageOutputEntry,
    OutputEntries,
)

__all__ = ["Search"]


@attrs.frozen
class Search:
    """The search of a request's answer in a history."""

    _entries: Sequence[InputEntries]
    _request: LostRequest
    _streamed: Sequence[OutputEntries]
    _ids: frozenset[str]
    """The ids that were streamed."""

    _copied: Sequence[InputEntries] | None
    _ages: Ages
    _sent: SentBlock
    _calls: ConfirmedCalls

    @classmethod
    def of(
        cls,
        entries: Sequence[InputEntries],
        request: LostRequest,
        streamed: Sequence[OutputEntries],
        earliest: datetime | None,
        copied: Sequence[InputEntries] | None,
    ) -> "Search":
        """Prepare a search; the arguments are those of `find_answer`."""
        ages, sent = Ages.of(entries, earliest), SentBlock.of(request.inputs)
        calls = ConfirmedCalls.of(entries, request)
        ids = ids_of(streamed)
        return cls(entries, request, streamed, ids, copied, ages, sent, calls)

    @property
    def since(self) -> int:
        """The position of the first entry that may be newer than the request.

        The end of the history, if no age is known.
        """
        return self._ages.since if self._ages.are_known else len(self._entries)

    def find(self) -> Found:
        """Find the answer by the ids that were streamed, else by what was sent."""
        known = self._streamed_positions()
        if known:
            return self._by_ids(known)
        created = self._in_created_conversation()
        if created is not None:
            return created
        if len(self._sent):
            return self._by_inputs()
        return self._by_calls() if self._request.confirmed else self._by_time()

    def doubt(self) -> Miss | None:
        """Return why entries that seem older than the request may be its own.

        Decided calls are not among them: they are found whatever their age.
        """
        if self._request.confirmed:
            return None
        is_nothing = not self._sent_places() if self._sent else self._ages.are_old
        if is_nothing:
            return None
        reason = "the clocks of the service differ too much to tell old from new"
        return Miss(reason, first=self.since)

    def _streamed_positions(self) -> Mapping[str, int]:
        """Return where the streamed entries stand, by their ids."""
        known: dict[str, int] = {}
        for at, entry in enumerate(self._entries):
            id = text_fact(entry, "id")
            if id in self._ids and not is_input(entry):
                known.setdefault(id, at)
        return known

    def _by_ids(self, known: Mapping[str, int]) -> Found:
        at, last = min(known.values()), max(known.values())
        start = self._after_sent(at) if len(self._sent) else self._before_streamed(at)
        if any(map(is_input, self._entries[start:last])):
            reason = "the history has the streamed entries in several answers"
            return Miss(reason, has_arrived=True, is_final=True, first=start)
        first = start - len(self._sent)
        if not self._sent.stands_at(first, self._entries):
            first = start
        return Place(start, first, last)

    def _after_sent(self, at: int) -> int:
        """Return where the outputs begin that a streamed one belongs to.

        They begin after an input, or after the outputs that were sent back.
        """
        outputs = takewhile(lambda i: not is_input(self._entries[i]), range(at, -1, -1))
        start = at + 1 - sum(1 for _ in outputs)
        if not self._sent.ends_with_output:
            return start
        size = len(self._sent)
        ends = range(at, start - 1, -1)
        found = (e for e in ends if self._sent.stands_at(e - size, self._entries))
        return next(found, at)

    def _before_streamed(self, at: int) -> int:
        """Return where the outputs begin if no entries were sent.

        Another answer may stand directly before them. What was streamed before belongs
        to them, even if it has other ids.
        """
        if self._is_created:
            return len(self._copied or ())
        id = text_fact(self._entries[at], "id")
        missing = takewhile(lambda entry: text_fact(entry, "id") != id, self._streamed)
        for entry in reversed(list(missing)):
            if at <= self._calls.end or self._entries[at - 1].type != entry.type:
                break
            at -= 1
        return at

    @property
    def _is_created(self) -> bool:
        """Whether the history begins as the request began it."""
        return self._copied is not None and begins_with(self._entries, self._copied)

    def _in_created_conversation(self) -> Found | None:
        """Look where the first entries of a start or restart must be."""
        copied = self._copied
        if copied is None:
            return None
        size, first = len(self._entries), len(copied)
        if self._sent.is_beginning(self._entries, copied):
            return Place(size, min(size, first))
        if not self._is_created:
            reason = "the conversation does not begin with the entries to copy"
            return Miss(reason, has_arrived=True)
        if self._sent.stands_at(first, self._entries):
            return Place(first + len(self._sent), first)
        if copied:
            reason = "the conversation continues with other entries than were sent"
            return Miss(reason, has_arrived=True, first=first)
        return None

    def _by_inputs(self) -> Found:
        places = self._sent_places()
        are_new = all(self._sent.is_new(at, self._ages) for at in places)
        if len(places) > 1:
            reason = "the history has the sent entries several times"
            return Miss(reason, is_final=are_new and not self._ids)
        if not places:
            return self._missing()
        if not are_new:
            return Miss("the history does not tell how new the sent entries are")
        [first] = places
        if self._is_taken(first):
            reason = "the sent entries may be the end of what another request sent"
            return Miss(reason, is_final=not self._ids)
        return Place(first + len(self._sent), first)

    def _is_taken(self, first: int) -> bool:
        """Return whether an input stands directly before that may be of one request."""
        before = first - 1
        return (
            first > 0
            and is_input(self._entries[before])
            and not self._ages.is_old(before)
        )

    def _sent_places(self) -> Sequence[int]:
        """Return where the sent entries stand, two places at most.

        Those of unclear age count unless they are older than what is surely old.
        """
        places: list[int] = []
        for at in self._sent.positions(self._entries, self._ages):
            is_passed = bool(places) and at < self._ages.last_old
            if is_passed and self._sent.is_new(places[0], self._ages):
                break
            places.append(at)
            if len(places) > 1:
                break
        return places

    def _by_calls(self) -> Found:
        calls = self._calls
        if not calls.are_complete:
            return self._missing()
        if calls.are_contradicted:
            reason = "the history has another decision on the calls"
            return Miss(reason, is_final=True)
        if calls.decided and not calls.are_decided:
            return Miss("the history has a decision on some of the calls only")
        end = len(self._entries)
        after = (at for at in range(calls.end, end) if not self._is_beside(at))
        return self._after_calls(next(after, end))

    def _is_beside(self, at: int) -> bool:
        """Return whether a call stands beside confirmed ones, in the same answer."""
        return is_call(self._entries[at]) and self._ages.is_old(at)

    def _after_calls(self, start: int) -> Found:
        rest = self._entries[start:]
        if not self._calls.are_decided:
            return self._after_undecided(start)
        if rest and (is_input(rest[0]) or self._ages.is_old(start)):
            return Miss("the history has other entries after the calls")
        if rest and is_call(rest[0]) and not self._ages.is_new(start):
            return Miss("the history does not tell how new the next call is")
        return Place(start, start)

    def _after_undecided(self, start: int) -> Found:
        """Look behind calls that, by the history, still wait for a confirmation.

        Nothing of a request stands behind them, or an answer that has a message: that
        cannot be of the answer that has the calls.
        """
        rest = self._entries[start:]
        if not rest:
            return _NOTHING
        outputs = takewhile(lambda entry: not is_input(entry), rest)
        has_message = any(isinstance(each, MessageOutputEntry) for each in outputs)
        if has_message and self._ages.is_new(start) and not is_call(rest[0]):
            return Place(start, start)
        return self._missing()

    def _by_time(self) -> Found:
        """Take the outputs that are new, unless they may be those of another request.

        The answer of another one may have begun before: after an input, or after a
        tool.
        """
        start = self._ages.since
        before = self._entries[:start][-1:]
        if any(is_input(e) or is_tool(e) or is_handoff(e) for e in before):
            return self._missing()
        is_there = self._ages.is_new(start) and self._ages.last_old < start
        if is_there and not is_input(self._entries[start]):
            return Place(start, start)
        return self._missing()

    def _missing(self) -> Miss:
        if self._ages.are_old:
            return _NOTHING
        if self._ages.first_new < len(self._entries):
            return Miss("the history has newer entries, none surely of the request")
        return Miss("the history does not tell which of its entries are newer")


_NOTHING = Miss(
    "the history has nothing that is newer than the request", is_nothing=True
)
