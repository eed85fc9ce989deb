"""Reading the requests about batch jobs."""

from collections.abc import Mapping

from aiohttp import web

from mistral_conversations.server.batch_jobs.schemas import INLINE, JOB, LISTING
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.reading import Read, read_body, read_query
from mistral_conversations.server.web.values import (
    read_flag,
    read_integer,
    read_json_value,
    read_text,
)

__all__ = ["read_inline", "read_job", "read_listing"]

_LISTED: Mapping[str, Read | list[Read]] = {
    "page": read_integer,
    "page_size": read_integer,
    "model": read_text,
    "agent_id": read_text,
    "metadata": read_json_value,
    "created_after": read_text,
    "created_by_me": read_flag,
    "status": [read_text],
    "order_by": read_text,
}


async def read_job(request: web.Request) -> JSONObject:
    """Read the body that creates a job.

    Raises:
        RefusalError: it violates the API description. The same goes for the other
            functions of this module.
    """
    return await read_body(request, JOB)


def read_listing(request: web.Request) -> JSONObject:
    """Read the query of the list.

    By the description, each pair of `metadata` is a parameter of its own; one parameter
    with a JSON object is accepted, too.
    """
    query = read_query(request, LISTING, **_LISTED)
    pairs = {key: text for key, text in request.query.items() if key not in _LISTED}
    return {**query, "metadata": {**(query.get("metadata") or {}), **pairs}}


def read_inline(request: web.Request) -> bool:
    """Read whether a job is to have its results in `outputs`."""
    # Clients send a null as text.
    if request.query.get("inline") in {"", "null"}:
        return False
    query = read_query(request, INLINE, inline=read_flag)
    return query.get("inline") is True
