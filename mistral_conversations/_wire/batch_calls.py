"""The calls on batch jobs, built and checked before sending."""

from collections.abc import Mapping
from typing import Any

from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.parameters import (
    Checks,
    Parameters,
    a_bool,
    a_count,
    a_mapping,
    a_text,
    a_time,
    an_id,
    check_required,
    each,
    given,
    not_empty,
    one,
    to_body,
    to_query,
)
from mistral_conversations.models.batch_jobs import BatchJob, BatchRequest

__all__ = ["create", "get", "id_of", "list_jobs", "of_job"]

_MOST_REQUESTS = 10_000
_MOST_HOURS = 168
_LONGEST_KEY = 32
_LONGEST_VALUE = 512


def create(parameters: Parameters) -> Call:
    """POST /v1/batch/jobs; None is not sent, and rejected for `endpoint`."""
    check_required(parameters, _CHECKS, "endpoint")
    if (parameters["requests"] is None) == (parameters["input_files"] is None):
        raise ValueError(
            "pass exactly one of requests (the requests themselves) and input_files "
            "(the ids of uploaded JSON Lines files)"
        )
    return Call("POST", routes.BATCH_JOBS, body=to_body(given(parameters), _CHECKS))


def list_jobs(parameters: Parameters) -> Call:
    """GET /v1/batch/jobs; None is not sent.

    Each pair of `metadata` is a parameter of its own: the description has no other
    form for it (OpenAPI's `style: form` with `explode: true`).
    """
    others = {name: value for name, value in parameters.items() if name != "metadata"}
    query = to_query(others, _LISTED)
    pairs = parameters["metadata"]
    if pairs is not None:
        a_mapping("metadata", pairs)
        for key, value in pairs.items():
            _check_pair(key, value)
            _check_free(key)
        query |= to_query(pairs, dict.fromkeys(pairs, a_text))
    return Call("GET", routes.BATCH_JOBS, query)


def get(job_id: str, parameters: Parameters) -> Call:
    """GET /v1/batch/jobs/{job_id}; None is not sent."""
    query = to_query(parameters, _GOT)
    return of_job(routes.BATCH_JOB, job_id)._replace(query=query)


def of_job(route: str, job_id: str, *, method: str = "GET") -> Call:
    """GET, or another method, for a batch job."""
    return Call(method, routes.path_of(route, job_id=job_id))


def id_of(job: BatchJob | str) -> str:
    """Return the id of a job, or of one that is given by its id.

    Raises:
        TypeError: it is neither.
        ValueError: the id is blank.
    """
    if isinstance(job, BatchJob):
        return job.id
    one("a BatchJob, or its id as a str", str)("job", job)
    if not job.strip():
        raise ValueError("job is blank: pass a BatchJob, or its id")
    return job


def _check_endpoint(name: str, value: Any) -> None:
    a_text(name, value)
    if not value.startswith("/"):
        raise ValueError(
            f"{name} must be the path of an endpoint, such as '/v1/conversations', not "
            f"{value!r}"
        )


def _check_requests(name: str, value: Any) -> None:
    _requests(name, value)
    if len(value) > _MOST_REQUESTS:
        raise ValueError(
            f"{name} has {len(value):,} items, and a job accepts {_MOST_REQUESTS:,}: "
            "upload them as a JSON Lines file and pass its id in input_files"
        )
    places: dict[str, str] = {}
    for index, request in enumerate(value):
        place = f"{name}[{index}]"
        fields = request if isinstance(request, Mapping) else _fields(request)
        _check_body(place, fields)
        _check_id(place, fields.get("custom_id"), places)


def _fields(request: BatchRequest) -> Mapping[str, Any]:
    return {"custom_id": request.custom_id, "body": request.body}


def _check_body(place: str, request: Mapping[str, Any]) -> None:
    if "body" not in request:
        keys = sorted(map(str, request))
        raise ValueError(
            f"{place} has no `body`, only the keys {keys}: put the parameters of the "
            "request, such as `inputs`, into `body`"
        )
    body = request["body"]
    a_mapping(f"{place}.body", body)
    if body.get("stream"):
        raise ValueError(
            f"{place}.body.stream is {body['stream']!r}: leave it out, a batch job "
            "does not stream"
        )


def _check_id(place: str, custom_id: Any, places: dict[str, str]) -> None:
    if custom_id is None:
        return
    a_text(f"{place}.custom_id", custom_id)
    earlier = places.setdefault(custom_id, place)
    if earlier != place:
        raise ValueError(
            f"{place}.custom_id is {custom_id!r}, as that of {earlier}: results could "
            "not be told apart"
        )


def _check_files(name: str, value: Any) -> None:
    _ids(name, value)
    for index, file_id in enumerate(value):
        if not file_id.strip():
            raise ValueError(f"{name}[{index}] is blank: pass the id of a file")


def _check_metadata(name: str, value: Any) -> None:
    a_mapping(name, value)
    for key, item in value.items():
        _check_pair(key, item)


def _check_pair(key: Any, value: Any) -> None:
    a_text("a key of metadata", key)
    if not 1 <= len(key) <= _LONGEST_KEY:
        raise ValueError(
            f"the key {key[: 2 * _LONGEST_KEY]!r} of metadata must have 1 to "
            f"{_LONGEST_KEY} characters, not {len(key)}"
        )
    a_text(f"metadata[{key!r}]", value)
    if not 1 <= len(value) <= _LONGEST_VALUE:
        raise ValueError(
            f"metadata[{key!r}] must have 1 to {_LONGEST_VALUE} characters, not "
            f"{len(value)}"
        )


def _check_free(key: str) -> None:
    if key == "metadata" or key in _LISTED:
        raise ValueError(
            f"metadata cannot filter by the key {key!r}: the query has a parameter of "
            "that name"
        )


_requests = not_empty(each("a BatchRequest or a mapping", BatchRequest, Mapping))
_ids = not_empty(each("the id of a file, a str", str))

_CHECKS: Checks = {
    "endpoint": _check_endpoint,
    "requests": _check_requests,
    "input_files": _check_files,
    "model": an_id,
    "agent_id": an_id,
    "metadata": _check_metadata,
    "timeout_hours": a_count(1, _MOST_HOURS),
}

_GOT: Checks = {"inline": a_bool}

_LISTED: Checks = {
    "page": a_count(0),
    "page_size": a_count(1),
    "model": an_id,
    "agent_id": an_id,
    "created_after": a_time,
    "created_by_me": a_bool,
    "status": not_empty(each("a status, a str", str)),
    "order_by": a_text,
}
