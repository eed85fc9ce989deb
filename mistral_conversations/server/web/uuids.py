"""UUIDs: their check, and those in the paths of requests."""

import re
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from mistral_conversations.server.web.checks import Location, problem
from mistral_conversations.server.web.failures import JSONObject, unprocessable

__all__ = ["path_ids", "uuid_text"]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def uuid_text(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Accept a UUID with hyphens (RFC 9562)."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        yield problem("uuid_parsing", loc, "Input should be a valid UUID", value)


def path_ids(request: web.Request, *names: str) -> tuple[str, ...]:
    """Return the ids of these names in a path, in lower case.

    Raises:
        RefusalError: one of them is not a UUID.
    """
    ids = {name: request.match_info[name] for name in names}
    found = [p for name, id_ in ids.items() for p in uuid_text(id_, ("path", name))]
    if found:
        raise unprocessable(found)
    return tuple(id_.lower() for id_ in ids.values())
