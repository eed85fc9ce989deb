"""Every error of this library; all of them are `MistralConversationsError`."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.model import ResponseMeta
from mistral_conversations.models.validation import ValidationError

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "ConversationBusyError",
    "DecodeError",
    "DocumentProcessingError",
    "EventTooLargeError",
    "HTTPValidationError",
    "MistralConversationsError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ResponseFailedError",
    "SDKError",
    "ServerError",
    "StreamDecodeError",
    "StreamError",
    "StreamInterruptedError",
    "StreamTimeoutError",
    "TimeoutPhase",
]

TimeoutPhase: TypeAlias = Literal["pool", "connect", "response", "idle", "total"]


class MistralConversationsError(Exception):
    """What went wrong in this library, or in what it talked to."""

    may_have_been_processed: bool = False
    """Whether the service may have acted on the request: it may have appended the
    inputs and be answering them, so sending them again may do so twice."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle by the attributes, whatever `__init__` asks for."""
        return _restore, (type(self), self.args, self.__dict__)


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
    """The client was set up or used in a way that cannot work. Nothing was sent."""


class DocumentProcessingError(MistralConversationsError):
    """The service could not process a document. It stays in its library as it is."""

    def __init__(self, message: str, *, document_id: str, process_status: str) -> None:
        super().__init__(message)
        self.document_id = document_id
        self.process_status = process_status
        """The service's word for how it ended."""


class APIConnectionError(MistralConversationsError, ConnectionError):
    """No connection could be made, or it was lost before the answer was complete."""

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
        """How many times the request was tried."""


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
        """Which limit: `pool` (no free connection within `connect`), `connect`,
        `response`, `idle` (`event_idle` too) or `total`."""


class SDKError(MistralConversationsError):
    """The service answered with a status that is not 2xx."""

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
    ) -> None:
        super().__init__(message)
        self.message = message
        """What the service said, as one text."""
        self.status = status
        self.body = body
        """The body: JSON's plain types, or text where it is no JSON. More than 1 MiB
        is not read, and what was read of it is text."""
        self.code = code
        """The service's own code, a number or a text, where it gave one."""
        self.type = type
        """The service's word for the kind of error."""
        self.headers: Mapping[str, str] = dict(headers or {})
        """The headers of the answer, their names in lower case."""
        self.attempts = attempts
        """How many times the request was sent."""
        self.may_have_been_processed = may_have_been_processed

    @property
    def request_id(self) -> str | None:
        """The id to quote to the service's support."""
        found = self.headers.get("mistral-correlation-id")
        return found or self.headers.get("x-kong-request-id")

    def __str__(self) -> str:
        """Tell the status, the message and the request id."""
        suffix = f" [request id {self.request_id}]" if self.request_id else ""
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return f"HTTP {self.status}{tries}: {self.message}{suffix}"


class BadRequestError(SDKError):
    """400: such as code 3001, function results are still missing."""


class AuthenticationError(SDKError):
    """401: the API key is missing or wrong."""


class PermissionDeniedError(SDKError):
    """403: not allowed, or blocked by a guardrail."""

    @property
    def guardrails(self) -> Any:
        """What the guardrails found, as the service tells it; None without any."""
        return self.body.get("guardrails") if isinstance(self.body, dict) else None


class NotFoundError(SDKError):
    """404: no such conversation (or entry, or path)."""


class ConflictError(SDKError):
    """409: at odds with the state of the conversation."""


class ConversationBusyError(ConflictError):
    """409 to append or restart: the conversation is being written.

    Nothing was appended. The service holds a conversation until its answer is
    complete, up to 90 seconds after a dropped stream; `wait_if_busy` waits for it.
    """


class HTTPValidationError(SDKError):
    """422: the request is not what the API takes."""

    detail: tuple[ValidationError, ...] = ()
    """One by one what was wrong; empty where the body has another shape."""


class RateLimitError(SDKError):
    """429: too many requests or tokens."""

    retry_after: float | None = None
    """The seconds to wait that the service asks for (`Retry-After`)."""


class ServerError(SDKError):
    """5xx: the service failed."""


class DecodeError(MistralConversationsError):
    """A 2xx answer whose body is not what it should be: it was processed."""

    may_have_been_processed = True
    body: Any
    meta: ResponseMeta | None

    def __init__(
        self, message: str, *, body: Any = None, meta: ResponseMeta | None = None
    ) -> None:
        super().__init__(message)
        self.body = body
        """The body: JSON's plain types, or text where it is no JSON."""
        self.meta = meta


class StreamError(MistralConversationsError):
    """Something went wrong after the answer had started.

    The service may go on generating; the finished entries then stand in the
    conversation's history.
    """

    may_have_been_processed = True
    conversation_id: str | None = None
    """The conversation, None where it was not told yet."""
    partial: ConversationResponse | None = None
    """The answer so far, None before its first event."""


class ResponseFailedError(StreamError):
    """The service ended the stream with `conversation.response.error`."""

    def __init__(self, message: str, *, code: int | str | None = None) -> None:
        super().__init__(message)
        self.code = code
        """The service's own code."""


class StreamInterruptedError(StreamError):
    """The stream ended or broke before `conversation.response.done`."""


class StreamTimeoutError(StreamInterruptedError, APITimeoutError):
    """A limit of `Timeout` was reached while the stream was read."""


class StreamDecodeError(StreamError, DecodeError):
    """What came is no event stream, or one of its events is no JSON."""


class EventTooLargeError(StreamError):
    """An event is larger than `max_event_bytes`."""
