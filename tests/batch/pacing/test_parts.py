"""The parts of the pace: pauses, the width, the costs, what headers say."""

from typing import Any

import pytest

from mistral_conversations.batch.pacing.costs import Costs
from mistral_conversations.batch.pacing.pauses import Pauses
from mistral_conversations.batch.pacing.readings import Reading, readings
from mistral_conversations.batch.pacing.width import Width
from tests.support.for_each import for_each


def limit(name: str, most: str, left: str | None = None) -> dict[str, str]:
    named = {f"x-ratelimit-limit-{name}": most}
    if left is not None:
        named[f"x-ratelimit-remaining-{name}"] = left
    return named


@for_each(
    ("headers", "expected"),
    [
        ({}, []),
        (limit("tokens-minute", "500", "0"), [Reading("tokens", 500, 0)]),
        (limit("tokens-minute", "500"), [Reading("tokens", 500, None)]),
        (limit("tokens-minute", "500", "-1"), [Reading("tokens", 500, None)]),
        (limit("req-minute", "60", "59"), [Reading("requests", 60, 59)]),
        (limit("requests-minute", "60", "59"), [Reading("requests", 60, 59)]),
        (limit("tokens-month", "500", "0"), []),
        (limit("code-interpreter-minute", "500", "0"), []),
        (limit("tokens-minute", "0", "0"), []),
        (limit("tokens-minute", "9" * 400), []),
        (limit("tokens-minute", "500, 500", "3"), []),
        (limit("tokens-minute", "²"), []),
        (limit("tokens-minute", "nan", "inf"), []),
        ({"x-ratelimit-remaining-tokens-minute": "5"}, []),
    ],
)
def test_headers_name_limits_of_a_minute(headers: Any, expected: Any) -> None:
    assert list(readings(headers)) == expected


def test_pause_is_as_long_as_the_service_asks() -> None:
    pauses = Pauses(60)
    assert pauses.refused(7, 100)
    assert pauses.until == 107
    assert not pauses.is_probing


def test_refusals_of_requests_under_way_are_one_pause() -> None:
    pauses = Pauses(60)
    assert pauses.refused(None, 100)
    assert not pauses.refused(None, 100.1)
    assert pauses.until == 101
    assert not pauses.refused(9, 100.2)
    assert pauses.until == pytest.approx(109.2)


def test_pauses_in_vain_grow_up_to_a_window() -> None:
    pauses, now, lengths = Pauses(60), 0.0, []
    for _ in range(8):
        pauses.entered()
        assert pauses.refused(None, now)
        lengths.append(pauses.until - now)
        now = pauses.until
    assert lengths == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pauses.is_probing
    pauses.answered()
    assert not pauses.is_probing
    pauses.entered()
    pauses.refused(None, now)
    assert pauses.until - now == 1


def test_service_that_asks_for_no_time_at_all_is_not_asked_without_end() -> None:
    pauses, now = Pauses(60), 0.0
    for _ in range(11):
        pauses.entered()
        pauses.refused(0, now)
        now = max(now, pauses.until)
    assert pauses.exhausted_until > now > 100


def test_quota_of_a_day_is_exhausted_at_once() -> None:
    pauses = Pauses(60)
    pauses.refused(86_400, 5)
    assert pauses.exhausted_until == 86_405
    assert pauses.until == 0


def test_overloaded_service_gets_at_most_a_window() -> None:
    pauses = Pauses(60)
    pauses.asked(5, 100)
    assert pauses.until == 105
    pauses.asked(1e9, 100)
    assert pauses.until == 160


def test_width_grows_with_answers_and_halves_with_a_refusal() -> None:
    width = Width(100)
    assert width.size == 16
    width.answered(3)
    assert width.size == 16
    for _ in range(10):
        width.answered(width.size)
    assert width.size == 26
    width.refused()
    assert width.size == 13
    for _ in range(13):
        width.answered(width.size)
    assert width.size in {13, 14}
    for _ in range(10):
        width.refused()
    assert width.size == 1


def test_width_is_at_most_what_the_caller_allows() -> None:
    width = Width(3)
    for _ in range(10):
        width.answered(width.size)
    assert width.size == 3


def test_costs_are_those_of_the_size_until_an_answer_arrives() -> None:
    costs = Costs()
    assert costs.expected(0) == 0
    assert costs.expected(100) == 100
    costs.learn(0, 0, 500)
    assert costs.expected(100) == 100


def test_costs_are_learned_for_all_sizes() -> None:
    costs = Costs()
    for size in range(100, 1100, 10):
        costs.learn(1, size, 300 + 0.5 * size)
    assert costs.expected(2000) == pytest.approx(1300, rel=0.01)
    assert costs.expected(0) == 0


def test_costs_of_one_size_are_no_line() -> None:
    costs = Costs()
    for _ in range(5):
        costs.learn(2, 500_000, 2000)
    assert costs.expected(250_000) == pytest.approx(1000)
    assert costs.expected(500_000) == pytest.approx(2000, rel=0.01)
    assert costs.expected(1) >= 1
