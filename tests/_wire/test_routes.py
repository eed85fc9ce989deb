"""Paths, and ids in them."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._wire import routes
from mistral_conversations._wire.routes import path_of
from tests.support.comparison import thorough
from tests.support.for_each import for_each

IDS = {
    "conversation_id": "conv_1",
    "agent_id": "ag_1",
    "version": "3",
    "library_id": "lib_1",
    "document_id": "doc_1",
}


@for_each(
    ("route", "path"),
    [
        (routes.CONVERSATIONS, "/v1/conversations"),
        (routes.CONVERSATION, "/v1/conversations/conv_1"),
        (routes.HISTORY, "/v1/conversations/conv_1/history"),
        (routes.MESSAGES, "/v1/conversations/conv_1/messages"),
        (routes.RESTART, "/v1/conversations/conv_1/restart"),
        (routes.AGENTS, "/v1/agents"),
        (routes.AGENT_PAGES, "/v1/agents/pages"),
        (routes.AGENT, "/v1/agents/ag_1"),
        (routes.AGENT_VERSION, "/v1/agents/ag_1/version"),
        (routes.AGENT_VERSIONS, "/v1/agents/ag_1/versions"),
        (routes.AGENT_AT_VERSION, "/v1/agents/ag_1/versions/3"),
        (routes.AGENT_ALIASES, "/v1/agents/ag_1/aliases"),
        (routes.LIBRARIES, "/v1/libraries"),
        (routes.LIBRARY, "/v1/libraries/lib_1"),
        (routes.LIBRARY_SHARE, "/v1/libraries/lib_1/share"),
        (routes.DOCUMENTS, "/v1/libraries/lib_1/documents"),
        (routes.DOCUMENT, "/v1/libraries/lib_1/documents/doc_1"),
        (routes.DOCUMENT_TEXT_CONTENT,
            "/v1/libraries/lib_1/documents/doc_1/text_content"),
        (routes.DOCUMENT_STATUS, "/v1/libraries/lib_1/documents/doc_1/status"),
        (routes.DOCUMENT_SIGNED_URL, "/v1/libraries/lib_1/documents/doc_1/signed-url"),
        (routes.DOCUMENT_EXTRACTED_TEXT_SIGNED_URL,
            "/v1/libraries/lib_1/documents/doc_1/extracted-text-signed-url"),
        (routes.DOCUMENT_REPROCESS, "/v1/libraries/lib_1/documents/doc_1/reprocess"),
    ],
)  # fmt: skip
def test_ids_go_into_the_route(route: str, path: str) -> None:
    ids = {name: value for name, value in IDS.items() if f"{{{name}}}" in route}
    assert path_of(route, **ids) == path


def test_several_ids_stay_a_segment_each() -> None:
    ids = {"library_id": "../a", "document_id": ".."}
    path = path_of(routes.DOCUMENT_STATUS, **ids)
    assert path == "/v1/libraries/..%2Fa/documents/%2E%2E/status"
    with pytest.raises(ValueError, match="document_id is blank"):
        path_of(routes.DOCUMENT, library_id="lib_1", document_id=" ")
    wrong: Any = UUID(int=1)
    with pytest.raises(TypeError, match="library_id must be a str, not UUID"):
        path_of(routes.DOCUMENT, library_id=wrong, document_id="doc_1")
    whole: Any = SimpleNamespace(id="lib_1")
    with pytest.raises(TypeError, match=r"not SimpleNamespace: pass its id$"):
        path_of(routes.DOCUMENT, library_id=whole, document_id="doc_1")
    response: Any = SimpleNamespace(conversation_id="conv_1")
    with pytest.raises(TypeError, match=r": pass its conversation_id$"):
        path_of(routes.CONVERSATION, conversation_id=response)


@thorough
@given(st.text(min_size=1).filter(str.strip))
def test_any_id_stays_one_segment(conversation_id: str) -> None:
    path = path_of(routes.HISTORY, conversation_id=conversation_id)
    *before, segment, after = path.split("/")
    assert (before, after) == (["", "v1", "conversations"], "history")
    assert unquote(segment) == conversation_id
    assert path.isascii()
    assert not set(path) & set("?# \\{}")
    assert segment not in {".", ".."}


@for_each(
    ("conversation_id", "segment"),
    [(".", "%2E"), ("..", "%2E%2E"), ("a/../b", "a%2F..%2Fb"), ("{x}", "%7Bx%7D")],
)
def test_an_id_is_no_way_elsewhere(conversation_id: str, segment: str) -> None:
    path = path_of(routes.CONVERSATION, conversation_id=conversation_id)
    assert path == f"/v1/conversations/{segment}"


@for_each("conversation_id", ["", " ", "\t\n"])
def test_a_blank_id_is_refused(conversation_id: str) -> None:
    with pytest.raises(ValueError, match="conversation_id is blank"):
        path_of(routes.CONVERSATION, conversation_id=conversation_id)


class Row(dict[str, Any]):
    def __getattr__(self, name: str) -> Any:
        return self[name]


@for_each("conversation_id", [None, 1, b"conv_1", ["conv_1"], Row(a=1)])
def test_an_id_of_another_type_is_refused(conversation_id: Any) -> None:
    with pytest.raises(TypeError, match="conversation_id must be a str"):
        path_of(routes.CONVERSATION, conversation_id=conversation_id)


def test_an_id_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ValueError, match="conversation_id cannot be sent as UTF-8"):
        path_of(routes.CONVERSATION, conversation_id="conv_\ud800")
