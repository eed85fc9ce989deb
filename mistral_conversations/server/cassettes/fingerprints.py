"""The equality of JSON values.

The order of an object's members means nothing; 1 equals 1.0, and NaN equals NaN; true
does not equal 1, nor an absent member one that is null.
"""

import hashlib
import json
from typing import Any

__all__ = ["canonical", "digest"]

_SIZE = 16


def canonical(value: Any) -> str:
    """Return a text that is the same for equal values, and differs for others."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return a short text that stands for a canonical one."""
    return hashlib.blake2b(text.encode(), digest_size=_SIZE).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value whose whole numbers are integers."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
