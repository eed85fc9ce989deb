"""Reading requests about conversations, and refusing those that are not in order."""

import re
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from mistral_conversations.server.checks import (
    Location,
    fields,
    integer,
    nullable,
    problems,
    tag_of,
    whatever_object,
)
from mistral_conversations.server.failures import JSONObject, unauthorized
from mistral_conversations.server.ids import new_id, read_time, timestamp
from mistral_conversations.server.reading import (
    checked_body,
    json_body,
    json_value,
    number,
    read_body,
    read_query,
)
from mistral_conversations.server.schemas import (
    AGENT_START,
    APPEND,
    CHUNK_TOLD_BY,
    ENTRY_TOLD_BY,
    MODEL_START,
    NULLABLE_AT_START,
    RESTART,
)

__all__ = [
    "check_key",
    "input_entries",
    "read_append",
    "read_page",
    "read_restart",
    "read_start",
]

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_PREFIXES = {
    "message.input": "msg",
    "message.output": "msg",
    "function.result": "fr",
    "function.call": "fc",
    "tool.execution": "tool_exec",
    "agent.handoff": "handoff",
}


def check_key(request: web.Request, api_key: str | None) -> None:
    """Check the key of a request.

    Args:
        request: the request.
        api_key: the only key to accept; None accepts any.

    Raises:
        RefusalError: there is no key, or it is another one.
    """
    bearer = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if bearer is None:
        raise unauthorized("Unauthorized")
    if api_key is not None and bearer[1] != api_key:
        raise unauthorized("Invalid API Key")


async def read_start(request: web.Request) -> JSONObject:
    """Read the body of a start; its nulls, which say nothing, are left out."""
    body = await json_body(request)
    if isinstance(body, dict):
        body = {
            key: value
            for key, value in body.items()
            if value is not None or key not in NULLABLE_AT_START
        }
    return checked_body(body, _start)


async def read_append(request: web.Request) -> JSONObject:
    """Read the body of an append.

    Raises:
        RefusalError: it is not what the description asks for. The same goes for the
            other functions of this module that read.
    """
    return await read_body(request, APPEND)


async def read_restart(request: web.Request) -> JSONObject:
    """Read the body of a restart."""
    return await read_body(request, RESTART)


def read_page(request: web.Request) -> tuple[int, int, JSONObject]:
    """Read the query of the list: page, page size, pairs of metadata."""
    query = read_query(
        request, _page, page=number, page_size=number, metadata=json_value
    )
    return (
        query.get("page", 0),
        query.get("page_size", 100),
        query.get("metadata") or {},
    )


def input_entries(inputs: str | list[JSONObject]) -> list[JSONObject]:
    """Make whole entries of the inputs: with type, id and time."""
    if isinstance(inputs, str):
        inputs = [{"role": "user", "content": inputs}]
    return [_whole(entry) for entry in inputs]


def _whole(entry: JSONObject) -> JSONObject:
    tag = tag_of(entry, ENTRY_TOLD_BY)
    given = {key: value for key, value in entry.items() if value is not None}
    for key in given.keys() & {"created_at", "completed_at"}:
        given[key] = timestamp(read_time(given[key]))
    if isinstance(given.get("content"), list):
        given["content"] = [_whole_chunk(chunk) for chunk in given["content"]]
    role = {"role": "assistant"} if tag == "message.output" else {}
    return {
        "object": "entry",
        "type": tag,
        "created_at": timestamp(),
        "completed_at": None,
        "id": new_id(_PREFIXES[tag]),
        **role,
        **given,
    }


def _whole_chunk(chunk: JSONObject) -> JSONObject:
    tag = tag_of(chunk, CHUNK_TOLD_BY)
    if tag != "thinking":
        return {"type": tag, **chunk}
    thoughts = [_whole_chunk(thought) for thought in chunk["thinking"]]
    return {"type": tag, **chunk, "thinking": thoughts}


def _start(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Check against both kinds of start, and tell the problems of both."""
    found: list[JSONObject] = []
    for kind, check in (("Model", MODEL_START), ("Agent", AGENT_START)):
        name = f"function-after[validate_req(), {kind}ConversationRequest]"
        problems_of_kind = problems(check, value, (*loc, name))
        if not problems_of_kind:
            return
        found += problems_of_kind
    yield from found


_page = fields(
    page=integer(ge=0),
    page_size=integer(ge=1),
    metadata=nullable(whatever_object),
)
