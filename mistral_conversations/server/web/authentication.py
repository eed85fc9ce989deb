"""The check of a request's API key."""

import hmac
import re
from functools import wraps
from typing import Any, TypeVar

from aiohttp import web

from mistral_conversations._secret import NoText, masked_text
from mistral_conversations.server.web.failures import RefusalError, unauthorized

__all__ = ["check_api_key", "check_key", "has_key", "masking_key"]

C = TypeVar("C", bound=type)

_KEY = re.compile(r"[!-~]+")
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


def masking_key(cls: C) -> C:
    """Decorate a class whose constructor takes `api_key`, which no traceback shows."""
    method = vars(cls)["__init__"]

    @wraps(method)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            if "api_key" in kwargs:
                kwargs["api_key"] = masked_text(kwargs["api_key"])
            method(self, *args, **kwargs)
        finally:
            del args, kwargs

    type.__setattr__(cls, "__init__", init)
    return cls


def check_api_key(_: object, __: object, value: Any) -> None:
    """Check the parameter `api_key`.

    Raises:
        TypeError: it is neither a str nor None.
        ValueError: it is empty, or no client could send it.
    """
    if value is None:
        return
    if not isinstance(value, str):
        kind = value.kind if isinstance(value, NoText) else type(value).__name__
        raise TypeError(f"api_key must be a str or None, not {kind}")
    if not _KEY.fullmatch(value):
        raise ValueError("api_key must be one or more visible ASCII characters")


def check_key(request: web.Request, api_key: str | None) -> None:
    """Check the key of a request.

    Args:
        request: the request.
        api_key: the only key to accept; None accepts any.

    Raises:
        RefusalError: the key is missing or wrong.
    """
    bearer = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if bearer is None:
        raise unauthorized("Unauthorized")
    if api_key is not None and not _equal(bearer[1], api_key):
        raise unauthorized("Invalid API Key")


def has_key(request: web.Request, api_key: str | None) -> bool:
    """Check whether a request has a key that `check_key` accepts."""
    try:
        check_key(request, api_key)
    except RefusalError:
        return False
    return True


def _equal(given: str, api_key: str) -> bool:
    # In constant time: a public server does not reveal its key bit by bit.
    return hmac.compare_digest(given.encode(errors="replace"), api_key.encode())
