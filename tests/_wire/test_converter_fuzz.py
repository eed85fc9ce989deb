"""Any JSON for any class: an object, from which the JSON comes back, or an error."""

import copy
import os
import pickle
import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, get_args, get_origin

import attrs
from hypothesis import given
from hypothesis import strategies as st

import mistral_conversations
from mistral_conversations import DecodeError, ResponseMeta, from_dict, to_dict
from mistral_conversations._wire.answer import decode_answer
from mistral_conversations._wire.converter import _converter, structure_hook
from mistral_conversations._wire.keys import json_fields
from mistral_conversations._wire.odd_values import MISFITS, members_of, read_int
from mistral_conversations.models.model import Model
from tests.support.comparison import thorough
from tests.support.drawn_models import kinds, model_classes
from tests.support.for_each import for_each
from tests.support.odd_json import (
    ODD_SCALARS,
    bodies,
    least,
    nested,
    odd_values,
    texts_of,
)

IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

any_kind = st.sampled_from(kinds())


def any_body_of(kind: Any) -> st.SearchStrategy[Any]:
    return bodies(kind) | odd_values


def any_text_of(kind: Any) -> st.SearchStrategy[bytes]:
    return texts_of(any_body_of(kind))


def losses(read: Any, given: Any, back: Any, place: str = "$") -> list[str]:
    """Return what was lost or changed of a JSON value on its way through an object.

    Null keys may be left out. A number may have been read from text, a time in another
    zone, and one chunk as a list.

    Args:
        read: the object.
        given: the JSON that it was read from.
        back: the JSON that it was written as.
        place: the position, for the result.
    """
    if isinstance(read, Model):
        return [
            loss
            for key, value in given.items()
            if value is not None
            for loss in _losses_of_key(read, key, value, back, f"{place}.{key}")
        ]
    if isinstance(read, tuple):
        listed = given if isinstance(given, list) else [given]
        assert len(read) == len(listed) == len(back), place
        return [
            loss
            for index, item in enumerate(read)
            for loss in losses(item, listed[index], back[index], f"{place}[{index}]")
        ]
    if isinstance(read, datetime):
        is_same = _is_same_time(given, back)
    elif isinstance(read, int | float) and not isinstance(given, bool):
        number = float(given) if isinstance(given, str) else given
        is_same = number == back or repr(given) == repr(back)
    else:
        is_same = repr(given) == repr(back)
    return [] if is_same else [f"{place}: {given!r:.200} came back as {back!r:.200}"]


def _losses_of_key(
    read: Model, key: str, given: Any, back: dict[str, Any], place: str
) -> list[str]:
    field = json_fields(type(read)).get(key)
    if field is None or key in read.extra:
        return losses(None, given, back.get(key), place)
    counts = [m for m in members_of(field.type) if get_origin(m) is Mapping]
    if counts and get_args(counts[0])[1] is int:
        given = {name: read_int(n) for name, n in given.items() if n is not None}
    return losses(getattr(read, field.name), given, back.get(key), place)


def _is_same_time(given: Any, back: Any) -> bool:
    """Compare times; one may be in text, the other in UNIX seconds."""
    if isinstance(back, str):
        return _utc(given) == _utc(back)
    try:
        seconds = float(given)
    except ValueError:
        seconds = _utc(given).timestamp()
    return abs(seconds - float(back)) < 1e-6


def _utc(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def tried(decode: Callable[..., Any], *args: Any) -> Any:
    """Return what a function decodes, or its error."""
    try:
        return decode(*args)
    except DecodeError as error:
        return error


def check_error(error: DecodeError) -> None:
    """Check that an error can be shown, written and sent to another process."""
    assert str(error).encode()
    assert len(str(error)) < 20_000
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), repr(again.body)) == (str(error), repr(error.body))


def check_object(read: Any, given: Any) -> None:
    """Check that nothing of the JSON is lost, and that the object is a value."""
    back = to_dict(read)
    assert losses(read, given, back) == []
    again = from_dict(type(read), back) if isinstance(read, Model) else read
    for copied in (again, copy.deepcopy(read), pickle.loads(pickle.dumps(read))):
        assert repr(copied) == repr(read)
    if type(read).__module__ == mistral_conversations.__name__:  # a public class
        assert hash(copied) == hash(read)


@thorough
@given(any_kind.flatmap(lambda kind: st.tuples(st.just(kind), any_body_of(kind))))
def test_any_json_is_an_object_or_a_decode_error(pair: tuple[Any, Any]) -> None:
    kind, body = pair
    before = repr(body)
    found = tried(from_dict, kind, body)
    if isinstance(found, DecodeError):
        check_error(found)
        assert found.body is body
    else:
        check_object(found, body)
    assert repr(body) == before


@thorough
@given(any_kind.flatmap(lambda kind: st.tuples(st.just(kind), any_text_of(kind))))
def test_any_text_is_an_object_or_a_decode_error(pair: tuple[Any, bytes]) -> None:
    kind, text = pair
    meta = ResponseMeta(status=200)
    found = tried(decode_answer, kind, text, meta)
    if isinstance(found, DecodeError):
        check_error(found)
        assert found.meta is meta
    else:
        check_object(found, to_dict(found))


CLASSES = model_classes() if IS_THOROUGH else random.sample(model_classes(), 8)
ODD = [*ODD_SCALARS, [], {}, [[]], [None], {"a": None}, {"type": "new"}, nested(150)]


@for_each("cls", CLASSES)
@for_each("value", ODD)
def test_every_field_takes_an_odd_value_or_names_it(cls: Any, value: Any) -> None:
    for key in json_fields(cls):
        check_odd_value(cls, key, value)


def check_odd_value(cls: Any, key: str, value: Any) -> None:
    """Check that a field takes a value, or that the error names the field."""
    body = {**least(cls), key: value}
    found = tried(from_dict, cls, body)
    check_agreement(cls, body)
    if isinstance(found, DecodeError):
        assert {key, json_fields(cls)[key].name} & set(re.split(r"\W", str(found)))
    else:
        assert losses(found, body, to_dict(found)) == []


@thorough
@given(any_kind.flatmap(lambda kind: st.tuples(st.just(kind), any_body_of(kind))))
def test_the_compiled_and_the_detailed_converter_agree(pair: tuple[Any, Any]) -> None:
    check_agreement(*pair)


def check_agreement(kind: Any, body: Any) -> None:
    """Check that both converters read an object, the same one, or neither does."""
    detailed = _converter(detailed=True)
    try:
        read = structure_hook(kind)(body, kind)
    except MISFITS:
        try:
            found = detailed.structure(body, kind)
        except MISFITS:
            return
        raise AssertionError(f"only the detailed converter reads {found}") from None
    assert repr(without_extra(detailed.structure(body, kind))) == repr(
        without_extra(read)
    )


def without_extra(read: Any) -> Any:
    """Return an object without its further keys, which the detailed converter omits."""
    if isinstance(read, tuple):
        return tuple(map(without_extra, read))
    if not isinstance(read, Model):
        return read
    fields = attrs.fields_dict(type(read)).keys() - {"extra", "meta"}
    inner = {name: without_extra(getattr(read, name)) for name in fields}
    return attrs.evolve(read, extra={}, **inner)
