"""`HashMap`: numbers by hashes, in about 17 bytes an entry."""

from array import array
from bisect import bisect_left

__all__ = ["HashMap"]

_SHARDS = 1024
"""So many sorted arrays that an insertion moves few entries of a million."""

_ALL_BITS = 2**64 - 1


class HashMap:
    """Map hashes of 64 bits to numbers of 64 bits."""

    def __init__(self) -> None:
        self._keys: list[array[int]] = [array("Q") for _ in range(_SHARDS)]
        self._values: list[array[int]] = [array("Q") for _ in range(_SHARDS)]
        self._count = 0

    def __len__(self) -> int:
        """Return the number of hashes."""
        return self._count

    def put(self, key: int, value: int) -> bool:
        """Set the number of a hash; return whether the hash is new."""
        key &= _ALL_BITS
        keys, values = self._keys[key % _SHARDS], self._values[key % _SHARDS]
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            values[at] = value
            return False
        keys.insert(at, key)
        values.insert(at, value)
        self._count += 1
        return True

    def get(self, key: int) -> int | None:
        """Return the number of a hash; None if it is not there."""
        key &= _ALL_BITS
        keys = self._keys[key % _SHARDS]
        at = bisect_left(keys, key)
        found = at < len(keys) and keys[at] == key
        return self._values[key % _SHARDS][at] if found else None
