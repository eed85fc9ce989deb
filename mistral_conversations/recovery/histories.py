"""The histories in which a lost answer may stand."""

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any, Protocol

import attrs

from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.lost_answer import is_branch
from mistral_conversations._wire.lost_call import LostCall
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations._wire.service_clock import Moment, ServiceClock
from mistral_conversations.errors import NotFoundError
from mistral_conversations.models.conversations import (
    ConversationHistory,
    ConversationPage,
)
from mistral_conversations.models.entries import InputEntries
from mistral_conversations.models.model import Answer

__all__ = ["Histories", "Operations", "UnclearError"]

_PAGE_SIZE = 100
_CLOCK_ERROR = 60.0
"""Seconds by which the `Date` of a listing may be later than a `created_at`."""


class Operations(Protocol):
    """The operations of a client that a recovery needs; they only read."""

    @property
    @abstractmethod
    def get_history(self) -> Callable[..., Coroutine[Any, Any, ConversationHistory]]:
        """Returns the entries of a conversation."""

    @property
    @abstractmethod
    def list(self) -> Callable[..., Coroutine[Any, Any, ConversationPage]]:
        """Returns a page of conversations."""


class UnclearError(Exception):
    """Waiting cannot help to find the conversation of a lost answer."""


@attrs.define
class Histories:
    """Read the history in which a lost answer may stand.

    Args:
        operations: the client.
        call: `timeout`, `retries` and `headers` of each reading.
        clock: learns from each reading.
        lost: the call.
        request: what it sent.
        conversation_id: the conversation of the answer; None until it is found.
    """

    operations: Operations
    call: Mapping[str, Any]
    clock: ServiceClock
    lost: LostCall
    request: LostRequest
    conversation_id: str | None
    is_unclear: bool = attrs.field(default=False, init=False)
    """Whether a conversation may be the answer's that does not show it yet."""

    _copied: Sequence[InputEntries] | None = attrs.field(default=None, init=False)
    _others: set[str] = attrs.field(factory=set, init=False)
    """Conversations that are not the answer's."""

    async def read(self) -> ConversationHistory | None:
        """Return the history; None if there is no such conversation, or not yet.

        Raises:
            UnclearError: waiting cannot help.
        """
        if self.conversation_id is None:
            self.conversation_id = await self._find_branch()
        if self.conversation_id is None:
            return None
        return await self._history(self.conversation_id)

    async def copied(self) -> Sequence[InputEntries] | None:
        """Return the entries with which the new conversation of a restart begins.

        Returns:
            None for an append; no entries for a start.

        Raises:
            UnclearError: the conversation that it copied has changed.
        """
        if self.lost.copied_id is not None:
            return await self._copied_entries(self.lost.copied_id)
        return None if self.lost.conversation_id is not None else ()

    async def _history(self, id: str) -> ConversationHistory | None:
        try:
            history = await self.operations.get_history(id, **self.call)
        except NotFoundError as error:
            if id == self.lost.conversation_id:
                raise UnclearError("the conversation no longer exists") from error
            return None
        self._learn(history)
        return history

    async def _find_branch(self) -> str | None:
        """Return the conversation that the lost restart has made; None if not found.

        While another one may still become it, none is found.

        Raises:
            UnclearError: several conversations may be it.
        """
        copied = await self.copied() or ()
        newer = await self._newer()
        matches = {id: await self._matches(id, copied) for id in newer}
        found = [id for id, is_found in matches.items() if is_found]
        surely = [id for id in found if newer[id]]
        if len(surely) > 1:
            raise UnclearError(
                f"several conversations may be the restarted one: {', '.join(surely)}"
            )
        is_only_old = bool(found) and not surely
        self.is_unclear = is_only_old or None in matches.values()
        return surely[0] if surely and not self.is_unclear else None

    async def _copied_entries(self, copied_id: str) -> Sequence[InputEntries]:
        if self._copied is not None:
            return self._copied
        last = decode_json(self.lost.body)["from_entry_id"]
        try:
            history = await self.operations.get_history(copied_id, **self.call)
        except NotFoundError as error:
            raise UnclearError("the copied conversation no longer exists") from error
        self._learn(history)
        ids = [getattr(entry, "id", None) for entry in history.entries]
        if last not in ids:
            raise UnclearError(f"{copied_id} has no entry {last} any more")
        self._copied = history.entries[: ids.index(last) + 1]
        return self._copied

    async def _newer(self) -> Mapping[str, bool]:
        """Return the conversations that may have been made since.

        Returns:
            Their ids, and whether they are newer even by the latest `Date`.

        Raises:
            UnclearError: the service's clock is unknown.
        """
        seen: set[str] = set()
        newer: dict[str, bool] = {}
        metadata = decode_json(self.lost.body).get("metadata")
        page, is_last = 0, False
        while not is_last:
            listed = await self.operations.list(
                page=page, page_size=_PAGE_SIZE, metadata=metadata, **self.call
            )
            self._learn(listed)
            earliest = self.clock.earliest_despite(_CLOCK_ERROR, self.lost.sent_at)
            latest = self.clock.earliest(self.lost.sent_at)
            if earliest is None or latest is None:
                raise UnclearError(
                    "the service sends no Date, which tells new from old"
                )
            fresh = [each for each in listed if each.id not in seen]
            seen.update(each.id for each in fresh)
            newer |= {
                each.id: each.created_at > latest
                for each in fresh
                if each.created_at > earliest and each.id != self.lost.copied_id
            }
            page, is_last = page + 1, not fresh or _are_last(listed, earliest)
        return newer

    async def _matches(self, id: str, copied: Sequence[InputEntries]) -> bool | None:
        if id in self._others:
            return False
        history = await self._history(id)
        if history is None:
            return None
        is_found = is_branch(history.entries, copied, self.request)
        if is_found is False:
            self._others.add(id)
        return is_found

    def _learn(self, answer: Answer) -> None:
        """Learn the service's time from the `Date` of an answer."""
        date = answer.meta.headers.get("date") if answer.meta is not None else None
        try:
            sent = parsedate_to_datetime(date) if date else None
        except (ValueError, OverflowError):
            return
        self.clock.learn_date(sent, Moment.now())


def _are_last(page: ConversationPage, earliest: datetime) -> bool:
    """Return whether only older conversations follow a page.

    The order is not documented: only a page in descending order shows it.
    """
    times = [each.created_at for each in page]
    is_descending = all(a >= b for a, b in pairwise(times))
    return is_descending and times[-1] <= earliest
