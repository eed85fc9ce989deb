"""Checks of JSON values, composed of smaller checks.

A check yields the problems of a value in the form of the service's 422: `type`, `loc`,
`msg`, `input` and sometimes `ctx`. The checks follow the published description and are
stricter than the models on purpose: requests that the service rejects are rejected
here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.ids import read_time, timestamp

__all__ = [
    "Check",
    "Location",
    "any_object",
    "boolean",
    "date_time",
    "either",
    "exactly",
    "fields",
    "integer",
    "items",
    "nullable",
    "number",
    "open_fields",
    "problem",
    "problems",
    "string",
    "tag_of",
    "tagged",
    "text",
]

Location: TypeAlias = tuple[str | int, ...]
Check: TypeAlias = Callable[[Any, Location], Iterator[JSONObject]]

_MOST_PROBLEMS = 100
_MOST_ITEMS = 50
_MOST_SHOWN = 500
_LONGEST_SHOWN = 1_000
_MORE = "..."


def problem(type: str, loc: Location, msg: str, input: Any, **ctx: Any) -> JSONObject:
    """Return one problem; large values are shortened."""
    budget = iter(range(_MOST_SHOWN))
    item = {
        "type": type,
        "loc": [_shown(step, budget) for step in loc],
        "msg": msg[:_LONGEST_SHOWN],
        "input": _shown(input, budget),
    }
    return {**item, "ctx": ctx} if ctx else item


def problems(check: Check, value: Any, loc: Location) -> list[JSONObject]:
    """Return the problems of a value, at most a hundred."""
    return list(islice(check(value, loc), _MOST_PROBLEMS))


def _shown(value: Any, budget: Iterator[int]) -> Any:
    if next(budget, None) is None:
        return _MORE
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        return value[:_LONGEST_SHOWN] + _MORE
    if isinstance(value, list):
        return [_shown(item, budget) for item in value[:_MOST_ITEMS]]
    if isinstance(value, dict):
        items = islice(value.items(), _MOST_ITEMS)
        return {_shown(key, budget): _shown(item, budget) for key, item in items}
    return value


def string(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Accept a string."""
    if not isinstance(value, str):
        yield problem("string_type", loc, "Input should be a valid string", value)


def text(
    *, least: int = 0, most: int | None = None, pattern: str | None = None
) -> Check:
    """Accept a string of limited length that matches a pattern (`re`)."""

    def check(value: Any, loc: Location) -> Iterator[JSONObject]:
        if not isinstance(value, str):
            yield from string(value, loc)
        elif len(value) < least:
            msg = f"String should have at least {least} character"
            yield problem("string_too_short", loc, msg, value, min_length=least)
        elif most is not None and len(value) > most:
            msg = f"String should have at most {most} characters"
            yield problem("string_too_long", loc, msg, value, max_length=most)
        elif pattern is not None and not re.fullmatch(pattern, value):
            msg = f"String should match pattern '{pattern}'"
            yield problem("string_pattern_mismatch", loc, msg, value, pattern=pattern)

    return check


def date_time(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Accept a time (RFC 3339), or a date alone."""
    try:
        timestamp(read_time(value))
    except (TypeError, ValueError, OverflowError):
        yield problem("datetime_type", loc, "Input should be a valid datetime", value)


def boolean(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Accept true or false."""
    if not isinstance(value, bool):
        yield problem("bool_type", loc, "Input should be a valid boolean", value)


def any_object(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Accept an object with any keys."""
    if not isinstance(value, dict):
        yield problem("dict_type", loc, "Input should be a valid dictionary", value)


def integer(*, ge: int | None = None, le: int | None = None) -> Check:
    """Accept an integer from `ge` to `le`, inclusive; 5.0 counts as one."""

    def check(value: Any, loc: Location) -> Iterator[JSONObject]:
        whole = isinstance(value, int) or (
            isinstance(value, float) and value.is_integer()
        )
        if isinstance(value, bool) or not whole:
            yield problem("int_type", loc, "Input should be a valid integer", value)
        else:
            yield from _limits(value, loc, ge, le)

    return check


def number(*, ge: float | None = None, le: float | None = None) -> Check:
    """Accept a number from `ge` to `le`, inclusive."""

    def check(value: Any, loc: Location) -> Iterator[JSONObject]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield problem("float_type", loc, "Input should be a valid number", value)
        else:
            yield from _limits(value, loc, ge, le)

    return check


def _limits(
    value: float, loc: Location, ge: float | None, le: float | None
) -> Iterator[JSONObject]:
    if ge is not None and value < ge:
        msg = f"Input should be greater than or equal to {ge:g}"
        yield problem("greater_than_equal", loc, msg, value, ge=ge)
    if le is not None and value > le:
        msg = f"Input should be less than or equal to {le:g}"
        yield problem("less_than_equal", loc, msg, value, le=le)


def exactly(*words: str) -> Check:
    """Accept one of some words."""
    expected = _listed(words)

    def check(value: Any, loc: Location) -> Iterator[JSONObject]:
        if value not in words:
            msg = f"Input should be {expected}"
            yield problem("literal_error", loc, msg, value, expected=expected)

    return check


def _listed(words: Iterable[str]) -> str:
    *first, last = (repr(word) for word in words)
    return f"{', '.join(first)} or {last}" if first else last


def nullable(check: Check) -> Check:
    """Accept null, or what a check accepts."""

    def check_or_null(value: Any, loc: Location) -> Iterator[JSONObject]:
        if value is not None:
            yield from check(value, loc)

    return check_or_null


def either(**branches: Check) -> Check:
    """Accept what one of some checks accepts; else yield the problems of all."""

    def check(value: Any, loc: Location) -> Iterator[JSONObject]:
        found: list[JSONObject] = []
        for name, branch in branches.items():
            problems_of_branch = problems(branch, value, (*loc, name))
            if not problems_of_branch:
                return
            found += problems_of_branch
        yield from found

    return check


def items(check: Check, *, least: int = 0, most: int | None = None) -> Check:
    """Accept an array of limited length whose items a check accepts."""

    def check_items(value: Any, loc: Location) -> Iterator[JSONObject]:
        if not isinstance(value, list):
            yield problem("list_type", loc, "Input should be a valid list", value)
            return
        if len(value) < least:
            msg = f"List should have at least {least} item, not {len(value)}"
            yield problem("too_short", loc, msg, value, min_length=least)
        if most is not None and len(value) > most:
            msg = f"List should have at most {most} items, not {len(value)}"
            yield problem("too_long", loc, msg, value, max_length=most)
        for index, item in enumerate(value):
            yield from check(item, (*loc, index))

    return check_items


def fields(*required: str, **checks: Check) -> Check:
    """Accept an object with known keys only.

    Args:
        required: the required keys.
        checks: the checks of the values, by key.
    """
    known = open_fields(*required, **checks)

    def check(value: Any, loc: Location) -> Iterator[JSONObject]:
        yield from known(value, loc)
        for key in value if isinstance(value, dict) else ():
            if key not in checks:
                msg = "Extra inputs are not permitted"
                yield problem("extra_forbidden", (*loc, key), msg, value[key])

    return check


def open_fields(*required: str, **checks: Check) -> Check:
    """Accept an object with known keys and any others."""

    def check(value: Any, loc: Location) -> Iterator[JSONObject]:
        if not isinstance(value, dict):
            msg = "Input should be a valid dictionary or object to extract fields from"
            yield problem("model_attributes_type", loc, msg, value)
            return
        for key in required:
            if key not in value:
                yield problem("missing", (*loc, key), "Field required", value)
        for key, item in value.items():
            if key in checks:
                yield from checks[key](item, (*loc, key))

    return check


def tag_of(value: Any, type_keys: Sequence[tuple[str, str]] = ()) -> Any:
    """Return the `type` of an object, or else the type that its keys reveal.

    Args:
        value: the object; None is returned for anything else.
        type_keys: pairs of a key and the type that it reveals, for objects without
            `type`; the first key present decides.
    """
    if not isinstance(value, dict):
        return None
    if "type" in value:
        return value["type"]
    return next((tag for key, tag in type_keys if key in value), None)


def tagged(
    checks: Mapping[str, Check], find_tag: Callable[[Any], Any] = tag_of
) -> Check:
    """Accept an object by its `type`.

    Args:
        checks: the checks of the objects, by `type`.
        find_tag: the function that returns the type of an object.
    """

    def check(value: Any, loc: Location) -> Iterator[JSONObject]:
        tag = find_tag(value)
        if not isinstance(value, dict):
            yield from fields()(value, loc)
        elif tag is None:
            msg = "Unable to extract tag using discriminator 'type'"
            yield problem("union_tag_not_found", loc, msg, value)
        elif not isinstance(tag, str) or tag not in checks:
            msg = (
                f"Input tag {tag!r} found using 'type' does not match any of the "
                f"expected tags: {', '.join(map(repr, checks))}"
            )
            yield problem("union_tag_invalid", loc, msg, value)
        else:
            yield from checks[tag](value, (*loc, tag))

    return check
