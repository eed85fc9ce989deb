"""The schemas of requests about batch jobs, as tables of checks."""

from collections.abc import Iterator
from typing import Any, get_args

from mistral_conversations.models.batch_jobs import ApiEndpoint, BatchJobStatus
from mistral_conversations.server.web.checks import (
    Check,
    Location,
    any_object,
    boolean,
    date_time,
    exactly,
    integer,
    items,
    nullable,
    open_fields,
    problem,
    string,
    text,
)
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.uuids import uuid_text

__all__ = ["INLINE", "JOB", "LISTING", "REQUEST"]

_MOST_REQUESTS = 10_000
_MOST_HOURS = 168

_key = text(least=1, most=32)
_value = text(least=1, most=512)


def _words(alias: Any) -> tuple[str, ...]:
    """Return the words of an open enum of the models."""
    literal, _ = get_args(alias)
    return get_args(literal)


def _metadata(value: Any, loc: Location) -> Iterator[JSONObject]:
    yield from any_object(value, loc)
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from _key(key, (*loc, key, "[key]"))
        yield from _value(item, (*loc, key))


REQUEST = open_fields("body", custom_id=nullable(string), body=any_object)
"""One request: an item of `requests`, or a line of an input file."""

_settings = open_fields(
    "endpoint",
    input_files=nullable(items(uuid_text)),
    requests=nullable(items(REQUEST, most=_MOST_REQUESTS)),
    endpoint=exactly(*_words(ApiEndpoint)),
    model=nullable(string),
    agent_id=nullable(string),
    metadata=nullable(_metadata),
    timeout_hours=integer(ge=1, le=_MOST_HOURS),
)


def _job(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Accept settings with exactly one source of requests."""
    yield from _settings(value, loc)
    if isinstance(value, dict) and (
        bool(value.get("requests")) == bool(value.get("input_files"))
    ):
        msg = "Value error, exactly one of requests and input_files is required"
        yield problem("value_error", loc, msg, value)


JOB: Check = _job
"""The body that creates a job."""

LISTING = open_fields(
    page=integer(ge=0),
    page_size=integer(ge=1),
    model=string,
    agent_id=string,
    metadata=nullable(any_object),
    created_after=date_time,
    created_by_me=boolean,
    status=items(exactly(*_words(BatchJobStatus))),
    order_by=exactly("created", "-created"),
)
"""The query that lists jobs."""

INLINE = open_fields(inline=boolean)
"""The query that asks for a job."""
