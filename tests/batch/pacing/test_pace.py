"""The pace: limits are used, and hardly ever hit, whatever the rows are like."""

import random
from collections.abc import Callable

import pytest

from mistral_conversations.batch.pacing.pace import Pace
from tests.batch.pacing.simulation import Rows, Service, Simulation
from tests.support.for_each import for_each

LIMIT = 500_000


def between(low: float, high: float) -> Callable[[random.Random], float]:
    return lambda draw: draw.uniform(low, high)


def spread(mean: float) -> Callable[[random.Random], float]:
    return lambda draw: draw.expovariate(1 / mean) + 1


def run(
    service: Service,
    rows: Rows | None = None,
    *,
    workers: int = 32,
    requests: float | None = None,
    tokens: float | None = None,
    strangers: Callable[[float], float] = lambda _: 0.0,
) -> Simulation:
    pace = Pace(workers, requests, tokens, service.window, 0.0)
    batch = Simulation(service, pace, rows or Rows(), strangers)
    batch.run(workers, windows=6)
    return batch


@for_each(
    ("service", "rows", "workers"),
    [
        (Service(LIMIT), Rows(), 32),
        (Service(LIMIT, begins_at=55), Rows(latency=between(0.01, 0.03)), 32),
        (Service(LIMIT), Rows(cost=spread(5000), latency=spread(5)), 32),
        (Service(LIMIT), Rows(latency=between(5, 40)), 500),
        (Service(20_000), Rows(), 32),
        (Service(LIMIT, requests=10_000), Rows(), 500),
        (Service(LIMIT), Rows(estimate=lambda _: 250_000), 32),
        (Service(LIMIT), Rows(estimate=lambda _: 1), 32),
        (
            Service(8_000, window=1, begins_at=0.3),
            Rows(between(30, 50), between(0.002, 0.01)),
            32,
        ),
    ],
)
def test_limit_is_used_and_hardly_ever_hit(
    service: Service, rows: Rows, workers: int
) -> None:
    batch = run(service, rows, workers=workers)
    assert batch.use(2, 6) >= 0.9
    assert batch.refused < 0.01 * batch.answered


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_others_with_the_same_key_are_left_room(rate: float) -> None:
    batch = run(Service(LIMIT), strangers=lambda _: rate * LIMIT / 60)
    assert batch.use(2, 6) >= 0.9
    assert batch.refused < 0.01 * batch.answered


def test_others_may_come_in_bursts() -> None:
    batch = run(
        Service(LIMIT),
        strangers=lambda now: 1.5 * LIMIT / 60 if now % 60 < 20 else 0.0,
    )
    assert batch.use(2, 6) >= 0.9
    assert batch.refused < 0.01 * batch.answered


def test_limit_of_requests_is_used_and_not_hit() -> None:
    batch = run(Service(requests=60))
    assert sum(batch.service.asked[each] for each in range(2, 6)) >= 0.9 * 4 * 60
    assert batch.refused == 0


@pytest.mark.parametrize("names_limits", [True, False])
def test_own_limit_of_tokens_is_kept(*, names_limits: bool) -> None:
    service = Service(LIMIT, names_limits=names_limits)
    batch = run(service, tokens=100_000)
    for window in range(2, 6):
        assert 0.9 * 100_000 <= batch.own[window] <= 102_000
    assert batch.refused == 0


def test_own_limit_of_requests_is_kept() -> None:
    batch = run(Service(LIMIT), requests=100)
    for window in range(2, 6):
        assert 90 <= batch.service.asked[window] <= 100


def test_service_that_names_no_limits_is_paced_by_its_refusals() -> None:
    batch = run(Service(LIMIT, names_limits=False))
    assert batch.use(2, 6) >= 0.9
    assert batch.refused < 0.01 * batch.answered


def test_refusals_that_say_nothing_are_few_all_the_same() -> None:
    batch = run(Service(LIMIT, names_limits=False, retry_after=False))
    assert batch.use(2, 6) >= 0.75
    assert batch.refused < 0.03 * batch.answered


def test_row_larger_than_the_limit_is_asked_when_nothing_else_is() -> None:
    batch = run(Service(1000), Rows(cost=lambda _: 2500.0))
    assert batch.answered >= 16 + 3
