"""The models that a server lists."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from mistral_conversations import BaseModelCard, UnknownModelCard
from mistral_conversations.server import LocalServer
from tests.support.api_description import described_paths, problems
from tests.support.for_each import for_each
from tests.support.local.answer_schemas import misfits
from tests.support.local.http_caller import Caller
from tests.support.model_bodies import FT_ID, ft_model_card, model_card


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Run a server that lists the default models."""
    with LocalServer() as server:
        yield server


@pytest.fixture
def listing(server: LocalServer) -> Iterator[tuple[LocalServer, Caller]]:
    """Return the server, which lists its default models again after the test."""
    yield server, Caller(server.base_url)
    server.models = None


def ids(caller: Caller, query: str = "") -> list[str]:
    reply = caller.get(f"/v1/models{query}")
    assert reply.status == 200
    assert reply.json["object"] == "list"
    return [card["id"] for card in reply.json["data"]]


Listing = tuple[LocalServer, Caller]


def test_a_model_is_listed_under_its_id_and_its_aliases(listing: Listing) -> None:
    _, caller = listing
    found = {card["id"]: card for card in caller.get("/v1/models").json["data"]}
    assert {"mistral-medium-latest", "mistral-small-latest"} <= found.keys()
    for card in found.values():
        for alias in card["aliases"]:
            assert card["id"] in found[alias]["aliases"]
            assert found[alias]["capabilities"] == card["capabilities"]
    assert found["mistral-medium-latest"]["aliases"]


def test_a_list_is_filtered(listing: Listing) -> None:
    server, caller = listing
    server.models = ["a", {"id": "b", "owned_by": "o", "aliases": ["a"]}]
    assert ids(caller) == ["a", "b"]
    assert ids(caller, "?model=a") == ["a", "b"]
    assert ids(caller, "?model=b") == ["b"]
    assert ids(caller, "?provider=o") == ["b"]
    assert ids(caller, "?provider=mistralai&model=b") == []
    assert ids(caller, "?model=&provider=") == []


def test_a_model_is_found_by_id_and_by_alias(listing: Listing) -> None:
    server, caller = listing
    server.models = [{"id": "b", "aliases": ["a", "c"]}, "a", ft_model_card()]
    for path, found in (("a", "a"), ("c", "b"), ("b", "b"), (FT_ID, FT_ID)):
        assert caller.get(f"/v1/models/{path}").json["id"] == found
    quoted = FT_ID.replace(":", "%3A")
    assert caller.get(f"/v1/models/{quoted}").json == ft_model_card()


def test_an_unknown_model_is_not_found(listing: Listing) -> None:
    reply = listing[1].get("/v1/models/m")
    assert reply.status == 404
    assert misfits(reply.json, "ServiceError") == []
    assert "Model m not found" in reply.json["message"]


def test_a_model_need_not_be_listed_to_answer(listing: Listing) -> None:
    server, caller = listing
    server.models = []
    assert ids(caller) == []
    assert caller.start(model="mistral-medium-latest").status == 200


def test_models_are_names_cards_or_keys(listing: Listing) -> None:
    server, caller = listing
    card = BaseModelCard(id="c", max_context_length=9)
    new = UnknownModelCard(type="new", raw={"id": "n", "type": "new"})
    server.models = ("a", card, new, model_card(id="k"))
    name, one, other, whole = caller.get("/v1/models").json["data"]
    assert name.keys() == model_card().keys()
    assert name["capabilities"]["completion_chat"] is True
    assert (one["id"], one["max_context_length"]) == ("c", 9)
    assert other["type"] == "new"
    assert whole == model_card(id="k")
    assert [one["id"] for one in server.models] == ["a", "c", "n", "k"]


def test_the_default_models_can_be_set_again(listing: Listing) -> None:
    server, caller = listing
    usual = ids(caller)
    server.models = (name for name in ["a"])
    assert ids(caller) == ["a"]
    server.models = None
    assert ids(caller) == usual


def test_the_time_of_a_card_is_rounded_down(listing: Listing) -> None:
    server, caller = listing
    time = datetime(2026, 8, 1, 12, 30, 59, 999_999, tzinfo=UTC)
    seconds: Any = 1_785_587_459  # a type checker expects a `datetime`
    server.models = [
        BaseModelCard(id="a", created=time),
        BaseModelCard(id="b", created=seconds),
    ]
    created = [card["created"] for card in caller.get("/v1/models").json["data"]]
    assert created == [1_785_587_459, 1_785_587_459]
    assert {type(each) for each in created} == {int}


WRONG: list[tuple[Any, type[Exception], str]] = [
    ("m", TypeError, "models must be a list of names or model cards, not str"),
    ({"id": "m"}, TypeError, "models must be a list of names or model cards, not dict"),
    (5, TypeError, "models must be a list of names or model cards, not int"),
    (["m", 5], TypeError, r"models\[1\] must be a name, a model card or a mapping"),
    (["m", "m"], ValueError, r"models\[1\] has the id of another: 'm'"),
    ([""], ValueError, r"models\[0\].id is unusable: String should have at least 1"),
    ([{}], ValueError, r"models\[0\].id is unusable: Field required"),
    ([{"id": 5}], ValueError, r"models\[0\].id is unusable"),
    ([{"id": "m", "aliases": "a"}], ValueError, r"models\[0\].aliases is unusable"),
    ([{"id": "m", "capabilities": {"ocr": 1}}], ValueError, r"capabilities.ocr is"),
    ([{"id": "m", "type": "fine-tuned"}], ValueError, r"models\[0\].job is unusable"),
    ([{"id": "m", "x": object()}], TypeError, r"models\[0\]\.x"),
    ([UnknownModelCard(type="x", raw=5)], TypeError, r"models\[0\] must be a name"),
    ([BaseModelCard(id="m", created=cast("Any", "now"))], ValueError, "created is un"),
]


@for_each(("models", "kind", "message"), WRONG)
def test_wrong_models_are_refused(
    models: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        LocalServer(models=models)


def test_the_answers_fit_the_description(listing: Listing) -> None:
    server, caller = listing
    server.models = ["a", ft_model_card()]
    for path in ("/v1/models", "/v1/models/a", f"/v1/models/{FT_ID}"):
        route = path if path == "/v1/models" else "/v1/models/{model_id}"
        answer = described_paths()[route]["get"]["responses"]["200"]
        schema = answer["content"]["application/json"]["schema"]
        assert problems(caller.get(path).json, schema) == []
