"""The log of the requests: one DEBUG line for each, without key and body."""

import logging
from collections.abc import Mapping

from mistral_conversations._text import printable
from mistral_conversations._transport.deadline import now
from mistral_conversations._wire.call import Call

__all__ = ["log_attempt", "logger"]

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
    logger.debug(
        "%s %s: %s, request id %s, %.3f s, attempt %d",
        call.method,
        call.path,
        outcome,
        printable(headers.get("mistral-correlation-id", "None")),
        now() - begin,
        number,
    )
