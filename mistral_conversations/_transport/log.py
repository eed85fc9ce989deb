"""The log of the requests, without key and body: DEBUG for each, INFO for a retry."""

import logging
from collections.abc import Mapping

from mistral_conversations._request_id import request_id_of
from mistral_conversations._transport.deadline import now
from mistral_conversations._wire.call import Call
from mistral_conversations.errors import (
    ConversationBusyError,
    MistralConversationsError,
    SDKError,
)

__all__ = ["log_attempt", "log_retry", "logger"]

logger = logging.getLogger("mistral_conversations")


def log_attempt(
    call: Call, number: int, begin: float, outcome: object, headers: Mapping[str, str]
) -> None:
    """Log one attempt at a call.

    Args:
        call: the call.
        number: the number of the attempt, from 1.
        begin: the loop's time at which the request was sent.
        outcome: the status, or the name of the error.
        headers: the headers of the answer, their names in lower case.
    """
    if not logger.isEnabledFor(logging.DEBUG):
        return
    from mistral_conversations._text import printable  # noqa: PLC0415 - a fast import

    logger.debug(
        "%s %s: %s, request id %s, %.3f s, attempt %d",
        call.method,
        call.path,
        outcome,
        printable(str(request_id_of(headers))),
        now() - begin,
        number,
    )


def log_retry(
    request: str, number: int, error: MistralConversationsError, delay: float
) -> None:
    """Log that a call is sent again.

    Args:
        request: the method and the path.
        number: the number of the attempt that failed, from 1.
        error: why it failed.
        delay: the seconds until the next attempt.
    """
    logger.info(
        "%s: attempt %d failed (%s); attempt %d follows in %.2f s",
        request,
        number,
        _reason(error),
        number + 1,
        delay,
    )


def _reason(error: MistralConversationsError) -> str:
    """Return why an attempt failed; of an answer the status, as it may hold a body."""
    if isinstance(error, ConversationBusyError):
        return f"HTTP {error.status}, the conversation is busy"
    return f"HTTP {error.status}" if isinstance(error, SDKError) else str(error)
