"""What travels to the workers of Dask, and what cannot."""

import copyreg
import pickle
import threading
from typing import Any

import pytest

from mistral_conversations import (
    APIConnectionError,
    AsyncConversations,
    ConversationResponse,
    Conversations,
    MistralConversationsError,
    NotFoundError,
)
from mistral_conversations.batch.dask.parcels import (
    packed_answer,
    packed_row,
    read_answer,
)
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.models.model import ResponseMeta, attach_meta
from mistral_conversations.models.runs import RunResult
from tests.support.dask import pickle_exception
from tests.support.for_each import for_each

MODEL = "mistral-small-latest"


class OddError(Exception):
    def __init__(self) -> None:
        super().__init__("odd")
        self.lock = threading.Lock()


@for_each("cls", [AsyncConversations, Conversations])
def test_engine_must_be_a_dask_client(cls: Any) -> None:
    client = cls("key")
    for wrong in (1, "dask", object(), cls):
        with pytest.raises(TypeError, match=r"engine must be a distributed\.Client"):
            client.batch(["Hi"], model=MODEL, engine=wrong)
    if cls is Conversations:
        client.close()


def test_answer_keeps_its_meta() -> None:
    response = ConversationResponse(conversation_id="conv_1", outputs=())
    meta = ResponseMeta(status=200, headers={"a": "b"}, attempts=3)
    attach_meta(response, meta)
    for answer in (response, RunResult(conversation_id=None, response=response)):
        copied = read_answer(packed_answer(answer))
        assert copied == answer
        again = copied.response if isinstance(copied, RunResult) else copied
        assert isinstance(again, ConversationResponse)
        assert again.meta == meta


def test_error_keeps_its_class() -> None:
    error = NotFoundError("no", status=404, body=b"", headers={}, attempts=2)
    copied = read_answer(packed_answer(error))
    assert isinstance(copied, NotFoundError)
    assert copied.attempts == 2


def test_what_does_not_pickle_is_an_error() -> None:
    copied = read_answer(packed_answer(OddError()))
    assert isinstance(copied, MistralConversationsError)
    assert "OddError: odd" in str(copied)
    assert not copied.may_have_been_processed
    output = RunResult(conversation_id=None, response=None, output=threading.Lock())
    lost = read_answer(packed_answer(output))
    assert isinstance(lost, MistralConversationsError)
    assert "does not pickle" in str(lost)
    assert lost.may_have_been_processed


def test_row_that_does_not_pickle_names_its_parameter() -> None:
    defaults = {"model": MODEL, "tools": None}
    tools = [threading.Lock()]
    request = RowRequest(
        index=0,
        custom_id="a",
        mode="start",
        inputs="Hi",
        parameters={**defaults, "tools": tools},
    )
    with pytest.raises(TypeError, match=r"^tools does not pickle"):
        packed_row(request, defaults)


def test_an_error_travels_without_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once Dask is imported, tblib pickles exceptions with their causes."""
    kinds: dict[Any, Any] = copyreg.dispatch_table
    monkeypatch.setitem(kinds, APIConnectionError, pickle_exception)
    error = APIConnectionError("lost", may_have_been_processed=True)
    error.__cause__ = LookupError(threading.Lock())
    with pytest.raises(TypeError, match="lock"):
        pickle.dumps(error)
    found = read_answer(packed_answer(error))
    assert isinstance(found, APIConnectionError)
    assert found.may_have_been_processed
    assert found.__cause__ is None
