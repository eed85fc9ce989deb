"""Reading requests: their JSON bodies and queries, checked."""

from collections.abc import Callable
from typing import Any, TypeAlias

from aiohttp import web

from mistral_conversations.server.web.checks import Check, problem, problems
from mistral_conversations.server.web.failures import JSONObject, unprocessable
from mistral_conversations.server.web.values import read_json

__all__ = ["Read", "checked_body", "json_body", "read_body", "read_query"]

Read: TypeAlias = Callable[[str], Any]


async def read_body(request: web.Request, check: Check) -> JSONObject:
    """Read a body.

    Raises:
        RefusalError: the check rejects it. The same goes for the other functions of
            this module.
    """
    return checked_body(await json_body(request), check)


def checked_body(body: Any, check: Check) -> JSONObject:
    """Return a body that a check accepts."""
    _refuse(problems(check, body, ("body",)))
    checked: JSONObject = body
    return checked


async def json_body(request: web.Request) -> Any:
    """Read a body as plain JSON, or as text if its content type is not JSON."""
    raw = await request.read()
    if not raw:
        raise unprocessable([problem("missing", ("body",), "Field required", None)])
    if not request.content_type.endswith(("/json", "+json")):
        return raw.decode(errors="replace")
    try:
        return read_json(raw)
    except ValueError as error:
        loc = ("body", 0)
        ctx = {"error": str(error)}
        raise unprocessable(
            [problem("json_invalid", loc, "JSON decode error", {}, **ctx)]
        ) from None


def read_query(
    request: web.Request, check: Check, **reads: Read | list[Read]
) -> JSONObject:
    """Read the given parameters of a query, ignoring unknown ones.

    Args:
        request: the request.
        check: the check of the whole query, an object by parameter names.
        reads: how to read the text of each parameter; in a list for a parameter that
            may be given several times, which makes an array.
    """
    query: JSONObject = {
        name: [read[0](given) for given in request.query.getall(name)]
        if isinstance(read, list)
        else read(request.query[name])
        for name, read in reads.items()
        if name in request.query
    }
    _refuse(problems(check, query, ("query",)))
    return query


def _refuse(found: list[JSONObject]) -> None:
    if found:
        raise unprocessable(found)
