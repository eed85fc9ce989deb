"""`Index`: where the last line about each row is, in 16 bytes a row."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Literal, TypeAlias, get_args

import attrs

__all__ = ["Found", "Index", "Status"]

Status: TypeAlias = Literal["sent", "unsent", "done", "failed"]

_STATUSES: tuple[Status, ...] = get_args(Status)
_KEY_BYTES = 7
_OFFSET_BITS = 56
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
        self._keys = array("Q")
        self._places = array("Q")
        for key, place in _last_of_each(sorted(map(_packed, lines))):
            self._keys.append(key)
            self._places.append(place)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._keys)

    def find(self, custom_id: str, request: str) -> Found | None:
        """Return the last line about a row; None if there is none."""
        key = _key(custom_id, request)
        at = bisect_left(self._keys, key)
        if at == len(self._keys) or self._keys[at] != key:
            return None
        place = self._places[at]
        status = _STATUSES[place & ((1 << _STATUS_BITS) - 1)]
        return Found(place >> _STATUS_BITS, status)


def _packed(line: tuple[str, str, Status, int]) -> int:
    """Return key, offset and status as one int, which sorts by key, then by offset."""
    custom_id, request, status, offset = line
    place = offset << _STATUS_BITS | _STATUSES.index(status)
    return _key(custom_id, request) << (_OFFSET_BITS + _STATUS_BITS) | place


def _key(custom_id: str, request: str) -> int:
    text = f"{request} {custom_id}".encode()
    return int.from_bytes(blake2b(text, digest_size=_KEY_BYTES).digest())


def _last_of_each(packed: list[int]) -> Iterator[tuple[int, int]]:
    shift = _OFFSET_BITS + _STATUS_BITS
    for at, each in enumerate(packed):
        key = each >> shift
        if at + 1 == len(packed) or packed[at + 1] >> shift != key:
            yield key, each & ((1 << shift) - 1)
