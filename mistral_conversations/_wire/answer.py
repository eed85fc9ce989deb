"""Decoding the body of a 2xx answer."""

from typing import Any

from mistral_conversations._wire.converter import structure
from mistral_conversations._wire.json import decode_json
from mistral_conversations.errors import DecodeError
from mistral_conversations.models.model import ResponseMeta

__all__ = ["decode_answer"]


def decode_answer(cls: Any, content: bytes | bytearray, meta: ResponseMeta) -> Any:
    """Decode a body into an object of a class or union.

    Raises:
        DecodeError: the body is not JSON, or does not fit; the error has the body.
    """
    try:
        data = decode_json(content)
    except ValueError as error:
        raise DecodeError(
            f"the answer is not JSON: {error}",
            body=content.decode(errors="replace"),
            meta=meta,
        ) from None
    try:
        return structure(cls, data)
    except ValueError as error:
        raise DecodeError(
            f"the answer is not what the API describes: {error}", body=data, meta=meta
        ) from None
