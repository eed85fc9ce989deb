"""Errors in the middle of a run: as they are, with what the run has done."""

import pickle
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    BadRequestError,
    DecodeError,
    MistralConversationsError,
    ServerError,
)
from mistral_conversations.server import Trouble, call
from tests.support.scripted import MODEL, add, results, scripted

pytestmark = pytest.mark.anyio

ADD = call("add", a=1, b=2)


def on_appends(request: Any) -> bool:
    """Return whether a request is an append."""
    return request.method == "POST" and "/conv_" in request.path


TROUBLES: list[tuple[Trouble, type[MistralConversationsError]]] = [
    (Trouble(status=500), ServerError),
    (Trouble(status=400), BadRequestError),
    (
        Trouble(
            status=400, body={"object": "Error", "message": "results", "code": 3001}
        ),
        BadRequestError,
    ),
    (Trouble(status=200, body="no JSON"), DecodeError),
    (Trouble(status=200, body={"outputs": 3}), DecodeError),
    (Trouble(cut="reset"), APIConnectionError),
]


@pytest.mark.parametrize(("trouble", "kind"), TROUBLES)
async def test_the_error_of_a_request_has_the_result_so_far(
    trouble: Trouble, kind: type[MistralConversationsError]
) -> None:
    async with scripted([ADD], "3") as local:
        local.server.inflict(trouble, when=on_appends)
        with pytest.raises(kind) as caught:
            await local.client.run("Go", model=MODEL, tools=[add])
        result = caught.value.result
        assert result is not None
        assert result.turns == 1
        assert [(c.name, c.value) for c in result.calls] == [("add", 3)]
        assert [c.name for c in result.open_calls] == ["add"]
        assert [e.type for e in result.entries] == ["function.call"]
        (note,) = caught.value.__notes__
        assert f"run(conversation_id={result.conversation_id!r}, ...)" in note
        back = pickle.loads(pickle.dumps(caught.value))
        assert back.result == result

        resumed = await local.client.run(
            conversation_id=result.conversation_id, tools=[add]
        )
        assert resumed.text == "3"


async def test_the_error_of_the_first_request_has_no_result() -> None:
    async with scripted() as local:
        local.server.inflict(Trouble(status=500))
        with pytest.raises(ServerError) as caught:
            await local.client.run("Go", model=MODEL, tools=[add])
    assert caught.value.result is None
    assert not hasattr(caught.value, "__notes__")


async def test_an_append_that_the_service_has_done_is_not_repeated() -> None:
    async with scripted([ADD], "3") as local:
        local.server.inflict(Trouble(cut="reset"), when=on_appends)
        with pytest.raises(APIConnectionError) as caught:
            await local.client.run("Go", model=MODEL, tools=[add])
        assert caught.value.may_have_been_processed
        assert caught.value.result is not None
        id = caught.value.result.conversation_id
        result = await local.client.run(conversation_id=id, tools=[add])
        assert (result.text, result.calls) == ("3", ())
        assert sum(bool(results(body)) for body in local.posts) == 1
