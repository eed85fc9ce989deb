"""Read answers: whole, as the error they stand for, or as an event stream."""

import attrs

from mistral_conversations._transport.attempts import Attempt
from mistral_conversations._transport.encodings import accepted_encodings
from mistral_conversations._transport.exchange import Exchange
from mistral_conversations._transport.log import logger
from mistral_conversations._transport.masks import NO_MASKS, Masks
from mistral_conversations.errors import (
    APIConnectionError,
    DecodeError,
    SDKError,
    StreamDecodeError,
)
from mistral_conversations.models.model import ResponseMeta

__all__ = [
    "Reply",
    "contents_meta",
    "event_stream_meta",
    "read_error",
    "read_reply",
    "too_large",
]

_MAX_ERROR_BYTES = 1024 * 1024
_SHOWN = 4096
_WHOLE = (200, 203)
"""The statuses of an answer that is the contents (RFC 9110, 15.3)."""


@attrs.frozen
class Reply:
    """A 2xx answer, read whole."""

    content: bytes | bytearray = attrs.field(repr=False)
    meta: ResponseMeta
    masks: Masks = NO_MASKS
    """What removes the key from the error of a body that does not fit."""


async def read_reply(exchange: Exchange, attempt: Attempt, most: int) -> Reply:
    """Read an answer to its end, and close the exchange.

    Args:
        exchange: the open answer.
        attempt: the attempt that it answers.
        most: the bytes that it may have when decoded.

    Raises:
        DecodeError: it has more, or its encoding cannot be decoded here.
    """
    meta = _meta(exchange, attempt)
    content = bytearray()  # grows in place, where pieces to join would count twice
    try:
        _check_encoding(exchange, meta, DecodeError)
        while not exchange.ended:
            content += await exchange.read()
            _check_size(content, most, meta)
    finally:
        exchange.close()
    return Reply(content, meta, exchange.masks)


def _check_size(content: bytearray, most: int, meta: ResponseMeta) -> None:
    if len(content) > most:
        raise too_large(most, meta, body=content[:_SHOWN].decode(errors="replace"))


def too_large(most: int, meta: ResponseMeta, body: str | None = None) -> DecodeError:
    """Return the error for an answer that does not fit into memory."""
    return DecodeError(
        f"the answer is larger than {most} bytes: pass a larger "
        "max_response_bytes to the client",
        body=body,
        meta=meta,
    )


def contents_meta(exchange: Exchange, attempt: Attempt) -> ResponseMeta:
    """Return what the headers of an answer say that is the contents of a file.

    Raises:
        DecodeError: it is not the whole file, or its encoding cannot be decoded here.
    """
    meta = _meta(exchange, attempt)
    _check_encoding(exchange, meta, DecodeError)
    if exchange.status not in _WHOLE:
        raise DecodeError(
            f"the answer is not the whole file: its status is {exchange.status}",
            meta=meta,
        )
    return meta


async def read_error(exchange: Exchange) -> SDKError:
    """Read the beginning of an answer that is not 2xx, and close the exchange."""
    from mistral_conversations._wire.failure import failure  # noqa: PLC0415 - 4 ms

    content = await _read_beginning(exchange)
    return failure(exchange.status, exchange.headers, content)


async def event_stream_meta(exchange: Exchange, attempt: Attempt) -> ResponseMeta:
    """Return what the headers of an event stream say.

    Raises:
        StreamDecodeError: the answer is not an event stream; the exchange is closed.
    """
    meta = _meta(exchange, attempt)
    _check_encoding(exchange, meta, StreamDecodeError)
    kind = exchange.headers.get("content-type", "")
    if _media_types(kind) == {"text/event-stream"}:
        return meta
    from mistral_conversations._wire.reason import said  # noqa: PLC0415 - 4 ms

    body = (await _read_beginning(exchange)).decode(errors="replace")
    raise StreamDecodeError(
        "the answer is not an event stream: its content type is "
        f"{kind or 'nothing'}{said(body)}",
        body=body,
        meta=meta,
    )


def _check_encoding(
    exchange: Exchange, meta: ResponseMeta, error: type[DecodeError]
) -> None:
    """Reject a body that cannot be decoded, and close the exchange."""
    if exchange.undecodable is None:
        return
    exchange.close()
    raise error(
        f"the answer is encoded with {exchange.undecodable}, which cannot be decoded "
        f"here: accept {accepted_encodings()} only",
        meta=meta,
    )


def _media_types(header: str) -> set[str]:
    """Return the media types of `Content-Type`, which a proxy may have repeated."""
    parts = (part.partition(";")[0].strip().lower() for part in header.split(","))
    return {part for part in parts if "/" in part}


async def _read_beginning(exchange: Exchange) -> bytes:
    """Read as much of a body as arrives, up to a limit, and close the exchange."""
    content = bytearray()
    try:
        while exchange.undecodable is None and not exchange.ended:
            content += await exchange.read()
            if len(content) >= _MAX_ERROR_BYTES:
                break
    except APIConnectionError as error:
        logger.debug("the body of an error ended early: %s", error)
    finally:
        exchange.close()
    return exchange.masks.content(bytes(content[:_MAX_ERROR_BYTES]))


def _meta(exchange: Exchange, attempt: Attempt) -> ResponseMeta:
    return ResponseMeta(
        status=exchange.status, headers=exchange.headers, attempts=attempt.number
    )
