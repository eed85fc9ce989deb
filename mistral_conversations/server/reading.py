"""Reading a request by checks: its JSON body, and its query."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from aiohttp import web

from mistral_conversations._wire.json import check_json, decode_json
from mistral_conversations.server.checks import Check, problem, problems
from mistral_conversations.server.failures import JSONObject, unprocessable

__all__ = [
    "Read",
    "checked_body",
    "flag",
    "json_body",
    "json_value",
    "number",
    "read_body",
    "read_query",
    "text",
]

Read: TypeAlias = Callable[[str], Any]

_DEEPEST = 200

# What the vendor's own client sends for metadata that its caller has not given.
_VENDORS_UNSET = "~?~unset~?~sentinel~?~"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_FLAGS = {"true": True, "false": False}


async def read_body(request: web.Request, check: Check) -> JSONObject:
    """Read a body.

    Raises:
        RefusalError: it is not what the check asks for. The same goes for the other
            functions of this module that read a request.
    """
    return checked_body(await json_body(request), check)


def checked_body(body: Any, check: Check) -> JSONObject:
    """Give a body that a check takes."""
    _refuse(problems(check, body, ("body",)))
    checked: JSONObject = body
    return checked


async def json_body(request: web.Request) -> Any:
    """Read a body as plain JSON; the text itself, where it is not said to be JSON."""
    raw = await request.read()
    if not raw:
        raise unprocessable([problem("missing", ("body",), "Field required", None)])
    if not request.content_type.endswith(("/json", "+json")):
        return raw.decode(errors="replace")
    try:
        return _json(raw)
    except ValueError as error:
        loc = ("body", 0)
        ctx = {"error": str(error)}
        raise unprocessable(
            [problem("json_invalid", loc, "JSON decode error", {}, **ctx)]
        ) from None


def read_query(
    request: web.Request, check: Check, **reads: Read | list[Read]
) -> JSONObject:
    """Read the parameters of a query that are given, and that the service knows.

    Args:
        request: the request.
        check: what takes the whole, as an object by the names of the parameters.
        reads: how the text of a parameter becomes its value, by the names; in a list
            for one that may be given several times, which makes an array.
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


def text(given: str) -> str:
    """Take a parameter as it came."""
    return given


def number(given: str) -> int | str:
    """Read an integer; what is none stays a text, for the check to refuse."""
    return int(given) if _INTEGER.fullmatch(given) else given


def flag(given: str) -> bool | str:
    """Read true or false; what is neither stays a text."""
    return _FLAGS.get(given.lower(), given)


def json_value(given: str) -> Any:
    """Read JSON; what is none stays a text."""
    try:
        value = _json(given)
    except ValueError:
        return given
    return None if value == _VENDORS_UNSET else value


def _refuse(found: list[JSONObject]) -> None:
    if found:
        raise unprocessable(found)


def _json(raw: bytes | str) -> Any:
    value = decode_json(raw)
    check_json(value, "body")
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return value
    raise ValueError("JSON is nested too deeply")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
