"""The service's clock: what its times show, beside clocks that stop or are set."""

import math
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from mistral_conversations._wire import service_clock
from mistral_conversations._wire.service_clock import Moment, ServiceClock, seconds_of

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
WALL = seconds_of(NOON)


def moment(monotonic: float, wall: float | None = None) -> Moment:
    """Return a moment; the two clocks run together unless a wall time is given."""
    return Moment(monotonic, WALL + monotonic if wall is None else WALL + wall)


def earliest(clock: ServiceClock, at: Moment) -> float:
    """Return the seconds after noon that the service's clock had reached."""
    found = clock.earliest(at)
    assert found is not None
    return (found - NOON).total_seconds()


def test_nothing_is_known_before_the_first_time() -> None:
    clock = ServiceClock()
    assert clock.earliest(moment(5)) is None
    clock.learn(None, moment(6))
    assert clock.earliest(moment(5)) is None


def test_a_later_moment_is_later_by_as_much() -> None:
    clock = ServiceClock()
    clock.learn(NOON, moment(100))
    assert earliest(clock, moment(100)) == pytest.approx(0, abs=1e-5)
    assert earliest(clock, moment(130)) == pytest.approx(30, abs=1e-5)
    assert earliest(clock, moment(70)) == pytest.approx(-30, abs=1e-5)


def test_the_time_that_shows_most_counts() -> None:
    """A time that took long to arrive shows less than one that was quick."""
    clock = ServiceClock()
    clock.learn(NOON + timedelta(seconds=20), moment(100))
    clock.learn(NOON + timedelta(seconds=50), moment(160))
    assert earliest(clock, moment(200)) == pytest.approx(120, abs=1e-5)


def test_a_date_may_be_of_another_clock_than_entries() -> None:
    clock = ServiceClock()
    clock.learn_date(NOON + timedelta(seconds=9), moment(100))
    assert clock.of_entries(moment(100)) is None
    assert clock.earliest_despite(60, moment(100)) == NOON - timedelta(seconds=51)
    clock.learn(NOON, moment(100))
    assert clock.of_entries(moment(103)) == NOON + timedelta(seconds=3)
    assert clock.earliest(moment(100)) == NOON + timedelta(seconds=9)
    assert clock.earliest_despite(60, moment(100)) == NOON


def test_times_without_a_zone_are_in_utc() -> None:
    clock = ServiceClock()
    clock.learn(NOON.replace(tzinfo=None), moment(100))
    assert earliest(clock, moment(100)) == pytest.approx(0, abs=1e-5)


def test_a_machine_that_sleeps_does_not_make_the_past_younger() -> None:
    """Its monotonic clock stops; the wall clock shows how long it slept."""
    clock = ServiceClock()
    sent = moment(100)
    clock.learn(NOON + timedelta(seconds=3600), moment(110, wall=3600 + 100))
    assert earliest(clock, sent) <= 0.001


def test_a_wall_clock_that_is_set_does_not_make_the_past_younger() -> None:
    for step in (-7200.0, 7200.0):
        clock = ServiceClock()
        clock.learn(NOON, moment(100))
        sent = moment(101, wall=101 + step)
        clock.learn(NOON + timedelta(seconds=5), moment(105, wall=105 + step))
        assert earliest(clock, sent) <= 1.001


def test_elapsed_seconds_are_the_fewer_of_both_clocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    then = moment(100)
    for monotonic, wall, elapsed in ((130, 130, 30), (101, 3700, 1), (160, 110, 10)):
        now = moment(monotonic, wall=wall)
        monkeypatch.setattr(service_clock.Moment, "now", lambda now=now: now)
        assert then.elapsed() == pytest.approx(elapsed, abs=1e-5)


def test_a_pickle_keeps_the_wall_clock() -> None:
    before = Moment.now()
    back = pickle.loads(pickle.dumps(Moment(-math.pi, before.wall - 60)))
    assert back.wall == before.wall - 60
    assert 60 <= back.elapsed() < 90


def test_a_time_of_an_entry_that_no_clock_shows_is_forgotten() -> None:
    """Nothing that follows would be newer than it."""
    for odd in (datetime.max.replace(tzinfo=UTC), NOON + timedelta(days=2)):
        clock = ServiceClock()
        clock.learn(odd, moment(100))
        clock.earliest(moment(100 + 1e9))
        clock.learn_date(NOON, moment(101))
        assert earliest(clock, moment(101)) == pytest.approx(0, abs=1e-5)
        assert clock.of_entries(moment(101)) is None
