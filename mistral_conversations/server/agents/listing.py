"""Which agents are asked for, and the tokens that a list goes on by."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mistral_conversations.server.checks import Location, problem
from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.store import has_metadata

__all__ = ["cut", "is_asked_for", "page_token", "read_token", "token_of"]

_PREFIX = "agents-before:"


def is_asked_for(agent: JSONObject, query: Mapping[str, Any]) -> bool:
    """Tell whether an agent passes all filters of a query that are given."""
    return all(
        passes(agent, query[name])
        for name, passes in _FILTERS.items()
        if query.get(name) is not None
    )


def cut(all_: Sequence[Any], query: Mapping[str, Any]) -> Sequence[Any]:
    """Cut out the page that a query asks for by number, the first by default."""
    page, size = query.get("page", 0), query.get("page_size", 20)
    return all_[page * size : (page + 1) * size]


def token_of(place: int) -> str:
    """Write the token by which a list goes on with agents before a place."""
    return urlsafe_b64encode(f"{_PREFIX}{place}".encode()).decode()


def read_token(given: str) -> int | str:
    """Read a token; what is none stays a text, for the check to refuse."""
    try:
        prefix, place, rest = urlsafe_b64decode(given).decode().partition(_PREFIX)
        return given if prefix or not place else int(rest)
    except ValueError:
        return given


def page_token(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Take the place that a token was read as."""
    if not isinstance(value, int):
        msg = "Value error, this is no next_page_token of an answer"
        yield problem("value_error", loc, msg, value)


def _has_in_name_or_id(agent: JSONObject, search: str) -> bool:
    searched = search.casefold()
    return searched in agent["name"].casefold() or searched in agent["id"]


_FILTERS: Mapping[str, Callable[[JSONObject, Any], bool]] = {
    "deployment_chat": lambda agent, value: agent["deployment_chat"] is value,
    "sources": lambda agent, sources: agent["source"] in sources,
    "name": lambda agent, name: agent["name"] == name,
    "search": _has_in_name_or_id,
    "id": lambda agent, id_: agent["id"] == id_,
    "metadata": lambda agent, pairs: has_metadata(agent["metadata"], pairs),
}
