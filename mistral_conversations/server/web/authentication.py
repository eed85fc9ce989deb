"""The check of a request's API key."""

import re

from aiohttp import web

from mistral_conversations.server.web.failures import unauthorized

__all__ = ["check_key"]

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


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
    if api_key is not None and bearer[1] != api_key:
        raise unauthorized("Invalid API Key")
