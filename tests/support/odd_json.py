"""JSON that a service might send: any values, valid bodies with odd places, texts.

A body is that of a drawn model. It is changed as services change theirs: a value of
another type, a key that is missing, null or new, another tag, a list instead of its
item. Its text is written as clients have to read it: keys twice, halves of characters,
NaN, other encodings, cut off.
"""

import copy
import json
import math
from collections.abc import Mapping
from datetime import datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st

from mistral_conversations import to_dict
from mistral_conversations._wire.keys import json_fields, required_keys
from mistral_conversations.models.model import Model
from mistral_conversations.models.unix_time import UnixTime
from tests.support.drawn_models import drawn, model_classes, plain_json, tags
from tests.support.json_places import places_in

__all__ = [
    "ODD_SCALARS",
    "bodies",
    "keys",
    "least",
    "nested",
    "odd_values",
    "texts_of",
]

_KEYS = sorted({key for cls in model_classes() for key in json_fields(cls)})

keys = st.sampled_from([*_KEYS, "extra", "meta", "raw", "new_key"]) | st.text(
    max_size=3
)
"""The keys that models know, those of our own fields, and any others."""

ODD_SCALARS: list[Any] = [
    *[None, True, False, 0, -1, 2**63, -(2**64), 10**4000, 1.5, -0.0, 5e-324],
    *[1e308, math.nan, math.inf, -math.inf, "", " ", "\0", "\ud83d", "\ude00\ud83d"],
    *["null", "true", "NaN", "1e400", "1e3", "12", "12.0", "-", "+", "٣", "9" * 5000],
    *["2026-07-01", "2026-07-01T10:20:30", "0001-01-01T00:00:00+23:59", "[1]", "{}"],
    *["9999-12-31T23:59:59.999999-23:59", "2026-W27-3T24:00Z", "20260701T10Z"],
    *["x" * 9000, "<html><b>No</b></html>", "data: {}\n\n"],
]


def nested(depth: int) -> Any:
    """Return lists and objects inside each other, to a depth."""
    value: Any = "innermost"
    for level in range(depth):
        value = [value] if level % 2 else {"inner": value}
    return value


odd_values = st.recursive(
    st.sampled_from([*ODD_SCALARS, *tags()])
    | plain_json
    | st.sampled_from([3, 40, 180]).map(nested),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=5,
)
"""Values that JSON text can hold, odd ones above all."""


def least(kind: Any) -> Any:
    """Return the JSON of the smallest object of a class or union."""
    if kind is Any or get_origin(kind) is Mapping:
        return {}
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is tuple:
        return []
    if get_origin(kind) in {Union, UnionType}:
        return least(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, Model):
        fields = json_fields(kind)
        return {key: least(fields[key].type) for key in sorted(required_keys(kind))}
    return _LEAST[kind]


_LEAST: dict[Any, Any] = {
    str: "a",
    int: 1,
    float: 1.5,
    bool: True,
    datetime: "2026-07-01T10:20:30Z",
    UnixTime: 1,
}


@st.composite
def bodies(draw: st.DrawFn, kind: Any, most_changes: int = 3) -> Any:
    """Draw the body of an object of a class or union, changed in some places."""
    holder = {"body": copy.deepcopy(to_dict(draw(drawn(kind))))}
    for _ in range(draw(st.integers(0, most_changes))):
        owner, key = draw(st.sampled_from(list(places_in(holder))))
        _CHANGES[draw(st.sampled_from(list(_CHANGES)))](draw, owner, key)
        holder.setdefault("body", None)
    return holder["body"]


def _replace(draw: st.DrawFn, owner: Any, key: Any) -> None:
    owner[key] = draw(odd_values)


def _exchange(draw: st.DrawFn, owner: Any, key: Any) -> None:
    other, place = draw(st.sampled_from(list(places_in(owner))))
    owner[key] = copy.deepcopy(other[place])


def _drop(_: st.DrawFn, owner: Any, key: Any) -> None:
    del owner[key]


def _null(_: st.DrawFn, owner: Any, key: Any) -> None:
    owner[key] = None


def _add(draw: st.DrawFn, owner: Any, key: Any) -> None:
    inner = owner[key]
    if isinstance(inner, dict):
        inner[draw(keys)] = draw(odd_values)
    elif isinstance(inner, list):
        inner += [draw(odd_values), *inner[:1]]


def _wrap(_: st.DrawFn, owner: Any, key: Any) -> None:
    owner[key] = [owner[key]]


def _unwrap(_: st.DrawFn, owner: Any, key: Any) -> None:
    inner = owner[key]
    if inner and isinstance(inner, dict | list):
        owner[key] = next(iter(inner.values() if isinstance(inner, dict) else inner))


def _write(_: st.DrawFn, owner: Any, key: Any) -> None:
    """Write a value as text, as services do with numbers and arguments."""
    owner[key] = json.dumps(owner[key])


_CHANGES = {
    change.__name__: change
    for change in (_replace, _exchange, _drop, _null, _add, _wrap, _unwrap, _write)
}


@st.composite
def texts_of(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> bytes:
    """Draw the JSON text of a value; it may be damaged."""
    text = json.dumps(
        draw(values),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
    )
    if draw(st.integers(0, 3)) == 0:  # a key that stands there twice
        key, value = json.dumps(draw(keys)), json.dumps(draw(odd_values))
        at = draw(st.integers(0, len(text)))
        text = text[:at] + text[at:].replace("{", f"{{{key}: {value}, ", 1)
    encoding = draw(
        st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "utf-16", "utf-32-le"])
    )
    data = text.encode(encoding, "surrogatepass")
    if draw(st.integers(0, 5)) == 0:
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, len(data)))
        data = data[:start] + draw(st.binary(max_size=6)) + data[end:]
    return data
