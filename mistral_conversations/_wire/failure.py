"""The errors for answers with a status other than 2xx.

The API description has only 422; all other shapes here were observed.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from mistral_conversations._text import one_line
from mistral_conversations._wire.json import decode_json
from mistral_conversations._wire.reason import Reason, beginning, reason_of
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
# The character sets of pages; Python knows further codecs, some of them slow.
_CHARSET = re.compile(
    r"""charset=["']?(iso-8859-\d+|windows-125\d|us-ascii|utf-(?:8|16)|shift_jis|euc-jp"""
    r"""|euc-kr|gb2312|gbk|gb18030|big5|koi8-r)\b""",
    re.IGNORECASE,
)
_LONGEST_SHOWN = 4000
_LONGEST_LOCATION = 200
_CREDENTIALS = re.compile(
    r"(?<=//)[^/?#]*@"  # user and password
    r"|([?&#][^=&#]*(?:token|key|secret|passw|sig|auth|code|credential)[^=&#]*=)[^&#]*",
    re.IGNORECASE,
)


def failure(status: int, headers: Mapping[str, str], content: bytes) -> SDKError:
    """Make the error for an answer.

    Args:
        status: the HTTP status.
        headers: the headers, with names in lower case.
        content: the body, or its beginning.
    """
    body = _body(headers, content)
    reason = reason_of(body)
    message = _message(status, headers, body, content, reason)
    seconds = retry_after(headers)
    error = _class(status, message)(
        message,
        status=status,
        body=body,
        code=reason.code,
        type=reason.type,
        headers=headers,
        may_have_been_processed=_may_have_been_processed(status, seconds),
        retry_after=seconds,
    )
    if isinstance(error, HTTPValidationError):
        error.detail = reason.detail
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


def _message(
    status: int,
    headers: Mapping[str, str],
    body: Any,
    content: bytes,
    reason: Reason,
) -> str:
    """Return the service's words; without any, the status and the body's beginning."""
    location = headers.get("location", "").strip()
    if location and 300 <= status < 400:  # noqa: PLR2004
        return _redirect(location, reason.message or _phrase(status))
    if reason.message:
        return reason.message
    text = content[:_LONGEST_SHOWN].decode(errors="replace")
    shown = beginning(text, body)
    return f"{_phrase(status)}: {shown}" if shown else _phrase(status)


def _redirect(location: str, message: str) -> str:
    """Name where a redirect leads, without the credentials in it."""
    place = _CREDENTIALS.sub(_masked, one_line(location, _LONGEST_LOCATION))
    return (
        f"redirected to {place}, and redirects are not followed: check base_url "
        f"({message})"
    )


def _masked(found: re.Match[str]) -> str:
    return f"{found[1]}***" if found[1] else "***@"


def _body(headers: Mapping[str, str], content: bytes) -> Any:
    try:
        return decode_json(content)
    except ValueError:
        named = _CHARSET.search(headers.get("content-type", ""))
        text = content.decode(named[1] if named else "utf-8", errors="replace")
        return text.removeprefix("\ufeff")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no message"
