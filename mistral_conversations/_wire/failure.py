"""The errors for answers with a status other than 2xx.

The API description has only 422; all other shapes here were observed.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from mistral_conversations._wire.converter import structure
from mistral_conversations._wire.json import decode_json
from mistral_conversations.errors import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ConversationBusyError,
    HTTPValidationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SDKError,
    ServerError,
)
from mistral_conversations.models.validation import ValidationError

__all__ = ["failure", "retry_after"]

_CLASSES: Mapping[int, type[SDKError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: HTTPValidationError,
    429: RateLimitError,
}

_BUSY = re.compile(r"being updated|concurrent request", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_LONGEST_MESSAGE = 500
_LONGEST_PAGE = 4000
_DEEPEST_MESSAGE = 4
_SHOWN_DETAILS = 5


def failure(status: int, headers: Mapping[str, str], content: bytes) -> SDKError:
    """Make the error for an answer.

    Args:
        status: the HTTP status.
        headers: the headers, with names in lower case.
        content: the body, or its beginning.
    """
    body = _body(content)
    detail = _detail(body)
    message = _message(body, detail) or _phrase(status)
    seconds = retry_after(headers)
    error = _class(status, message)(
        message,
        status=status,
        body=body,
        code=_code_or_type(body, "code"),
        type=_text(_code_or_type(body, "type")),
        headers=headers,
        may_have_been_processed=_may_have_been_processed(status, seconds),
        retry_after=seconds,
    )
    if isinstance(error, HTTPValidationError):
        error.detail = detail
    return error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Parse `Retry-After`, seconds or a date (RFC 9110, 10.2.3); None without one."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value)
    return seconds if 0 <= seconds < float("inf") else None


def _seconds_until(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None


def _class(status: int, message: str) -> type[SDKError]:
    if status == HTTPStatus.CONFLICT and _BUSY.search(message):
        return ConversationBusyError
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerError
    return _CLASSES.get(status, SDKError)


def _may_have_been_processed(status: int, retry_after: float | None) -> bool:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return retry_after is None
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
        status == HTTPStatus.REQUEST_TIMEOUT
    )


def _body(content: bytes) -> Any:
    try:
        return decode_json(content)
    except ValueError:
        return content.decode(errors="replace")


def _detail(body: Any) -> tuple[ValidationError, ...]:
    """Read the list of a 422; an item of another shape becomes text."""
    found = body.get("detail") if isinstance(body, dict) else None
    return tuple(map(_detail_item, found)) if isinstance(found, list) else ()


def _detail_item(item: Any) -> ValidationError:
    try:
        detail: ValidationError = structure(ValidationError, item)
    except ValueError:
        return ValidationError(loc=(), msg=_shorten(str(item)), type="", input=item)
    return detail


def _message(body: Any, detail: tuple[ValidationError, ...]) -> str:
    if detail:
        shown = [_described(item) for item in detail[:_SHOWN_DETAILS]]
        more = len(detail) - len(shown)
        return "; ".join(shown) + (f"; and {more} more" if more else "")
    if isinstance(body, str):
        return _shorten(_TAGS.sub(" ", body[:_LONGEST_PAGE]))
    return _shorten(_found_text(body))


def _described(item: ValidationError) -> str:
    """Describe one item: its message and path, without names of request schemas."""
    path = ".".join(str(key) for key in item.loc if "[" not in str(key))
    return f"{path}: {item.msg}" if path else item.msg


def _found_text(body: Any, depth: int = 0) -> str:
    """Find the message in the shapes that were observed."""
    if isinstance(body, str):
        return body
    if depth == _DEEPEST_MESSAGE:
        return ""
    if isinstance(body, dict):
        keys = ("message", "detail", "error")
        texts = (_found_text(body.get(key), depth + 1) for key in keys)
        return next(filter(None, texts), "")
    if isinstance(body, list):
        return "; ".join(filter(None, (_found_text(item, depth + 1) for item in body)))
    return ""


def _code_or_type(body: Any, key: str) -> int | str | None:
    """Find `code` or `type`, at the top or in `error`."""
    if not isinstance(body, dict):
        return None
    value = body.get(key)
    if value is None:
        return _code_or_type(body.get("error"), key)
    return value if isinstance(value, int | str) else None


def _text(value: int | str | None) -> str | None:
    return value if isinstance(value, str) else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no message"


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= _LONGEST_MESSAGE:
        return text
    return text[: _LONGEST_MESSAGE - 1] + "…"
