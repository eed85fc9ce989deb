"""The results of a batch job: the lines of a file, and what each of them holds.

No description has the shape of a line. It is read leniently: the answer is in
`response.body`, in `body`, in `response`, or is the line itself.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import attrs

from mistral_conversations._public import publish
from mistral_conversations._wire import routes
from mistral_conversations._wire.converter import structure
from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.odd_values import read_int
from mistral_conversations._wire.reason import reason_of
from mistral_conversations.errors import BatchRequestError, DecodeError
from mistral_conversations.models.conversations import ConversationResponse

__all__ = ["BatchResult", "Line", "Lines", "read_line", "read_result"]

_LONGEST_SHOWN = 1_000
_OF_AN_ANSWER = frozenset({"outputs", "conversation_id"})
_OF_AN_ERROR = frozenset({"error", "errors", "detail", "message"})
_NO_ERROR: tuple[Any, ...] = (None, False, "", [], {})


@attrs.frozen(kw_only=True)
class BatchResult:
    """The result of one request of a batch job: a response, or an error.

    The shape of a result is unverified: the API description does not have it. The
    client looks for the answer in several places; `raw` has the result as the service
    sent it.
    """

    custom_id: str | None = None
    """The caller's name for the request; None if it had none, or cannot be read."""

    response: ConversationResponse | None = None
    """The answer of a conversation; None for a failure and for other endpoints."""

    error: BatchRequestError | DecodeError | None = attrs.field(default=None, eq=False)
    """Why there is no answer. A `BatchRequestError` if the request failed, or a
    `DecodeError` if the result cannot be read; you can raise it."""

    body: Any = attrs.field(default=None, hash=False, repr=False)
    """The body of the answer in JSON's plain types, for every endpoint; None if there
    is none."""

    raw: Any = attrs.field(default=None, hash=False, repr=False)
    """The result in JSON's plain types; text if it is not JSON."""


class Line(NamedTuple):
    """One line of a file."""

    number: int
    """From 1."""

    text: bytes
    """The line without its end; the beginning of a line that is too long."""

    is_whole: bool = True


class Lines:
    """Split a file into lines, from pieces that end anywhere.

    Args:
        most: the bytes that a line may have; of a longer one, only the beginning is
            kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0
        self._number = 1

    def feed(self, data: bytes) -> list[Line]:
        """Return the lines that a piece completes, except blank ones."""
        *ends, rest = data.split(b"\n")
        found = [self._complete(end) for end in ends]
        self._keep(rest)
        return [line for line in found if line.text.strip()]

    def end(self) -> list[Line]:
        """Return the last line, if the file does not end with the end of a line."""
        return self.feed(b"\n")

    def _keep(self, piece: bytes) -> None:
        if self._size <= self._most:
            self._pieces.append(piece)
        self._size += len(piece)

    def _complete(self, piece: bytes) -> Line:
        self._keep(piece)
        is_whole = self._size <= self._most
        text = b"".join(self._pieces)
        line = Line(self._number, text if is_whole else text[:_LONGEST_SHOWN], is_whole)
        self._number += 1
        self._pieces, self._size = [], 0
        return line


def read_line(line: Line, endpoint: str) -> BatchResult:
    """Read a line of a file of results."""
    if not line.is_whole:
        return _unreadable(f"line {line.number} is too long", _text(line))
    try:
        value = decode_json(line.text)
    except ValueError as error:
        return _unreadable(f"line {line.number} is not JSON: {error}", _text(line))
    return read_result(value, endpoint)


def read_result(value: Any, endpoint: str) -> BatchResult:
    """Read a result in JSON's plain types.

    Args:
        value: the result.
        endpoint: the endpoint of the job, which decides what the answer is.
    """
    if not isinstance(value, Mapping):
        return _unreadable("the result is not a JSON object", value)
    custom_id = value.get("custom_id")
    status, body = _answer(value)
    response: ConversationResponse | None = None
    error: BatchRequestError | DecodeError | None = _failure(value, status, body)
    if error is None and endpoint == routes.CONVERSATIONS:
        response, error = _response(body)
    return BatchResult(
        custom_id=None if custom_id is None else str(custom_id),
        response=response,
        error=error,
        body=body,
        raw=value,
    )


def _unreadable(message: str, raw: Any) -> BatchResult:
    return BatchResult(error=DecodeError(message, body=raw), raw=raw)


def _text(line: Line) -> str:
    return line.text.decode(errors="replace")


def _answer(value: Mapping[str, Any]) -> tuple[int | None, Any]:
    """Return the status and the body of the answer in a result."""
    answer = _parsed(value.get("response"))
    if isinstance(answer, Mapping):
        status = _status(answer) or _status(value)
        return status, _parsed(answer["body"]) if "body" in answer else answer
    if "body" in value:
        return _status(value), _parsed(value["body"])
    is_answer = not _OF_AN_ANSWER.isdisjoint(value)
    return _status(value), value if is_answer else answer


def _status(value: Mapping[str, Any]) -> int | None:
    for key in ("status_code", "status"):
        try:
            return read_int(value.get(key))
        except (TypeError, ValueError):
            continue
    return None


def _parsed(value: Any) -> Any:
    """Return what is in a text of JSON; any other value unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return decode_json(value)
    except ValueError:
        return value


def _failure(
    value: Mapping[str, Any], status: int | None, body: Any
) -> BatchRequestError | None:
    """Return the error that a result reports; None if it reports none."""
    reported = value.get("error")
    if reported not in _NO_ERROR:
        return _failed(reported, status)
    is_failure = status is not None and status >= HTTPStatus.BAD_REQUEST
    return _failed(body, status) if is_failure or _is_error(body) else None


def _is_error(body: Any) -> bool:
    return isinstance(body, Mapping) and str(body.get("object")).lower() == "error"


def _failed(body: Any, status: int | None) -> BatchRequestError:
    reason = reason_of(body)
    return BatchRequestError(
        reason.message or _phrase(status),
        status=status,
        body=body,
        code=reason.code,
        type=reason.type,
    )


def _phrase(status: int | None) -> str:
    try:
        return HTTPStatus(status or 0).phrase
    except ValueError:
        return "the request failed without a message"


def _response(
    body: Any,
) -> tuple[ConversationResponse | None, BatchRequestError | DecodeError | None]:
    """Decode the answer of a conversation, or return why that cannot be done."""
    if body is None:
        return None, DecodeError("the result has neither an answer nor an error")
    try:
        return structure(ConversationResponse, body), None
    except ValueError as error:
        if isinstance(body, Mapping) and not _OF_AN_ERROR.isdisjoint(body):
            return None, _failed(body, None)
        message = f"the answer is not what the API describes: {error}"
        return None, DecodeError(message, body=body)


publish(globals(), "BatchResult")
