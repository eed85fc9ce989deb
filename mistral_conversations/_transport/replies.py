"""Read answers: whole, as the error they stand for, or as an event stream."""

import attrs

from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.exchange import Exchange
from mistral_conversations._transport.log import logger
from mistral_conversations._wire.failure import failure
from mistral_conversations.errors import (
    APIConnectionError,
    SDKError,
    StreamDecodeError,
)
from mistral_conversations.models.model import ResponseMeta

__all__ = ["Reply", "event_stream_meta", "read_error", "read_reply"]

_MAX_ERROR_BYTES = 1024 * 1024


@attrs.frozen
class Reply:
    """A 2xx answer, read whole."""

    content: bytes
    meta: ResponseMeta


async def read_reply(exchange: Exchange, attempt: Attempt) -> Reply:
    """Read an answer to its end, and close the exchange."""
    pieces = []
    try:
        while not exchange.ended:
            pieces.append(await exchange.read())
    finally:
        exchange.close()
    return Reply(b"".join(pieces), _meta(exchange, attempt))


async def read_error(exchange: Exchange) -> SDKError:
    """Read the beginning of an answer that is not 2xx, and close the exchange."""
    content = await _read_beginning(exchange)
    return failure(exchange.status, exchange.headers, content)


async def event_stream_meta(exchange: Exchange, attempt: Attempt) -> ResponseMeta:
    """Return what the headers of an event stream say.

    Raises:
        StreamDecodeError: the answer is not an event stream; the exchange is closed.
    """
    meta = _meta(exchange, attempt)
    kind = exchange.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() == "text/event-stream":
        return meta
    content = await _read_beginning(exchange)
    raise StreamDecodeError(
        f"the answer is not an event stream: its content type is {kind or 'nothing'}",
        body=content.decode(errors="replace"),
        meta=meta,
    )


async def _read_beginning(exchange: Exchange) -> bytes:
    """Read as much of a body as arrives, up to a limit, and close the exchange."""
    content = b""
    try:
        while len(content) < _MAX_ERROR_BYTES and not exchange.ended:
            content += await exchange.read()
    except APIConnectionError as error:
        logger.debug("the body of an error ended early: %s", error)
    finally:
        exchange.close()
    return content


def _meta(exchange: Exchange, attempt: Attempt) -> ResponseMeta:
    return ResponseMeta(
        status=exchange.status, headers=exchange.headers, attempts=attempt.number
    )
