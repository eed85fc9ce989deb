"""Parsing the body of an answer into its object."""

from typing import Any

import pytest

from mistral_conversations import (
    Conversation,
    ConversationResponse,
    DecodeError,
    ModelConversation,
    ResponseMeta,
)
from mistral_conversations._wire.answer import decode_answer
from mistral_conversations._wire.json import encode_json
from tests.support.bodies import model_conversation, response
from tests.support.for_each import for_each

META = ResponseMeta(status=200, headers={"mistral-correlation-id": "req-1"})


def test_a_body_becomes_its_object() -> None:
    answer = decode_answer(ConversationResponse, encode_json(response()), META)
    assert isinstance(answer, ConversationResponse)
    assert answer.text == "Blue, mostly."


def test_a_list_becomes_a_tuple() -> None:
    body = encode_json([model_conversation(1), model_conversation(2)])
    found = decode_answer(tuple[Conversation, ...], body, META)
    assert [type(item) for item in found] == [ModelConversation] * 2


@for_each(
    ("content", "body"),
    [
        (b"", ""),
        (b"<html>\xff</html>", "<html>\ufffd</html>"),
        (b'{"a": ', '{"a": '),
        (b"[" * 5000, "[" * 5000),
    ],
)
def test_what_is_no_json_is_a_decode_error_with_the_text(
    content: bytes, body: str
) -> None:
    with pytest.raises(DecodeError, match="the answer is not JSON") as caught:
        decode_answer(ConversationResponse, content, META)
    assert (caught.value.body, caught.value.meta) == (body, META)
    assert caught.value.may_have_been_processed


@for_each("body", [None, 5, "text", [], {}, {"outputs": []}])
def test_what_does_not_fit_is_a_decode_error_with_the_body(body: Any) -> None:
    with pytest.raises(
        DecodeError, match="the answer is not what the API describes"
    ) as caught:
        decode_answer(ConversationResponse, encode_json(body), META)
    assert (caught.value.body, caught.value.meta) == (body, META)
    assert caught.value.__cause__ is None


@for_each(
    "body",
    [
        {"object": "error", "reason": "no luck"},
        {"error": {"message": "no luck"}},
        {"message": "no luck", "code": 1300},
        {"fault": {"faultstring": "no luck"}},
    ],
)
def test_an_error_in_a_2xx_answer_is_quoted(body: Any) -> None:
    with pytest.raises(DecodeError, match=r"no luck$"):
        decode_answer(ConversationResponse, encode_json(body), META)
