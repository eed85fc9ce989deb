"""The calls on files, built and checked before anything is sent."""

from typing import Any

import pytest

from mistral_conversations._wire import file_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from tests.support.for_each import for_each


def test_calls_on_one_file() -> None:
    assert calls.of_file(routes.FILE, "f/1") == Call("GET", "/v1/files/f%2F1")
    deleted = calls.of_file(routes.FILE, "f", method="DELETE")
    assert deleted == Call("DELETE", "/v1/files/f")
    signed = calls.signed_url("..", {"expiry": 2})
    assert signed == Call("GET", "/v1/files/%2E%2E/url", {"expiry": "2"})
    assert calls.signed_url("f", {"expiry": None}).query == {}


@for_each(
    ("parameters", "query"),
    [
        ({"page": 0, "search": None}, {"page": "0"}),
        ({"include_total": False}, {"include_total": "false"}),
        ({"source": ("upload", "moon")}, {"source": ["upload", "moon"]}),
        (
            {"mimetypes": ["a/b"], "purpose": "x"},
            {"mimetypes": ["a/b"], "purpose": "x"},
        ),
    ],
)
def test_the_query_of_a_list(parameters: Any, query: Any) -> None:
    assert calls.list_files(parameters) == Call("GET", "/v1/files", query)


@for_each(
    ("parameters", "texts"),
    [
        ({"purpose": None, "expiry": None, "visibility": None}, {}),
        ({"purpose": "batch", "expiry": 24}, {"purpose": "batch", "expiry": "24"}),
        ({"visibility": "pläne"}, {"visibility": "pläne"}),
    ],
)
def test_the_texts_of_an_upload(parameters: Any, texts: Any) -> None:
    assert calls.upload() == Call("POST", "/v1/files")
    assert calls.upload_texts(parameters) == texts


@for_each("hours", [0, -1, 169])
def test_hours_have_the_bounds_of_the_description(hours: int) -> None:
    with pytest.raises(ValueError, match="expiry must be from 1 to 168"):
        calls.signed_url("f", {"expiry": hours})
    assert calls.signed_url("f", {"expiry": 1}).query == {"expiry": "1"}


def test_contents_are_asked_for_as_bytes() -> None:
    call = calls.download("f/1")
    assert (call.method, call.path) == ("GET", "/v1/files/f%2F1/content")
    assert call.accept == "application/octet-stream"
