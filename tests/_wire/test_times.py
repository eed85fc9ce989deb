"""Times in UNIX seconds are read as aware `datetime`, and written as integers."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from mistral_conversations import DecodeError, from_dict, to_dict
from mistral_conversations._wire.times import read_unix_time, unix_seconds
from mistral_conversations.models.model import Model
from mistral_conversations.models.unix_time import UnixTime
from tests.support.for_each import for_each

TIME = datetime(2026, 8, 1, 12, 30, tzinfo=UTC)


@attrs.frozen(kw_only=True, repr=False)
class Job(Model):
    created_at: UnixTime
    completed_at: UnixTime | None = None
    due: datetime | None = None


def test_an_integer_is_read_and_written() -> None:
    data = {"created_at": 1785587400, "completed_at": 0}
    job = from_dict(Job, data)
    assert job.created_at == TIME
    assert job.created_at.tzinfo is UTC
    assert job.completed_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert to_dict(job) == data
    assert type(to_dict(job)["created_at"]) is int


def test_what_is_no_time_is_written_as_it_is() -> None:
    seconds: Any = 1785587400
    assert to_dict(Job(created_at=seconds)) == {"created_at": 1785587400}


def test_other_times_of_the_class_stay_text() -> None:
    job = Job(created_at=TIME, due=TIME)
    assert to_dict(job) == {"created_at": 1785587400, "due": "2026-08-01T12:30:00Z"}
    assert from_dict(Job, to_dict(job)) == job


@for_each(
    ("value", "time"),
    [
        ("1785587400", TIME),
        (1785587400.0, TIME),
        (1785587400.5, TIME + timedelta(seconds=0.5)),
        ("2026-08-01T12:30:00Z", TIME),
        ("2026-08-01T12:30:00", TIME),
        (-86400, datetime(1969, 12, 31, tzinfo=UTC)),
    ],
)
def test_drifted_times_are_read(value: Any, time: datetime) -> None:
    assert from_dict(Job, {"created_at": value}).created_at == time


@for_each(
    "value", [True, "soon", [], {}, 10**18, -(10**18), float("nan"), float("inf")]
)
def test_what_is_no_time_is_a_misfit(value: Any) -> None:
    with pytest.raises(DecodeError, match="created_at"):
        from_dict(Job, {"created_at": value})
    job = from_dict(Job, {"created_at": 1, "completed_at": value})
    assert job.completed_at is None
    assert job.extra.keys() == {"completed_at"}


def test_fractions_are_kept() -> None:
    time = TIME + timedelta(microseconds=250000)
    assert unix_seconds(time) == 1785587400.25
    assert read_unix_time(unix_seconds(time)) == time


def test_a_zone_is_taken_into_account_and_its_absence_is_utc() -> None:
    paris = timezone(timedelta(hours=2))
    assert unix_seconds(TIME.astimezone(paris)) == 1785587400
    assert unix_seconds(TIME.replace(tzinfo=None)) == 1785587400
