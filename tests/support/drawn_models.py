"""Models of every class, drawn by Hypothesis from the types of their fields.

The classes and unions are found in the code: a new one is drawn as soon as it exists.
"""

import inspect
import sys
import types
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from hypothesis import strategies as st

import mistral_conversations
from mistral_conversations._wire.keys import json_fields
from mistral_conversations.models.model import Answer, Model, Unknown
from mistral_conversations.models.unix_time import UnixTime
from mistral_conversations.runs.pausing.saved_run import SavedRun

__all__ = [
    "drawn",
    "kinds",
    "model_classes",
    "plain_json",
    "tags",
    "unions",
]

_UNIONS = (Union, types.UnionType)

_MOST_ITEMS = 2

texts = st.text(max_size=4) | st.sampled_from(
    ["", "12", "1e3", "null", "2026-07-01T10:20:30Z", "\0", "\ud83d", "\ude00", "{}"]
)
"""Text; also halves of characters, and text that looks like another type."""

_integers = st.integers(0, 9) | st.integers(-(2**70), 2**70)
_floats = st.floats(allow_nan=False) | st.integers(-3, 3)

_scalars = st.none() | st.booleans() | _integers | _floats | texts

plain_json = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=_MOST_ITEMS)
        | st.dictionaries(texts, inner, max_size=_MOST_ITEMS)
    ),
    max_leaves=4,
)
"""Values of JSON's plain types, equal to themselves (no NaN)."""

_zones = st.just(UTC) | st.integers(-23 * 60, 23 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
_times = st.datetimes(timezones=_zones).map(lambda time: time.replace(fold=0))
# A float of seconds has no more than microseconds in our time.
_unix_times = st.timedeltas(timedelta(0), timedelta(days=80_000)).map(
    lambda since: datetime(1970, 1, 1, tzinfo=UTC) + since
)


@cache
def model_classes() -> tuple[type[Model], ...]:
    """Return every class of the library that JSON objects become."""
    for name in mistral_conversations.__all__:
        getattr(mistral_conversations, name)  # loads the modules of the models
    found = (
        cls
        for cls in _subclasses(Model)
        if getattr(sys.modules[cls.__module__], cls.__name__, None) is cls
        and cls.__module__.partition(".")[0] == mistral_conversations.__name__
        and not cls.__name__.startswith("_")
        and not inspect.isabstract(cls)
    )
    return tuple(sorted({*found, SavedRun} - {Answer}, key=lambda cls: cls.__name__))


def _subclasses(cls: type[Model]) -> Iterator[type[Model]]:
    for each in cls.__subclasses__():
        yield each
        yield from _subclasses(each)


@cache
def unions() -> tuple[Any, ...]:
    """Return every union of models that the library exports."""
    names = mistral_conversations.__all__
    found = (getattr(mistral_conversations, name) for name in names)
    return tuple(
        each
        for each in found
        if get_origin(each) in _UNIONS and all(map(_is_read, get_args(each)))
    )


@cache
def kinds() -> tuple[Any, ...]:
    """Return all that `from_dict` reads: classes and unions."""
    return (*model_classes(), *unions())


def _is_read(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model | Unknown)


@cache
def tags() -> tuple[str, ...]:
    """Return the values of `type` and of other fields with a fixed value."""
    found = {
        str(value)
        for cls in model_classes()
        for field in attrs.fields(cls)
        if get_origin(field.type) is Literal
        for value in get_args(field.type)
    }
    return tuple(sorted(found))


@st.composite
def drawn(draw: st.DrawFn, kind: Any) -> Any:
    """Draw an object of a class or union."""
    return _Drawing(draw).value(kind)


@attrs.frozen
class _Drawing:
    _draw: st.DrawFn

    def value(self, kind: Any) -> Any:
        match get_origin(kind):
            case origin if origin in _UNIONS:
                return self._member(get_args(kind))
            case origin if origin is tuple:
                size = self._draw(st.integers(0, _MOST_ITEMS))
                return tuple(self.value(get_args(kind)[0]) for _ in range(size))
        if isinstance(kind, type) and issubclass(kind, Model | Unknown):
            return self._model(kind) if issubclass(kind, Model) else self._unknown(kind)
        return self._draw(_values_of(kind))

    def _member(self, members: tuple[Any, ...]) -> Any:
        # A mapping beside a fallback class is only sent: it is read as one of them.
        has_fallback = any(
            isinstance(m, type) and issubclass(m, Unknown) for m in members
        )
        choices = [
            member
            for member in members
            if member is not types.NoneType
            and not (has_fallback and get_origin(member) is Mapping)
        ]
        return self.value(self._draw(st.sampled_from(choices)))

    def _unknown(self, kind: type[Unknown]) -> Unknown:
        tag = self._draw(st.sampled_from(["brand.new", "", "TEXT"]))
        rest = self._draw(st.dictionaries(st.just("new_key"), plain_json, max_size=1))
        return kind(type=tag, raw={"type": tag, **rest})

    def _model(self, cls: type[Model]) -> Model:
        share = st.integers(1, self._draw(st.sampled_from([8, 8, 2])))
        fields = {
            field.name: self.value(field.type)
            for field in json_fields(cls).values()
            if field.default is attrs.NOTHING or self._draw(share) == 1
        }
        if self._draw(share) == 1:
            fields["extra"] = {"new_key": self._draw(plain_json.filter(_is_set))}
        return cls(**fields)


def _is_set(value: Any) -> bool:
    return value is not None


def _values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return the strategy of a type that is no class of ours."""
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is Mapping:
        values = _integers if get_args(kind)[1] is int else plain_json
        return st.dictionaries(texts, values, max_size=_MOST_ITEMS)
    found: Mapping[Any, st.SearchStrategy[Any]] = {
        Any: plain_json,
        UnixTime: _unix_times,
        str: texts,
        int: _integers,
        float: _floats,
        bool: st.booleans(),
        datetime: _times,
    }
    return found[kind]
