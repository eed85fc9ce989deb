"""Errors in the middle of a run: as they are, with what the run has done."""

import pickle
import threading
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    BadRequestError,
    DecodeError,
    MistralConversationsError,
    RunCall,
    RunLimitError,
    RunLimits,
    RunOptions,
    ServerError,
    ToolResult,
)
from mistral_conversations.server import Trouble, call
from tests.support.scripted import ADD, MODEL, add, results, scripted

pytestmark = pytest.mark.anyio


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


async def test_the_exception_of_a_function_leads_to_the_conversation() -> None:
    def lose() -> None:
        raise ZeroDivisionError("lost")

    async with scripted([ADD, call("lose")], "Done") as local:
        with pytest.raises(ZeroDivisionError, match="lost") as caught:
            await local.client.run(
                "Go",
                model=MODEL,
                tools=[add, lose],
                options=RunOptions(on_error="raise"),
            )
        (note,) = caught.value.__notes__
        assert local.server.conversations[0].id in note


async def test_an_error_pickles_whatever_functions_return() -> None:
    def lock() -> ToolResult:
        return ToolResult("locked", metadata=threading.Lock())

    async with scripted([call("lock"), ADD], [ADD]) as local:
        with pytest.raises(RunLimitError) as caught:
            await local.client.run(
                "Go", model=MODEL, tools=[lock, add], limits=RunLimits(max_turns=2)
            )
    locked, added = caught.value.result.calls
    assert not isinstance(locked.metadata, str)
    back = pickle.loads(pickle.dumps(caught.value))
    assert [c.value for c in back.result.calls] == ["locked", 3]
    assert back.result.calls[0].metadata == repr(locked.metadata)
    assert back.result.calls[1] == added


def test_a_call_pickles_whatever_it_has() -> None:
    call = RunCall(
        tool_call_id="1",
        name="f",
        arguments={"lock": threading.Lock()},
        turn=1,
        value=threading.Lock(),
        result="locked",
    )
    back = call.picklable()
    assert (back.arguments, back.value) == (repr(call.arguments), "locked")
    assert back.picklable() == back
