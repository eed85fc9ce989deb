"""The tree of errors, and their way through pickle."""

import copy
import pickle
from typing import Any

import pytest

import mistral_conversations
from mistral_conversations import (
    APIConnectionError,
    APITimeoutError,
    ArgumentsError,
    AuthenticationError,
    BadRequestError,
    BatchRequestError,
    BatchResultsError,
    BatchRowError,
    BatchUncertainError,
    ConfigurationError,
    ConflictError,
    ConversationBusyError,
    ConversationResponse,
    DecodeError,
    DocumentProcessingError,
    EventTooLargeError,
    HTTPValidationError,
    MCPServerError,
    MessageInputEntry,
    MistralConversationsError,
    NeverArrivedError,
    NotFoundError,
    OutputValidationError,
    PermissionDeniedError,
    RateLimitError,
    RecoveryError,
    RecoveryUncertainError,
    ResponseFailedError,
    ResponseMeta,
    RunCall,
    RunError,
    RunLimitError,
    RunPaused,
    RunResult,
    SDKError,
    ServerError,
    StreamDecodeError,
    StreamError,
    StreamInterruptedError,
    StreamRecoveryUncertainError,
    StreamTimeoutError,
    ToolError,
    ValidationError,
    from_dict,
)
from tests.support.bodies import CONVERSATION_ID, response
from tests.support.for_each import for_each

BASES: dict[type[Exception], tuple[type[Exception], ...]] = {
    ConfigurationError: (MistralConversationsError, ValueError),
    BatchRequestError: (MistralConversationsError,),
    BatchResultsError: (MistralConversationsError,),
    BatchRowError: (MistralConversationsError,),
    BatchUncertainError: (MistralConversationsError,),
    DocumentProcessingError: (MistralConversationsError,),
    APIConnectionError: (MistralConversationsError, ConnectionError),
    APITimeoutError: (APIConnectionError, TimeoutError),
    SDKError: (MistralConversationsError,),
    BadRequestError: (SDKError,),
    AuthenticationError: (SDKError,),
    PermissionDeniedError: (SDKError,),
    NotFoundError: (SDKError,),
    HTTPValidationError: (SDKError,),
    RateLimitError: (SDKError,),
    ServerError: (SDKError,),
    ConflictError: (SDKError,),
    ConversationBusyError: (ConflictError,),
    DecodeError: (MistralConversationsError,),
    ArgumentsError: (DecodeError, ValueError),
    OutputValidationError: (DecodeError, ValueError),
    StreamError: (MistralConversationsError,),
    ResponseFailedError: (StreamError,),
    StreamInterruptedError: (StreamError,),
    StreamTimeoutError: (StreamInterruptedError, APITimeoutError),
    StreamRecoveryUncertainError: (RecoveryUncertainError, StreamInterruptedError),
    StreamDecodeError: (StreamError, DecodeError),
    EventTooLargeError: (StreamError,),
    RecoveryError: (MistralConversationsError,),
    NeverArrivedError: (RecoveryError,),
    RecoveryUncertainError: (RecoveryError,),
    MCPServerError: (MistralConversationsError,),
    RunError: (MistralConversationsError,),
    RunLimitError: (RunError,),
    RunPaused: (RunError,),
}


@for_each("kind", BASES)
def test_the_tree_is_the_documented_one(kind: type[Exception]) -> None:
    assert kind.__bases__ == BASES[kind]


def test_every_public_error_is_in_the_tree() -> None:
    names = dir(mistral_conversations)
    public = [getattr(mistral_conversations, name) for name in names]
    classes = [item for item in public if isinstance(item, type)]
    errors = {cls for cls in classes if issubclass(cls, Exception)}
    # A function raises `ToolError`; the library does not.
    assert errors == {MistralConversationsError, ToolError, *BASES}


# A pause needs a run, see tests/runs/test_paused.py.
MADE = [MistralConversationsError, *(BASES.keys() - {RunPaused})]

HOSTILE = "a\x1b[31m\n\x9b\u202e\ud800\udce9"


@for_each("kind", MADE)
def test_the_text_of_an_error_is_printable(kind: Any) -> None:
    error = made(kind, HOSTILE)
    for text in (
        str(error),
        repr(error),
        f"{error}",
        str(pickle.loads(pickle.dumps(error))),
    ):
        assert text.encode()
        assert text.isprintable()
    assert r"a\x1b[31m \x9b\u202e\ud800\xe9" in str(error)


def test_the_request_id_is_printable() -> None:
    headers = {"mistral-correlation-id": HOSTILE}
    error = SDKError("No luck", status=500, headers=headers)
    assert str(error).encode()
    assert str(error).isprintable()


META = ResponseMeta(status=200, headers={"mistral-correlation-id": "req-1"}, attempts=2)
CALL = RunCall(tool_call_id="1", name="add", arguments={}, turn=1, result="3", value=3)
INPUT: dict[str, Any] = {"role": "user", "content": "Hi"}
RESULT = RunResult(conversation_id=CONVERSATION_ID, response=None, calls=(CALL,))
ATTRIBUTES: dict[Any, dict[str, Any]] = {
    BatchResultsError: {"job_id": "1", "status": "RUNNING"},
    BatchRowError: {"type": "RateLimitError", "status": 429, "attempts": 3},
    DocumentProcessingError: {"document_id": "1", "process_status": "error"},
    ResponseFailedError: {"code": 3000},
    RunError: {"result": RESULT},
    RunLimitError: {"result": RESULT, "limit": "max_turns"},
    RecoveryUncertainError: {"arrived": True, "entries": [MessageInputEntry(**INPUT)]},
}


def made(kind: Any, message: str = "No luck") -> Any:
    """Return an error of a class, with a value in every attribute."""
    if issubclass(kind, SDKError):
        error = kind(
            message,
            status=418,
            body={"a": [1]},
            code=3001,
            type="odd",
            headers={"mistral-correlation-id": "req-1"},
            attempts=3,
            may_have_been_processed=True,
        )
    elif issubclass(kind, APITimeoutError):
        error = kind(message, phase="idle", may_have_been_processed=True, attempts=3)
    elif issubclass(kind, APIConnectionError):
        error = kind(message, may_have_been_processed=True, attempts=3)
    elif issubclass(kind, OutputValidationError):
        error = kind(message, text="{", meta=META)
    elif issubclass(kind, DecodeError):
        error = kind(message, body={"a": 1}, meta=META)
    else:
        error = kind(message, **ATTRIBUTES.get(kind, {}))
    if isinstance(error, StreamError):
        error.conversation_id = CONVERSATION_ID
        error.partial = from_dict(ConversationResponse, response())
    if isinstance(error, HTTPValidationError):
        error.detail = (ValidationError(loc=("body", 0), msg="m", type="t"),)
    if isinstance(error, RateLimitError):
        error.retry_after = 1.5
    return error


@for_each("kind", MADE)
@for_each("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_pickles_with_its_attributes(kind: Any, protocol: int) -> None:
    error = made(kind)
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is kind
    assert (str(back), back.args) == (str(error), error.args)
    assert back.__dict__ == error.__dict__
    copied = copy.deepcopy(error)
    assert (type(copied), copied.__dict__) == (kind, error.__dict__)


def test_the_meta_of_an_error_pickles() -> None:
    back = pickle.loads(pickle.dumps(made(StreamDecodeError)))
    assert back.meta == META
    assert back.meta.request_id == "req-1"


@for_each(
    ("kind", "maybe"),
    [
        *[(MistralConversationsError, False), (ConfigurationError, False)],
        *[(DecodeError, True), (StreamError, True), (StreamDecodeError, True)],
        *[(ResponseFailedError, True), (EventTooLargeError, True)],
        *[(RecoveryUncertainError, True), (StreamRecoveryUncertainError, True)],
        (NeverArrivedError, False),
    ],
)
def test_whether_it_may_have_been_processed(kind: type[Exception], maybe: bool) -> None:
    assert kind("No luck").may_have_been_processed is maybe  # type: ignore[attr-defined]


def test_errors_of_transport_say_whether_it_may_have_been_processed() -> None:
    assert not APIConnectionError("x").may_have_been_processed
    assert made(StreamTimeoutError).may_have_been_processed
    assert made(StreamTimeoutError).phase == "idle"


def test_the_text_of_an_answers_error() -> None:
    assert str(made(SDKError)) == (
        "HTTP 418 after 3 attempts: No luck [request id req-1]"
    )
    assert made(SDKError).request_id == "req-1"
    assert SDKError("x", status=400).headers == {}


def test_builtin_classes_catch_them() -> None:
    with pytest.raises(TimeoutError):
        raise made(StreamTimeoutError)
    with pytest.raises(ConnectionError):
        raise made(APIConnectionError)
    with pytest.raises(ValueError, match="No luck"):
        raise made(ConfigurationError)
