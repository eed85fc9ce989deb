"""Python objects of all kinds, as a caller may pass by mistake or on purpose."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import io
import ipaddress
import pathlib
import types
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import MagicMock

import attrs
import msgspec
import pydantic
from hypothesis import strategies as st

from mistral_conversations import (
    UNSET,
    CompletionArgs,
    CustomConnector,
    Function,
    FunctionTool,
    MessageInputEntry,
    TextChunk,
    UnknownEntry,
)
from tests.support.odd_json import odd_values

if TYPE_CHECKING:
    from decimal import Decimal as OnlyForTypeCheckers  # noqa: TC004 - the point

__all__ = ["OBJECTS", "Raising", "odd_objects"]


@dataclasses.dataclass
class Data:
    value: Any = 1


@dataclasses.dataclass
class Unresolved:
    value: OnlyForTypeCheckers | int = 1


@attrs.define
class Attributes:
    value: Any = 1


@attrs.frozen
class UnresolvedAttributes:
    value: OnlyForTypeCheckers | int = 1
    _private: Unresolved | None = None


class Pair(NamedTuple):
    left: Any
    right: Any = None


class Struct(msgspec.Struct):
    value: int = 1


class Pydantic(pydantic.BaseModel):
    value: int = 1


class Level(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    HELLO = "hello"


class Odd(enum.Enum):
    THING = object()


class Text(str):
    __slots__ = ()


class Attribute(dict[str, Any]):
    """A dict with attributes; a missing one is a KeyError."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


class Proxy:
    """It claims the class of what it stands for, as mocks and proxies do."""

    @property
    def __class__(self) -> Any:
        return str

    @__class__.setter
    def __class__(self, kind: type) -> None:
        raise NotImplementedError


class Numbers(Sequence[Any]):
    """A sequence that says little of its length."""

    def __getitem__(self, index: Any) -> Any:
        return [1, 2][index]

    def __len__(self) -> int:
        return 5


class Raising(Mapping[str, Any]):
    """A mapping whose values cannot be read."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("no connection")

    def __iter__(self) -> Iterator[str]:
        return iter(["value"])

    def __len__(self) -> int:
        return 1


class NoRepr:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def _function() -> Iterator[int]:
    yield 1


_LOOP: dict[str, Any] = {"type": "new"}
_LOOP["again"] = _LOOP
_LIST: list[Any] = []
_LIST.append(_LIST)
_DATA = Data()
_DATA.value = _DATA
_ANY: Any = object()

OBJECTS: list[Any] = [
    *[object(), ..., NotImplemented, UNSET, types, int, list[int], print, len, Data],
    *[b"x", bytearray(b"x"), memoryview(b"x"), io.BytesIO(b"x"), array.array("i", [1])],
    *[{1}, frozenset({"a"}), range(3), slice(1), iter([1]), _function(), map(str, "a")],
    *[{"a": 1}.items(), {"a": 1}.keys(), collections.deque([1]), Numbers()],
    *[1j, decimal.Decimal("NaN"), fractions.Fraction(1, 2), 10**6000, -(10**6000)],
    *[dt.date(2026, 1, 1), dt.datetime(2026, 1, 1), dt.time(1), dt.timedelta(1)],  # noqa: DTZ001
    *[dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.UTC, uuid.UUID(int=1)],
    *[pathlib.Path("/x"), ipaddress.ip_address("::1"), ValueError("x")],
    *[Data(), Data(object()), Unresolved(), Attributes({1}), UnresolvedAttributes()],
    *[UnresolvedAttributes(private=Unresolved()), Pair(1, (2,)), Struct(), Pydantic()],
    *[Level.LOW, Word.HELLO, Odd.THING, Text("x"), Attribute(a=1), NoRepr()],
    *[
        Proxy(),
        MagicMock(),
        MagicMock(spec=str),
    ],
    *[types.MappingProxyType({"a": 1}), collections.OrderedDict(a=1)],
    *[
        collections.ChainMap({"a": 1}),
        collections.UserDict(a=1),
        collections.UserList(),
    ],
    *[
        collections.UserString("x"),
        types.SimpleNamespace(a=1),
        collections.Counter("a"),
    ],
    *[{1: 2}, {b"a": 1}, {(1, 2): 3}, {None: 1}, {Text("a"): 1}, {Word.HELLO: 1}],
    *[
        {Level.LOW: 1},
        {TextChunk(text="a"): 1},
        {NoRepr(): 1},
        {dt.date(2026, 1, 1): 1},
    ],
    *[_LOOP, _LIST, _DATA, TextChunk(text="a"), TextChunk(text=_ANY)],
    *[MessageInputEntry(role="user", content="x", extra=_ANY)],
    *[MessageInputEntry(role=_ANY, content=(TextChunk(text=_ANY),))],
    *[UnknownEntry(type="new", raw=object()), UnknownEntry(type="new", raw=_LOOP)],
    *[
        FunctionTool(function=_ANY),
        CustomConnector(connector_id="c", authorization=_ANY),
    ],
    *[FunctionTool(function=Function(name="f", parameters=_LOOP))],
    *[CompletionArgs(stop=_ANY, temperature=_ANY, response_format=_ANY)],
]
"""One object of each kind; some contain themselves, or others that JSON cannot hold."""

odd_objects = st.recursive(
    # by index: Hypothesis would show all that it samples from
    st.integers(0, len(OBJECTS) - 1).map(lambda at: OBJECTS[at]) | odd_values,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.tuples(inner)
        | st.dictionaries(st.sampled_from(["type", "role", "content", "a"]), inner)
        | inner.map(Data)
        | inner.map(Pair)
    ),
    max_leaves=4,
)
"""Objects of all kinds, alone and inside each other."""
