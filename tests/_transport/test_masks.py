"""Secrets in texts, JSON and errors are masked."""

import copy
import json
import pickle
from typing import Any

import aiohttp
import attrs
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from mistral_conversations import DecodeError, SDKError
from mistral_conversations._transport.masks import NO_MASKS, Masks
from mistral_conversations._wire.failure import failure
from mistral_conversations.models.entries import MessageInputEntry
from mistral_conversations.models.model import ResponseMeta
from tests.support.for_each import for_each

KEY = "sk-4f1e/9a"
MASKS = Masks([KEY, "p&ss-word", "pässwörd"])


@for_each(
    ("text", "masked"),
    [
        ("no key", "no key"),
        (KEY, "***"),
        (f"the key {KEY} and p&ss-word.", "the key *** and ***."),
        ("?key=sk-4f1e%2F9a&b", "?key=***&b"),
        (f"{KEY}{KEY}", "******"),
        ("sk-4f1e", "sk-4f1e"),
        (f"{'pässwörd'.encode()!r}", "b'***'"),
        (r"sk-4f1e\/9a", "***"),  # PHP's JSON
        (json.dumps("pässwörd"), '"***"'),
        ("p&amp;ss-word", "***"),
        ("the key sk-4f1e/9", "the key ***"),  # cut off
        ("the key sk-4f1e/9…", "the key ***…"),
        ("b'p&ss-wor...'", "b'***...'"),
        ("sk-4f1e/8 and sk-4f1e/…", "sk-4f1e/8 and ***…"),
        ("sk-4f1e/9 is another", "sk-4f1e/9 is another"),
    ],
)
def test_text_is_masked(text: str, masked: str) -> None:
    assert MASKS.text(text) == masked


def test_bytes_are_masked() -> None:
    assert MASKS.content(f"\xff{KEY}".encode("latin-1")) == b"\xff***"


def test_large_body_is_looked_through_only_where_it_has_a_secret() -> None:
    large = b"x" * 2_000_000
    assert MASKS.may_be_in(b"")
    assert not MASKS.may_be_in(large)
    assert MASKS.may_be_in(bytearray(large + KEY.encode()))
    assert not NO_MASKS.may_be_in(b"")


def test_headers_are_masked() -> None:
    assert MASKS.headers({"a": f"Bearer {KEY}", "b": "x"}) == {
        "a": "Bearer ***",
        "b": "x",
    }
    untouched = {"a": "x"}
    assert MASKS.headers(untouched) is untouched


def test_json_is_masked_at_every_depth() -> None:
    value: Any = {"a": [KEY, {"b": (KEY, 1, None, True, 1.5)}], KEY: "x"}
    assert MASKS.value(value) == {
        "a": ["***", {"b": ("***", 1, None, True, 1.5)}],
        "***": "x",
    }


def test_meta_is_masked() -> None:
    meta = ResponseMeta(status=200, headers={"a": KEY}, attempts=2)
    assert MASKS.value(meta) == attrs.evolve(meta, headers={"a": "***"})


def test_answer_of_the_model_is_left() -> None:
    entry = MessageInputEntry(role="user", content=KEY)
    assert MASKS.value(entry) is entry


class Shown:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<{self.text}>"


def test_object_that_shows_a_secret_becomes_text() -> None:
    shown = MASKS.value(Shown(KEY))
    assert shown == shown.text == "<***>"
    assert MASKS.value(shown) is shown
    assert pickle.loads(pickle.dumps(copy.copy(shown))) == shown
    other = Shown("x")
    assert MASKS.value(other) is other


@for_each("key", ["", "key", "12345"])
def test_short_key_is_left_since_errors_need_the_word(key: str) -> None:
    assert Masks([key]).text("set the key to 12345") == "set the key to 12345"


def test_repr_shows_no_secret() -> None:
    MASKS.text("x")
    assert repr(MASKS) == "Masks()"


def test_error_is_masked_with_its_causes() -> None:
    content = json.dumps(
        {"detail": [{"type": "x", "loc": ["a", KEY], "msg": KEY, "input": {"k": KEY}}]}
    ).encode()
    error = failure(422, {"x-echo": KEY}, content)
    error.__cause__ = aiohttp.ClientError(KEY)
    error.__cause__.__context__ = aiohttp.ServerDisconnectedError(KEY)
    outer = error.__cause__.__context__.__context__ = ValueError(KEY)
    error.add_note(KEY)
    assert MASKS.error(error) is error
    assert str(outer) == KEY  # the caller's own, which was being handled
    for each in (error, error.__cause__, error.__cause__.__context__):
        assert KEY not in f"{each}{each!r}{each.args}{vars(each)}"
    assert str(error) == "HTTP 422: a.***: ***"
    assert error.headers == {"x-echo": "***"}


def test_error_about_a_request_is_masked_and_has_a_text() -> None:
    headers = CIMultiDictProxy(CIMultiDict({"X-Key": KEY}))
    request = aiohttp.RequestInfo(URL(f"http://host/{KEY}"), "GET", headers)
    error = MASKS.error(aiohttp.ClientResponseError(request, (), message="bad"))
    assert "message='bad'" in str(error)
    assert "http://host/***" in str(error)
    assert KEY not in str(error) + repr(vars(error))


def test_decode_error_is_masked() -> None:
    meta = ResponseMeta(status=200, headers={"a": KEY})
    error = MASKS.error(DecodeError(KEY, body={"k": KEY}, meta=meta))
    assert error.body == {"k": "***"}
    assert error.meta is not None
    assert error.meta.headers == {"a": "***"}


def test_errors_in_a_circle_are_masked() -> None:
    first, second = SDKError(KEY, status=500), SDKError(KEY, status=500)
    first.__context__, second.__context__ = second, first
    MASKS.error(first)
    assert KEY not in f"{first}{second}"


def test_no_masks_change_nothing() -> None:
    error = SDKError(KEY, status=500)
    assert NO_MASKS.error(error).message == KEY
    assert NO_MASKS.text(KEY) == KEY
