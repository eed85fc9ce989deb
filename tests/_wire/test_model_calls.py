"""The calls on models, and their odd answers, without I/O."""

from typing import Any

from mistral_conversations import DecodeError, UnknownModelCard
from mistral_conversations._wire import model_calls as calls
from mistral_conversations.models.model import ResponseMeta
from tests.support.for_each import for_each

META = ResponseMeta(status=200)


def test_what_is_not_given_is_not_sent() -> None:
    assert calls.list_models({"provider": None, "model": None}).query == {}
    assert calls.list_models({"provider": "", "model": None}).query == {"provider": ""}


def test_an_id_is_one_segment() -> None:
    call = calls.retrieve("ft:a/b")
    assert (call.method, call.path) == ("GET", "/v1/models/ft%3Aa%2Fb")


def test_an_object_with_a_type_and_an_id_is_an_unknown_card() -> None:
    body = {"id": "m", "type": "new"}
    card = calls.unknown_card(DecodeError("no", body=body, meta=META))
    assert card == UnknownModelCard(type="new", raw=body)
    assert card is not None
    assert card.meta is META


@for_each(
    "body", [None, "m", [], {"id": "m"}, {"type": "new"}, {"id": 1, "type": "new"}]
)
def test_anything_else_is_no_card(body: Any) -> None:
    assert calls.unknown_card(DecodeError("no", body=body)) is None
