"""What hooks receive: plain data about requests, streams, runs and functions."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar

import attrs

from mistral_conversations._public import publish
from mistral_conversations.models.usage import ConversationUsageInfo

__all__ = [
    "FunctionEndInfo",
    "FunctionStartInfo",
    "Hook",
    "Outcome",
    "RequestInfo",
    "ResponseInfo",
    "RetryInfo",
    "RunInfo",
    "StreamInfo",
]

T = TypeVar("T")

Body: TypeAlias = bytes | None

Hook: TypeAlias = Callable[[T], Awaitable[object] | object]
"""A function, plain or async, that receives one piece of information."""

Outcome: TypeAlias = Literal["done", "failed", "closed", "cancelled", "dropped"]
"""How a stream or a run ended: `done` at its end; `failed` with an error; `closed` by
its reader before the end; `cancelled` with the task; `dropped` by the garbage
collector."""


@attrs.frozen(kw_only=True)
class RequestInfo:
    """A request that is about to be sent."""

    operation: str
    """The part of the API and the method, such as `conversations.append`."""

    method: str
    """The HTTP method."""

    path: str
    """The path below the base URL, percent-encoded, without the query."""

    attempt: int
    """The number of the attempt at this call, from 1."""

    conversation_id: str | None = None
    """The conversation, if the request names it."""

    body: Body = attrs.field(default=None, repr=False)
    """The JSON that is sent, with `hook_bodies`; None without, and for a file."""


@attrs.frozen(kw_only=True)
class ResponseInfo(RequestInfo):
    """The end of one attempt: an answer, or an error instead.

    The answer has been read, except that of a stream, which begins now.
    """

    status: int | None
    """The HTTP status; None if no answer arrived."""

    request_id: str | None
    """The service's id of the request, from the header `mistral-correlation-id`."""

    seconds: float
    """From the request to the end of the answer; of a stream, to its headers."""

    bytes: int
    """The bytes of the answer's body that have arrived, before decompression."""

    error: type[BaseException] | None = None
    """The class of the error that ended the attempt; None for a success. A
    `CancelledError` if the caller was cancelled, or the call took longer than its
    `total` timeout."""

    response_body: Body = attrs.field(default=None, repr=False)
    """The body of the answer, with `hook_bodies`; None without, and for a stream or a
    file."""


@attrs.frozen(kw_only=True)
class RetryInfo(RequestInfo):
    """An attempt that failed, and is repeated after a delay."""

    status: int | None
    """The HTTP status of the attempt; None if no answer arrived."""

    error: type[BaseException]
    """The class of its error."""

    delay: float
    """The seconds until the next attempt."""


@attrs.frozen(kw_only=True)
class StreamInfo:
    """The end of a stream whose request was sent.

    Hooks receive it also for a stream that the service rejected.
    """

    operation: str
    """The part of the API and the method, such as `conversations.append_stream`."""

    method: str
    path: str
    """The path below the base URL, percent-encoded, without the query."""

    conversation_id: str | None
    """The conversation; None if the service has not named it."""

    attempts: int
    """How often the request was sent."""

    status: int | None
    """The HTTP status of the last attempt; None if no answer arrived."""

    request_id: str | None
    outcome: Outcome
    error: type[BaseException] | None
    """The class of the error that ended it; None without one."""

    seconds: float
    """From the request to the end, the time that the reader took included."""

    seconds_to_first_event: float | None
    """From the request to the first event; None if none arrived."""

    events: int
    """The events that have arrived."""

    bytes: int
    """The bytes of the body that have arrived, before decompression."""

    usage: ConversationUsageInfo | None
    """The tokens of the answer; None if its end has not arrived."""

    recovered: bool
    """Whether the rest of the answer was read from the history."""

    response_body: Mapping[str, Any] | None = attrs.field(
        default=None, repr=False, hash=False
    )
    """The response so far as JSON's types, with `hook_bodies`."""


@attrs.frozen(kw_only=True)
class FunctionStartInfo:
    """A function of a run that is about to be called."""

    name: str
    tool_call_id: str
    turn: int
    """The turn that calls, from 1; 0 for a call found in the history."""

    conversation_id: str | None
    arguments: Mapping[str, Any] | None = attrs.field(
        default=None, repr=False, hash=False
    )
    """The arguments by name, with `hook_bodies`."""


@attrs.frozen(kw_only=True)
class FunctionEndInfo(FunctionStartInfo):
    """The end of a function of a run."""

    seconds: float
    outcome: Literal["done", "failed", "cancelled"]
    """`failed` if the model reads an error, or the error ends the run."""

    error: type[BaseException] | None
    """The class of the exception that the function raised; None without one.
    `TimeoutError` if it took too long, `TypeError` if its result cannot be written as
    JSON."""

    result: str | None = attrs.field(default=None, repr=False)
    """The text for the model, with `hook_bodies`; None if the run has ended."""


@attrs.frozen(kw_only=True)
class RunInfo:
    """The end of a run, even of one that failed before its first request."""

    conversation_id: str | None
    model: str | None
    agent_id: str | None
    turns: int
    """The number of answers."""

    calls: int
    """The number of function calls that were answered."""

    usage: ConversationUsageInfo
    """The tokens of all answers, added up."""

    seconds: float
    outcome: Outcome | Literal["paused"]
    """`paused` if calls wait for an approval."""

    error: type[BaseException] | None
    """The class of the error that ended it; None without one."""


publish(globals(), *__all__)
