"""Answers as the bodies of responses: `to_json`, `to_dict`, and what frameworks do."""

import json
from typing import Any

import msgspec
import pydantic
import pytest
from fastapi import FastAPI, Response
from fastapi.exceptions import FastAPIError

from mistral_conversations import (
    ConversationResponse,
    RunCall,
    RunResult,
    UnknownEvent,
    from_dict,
    to_dict,
    to_json,
)
from tests.relay.test_frameworks import Browser
from tests.support.bodies import history, message, response, tool_execution

pytestmark = pytest.mark.anyio

ANSWER = from_dict(
    ConversationResponse, response(message(), tool_execution(), shade="a new key")
)


async def test_handlers_of_fastapi_return_json_or_plain_objects() -> None:
    app = FastAPI()

    @app.get("/bytes")
    async def as_bytes() -> Response:
        return Response(to_json(ANSWER), media_type="application/json")

    @app.get("/plain")
    async def as_plain() -> dict[str, Any]:
        plain: dict[str, Any] = to_dict(ANSWER)
        return plain

    for path in ("/bytes", "/plain"):
        browser = Browser(app)
        assert json.loads(await browser.get(path)) == to_dict(ANSWER)
        assert browser.headers["content-type"] == "application/json"


def test_fastapi_refuses_a_model_as_the_annotation_of_a_handler() -> None:
    async def handler() -> ConversationResponse:
        return ANSWER

    with pytest.raises(FastAPIError):
        FastAPI().get("/")(handler)


def test_msgspec_writes_a_model_with_its_own_rules() -> None:
    written = json.loads(msgspec.json.encode(ANSWER))
    assert written["extra"] == {"shade": "a new key"}
    assert "guardrails" in written


def test_pydantic_needs_a_serializer() -> None:
    with pytest.raises(pydantic.errors.PydanticSchemaGenerationError):
        pydantic.TypeAdapter(ConversationResponse)


def test_the_text_is_that_of_to_dict() -> None:
    assert json.loads(to_json(ANSWER)) == to_dict(ANSWER)
    assert from_dict(ConversationResponse, json.loads(to_json(ANSWER))) == ANSWER
    assert json.loads(to_json([ANSWER])) == [to_dict(ANSWER)]
    assert json.loads(to_json(history())) == history()


class River(pydantic.BaseModel):
    name: str


def test_the_output_of_a_run_may_be_an_object_of_the_application() -> None:
    call = RunCall(
        tool_call_id="c",
        name="f",
        arguments={},
        turn=1,
        value=River(name="Seine"),
        result="ok",
    )
    result = RunResult(
        conversation_id="conv_1",
        response=ANSWER,
        calls=(call,),
        output=River(name="Loire"),
    )
    written = json.loads(to_json(result))
    assert written["output"] == {"name": "Loire"}
    assert written["calls"][0]["value"] == {"name": "Seine"}


def test_what_json_cannot_hold_is_a_type_error() -> None:
    result = RunResult(conversation_id=None, response=None, output=object())
    with pytest.raises(TypeError, match="cannot hold a value of type object"):
        to_json(result)


def test_half_a_character_and_nan_survive_as_far_as_json_can() -> None:
    raw = {"type": "odd", "text": "\ud83c", "number": float("nan")}
    written = to_json(UnknownEvent(type="odd", raw=raw))
    assert json.loads(written) == {**raw, "number": None}
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(ValueError, match="nested too deeply"):
        to_json(UnknownEvent(raw=deep))
