"""The parameters of `Trouble`."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest

from mistral_conversations.server import Trouble
from tests.support.for_each import for_each

NAN, INFINITE = float("nan"), float("inf")


@for_each("name", ["delay", "event_delay", "comments"])
@for_each(
    ("value", "error"),
    [
        ("1", TypeError),
        (True, TypeError),
        ([1], TypeError),
        (-0.1, ValueError),
        (NAN, ValueError),
        (INFINITE, ValueError),
    ],
)
def test_seconds_that_are_none_are_refused_by_name(
    name: str, value: object, error: type[Exception]
) -> None:
    with pytest.raises(error, match=rf"\b{name}\b"):
        Trouble(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["delay", "event_delay"])
def test_none_is_no_number_of_seconds_where_0_is_the_default(name: str) -> None:
    with pytest.raises(TypeError, match=rf"\b{name}\b"):
        Trouble(**{name: None})  # type: ignore[arg-type]


def test_comments_without_a_pause_between_them_are_refused() -> None:
    with pytest.raises(ValueError, match="comments"):
        Trouble(comments=0)


@for_each("name", ["after_events", "after_bytes", "error_code", "giant_event"])
@for_each(
    ("value", "error"),
    [("1", TypeError), (True, TypeError), (1.0, TypeError), (-1, ValueError)],
)
def test_counts_that_are_none_are_refused_by_name(
    name: str, value: object, error: type[Exception]
) -> None:
    with pytest.raises(error, match=rf"\b{name}\b"):
        Trouble(**{"cut": "end", "error": "x", name: value})  # type: ignore[arg-type]


@for_each("status", [0, -1, 100, 199, 600, True, "429", 429.5, [429]])
def test_status_that_is_none_is_refused(status: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="status"):
        Trouble(status=status)


@for_each("cut", ["", "END", "fin", True, 0, b"end", ["end"]])
def test_unknown_cut_is_refused_with_the_known_ones(cut: Any) -> None:
    with pytest.raises(ValueError, match="cut must be one of end, close, reset"):
        Trouble(cut=cut)


@for_each(
    "extra",
    [{"body": ""}, {"body": {}}, {"headers": {"X-A": "b"}}, {"retry_after": 0}],
)
def test_what_belongs_to_a_status_is_refused_without_one(extra: Any) -> None:
    with pytest.raises(ValueError, match="need a status") as refused:
        Trouble(**extra)
    assert next(iter(extra)) in str(refused.value)
    assert Trouble(status=500, **extra).status == 500


@pytest.mark.parametrize("struck", [{"cut": "end"}, {"stall": True}])
def test_place_by_events_and_by_bytes_is_refused(struck: Any) -> None:
    with pytest.raises(ValueError, match="after_events or after_bytes, not both"):
        Trouble(after_events=1, after_bytes=1, **struck)


@for_each("place", [{"after_events": 1}, {"after_bytes": 0}])
@for_each("rest", [{}, {"delay": 1}, {"drip": True}, {"gzip": True}, {"status": 500}])
def test_place_without_a_trouble_to_place_is_refused(place: Any, rest: Any) -> None:
    with pytest.raises(ValueError, match="need something to position") as refused:
        Trouble(**place, **rest)
    assert next(iter(place)) in str(refused.value)


OF_EVENTS: list[dict[str, Any]] = [{"garbage": "{"}, {"error": ""}, {"giant_event": 1}]


@for_each("of_events", OF_EVENTS)
def test_trouble_with_events_is_not_placed_by_bytes(of_events: Any) -> None:
    with pytest.raises(
        ValueError, match="need after_events, not after_bytes"
    ) as refused:
        Trouble(after_bytes=1, **of_events)
    assert next(iter(of_events)) in str(refused.value)


@for_each("of_events", OF_EVENTS)
def test_trouble_with_events_takes_no_status(of_events: Any) -> None:
    with pytest.raises(ValueError, match="take no status") as refused:
        Trouble(status=500, **of_events)
    assert next(iter(of_events)) in str(refused.value)


ENDS: list[dict[str, Any]] = [
    {"cut": "end"},
    {"stall": True},
    {"error": "x"},
    {"giant_event": 1},
]


@for_each(("one", "other"), list(combinations(ENDS, 2)))
def test_two_troubles_that_would_hide_each_other_are_refused(
    one: Any, other: Any
) -> None:
    with pytest.raises(ValueError, match="exclude each other"):
        Trouble(**one, **other)


@for_each(
    ("name", "value"),
    [
        *[("stall", "no"), ("drip", 3), ("gzip", "x"), ("garbage", b"{")],
        *[("error", 5), ("error", object()), ("error_code", "x"), ("delay", "x")],
        *[("headers", None), ("headers", ["X"]), ("headers", {"X": 1})],
        *[("headers", {1: "x"}), ("retry_after", True), ("body", object())],
        *[("status", 429.0), ("status", True), ("comments", "x")],
    ],
)
def test_value_of_another_type_is_refused_by_its_name(name: str, value: object) -> None:
    status = {} if name in {"status", "garbage", "error"} else {"status": 500}
    with pytest.raises(TypeError, match=name):
        Trouble(**{**status, name: value})  # type: ignore[arg-type]


@for_each(
    ("name", "value"),
    [
        *[("garbage", "a\nb"), ("garbage", "\ud800"), ("error", "a\rb")],
        *[("headers", {"X": "a\r\nY: b"}), ("headers", {"a\nb": "x"})],
        *[("retry_after", "a\nb"), ("retry_after", -1), ("delay", 1e10)],
        *[("body", float("nan")), ("cut", "off"), ("after_bytes", -1)],
    ],
)
def test_value_that_cannot_be_sent_is_refused_by_its_name(
    name: str, value: object
) -> None:
    status = {} if name in {"garbage", "error", "cut"} else {"status": 500}
    with pytest.raises(ValueError, match=name):
        Trouble(**{**status, name: value})  # type: ignore[arg-type]


@for_each(
    "parts",
    [
        {},
        {"status": 200},
        {"status": 599, "body": b"", "headers": {}, "retry_after": "soon"},
        {"delay": 0, "event_delay": 1, "comments": 0.1},
        {"cut": "reset", "after_bytes": 0},
        {"stall": True, "after_bytes": 9, "gzip": True, "drip": True},
        {"garbage": "", "giant_event": 3, "after_events": 2},
        {"error": "", "error_code": 0, "after_events": 2},
    ],
)
def test_parts_that_go_together_are_taken(parts: Mapping[str, Any]) -> None:
    trouble = Trouble(**parts)
    assert {name: getattr(trouble, name) for name in parts} == parts


def test_trouble_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Trouble(status=503).status = 500  # type: ignore[misc]
