"""Reading the requests about conversations."""

from collections.abc import Iterator
from typing import Any

from aiohttp import web

from mistral_conversations.server.conversations.schemas import (
    AGENT_START,
    APPEND,
    MODEL_START,
    NULLABLE_AT_START,
    RESTART,
    chunk_type,
    entry_type,
)
from mistral_conversations.server.web.checks import (
    Location,
    any_object,
    fields,
    integer,
    nullable,
    problem,
    problems,
)
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.ids import new_id, read_time, timestamp
from mistral_conversations.server.web.reading import (
    checked_body,
    json_body,
    read_body,
    read_query,
)
from mistral_conversations.server.web.values import read_integer, read_json_value

__all__ = [
    "checked_start",
    "input_entries",
    "read_append",
    "read_page",
    "read_restart",
    "read_start",
]

_PREFIXES = {
    "message.input": "msg",
    "message.output": "msg",
    "function.result": "fr",
    "function.call": "fc",
    "tool.execution": "tool_exec",
    "agent.handoff": "handoff",
}


async def read_start(request: web.Request) -> JSONObject:
    """Read the body of a start, without keys whose null means nothing."""
    return checked_start(await json_body(request))


def checked_start(body: Any) -> JSONObject:
    """Check the body of a start; return it without keys whose null means nothing."""
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
        RefusalError: it violates the API description. The same goes for the other
            reading functions of this module.
    """
    return await read_body(request, APPEND)


async def read_restart(request: web.Request) -> JSONObject:
    """Read the body of a restart."""
    return await read_body(request, RESTART)


def read_page(request: web.Request) -> tuple[int, int, JSONObject]:
    """Read the query of the list: page, page size, metadata pairs."""
    query = read_query(
        request,
        _page,
        page=read_integer,
        page_size=read_integer,
        metadata=read_json_value,
    )
    return (
        query.get("page", 0),
        query.get("page_size", 100),
        query.get("metadata") or {},
    )


def input_entries(inputs: str | list[JSONObject]) -> list[JSONObject]:
    """Make complete entries of the inputs, with type, id and time."""
    if isinstance(inputs, str):
        inputs = [{"role": "user", "content": inputs}]
    return [_complete(entry) for entry in inputs]


def _complete(entry: JSONObject) -> JSONObject:
    tag = entry_type(entry)
    given = {key: value for key, value in entry.items() if value is not None}
    for key in given.keys() & {"created_at", "completed_at"}:
        given[key] = timestamp(read_time(given[key]))
    if isinstance(given.get("content"), list):
        given["content"] = [_complete_chunk(chunk) for chunk in given["content"]]
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


def _complete_chunk(chunk: JSONObject) -> JSONObject:
    tag = chunk_type(chunk)
    if tag != "thinking":
        return {"type": tag, **chunk}
    thoughts = [_complete_chunk(thought) for thought in chunk["thinking"]]
    return {"type": tag, **chunk, "thinking": thoughts}


def _start(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Check against both kinds of start; report the problems of both."""
    found: list[JSONObject] = []
    for kind, check in (("Model", MODEL_START), ("Agent", AGENT_START)):
        name = f"function-after[validate_req(), {kind}ConversationRequest]"
        problems_of_kind = problems(check, value, (*loc, name))
        if not problems_of_kind:
            if value["inputs"] != []:
                return
            msg = "Value error, inputs is required"
            problems_of_kind = [problem("value_error", (*loc, name), msg, value)]
        found += problems_of_kind
    yield from found


_page = fields(
    page=integer(ge=0),
    page_size=integer(ge=1),
    metadata=nullable(any_object),
)
