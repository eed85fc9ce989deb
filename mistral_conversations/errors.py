"""The errors of this library, all subclasses of `MistralConversationsError`."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mistral_conversations._public import publish
from mistral_conversations._request_id import request_id_of
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.model import ResponseMeta

if TYPE_CHECKING:
    from mistral_conversations.models.entries import InputEntries
    from mistral_conversations.models.runs import RunResult
    from mistral_conversations.models.validation import ValidationError

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "ArgumentsError",
    "AuthenticationError",
    "BadRequestError",
    "BatchRequestError",
    "BatchResultsError",
    "BatchRowError",
    "BatchUncertainError",
    "ConfigurationError",
    "ConflictError",
    "ConversationBusyError",
    "DecodeError",
    "DocumentProcessingError",
    "EventTooLargeError",
    "HTTPValidationError",
    "MistralConversationsError",
    "NeverArrivedError",
    "NotFoundError",
    "OutputValidationError",
    "PermissionDeniedError",
    "RateLimitError",
    "RecoveryError",
    "RecoveryUncertainError",
    "ResponseFailedError",
    "SDKError",
    "ServerError",
    "StreamDecodeError",
    "StreamError",
    "StreamInterruptedError",
    "StreamRecoveryUncertainError",
    "StreamTimeoutError",
    "TimeoutPhase",
]

TimeoutPhase: TypeAlias = Literal["pool", "connect", "response", "idle", "total"]


class MistralConversationsError(Exception):
    """Base class of every error of this library.

    An error that ends a start, an append or a restart holds the request, from which
    `AsyncConversations.recover` finds a lost answer; so does its pickle. Neither holds
    the API key.
    """

    may_have_been_processed: bool = False
    """Whether the service may have acted on the request, in any attempt. If so, it may
    have appended the inputs and be answering them; sending them again may append them
    twice."""

    attempts: int = 0
    """The number of attempts made, the failed last one included; 0 outside a call."""

    _result: Any = None

    @property
    def result(self) -> "RunResult | None":
        """What the run had done when the error ended it; None outside a run."""
        result: RunResult | None = self._result
        return result

    def __str__(self) -> str:
        """Return the text on one line, with control characters escaped."""
        return _printable(super().__str__())

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle by attributes, independent of the signature of `__init__`."""
        attributes = self.__dict__
        if self._result is not None:
            attributes = {**attributes, "_result": self._result.picklable()}
        return _restore, (type(self), self.args, attributes)


def attach_result(error: MistralConversationsError, result: "RunResult") -> None:
    """Attach to an error what the run had done when the error ended it."""
    error.__dict__["_result"] = result


def _printable(text: str) -> str:
    from mistral_conversations._text import printable  # noqa: PLC0415 - a fast import

    return printable(text)


def _restore(
    cls: type[MistralConversationsError],
    args: tuple[Any, ...],
    attributes: Mapping[str, Any],
) -> MistralConversationsError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class ConfigurationError(MistralConversationsError, ValueError):
    """The client was configured or used in a way that cannot work.

    Nothing was sent; if a later attempt raises it, such as for a key function that
    returns no key, `may_have_been_processed` and `attempts` report the earlier ones.
    """


class DocumentProcessingError(MistralConversationsError):
    """The service could not process a document; it stays in its library unchanged."""

    def __init__(self, message: str, *, document_id: str, process_status: str) -> None:
        super().__init__(message)
        self.document_id = document_id
        self.process_status = process_status
        """The status that the service reported."""


class BatchRequestError(MistralConversationsError):
    """One request of a batch job failed; `BatchResult.error` has it."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: Any = None,
        code: int | str | None = None,
        type: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        """The service's message, as one text."""
        self.status = status
        """The HTTP status of the answer; None if the result has none."""
        self.body = body
        """The body of the answer, or the error of the result, in JSON's plain types."""
        self.code = code
        """The service's own code, a number or a text; None if it sent none."""
        self.type = type
        """The service's name for the kind of error; None if it sent none."""

    def __str__(self) -> str:
        """Show the status and the message."""
        status = "" if self.status is None else f"HTTP {self.status}: "
        return _printable(f"{status}{self.message}")


class BatchResultsError(MistralConversationsError):
    """A batch job has no results: it still runs, or it failed as a whole."""

    def __init__(self, message: str, *, job_id: str, status: str) -> None:
        super().__init__(message)
        self.job_id = job_id
        self.status = status
        """The status of the job."""


class BatchRowError(MistralConversationsError):
    """A row of a batch failed in an earlier run of it; the results file has the error.

    `str()` of it is that of the error itself.
    """

    def __init__(
        self,
        message: str,
        *,
        type: str,
        status: int | None = None,
        may_have_been_processed: bool = False,
        attempts: int = 0,
    ) -> None:
        super().__init__(message)
        self.type = type
        """The name of the error's class, such as `RateLimitError`."""
        self.status = status
        """The HTTP status of the answer; None without an answer."""
        self.may_have_been_processed = may_have_been_processed
        self.attempts = attempts


class BatchUncertainError(MistralConversationsError):
    """A row of a batch was sent, and its outcome is unknown.

    The process or the worker that sent it ended before the answer. The service may have
    answered; asking again, with `resend=True`, may cost the tokens twice.
    """

    may_have_been_processed = True


class APIConnectionError(MistralConversationsError, ConnectionError):
    """No connection could be made, or it was lost before the answer was complete.

    If `may_have_been_processed` is true, the service may still answer an append or a
    restart; `AsyncConversations.recover(error)` returns that answer.
    """

    def __init__(
        self,
        message: str,
        *,
        may_have_been_processed: bool = False,
        attempts: int = 1,
    ) -> None:
        super().__init__(message)
        self.may_have_been_processed = may_have_been_processed
        self.attempts = attempts
        """The number of attempts made."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """A limit of `Timeout` was reached."""

    def __init__(
        self,
        message: str,
        *,
        phase: TimeoutPhase,
        may_have_been_processed: bool = False,
        attempts: int = 1,
    ) -> None:
        super().__init__(
            message,
            may_have_been_processed=may_have_been_processed,
            attempts=attempts,
        )
        self.phase: TimeoutPhase = phase
        """The limit: `pool` (no free connection within `connect`), `connect`,
        `response`, `idle` (also for `event_idle`) or `total`."""


class SDKError(MistralConversationsError):
    """The service answered with a status other than 2xx."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        body: Any = None,
        code: int | str | None = None,
        type: str | None = None,
        headers: Mapping[str, str] | None = None,
        attempts: int = 1,
        may_have_been_processed: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        """The service's message, as one text."""
        self.status = status
        self.body = body
        """The body: JSON's plain types, or text if it is not JSON, or nested more than
        200 levels deep. At most 1 MiB is read; a longer body is text."""
        self.code = code
        """The service's own code, a number or a text; None if it sent none."""
        self.type = type
        """The service's name for the kind of error; None if it sent none."""
        self.headers: Mapping[str, str] = dict(headers or {})
        """The headers of the answer, with names in lower case."""
        self.attempts = attempts
        """The number of times the request was sent."""
        self.may_have_been_processed = may_have_been_processed
        self.retry_after = retry_after
        """The wait that the service asks for (`Retry-After`), in seconds, or None."""

    @property
    def request_id(self) -> str | None:
        """The id to quote to the service's support; None if the service sent none."""
        return request_id_of(self.headers)

    def __str__(self) -> str:
        """Show the status, the message and the request id."""
        suffix = f" [request id {self.request_id}]" if self.request_id else ""
        attempts = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return _printable(f"HTTP {self.status}{attempts}: {self.message}{suffix}")


class BadRequestError(SDKError):
    """400: for example code 3001, results of function calls are missing."""


class AuthenticationError(SDKError):
    """401: the API key is missing or wrong."""

    variable: str | None = None
    """The environment variable that has the key; None for a key that was passed."""

    def __str__(self) -> str:
        """Show also the variable that has the wrong key."""
        hint = f" (the key is that of {self.variable})" if self.variable else ""
        return f"{super().__str__()}{hint}"


class PermissionDeniedError(SDKError):
    """403: not allowed, or blocked by a guardrail."""

    @property
    def guardrails(self) -> Any:
        """The guardrails' findings, as the service sent them; None without any."""
        return self.body.get("guardrails") if isinstance(self.body, dict) else None


class NotFoundError(SDKError):
    """404: no such conversation, entry, agent, library, document or path."""


class ConflictError(SDKError):
    """409: the request conflicts with the state of the conversation."""


class ConversationBusyError(ConflictError):
    """409 to append or restart: the service is still writing to the conversation.

    This attempt appended nothing; `may_have_been_processed` is true if an earlier one,
    repeated because of `resend=True`, may have. The service locks a conversation until
    its answer is complete, up to 90 seconds after a dropped stream; `wait_if_busy`
    waits for it.
    """


class HTTPValidationError(SDKError):
    """422: the API rejects the request as invalid."""

    detail: "tuple[ValidationError, ...]" = ()
    """The problems, one by one, at most 1,000; empty if the body lists none."""


class RateLimitError(SDKError):
    """429: too many requests or tokens."""


class ServerError(SDKError):
    """5xx: the service failed."""


class DecodeError(MistralConversationsError):
    """A 2xx answer has an unexpected body. The service has processed the request.

    The body is not JSON, does not fit the API's description, is larger than
    `max_response_bytes`, or has an encoding that cannot be decoded here. A header above
    `max_header_bytes` raises this error too, without `meta`.
    """

    may_have_been_processed = True
    body: Any
    meta: ResponseMeta | None

    def __init__(
        self, message: str, *, body: Any = None, meta: ResponseMeta | None = None
    ) -> None:
        super().__init__(message)
        self.body = body
        """The body: JSON's plain types, or text if it is not JSON. Of a body that is
        too large only the beginning; None if it could not be decoded."""
        self.meta = meta
        self.attempts: int = meta.attempts if meta is not None else 0


class ArgumentsError(DecodeError, ValueError):
    """The arguments of a function call are not a JSON object.

    The message says what is wrong, and where in the text; `body` is that text.
    """


class OutputValidationError(DecodeError, ValueError):
    """A reply does not fit the type that it was to be read as.

    The message says what is wrong, and where. The service has processed the request:
    the reply is part of the conversation.
    """

    def __init__(
        self, message: str, *, text: str = "", meta: ResponseMeta | None = None
    ) -> None:
        super().__init__(message, body=text, meta=meta)
        self.text = text
        """The reply; empty if the answer has no text."""


class StreamError(MistralConversationsError):
    """Something went wrong after the streamed answer had started.

    The service may continue to generate; the entries that it finishes are in the
    conversation's history, from which `AsyncConversations.recover(error)` returns the
    answer. After a `ResponseFailedError`, there is none.
    """

    may_have_been_processed = True
    conversation_id: str | None = None
    """The conversation; None if the stream failed before naming it."""
    partial: ConversationResponse | None = None
    """The answer so far; None before its first event."""


class ResponseFailedError(StreamError):
    """The service ended the stream with an error.

    That is `conversation.response.error`, or an error in another shape: an event named
    `error`, or the JSON of an error answer.
    """

    def __init__(self, message: str, *, code: int | str | None = None) -> None:
        super().__init__(message)
        self.code = code
        """The service's own code; None if it sent none."""


class StreamInterruptedError(StreamError):
    """The stream ended or broke before `conversation.response.done`."""


class StreamTimeoutError(StreamInterruptedError, APITimeoutError):
    """A limit of `Timeout` was reached while reading the stream."""


class StreamDecodeError(StreamError, DecodeError):
    """The answer is not an event stream, or one of its events is not JSON."""


class EventTooLargeError(StreamError):
    """An event is larger than `max_event_bytes`."""


class RecoveryError(MistralConversationsError):
    """A lost answer could not be recovered."""

    def __init__(
        self,
        message: str,
        *,
        error: MistralConversationsError | None = None,
        conversation_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.error = error
        """The error of the call that lost the answer."""
        self.conversation_id: str | None = conversation_id
        """The conversation; None if a restart failed before the service named it."""
        self.attempts: int = error.attempts if error is not None else 0


class NeverArrivedError(RecoveryError):
    """The service never received the request: sending it again is safe.

    For `Recovery.lock` seconds, longer than the service locks a conversation, neither
    the entries that were sent nor anything newer appeared in the history. The
    conversation is as it was before the request.
    """


class RecoveryUncertainError(RecoveryError):
    """The history cannot tell what became of a request.

    The service may have appended the inputs, and may still answer them: sending them
    again may append them twice. Recovery has only read the history; passing this error
    to `AsyncConversations.recover` repeats it.
    """

    may_have_been_processed = True

    def __init__(
        self,
        message: str,
        *,
        error: MistralConversationsError | None = None,
        conversation_id: str | None = None,
        arrived: bool | None = None,
        entries: "Sequence[InputEntries]" = (),
    ) -> None:
        super().__init__(message, error=error, conversation_id=conversation_id)
        self.arrived = arrived
        """True if the service has received the request; None if that is unknown."""
        self.entries: tuple[InputEntries, ...] = tuple(entries)
        """What the history has since the request, as far as that is known."""


class StreamRecoveryUncertainError(RecoveryUncertainError, StreamInterruptedError):
    """The rest of a stream that had started was not found in the history.

    `partial` is the answer so far. The service may still finish the answer.
    """


publish(globals(), *__all__)
