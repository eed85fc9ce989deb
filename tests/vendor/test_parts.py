"""Files, models, batch jobs and pages of libraries in the vendor's client."""

import json
import time
import urllib.request
from typing import Any

import pytest

from tests.support.vendor_client import REASON, Parts
from tests.vendor.conftest import OpenParts

models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)
errors: Any = pytest.importorskip("mistralai.client.errors", reason=REASON)

# The vendor's models warn of some of their own fields.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

CONVERSATIONS = "/v1/conversations"
MODEL = "mistral-medium-latest"
LINES = [
    {"custom_id": "first", "body": {"inputs": "Hi"}},
    {"custom_id": "second", "body": {"inputs": "Hello"}},
]
CONTENT = b"".join(json.dumps(line).encode() + b"\n" for line in LINES)
BATCH = {"file_name": "questions.jsonl", "content": CONTENT}


@pytest.fixture
def parts(open_parts: OpenParts) -> Parts:
    """Call a server that echoes."""
    return open_parts()


def upload(parts: Parts, **parameters: Any) -> Any:
    return parts["files"].call("upload", file=BATCH, purpose="batch", **parameters)


def test_files_come_and_go(parts: Parts) -> None:
    files = parts["files"]
    made = upload(parts)
    assert isinstance(made, models.CreateFileResponse)
    assert (made.filename, made.purpose) == ("questions.jsonl", "batch")
    assert made.size_bytes == len(CONTENT)
    listed = files.call("list")
    assert ([file.id for file in listed.data], listed.total) == ([made.id], 1)
    found = files.call("retrieve", file_id=made.id)
    assert (found.filename, found.deleted) == ("questions.jsonl", False)
    gone = files.call("delete", file_id=made.id)
    assert (gone.id, gone.deleted) == (made.id, True)
    with pytest.raises(errors.SDKError) as raised:
        files.call("retrieve", file_id=made.id)
    assert raised.value.status_code == 404


def test_files_are_listed_in_pages_and_by_filters(parts: Parts) -> None:
    made = {upload(parts).id for _ in range(3)}
    files = parts["files"]
    pages = [files.call("list", page=n, page_size=2).data for n in range(3)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert {file.id for page in pages for file in page} == made
    assert files.call("list", purpose="ocr").data == []
    assert len(files.call("list", search="question", source=["upload"]).data) == 3


def test_files_are_downloaded(parts: Parts) -> None:
    file_id = upload(parts, expiry=5, visibility="user").id
    assert parts.download(file_id) == CONTENT
    signed = parts["files"].call("get_signed_url", file_id=file_id, expiry=2)
    with urllib.request.urlopen(signed.url) as response:
        assert response.read() == CONTENT


def test_models_are_listed(parts: Parts) -> None:
    listed = parts["models"].call("list")
    assert listed.data
    for card in listed.data:
        assert isinstance(card, models.BaseModelCard)
        assert card.capabilities.completion_chat or card.capabilities.ocr
        assert parts["models"].call("retrieve", model_id=card.id) == card
    asked = listed.data[0].id
    found = parts["models"].call("list", model=asked).data
    assert 0 < len(found) < len(listed.data)
    assert all(asked == card.id or asked in card.aliases for card in found)


def finished(parts: Parts, job: Any) -> Any:
    deadline = time.monotonic() + 20
    while job.status in {"QUEUED", "RUNNING"}:
        assert time.monotonic() < deadline
        time.sleep(0.01)
        job = parts["batch.jobs"].call("get", job_id=job.id, inline=True)
    return job


def create(parts: Parts, **parameters: Any) -> Any:
    given = {"endpoint": CONVERSATIONS, "model": MODEL, **parameters}
    return parts["batch.jobs"].call("create", **given)


@pytest.mark.parametrize("by_file", [False, True], ids=["inline", "by file"])
def test_a_batch_job_has_results(parts: Parts, by_file: bool) -> None:
    source = {"input_files": [upload(parts).id]} if by_file else {"requests": LINES}
    job = create(parts, metadata={"team": "kitchen"}, **source)
    assert (job.endpoint, job.metadata) == (CONVERSATIONS, {"team": "kitchen"})
    job = finished(parts, job)
    assert (job.status, job.succeeded_requests, job.failed_requests) == (
        "SUCCESS",
        2,
        0,
    )
    lines = [json.loads(line) for line in parts.download(job.output_file).splitlines()]
    assert sorted(line["custom_id"] for line in lines) == ["first", "second"]
    for line in lines:
        body = line["response"]["body"]
        answer = models.ConversationResponse.model_validate(body)
        assert answer.outputs[0].content in {"Hi", "Hello"}
    assert [each["custom_id"] for each in job.outputs] == ["first", "second"]


def test_batch_jobs_are_listed_cancelled_and_deleted(open_parts: OpenParts) -> None:
    parts = open_parts(latency=30)
    jobs = parts["batch.jobs"]
    job = create(parts, requests=LINES)
    assert [each.id for each in jobs.call("list").data] == [job.id]
    cancelled = jobs.call("cancel", job_id=job.id)
    assert cancelled.status in {"CANCELLATION_REQUESTED", "CANCELLED"}
    gone = jobs.call("delete", job_id=job.id)
    assert (gone.id, gone.deleted) == (job.id, True)
    assert jobs.call("list").data == []


@pytest.mark.parametrize("size", [1, 2, 3])
def test_libraries_are_listed_in_pages(parts: Parts, size: int) -> None:
    libraries = parts["beta.libraries"]
    made = {libraries.call("create", name=name).id for name in "abc"}
    found: list[str] = []
    token = None
    while True:
        page = libraries.call("list", page_size=size, page_token=token)
        assert 0 < len(page.data) <= size
        found += [library.id for library in page.data]
        token = page.next_page_token
        if token is None:
            break
    assert len(found) == 3
    assert {*found} == made
