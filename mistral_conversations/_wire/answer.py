"""Decoding the body of a 2xx answer."""

from typing import Any

from mistral_conversations._wire.converter import structure
from mistral_conversations._wire.direct import direct_way
from mistral_conversations._wire.json import decode_json
from mistral_conversations.errors import DecodeError
from mistral_conversations.models.model import ResponseMeta

__all__ = ["decode_answer"]

_OF_AN_ERROR = ("error", "errors", "detail", "fault", "message")


def decode_answer(cls: Any, content: bytes | bytearray, meta: ResponseMeta) -> Any:
    """Decode a body into an object of a class or union.

    Raises:
        DecodeError: the body is not JSON, or does not fit; the error has the body.
    """
    direct = direct_way(cls)
    answer = None if direct is None else direct.read(content)
    return _decode_any(cls, content, meta) if answer is None else answer


def _decode_any(cls: Any, content: bytes | bytearray, meta: ResponseMeta) -> Any:
    """Decode a body, also one that holds something new or odd."""
    try:
        data = decode_json(content)
    except ValueError as error:
        body = content.decode(errors="replace")
        raise DecodeError(
            f"the answer is not JSON: {error}{_words_of(body)}", body=body, meta=meta
        ) from None
    try:
        return structure(cls, data)
    except ValueError as error:
        raise DecodeError(
            f"the answer is not what the API describes: {error}{_words_of(data)}",
            body=data,
            meta=meta,
        ) from None


def _words_of(body: Any) -> str:
    """Return the words of a page, a text or an error; none of a part of an answer."""
    from mistral_conversations._wire.reason import said  # noqa: PLC0415 - 4 ms

    if isinstance(body, str):
        return "" if body.lstrip().startswith(("{", "[")) else said(body)
    if not isinstance(body, dict):
        return ""
    is_error = str(body.get("object")).lower() == "error"
    return said(body) if is_error or not body.keys().isdisjoint(_OF_AN_ERROR) else ""
