"""Paths, and ids in them."""

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_conversations._wire import routes
from mistral_conversations._wire.routes import path_of
from tests.comparing import thorough


@pytest.mark.parametrize(
    ("route", "path"),
    [
        (routes.CONVERSATION, "/v1/conversations/conv_1"),
        (routes.HISTORY, "/v1/conversations/conv_1/history"),
        (routes.MESSAGES, "/v1/conversations/conv_1/messages"),
        (routes.RESTART, "/v1/conversations/conv_1/restart"),
    ],
)
def test_an_id_goes_into_the_route(route: str, path: str) -> None:
    assert path_of(route, conversation_id="conv_1") == path


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


@pytest.mark.parametrize(
    ("conversation_id", "segment"),
    [(".", "%2E"), ("..", "%2E%2E"), ("a/../b", "a%2F..%2Fb"), ("{x}", "%7Bx%7D")],
)
def test_an_id_is_no_way_elsewhere(conversation_id: str, segment: str) -> None:
    path = path_of(routes.CONVERSATION, conversation_id=conversation_id)
    assert path == f"/v1/conversations/{segment}"


@pytest.mark.parametrize("conversation_id", ["", " ", "\t\n"])
def test_a_blank_id_is_refused(conversation_id: str) -> None:
    with pytest.raises(ValueError, match="conversation_id is blank"):
        path_of(routes.CONVERSATION, conversation_id=conversation_id)


@pytest.mark.parametrize("conversation_id", [None, 1, b"conv_1", ["conv_1"]])
def test_an_id_of_another_type_is_refused(conversation_id: Any) -> None:
    with pytest.raises(TypeError, match="conversation_id must be a str"):
        path_of(routes.CONVERSATION, conversation_id=conversation_id)


def test_an_id_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ValueError, match="conversation_id cannot be sent as UTF-8"):
        path_of(routes.CONVERSATION, conversation_id="conv_\ud800")
