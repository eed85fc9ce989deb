"""The calls that a request confirmed, as a history has them."""

from collections.abc import Mapping, Sequence
from typing import Self

import attrs

from mistral_conversations._wire.entry_facts import is_call, text_fact
from mistral_conversations._wire.lost_request import LostRequest
from mistral_conversations.models.entries import InputEntries

__all__ = ["ConfirmedCalls", "is_decided"]


@attrs.frozen
class ConfirmedCalls:
    """The calls that `tool_confirmations` allowed or denied."""

    _request: LostRequest
    _statuses: Mapping[str, str | None]
    """Their `confirmation_status`, by their ids."""

    end: int
    """The position after the last of them; 0 if none is there."""

    @classmethod
    def of(cls, entries: Sequence[InputEntries], request: LostRequest) -> Self:
        """Find the calls; of calls with one id, the last one counts."""
        statuses: dict[str, str | None] = {}
        end = 0
        for at, entry in enumerate(entries if request.confirmed else ()):
            id = text_fact(entry, "tool_call_id")
            if id in request.confirmed and is_call(entry):
                statuses[id] = text_fact(entry, "confirmation_status")
                end = at + 1
        return cls(request, statuses, end)

    @property
    def are_complete(self) -> bool:
        """Whether all of them are there."""
        return len(self._statuses) == len(self._request.confirmed)

    @property
    def decided(self) -> int:
        """How many of them wait no longer."""
        return sum(map(_is_decision, self._statuses.values()))

    @property
    def are_decided(self) -> bool:
        """Whether none of them waits any longer."""
        return self.are_complete and self.decided == len(self._statuses)

    @property
    def are_contradicted(self) -> bool:
        """Whether one is allowed that the request denied, or the other way round."""
        return any(
            status == ("allowed" if id in self._request.denied else "denied")
            for id, status in self._statuses.items()
        )


def is_decided(entry: InputEntries) -> bool:
    """Return whether an entry is a call that waited for a confirmation, and got it."""
    return is_call(entry) and _is_decision(text_fact(entry, "confirmation_status"))


def _is_decision(status: str | None) -> bool:
    """Return whether a status is `allowed`, `denied`, or one that is still unknown."""
    return status not in {None, "pending"}
