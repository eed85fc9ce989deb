"""Ids in the paths of requests about libraries."""

from aiohttp import web

from mistral_conversations.server.failures import unprocessable
from mistral_conversations.server.libraries.schemas import uuid_text

__all__ = ["path_ids"]


def path_ids(request: web.Request, *names: str) -> tuple[str, ...]:
    """Give the ids that stand in the path under these names, in small letters.

    Raises:
        RefusalError: one of them is no UUID.
    """
    ids = {name: request.match_info[name] for name in names}
    found = [p for name, id_ in ids.items() for p in uuid_text(id_, ("path", name))]
    if found:
        raise unprocessable(found)
    return tuple(id_.lower() for id_ in ids.values())
