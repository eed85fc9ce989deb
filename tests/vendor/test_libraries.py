"""Every operation of the vendor's client on libraries, and what its models hold."""

import io
import urllib.request
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from mistral_conversations.server import cite, execute
from tests.support.vendor_client import REASON, Vendor
from tests.vendor.conftest import OpenParts

models: Any = pytest.importorskip("mistralai.client.models", reason=REASON)
errors: Any = pytest.importorskip("mistralai.client.errors", reason=REASON)

# The vendor's models warn of some of their own fields and parameters.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

NOBODY = "0e8f1a52-7c1d-4e6f-9a41-000000000000"
TEXT = "The sky is blue.\n\nClouds are grey."
CONTENT = TEXT.encode()
SHARED = {"share_with_uuid": NOBODY, "share_with_type": "User"}


@attrs.frozen
class Library:
    """One library, and the three parts of the vendor's client that work on it."""

    id: str
    libraries: Vendor
    documents: Vendor
    accesses: Vendor
    conversations: Vendor

    def upload(self, content: Any = CONTENT, name: str = "sky.txt") -> Any:
        file = {"file_name": name, "content": content}
        return self.documents.call("upload", library_id=self.id, file=file)

    def document(self, operation: str, document_id: str, **parameters: Any) -> Any:
        ids = {"library_id": self.id, "document_id": document_id}
        return self.documents.call(operation, **ids, **parameters)


Open = Callable[..., Library]


@pytest.fixture
def opened(open_parts: OpenParts) -> Open:
    """Run a server with a library for the length of a test."""

    def run(*arguments: Any, **settings: Any) -> Library:
        parts = open_parts(*arguments, **settings)
        libraries = parts["beta.libraries"]
        made = libraries.call("create", name="Skies", description="Blue")
        return Library(
            made.id,
            libraries,
            parts["beta.libraries.documents"],
            parts["beta.libraries.accesses"],
            parts["beta.conversations"],
        )

    return run


@pytest.fixture
def library(opened: Open) -> Library:
    """Return a library on a server that echoes."""
    return opened()


def test_create_makes_a_library(library: Library) -> None:
    made = library.libraries.call("create", name="Seas", chunk_size=512)
    assert isinstance(made, models.Library)
    assert (made.name, made.description, made.chunk_size) == ("Seas", None, 512)
    assert (made.nb_documents, made.total_size) == (0, 0)
    assert made.created_at == made.updated_at


def test_list_has_all(library: Library) -> None:
    made = library.libraries.call("create", name="Seas")
    listed = library.libraries.call("list").data
    assert [each.id for each in listed] == [made.id, library.id]


def test_get_returns_a_library(library: Library) -> None:
    library.upload()
    found = library.libraries.call("get", library_id=library.id)
    assert (found.name, found.description) == ("Skies", "Blue")
    assert (found.nb_documents, found.total_size) == (1, len(TEXT))


@pytest.mark.parametrize("operation", ["update", "libraries_update_v1"])
def test_update_changes_a_library(library: Library, operation: str) -> None:
    changes = {"name": "Seas", "description": None}
    found = library.libraries.call(operation, library_id=library.id, **changes)
    assert (found.name, found.description) == ("Seas", None)
    found = library.libraries.call(operation, library_id=library.id, description="x")
    assert (found.name, found.description) == ("Seas", "x")


def test_delete_answers_with_the_library(library: Library) -> None:
    deleted = library.libraries.call("delete", library_id=library.id)
    assert deleted.id == library.id
    assert library.libraries.call("list").data == []


def test_upload_makes_a_document(library: Library) -> None:
    made = library.upload(name='naïve "sky"; blue.md')
    assert isinstance(made, models.Document)
    assert made.name == 'naïve "sky"; blue.md'
    assert (made.extension, made.size) == ("md", len(TEXT))
    assert (made.process_status, made.processing_status) == ("in_progress", "Running")
    assert library.upload().id == made.id


def test_upload_takes_a_file_object_and_a_model(library: Library) -> None:
    content = bytes(range(256))
    made = library.upload(io.BytesIO(content), "a.bin")
    file = models.File(file_name="a.bin", content=content, content_type="a/b")
    again = library.documents.call("upload", library_id=library.id, file=file)
    assert (made.size, again.id) == (256, made.id)


def test_list_finds_documents(library: Library) -> None:
    made = [library.upload(name.encode(), name) for name in ("a.txt", "b.txt", "c")]
    library.document("update", made[0].id, attributes={"year": 2026})
    page = library.documents.call("list", library_id=library.id, page_size=2)
    assert [document.name for document in page.data] == ["c", "b.txt"]
    assert (page.pagination.total_items, page.pagination.has_more) == (3, True)
    found = library.documents.call(
        "list",
        library_id=library.id,
        search="TXT",
        filters_attributes='{"year":2026}',
        sort_by="name",
        sort_order="asc",
    )
    assert [document.name for document in found.data] == ["a.txt"]


@pytest.mark.parametrize("operation", ["update", "libraries_documents_update_v1"])
def test_update_changes_a_document(library: Library, operation: str) -> None:
    id_ = library.upload().id
    attributes = {"year": 2026, "tags": ["a", "b"]}
    found = library.document(operation, id_, name="x", attributes=attributes)
    assert (found.name, found.attributes) == ("x", attributes)
    assert library.document("get", id_) == found


def test_processed_document_has_its_text(library: Library) -> None:
    id_ = library.upload().id
    status = library.document("status", id_)
    assert (status.process_status, status.processing_status) == ("done", "Completed")
    assert library.document("text_content", id_).text == TEXT
    found = library.document("get", id_)
    assert found.summary == "The sky is blue."
    assert found.tokens_processing_total == 7 + 4
    assert found.last_processed_at >= found.created_at


def test_document_in_process_has_none(opened: Open) -> None:
    library = opened(processing=600)
    id_ = library.upload().id
    assert library.document("status", id_).processing_status == "Running"
    with pytest.raises(errors.SDKError) as caught:
        library.document("text_content", id_)
    assert caught.value.status_code == 404


@pytest.mark.parametrize("operation", ["get_signed_url", "extracted_text_signed_url"])
def test_signed_urls_lead_to_the_document(library: Library, operation: str) -> None:
    url = library.document(operation, library.upload().id)
    with urllib.request.urlopen(url) as response:
        assert response.read().decode() == TEXT


def test_reprocess_and_delete_answer_nothing(library: Library) -> None:
    id_ = library.upload().id
    assert library.document("reprocess", id_) is None
    assert library.document("delete", id_) is None
    with pytest.raises(errors.SDKError) as caught:
        library.document("get", id_)
    assert caught.value.status_code == 404


def test_accesses_are_shared_and_taken_away(library: Library) -> None:
    ids = {"library_id": library.id}
    call = library.accesses.call
    shared = call("update_or_create", **ids, **SHARED, level="Viewer")
    assert isinstance(shared, models.Sharing)
    assert (shared.role, shared.user_id) == ("Viewer", NOBODY)
    owner, listed = call("list", **ids).data
    assert (owner.role, listed) == ("Owner", shared)
    assert call("delete", **ids, **SHARED) == shared
    assert [access.role for access in call("list", **ids).data] == ["Owner"]


def test_access_of_the_owner_cannot_be_taken_away(library: Library) -> None:
    [owner] = library.accesses.call("list", library_id=library.id).data
    entity = {"share_with_uuid": owner.share_with_uuid, "share_with_type": "User"}
    with pytest.raises(errors.SDKError) as caught:
        library.accesses.call("delete", library_id=library.id, **entity)
    assert caught.value.status_code == 403


def test_bad_id_is_a_validation_error(library: Library) -> None:
    with pytest.raises(errors.HTTPValidationError) as caught:
        library.libraries.call("get", library_id="x")
    assert caught.value.data.detail[0].loc == ["path", "library_id"]


def test_conversation_searches_a_library(opened: Open) -> None:
    library = opened([[execute("document_library"), cite()]])
    id_ = library.upload().id
    response = library.conversations.call(
        "start",
        inputs="Are clouds grey?",
        model="mistral-small-latest",
        tools=[{"type": "document_library", "library_ids": [library.id]}],
    )
    execution, message = response.outputs
    [result] = execution.info["results"]
    assert (result["document_id"], result["text"]) == (id_, "Clouds are grey.")
    text, reference = message.content
    assert (text.text, reference.title) == ("Clouds are grey.", "sky.txt")
    assert response.usage.connectors == {"document_library": 1}
    assert response.usage.connector_tokens > 0
