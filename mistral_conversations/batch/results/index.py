"""`Index`: where the last line about each row is, in a few bytes a row."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal, TypeAlias, get_args

import attrs

from mistral_conversations.batch.hashes import HashMap

__all__ = ["Found", "Index", "Status"]

Status: TypeAlias = Literal["sent", "unsent", "done", "failed"]

_STATUSES: tuple[Status, ...] = get_args(Status)
_STATUS_BITS = 2


@attrs.frozen
class Found:
    """The last line about a row."""

    offset: int
    """Its position in the file, in bytes."""

    status: Status


class Index:
    """Find lines by the row and the request that they are about.

    It holds hashes: a line that is found must be compared with what was looked for.

    Args:
        lines: `custom_id`, request, status and offset of each line, in their order.
    """

    def __init__(self, lines: Iterable[tuple[str, str, Status, int]]) -> None:
        self._places = HashMap()
        for custom_id, request, status, offset in lines:
            place = offset << _STATUS_BITS | _STATUSES.index(status)
            self._places.put(_key(custom_id, request), place)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._places)

    def find(self, custom_id: str, request: str) -> Found | None:
        """Return the last line about a row; None if there is none."""
        place = self._places.get(_key(custom_id, request))
        if place is None:
            return None
        return Found(place >> _STATUS_BITS, _STATUSES[place % len(_STATUSES)])


def _key(custom_id: str, request: str) -> int:
    text = f"{request} {custom_id}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest())
