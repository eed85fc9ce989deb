"""The calls on batch jobs, built and checked before anything is sent."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from mistral_conversations import BatchJob, BatchRequest, TextChunk, from_dict
from mistral_conversations._wire import batch_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations.models.entries import MessageInputEntry
from tests.support.batch_bodies import JOB_ID, job
from tests.support.for_each import for_each

NOTHING: dict[str, Any] = dict.fromkeys(
    ["requests", "input_files", "model", "agent_id", "metadata", "timeout_hours"]
)
UNFILTERED: dict[str, Any] = dict.fromkeys(
    [
        *["page", "page_size", "model", "agent_id", "metadata", "created_after"],
        *["created_by_me", "status", "order_by"],
    ]
)


def created(**parameters: Any) -> Any:
    call = calls.create({"endpoint": "/v1/ocr", **NOTHING, **parameters})
    assert call[:3] == ("POST", "/v1/batch/jobs", {})
    return json.loads(call.body or b"")


def test_calls_on_one_job() -> None:
    path = "/v1/batch/jobs/j%2F1"
    assert calls.get("j/1", {"inline": None}) == Call("GET", path)
    assert calls.get("j/1", {"inline": True}).query == {"inline": "true"}
    cancel = calls.of_job(routes.BATCH_JOB_CANCEL, "j/1", method="POST")
    assert cancel == Call("POST", f"{path}/cancel")
    assert calls.id_of(from_dict(BatchJob, job())) == calls.id_of(JOB_ID) == JOB_ID
    with pytest.raises(TypeError, match="job must be a BatchJob, or its id as a str"):
        calls.id_of({"id": JOB_ID})  # type: ignore[arg-type]


def test_requests_of_every_kind() -> None:
    entry = MessageInputEntry(role="user", content=(TextChunk(text="Hi"),))
    body = created(
        requests=(
            BatchRequest(custom_id="1", body={"inputs": [entry]}),
            BatchRequest(body={"stream": False}),
            {"custom_id": "2", "body": {"n": (1, 2)}, "url": "/v1"},
        )
    )
    assert body["endpoint"] == "/v1/ocr"
    first, *others = body["requests"]
    assert first["custom_id"] == "1"
    assert first["body"]["inputs"][0]["content"] == [{"type": "text", "text": "Hi"}]
    assert others == [
        {"body": {"stream": False}},
        {"custom_id": "2", "body": {"n": [1, 2]}, "url": "/v1"},
    ]


def test_a_request_of_a_conversation_is_the_body_of_a_start() -> None:
    request = BatchRequest.conversation(
        "1",
        ["Hi", {"role": "assistant", "content": "Hello"}],
        model="m",
        completion_args={"temperature": 0.5},
        store=False,
    )
    assert request.custom_id == "1"
    assert request.body == {
        "inputs": [
            {"object": "entry", "type": "message.input", "role": "user",
                "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
        ],
        "model": "m",
        "completion_args": {"temperature": 0.5},
        "store": False,
    }  # fmt: skip
    assert created(requests=[request])["requests"][0]["body"] == request.body


@for_each(
    ("inputs", "parameters", "message"),
    [
        (5, {}, "inputs is of type int"),
        (["Hi", {}], {}, r"inputs\[1\] has neither `type` nor"),
        ("Hi", {"model": "m", "agent_id": "a"}, "model and agent_id are both given"),
        ("Hi", {"store": "no"}, "store must be a bool, not str"),
        (None, {}, "inputs must be text or entries, not None"),
    ],
)
def test_a_request_is_checked_when_it_is_built(
    inputs: Any, parameters: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        BatchRequest.conversation("1", inputs, **parameters)


class Odd:
    """An object that JSON cannot represent."""


MANY: list[Any] = [{"body": {}}] * 10_001
WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "pass exactly one of requests"),
    ({"requests": [{"body": {}}], "input_files": ["f"]}, "pass exactly one of request"),
    ({"requests": []}, "requests is empty"),
    ({"requests": MANY}, "requests has 10,001 items, and a job accepts 10,000"),
    ({"requests": {"body": {}}}, "requests must be a list or tuple, not dict"),
    ({"requests": ["Hi"]}, "requests[0] must be a BatchRequest or a mapping, not str"),
    ({"requests": [{"custom_id": "1"}]}, "requests[0] has no `body`, only the keys"),
    ({"requests": [{"body": [1]}]}, "requests[0].body must be a mapping, not list"),
    ({"requests": [BatchRequest(body=None)]},  # type: ignore[arg-type]
        "requests[0].body must be a mapping, not NoneType"),
    ({"requests": [{"body": {}, "custom_id": 1}]},
        "requests[0].custom_id must be a str, not int"),
    ({"requests": [*[{"body": {}}] * 2, {"body": {}, "custom_id": "1"},
        BatchRequest(custom_id="1", body={})]},
        "requests[3].custom_id is '1', as that of requests[2]"),
    ({"requests": [{"body": {}}, {"body": {"stream": True}}]},
        "requests[1].body.stream is True: leave it out"),
    ({"requests": [{"body": {}}, {"body": {"a": [Odd()]}}]},
        "requests[1].body.a[0] is of type Odd, which JSON cannot represent"),
    ({"requests": [{"body": {"a": float("nan")}}]}, "requests[0].body.a is nan"),
    ({"requests": [{"body": {5: 1}}]}, "requests[0].body has the key 5"),
    ({"input_files": "f"}, "input_files must be a list or tuple, not str"),
    ({"input_files": []}, "input_files is empty"),
    ({"input_files": ["f", None]}, "input_files[1] must be the id of a file, a str"),
    ({"input_files": [" "]}, "input_files[0] is blank"),
    ({"input_files": ["f"], "endpoint": None}, "endpoint must be a str, not NoneType"),
    ({"input_files": ["f"], "endpoint": "ocr"}, "endpoint must be the path of an endp"),
    ({"input_files": ["f"], "model": 5}, "model must be a str, not int"),
    ({"input_files": ["f"], "model": SimpleNamespace(id="m")},
        "model must be a str, not SimpleNamespace: pass its id"),
    ({"input_files": ["f"], "metadata": ["a"]}, "metadata must be a mapping, not list"),
    ({"input_files": ["f"], "metadata": {5: "a"}}, "a key of metadata must be a str"),
    ({"input_files": ["f"], "metadata": {"": "a"}}, "the key '' of metadata must have"),
    ({"input_files": ["f"], "metadata": {"k" * 33: "a"}}, "the key 'kkk"),
    ({"input_files": ["f"], "metadata": {"a": 5}}, "metadata['a'] must be a str, not"),
    ({"input_files": ["f"], "metadata": {"a": ""}}, "metadata['a'] must have 1 to 512"),
    ({"input_files": ["f"], "metadata": {"a": "v" * 513}}, "metadata['a'] must have 1"),
    ({"input_files": ["f"], "timeout_hours": 0}, "timeout_hours must be from 1 to 168"),
    ({"input_files": ["f"], "timeout_hours": 169}, "timeout_hours must be from 1 to"),
    ({"input_files": ["f"], "timeout_hours": 1.5}, "timeout_hours must be an int, not"),
]  # fmt: skip


@for_each(("parameters", "message"), WRONG)
def test_a_wrong_job_is_refused(parameters: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        created(**parameters)
    assert str(caught.value).startswith(message)


def test_the_largest_job_is_accepted() -> None:
    requests = [BatchRequest(custom_id=str(n), body={}) for n in range(10_000)]
    body = created(requests=requests, metadata={"k" * 32: "v" * 512}, timeout_hours=168)
    assert len(body["requests"]) == 10_000


def test_the_query_of_a_list() -> None:
    after = datetime(2026, 8, 1, tzinfo=UTC)
    filters = {
        "page": 2,
        "metadata": {"team": "sky", "year": "26"},
        "created_after": after,
        "created_by_me": False,
        "status": ("QUEUED", "DREAMING"),
        "order_by": "created",
    }
    assert calls.list_jobs({**UNFILTERED, **filters}) == Call(
        "GET",
        "/v1/batch/jobs",
        {
            "page": "2",
            "created_after": "2026-08-01T00:00:00Z",
            "created_by_me": "false",
            "status": ["QUEUED", "DREAMING"],
            "order_by": "created",
            "team": "sky",
            "year": "26",
        },
    )


@for_each(
    ("filters", "message"),
    [
        ({"metadata": {"page": "5"}}, "metadata cannot filter by the key 'page'"),
        ({"metadata": {"metadata": "5"}}, "cannot filter by the key 'metadata'"),
        ({"metadata": {"a": 5}}, r"metadata\['a'\] must be a str, not int"),
        ({"metadata": "a=5"}, "metadata must be a mapping, not str"),
        ({"created_after": "2026"}, "created_after must be a datetime, not str"),
        ({"created_after": datetime(2026, 8, 1)}, "created_after has no time zone"),  # noqa: DTZ001
        ({"status": "QUEUED"}, "status must be a list or tuple, not str"),
        ({"status": []}, "status is empty"),
        ({"created_by_me": 1}, "created_by_me must be a bool, not int"),
    ],
)
def test_a_wrong_filter_is_refused(filters: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        calls.list_jobs({**UNFILTERED, **filters})
