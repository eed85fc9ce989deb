"""The ids in the paths of requests about libraries."""

from aiohttp import web

from mistral_conversations.server.libraries.schemas import uuid_text
from mistral_conversations.server.web.failures import unprocessable

__all__ = ["path_ids"]


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
