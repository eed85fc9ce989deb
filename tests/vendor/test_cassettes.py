"""The vendor's client is recorded and replayed, and shares cassettes with this one."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mistral_conversations import Mistral
from mistral_conversations.server import LocalServer, say, think
from tests.support.vendor_client import (
    REASON,
    Parts,
    Served,
    client,
    events_of,
    history_of,
    open_async,
    open_blocking,
    text_of,
)

errors: Any = pytest.importorskip("mistralai.client.errors", reason=REASON)

KEY = "sk-canary-7d21c4e8b0"
START: dict[str, Any] = {"inputs": "Sky?", "model": "mistral-small-latest"}
CONTENT = b"The sky is blue." * 10_000
TEXTS = ["Blue.", "Still blue.", "Grey."]
ANSWERS: Sequence[Any] = [*TEXTS[:2], [think("Hm."), say("Grey.")]]

Open: TypeAlias = Callable[[Served], Parts]


@pytest.fixture(params=[open_blocking, open_async], ids=["blocking", "async"])
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open the vendor's client for a server, for the length of a test."""
    with ExitStack() as stack:
        yield lambda server: request.param(stack, client(server, KEY))


def everything(parts: Parts) -> list[Any]:
    """Call what a program calls, and return all that it gets."""
    conversations = parts["beta.conversations"]
    first = conversations.call("start", **START)
    id_ = first.conversation_id
    second = conversations.call("append", conversation_id=id_, inputs="Sure?")
    events = events_of(
        conversations, "append_stream", conversation_id=id_, inputs="Now?"
    )
    return [first, second, *events, *history_of(conversations, id_)]


def agent(parts: Parts) -> list[Any]:
    made = parts["beta.agents"].call("create", model="m", name="Meteorologist")
    got = parts["beta.agents"].call("get", agent_id=made.id)
    answer = parts["beta.conversations"].call("start", inputs="Sky?", agent_id=made.id)
    return [made, got, answer]


def upload(parts: Parts) -> list[Any]:
    library = parts["beta.libraries"].call("create", name="Skies")
    documents = parts["beta.libraries.documents"]
    file = {"file_name": "sky.txt", "content": io.BytesIO(CONTENT)}
    document = documents.call("upload", library_id=library.id, file=file)
    ids = {"library_id": library.id, "document_id": document.id}
    return [library, document, documents.call("extracted_text_signed_url", **ids)]


def error(parts: Parts) -> list[Any]:
    with pytest.raises(errors.SDKError) as caught:
        parts["beta.conversations"].call("get_history", conversation_id="conv_none")
    return [caught.value.status_code, json.loads(caught.value.body)]


@pytest.mark.parametrize(
    "program", [everything, agent, upload, error], ids=lambda each: each.__name__
)
def test_the_vendors_client_is_recorded_and_replayed(
    program: Callable[[Parts], list[Any]], opened: Open, tmp_path: Path
) -> None:
    cassette = tmp_path / "c.jsonl"
    with (
        LocalServer(ANSWERS) as service,
        LocalServer.recording(cassette, upstream=service.base_url) as recorder,
    ):
        recorded = program(opened(recorder))
    with LocalServer.replaying(cassette, strict=True) as replayer:
        assert program(opened(replayer)) == recorded
    assert KEY not in cassette.read_text(encoding="utf-8")
    assert recorded


def talk_of_theirs(parts: Parts) -> list[str]:
    conversations = parts["beta.conversations"]
    first = conversations.call("start", **START)
    id_ = first.conversation_id
    second = conversations.call("append", conversation_id=id_, inputs="Sure?")
    append = {"conversation_id": id_, "inputs": "Now?"}
    streamed = text_of(events_of(conversations, "append_stream", **append))
    library = parts["beta.libraries"].call("create", name="Skies")
    file = {"file_name": "sky.txt", "content": CONTENT}
    document = parts["beta.libraries.documents"].call(
        "upload", library_id=library.id, file=file
    )
    texts = (entry.content for each in (first, second) for entry in each.outputs)
    return [id_, *texts, streamed, document.id]


def talk_of_ours(mistral: Mistral) -> list[str]:
    first = mistral.conversations.start(**START)
    id_ = first.conversation_id
    second = mistral.conversations.append(id_, "Sure?")
    streamed = mistral.conversations.append_stream(id_, "Now?").response()
    library = mistral.libraries.create("Skies")
    document = mistral.libraries.documents.upload(library.id, CONTENT, name="sky.txt")
    return [id_, first.text, second.text, streamed.text, document.id]


def test_each_client_replays_what_the_other_recorded(
    opened: Open, tmp_path: Path
) -> None:
    """Uploads are equal; the vendor's client sends some defaults, and ours does not."""
    theirs, ours = tmp_path / "theirs.jsonl", tmp_path / "ours.jsonl"
    ignore = ["$.stream", "$.store", "$.handoff_execution"]
    with (
        LocalServer(TEXTS) as service,
        LocalServer.recording(theirs, upstream=service.base_url) as recorder,
    ):
        recorded = talk_of_theirs(opened(recorder))
    with (
        LocalServer.replaying(theirs, ignore=ignore, strict=True) as replayer,
        LocalServer.recording(ours, upstream=replayer.base_url) as recorder,
        Mistral(KEY, base_url=recorder.base_url) as mistral,
    ):
        assert talk_of_ours(mistral) == recorded
    with LocalServer.replaying(ours, ignore=ignore, strict=True) as replayer:
        assert talk_of_theirs(opened(replayer)) == recorded
