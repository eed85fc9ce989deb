"""The budget of one limit, by the clock of the test."""

import pytest

from mistral_conversations.batch.pacing.budget import Budget

LATENCY = 1.0


def test_nothing_waits_without_a_limit() -> None:
    budget = Budget(60, None, 0)
    budget.enter(1e9)
    assert budget.wait(1e9, LATENCY, 0) == 0


def test_own_limit_is_spent_evenly() -> None:
    budget = Budget(60, 600, 0)
    assert budget.wait(10, LATENCY, 0) == 0
    budget.enter(97)
    assert budget.wait(10, LATENCY, 0) == pytest.approx(10)
    assert budget.wait(10, LATENCY, 10) == 0


def test_own_limit_saves_up_little() -> None:
    budget = Budget(60, 600, 0)
    assert budget.wait(10, LATENCY, 3600) == 0
    budget.enter(13)
    assert budget.wait(10, LATENCY, 3600) > 0


def test_lower_limit_counts() -> None:
    budget = Budget(60, 600, 0)
    budget.learn(100_000, 100_000, 0)
    budget.enter(97)
    assert budget.wait(10, LATENCY, 0) == pytest.approx(10)


def test_request_that_failed_has_spent_nothing() -> None:
    budget = Budget(60, 600, 0)
    budget.enter(97)
    budget.leave(97, answered=False)
    assert budget.wait(10, LATENCY, 0) == 0


def test_answer_that_costs_more_than_expected_delays_the_next() -> None:
    budget = Budget(60, 600, 0)
    budget.enter(9.7)
    budget.leave(9.7, answered=True)
    budget.correct(9.7)
    assert budget.wait(10, LATENCY, 0) == pytest.approx(2)


def test_window_that_is_mostly_left_holds_nothing() -> None:
    budget = Budget(60, None, 0)
    budget.learn(1000, 990, 0)
    for _ in range(4):
        assert budget.wait(100, LATENCY, 0) == 0
        budget.enter(100)
    assert budget.wait(100, LATENCY, 0) > 0


def test_window_that_is_used_up_holds_until_its_end() -> None:
    budget = Budget(60, None, 0)
    budget.learn(1000, 0, 5)
    assert budget.wait(10, LATENCY, 5) == 60
    assert budget.wait(10, LATENCY, 65) == 0


def test_rise_of_what_remains_shows_a_new_window() -> None:
    budget = Budget(60, None, 0)
    budget.learn(1000, 0, 5)
    budget.learn(1000, 950, 20)
    assert budget.wait(10, LATENCY, 20) == 0
    budget.learn(1000, 0, 79)
    assert budget.wait(10, LATENCY, 79) == 1


def test_request_above_the_limit_is_sent_into_an_untouched_window() -> None:
    budget = Budget(60, None, 0)
    budget.learn(1000, 500, 0)
    assert budget.wait(5000, LATENCY, 0) == 60
    assert budget.wait(5000, LATENCY, 60) == 0
    budget.enter(5000)
    assert budget.wait(5000, LATENCY, 60) == 60


def test_more_left_than_the_limit_is_the_limit() -> None:
    budget = Budget(60, None, 0)
    budget.learn(100, 10**12, 0)
    assert budget.wait(60, LATENCY, 0) == 0
    budget.enter(60)
    assert budget.wait(60, LATENCY, 0) > 0


def test_nothing_is_saved_up_in_a_pause() -> None:
    budget = Budget(60, 600, 0)
    budget.enter(9.7)
    budget.pause(30)
    assert budget.wait(10, LATENCY, 30) == pytest.approx(1)
