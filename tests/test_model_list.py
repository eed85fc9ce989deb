"""The operations on models: their requests and answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mistral_conversations import (
    AsyncModels,
    BaseModelCard,
    DecodeError,
    FTModelCard,
    ModelCapabilities,
    ModelList,
    Models,
    NotFoundError,
    UnknownModelCard,
    from_dict,
    to_dict,
)
from tests.support.bodies import without
from tests.support.client_and_server import client_answered_with, client_served_by
from tests.support.clients import FAST, answers, lose, refusal
from tests.support.comparison import json_differences
from tests.support.for_each import for_each
from tests.support.model_bodies import (
    CAPABILITIES,
    FT_ID,
    MODEL_ID,
    ft_model_card,
    model_card,
    model_list,
)
from tests.support.raw_server import json_answer, raw_server_on_thread
from tests.support.sent_requests import HEADERS, targets
from tests.support.wire import Row, check_operation

pytestmark = pytest.mark.anyio

CARD: Any = BaseModelCard | FTModelCard

FT_PATH = "/v1/models/ft%3Aopen-mistral-7b%3A587a6b29%3A20240514%3A7e773925"

# method, positional and named arguments; HTTP method, path, query, body
WIRE: list[Row] = [
    ("list", (), {}, ("GET", "/v1/models", {}, None)),
    ("list", (), {"provider": "mistralai", "model": FT_ID},
        ("GET", "/v1/models", {"provider": ["mistralai"], "model": [FT_ID]}, None)),
    ("list", (), {"model": ""}, ("GET", "/v1/models", {"model": [""]}, None)),
    ("retrieve", (MODEL_ID,), {}, ("GET", f"/v1/models/{MODEL_ID}", {}, None)),
    ("retrieve", (), {"model_id": FT_ID}, ("GET", FT_PATH, {}, None)),
]  # fmt: skip
ANSWERS: dict[str, tuple[Any, Any]] = {
    "list": (ModelList, model_list()),
    "retrieve": (BaseModelCard, model_card()),
}


@for_each("row", WIRE)
async def test_an_operation_on_the_wire(row: Row) -> None:
    await check_operation(AsyncModels, row, *ANSWERS[row[0]])


def test_every_operation_is_on_the_wire_here() -> None:
    operations = {name for name in dir(AsyncModels) if name[0] != "_"}
    operations -= {"aclose", "with_options"}
    assert {method for method, *_ in WIRE} == operations == set(ANSWERS)


async def retrieved(body: Any) -> Any:
    answer = json_answer(body, 200, HEADERS)
    async with client_answered_with(AsyncModels, answer) as (client, _):
        return await client.retrieve(MODEL_ID)


def test_a_card_is_read() -> None:
    found = from_dict(CARD, model_card(deprecation="2026-11-30T12:00:00Z", mood="calm"))
    assert (found.id, found.max_context_length) == (MODEL_ID, 131_072)
    assert found.created == datetime(2025, 7, 31, 22, 13, 20, tzinfo=UTC)
    assert found.deprecation == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert found.aliases == ("mistral-medium-latest",)
    assert (found.capabilities.vision, found.capabilities.ocr) == (True, False)
    assert found.extra == {"mood": "calm"}
    assert to_dict(found)["created"] == 1_754_000_000


def test_a_fine_tuned_card_is_read() -> None:
    found = from_dict(CARD, ft_model_card())
    assert type(found) is FTModelCard
    assert (found.root, found.archived) == ("open-mistral-7b", False)


def test_a_list_is_a_sequence_with_every_alias() -> None:
    alias = model_card(id="mistral-medium-latest", aliases=[MODEL_ID])
    found = from_dict(ModelList, model_list(model_card(), alias, ft_model_card()))
    assert [card.id for card in found] == [MODEL_ID, "mistral-medium-latest", FT_ID]
    assert [type(card).__name__ for card in found[1:]] == [
        *("BaseModelCard", "FTModelCard"),
    ]
    assert (len(found), found.object) == (3, "list")


@for_each("body", [{"object": "list", "data": []}, {}, {"data": None}])
def test_no_models_are_an_empty_list(body: Any) -> None:
    assert not from_dict(ModelList, body)


def test_one_odd_card_costs_only_itself() -> None:
    odd: list[Any] = [{"id": "m", "type": "distilled"}, model_card(id=None), "m", None]
    found = from_dict(ModelList, model_list(*odd, model_card()))
    assert [type(card) for card in found] == [UnknownModelCard] * 4 + [BaseModelCard]
    assert [card.id for card in found[:4]] == ["m", None, None, None]
    assert to_dict(found)["data"][:4] == odd


ODD_FIELDS: list[dict[str, Any]] = [
    {"created": "now"},
    {"created": 1e300},
    {"deprecation": "soon"},
    {"capabilities": ["vision"]},
    {"aliases": "mistral-medium-latest"},
    {"max_context_length": "128k"},
    {"default_model_temperature": "warm"},
    {"owned_by": {"id": 1}},
    {"internal": "no"},
    {"name": 5, "description": []},
]


@for_each("odd", ODD_FIELDS)
def test_an_odd_field_costs_only_itself(odd: dict[str, Any]) -> None:
    found = from_dict(CARD, model_card(**odd))
    assert type(found) is BaseModelCard
    assert found.extra == odd
    assert all(not getattr(found, name) or name == "capabilities" for name in odd)
    assert json_differences(model_card(**odd), to_dict(found)) == []


def test_capabilities_are_open() -> None:
    flags = {**CAPABILITIES, "vision": "partly", "smell": True, "ocr": None}
    found = (from_dict(CARD, model_card(capabilities=flags))).capabilities
    assert (found.vision, found.ocr, found.completion_chat) == (False, False, True)
    assert found.extra == {"vision": "partly", "smell": True}


def test_numbers_in_strings_are_read() -> None:
    found = from_dict(
        CARD, model_card(created="1754000000", max_context_length="131072")
    )
    assert found.created == datetime(2025, 7, 31, 22, 13, 20, tzinfo=UTC)
    assert found.max_context_length == 131_072


def test_what_other_servers_leave_out_may_be_missing() -> None:
    found = from_dict(CARD, {"id": "llama", "object": "model", "root": "llama"})
    assert type(found) is BaseModelCard
    assert found.capabilities == ModelCapabilities()
    assert (found.created, found.owned_by, found.max_context_length) == (None,) * 3
    bare = from_dict(CARD, without(ft_model_card(), "type", "capabilities"))
    assert type(bare) is FTModelCard


async def test_a_card_that_fits_no_class_is_unknown() -> None:
    for body in ({"id": "m", "type": "distilled"}, without(ft_model_card(), "job")):
        found = await retrieved(body)
        assert found == UnknownModelCard(type=body["type"], raw=body)
        assert found.meta.request_id == "req-1"
        assert found.id == body["id"]


NO_CARDS: list[Any] = [
    *[None, [], {}, "m", [model_card()], {"type": "distilled"}, {"id": 5}],
    {"object": "error", "type": "invalid_request_error", "message": "No"},
]


async def test_what_is_no_card_is_a_decode_error() -> None:
    message = "the answer is not what the API describes"
    replies = [json_answer(body) for body in NO_CARDS]
    async with client_answered_with(AsyncModels, *replies) as (client, _):
        for body in NO_CARDS:
            with pytest.raises(DecodeError, match=message) as caught:
                await client.retrieve(MODEL_ID)
            assert caught.value.body == body


@for_each("body", [None, [], [model_card()], "no"])
def test_what_is_no_list_is_a_decode_error(body: Any) -> None:
    with pytest.raises(DecodeError, match="ModelList"):
        from_dict(ModelList, body)


async def test_an_unknown_model_is_an_error() -> None:
    async with client_served_by(AsyncModels, answers(refusal(404))) as (client, _):
        with pytest.raises(NotFoundError):
            await client.retrieve("m")


async def test_a_get_is_sent_again() -> None:
    handler = answers(lose, refusal(502), json_answer(model_list()))
    async with client_served_by(AsyncModels, handler, retries=FAST) as (client, server):
        found = await client.list()
    assert found.meta is not None
    assert (found.meta.attempts, len(server.requests)) == (3, 3)


WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    ("list", (), {"provider": 5}, TypeError, "provider must be a str, not int"),
    ("list", (), {"model": ["m"]}, TypeError, "model must be a str, not list"),
    ("list", (), {"model": "\ud800"}, ValueError, "model"),
    ("list", (), {"timeout": "1"}, TypeError, "timeout must be a Timeout or seconds"),
    ("retrieve", (None,), {}, TypeError, "model_id must be a str, not NoneType"),
    ("retrieve", (" ",), {}, ValueError, "model_id is blank"),
    ("retrieve", ("m",), {"model": "m"}, TypeError, "AsyncModels.retrieve"),
]


async def test_wrong_arguments_are_refused_before_anything_is_sent() -> None:
    async with client_answered_with(AsyncModels, json_answer({})) as (client, server):
        for method, args, kwargs, kind, message in WRONG:
            with pytest.raises(kind) as caught:
                await getattr(client, method)(*args, **kwargs)
            assert str(caught.value).startswith(message)
    assert server.connections == 0


async def test_an_id_stays_one_segment() -> None:
    answer = json_answer(model_card())
    async with client_answered_with(AsyncModels, answer, prefix="/proxy") as (
        client,
        server,
    ):
        for model_id in ("a/b", "..", "a?b#c"):
            await client.retrieve(model_id)
    path = "/proxy/v1/models/"
    assert targets(server) == [
        ("GET", path + segment) for segment in ("a%2Fb", "%2E%2E", "a%3Fb%23c")
    ]


def test_the_blocking_twin_reads_unknown_cards_too() -> None:
    body = {"id": "m", "type": "distilled"}
    with (
        raw_server_on_thread(answers(json_answer(body))) as server,
        Models("sk-test", base_url=server.base_url) as models,
    ):
        assert models.retrieve("m") == UnknownModelCard(type="distilled", raw=body)
