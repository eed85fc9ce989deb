"""The filters of the list of agents, and its page tokens."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mistral_conversations.server.web.checks import Location, problem
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.listing import has_metadata

__all__ = ["matches", "page_token", "read_token", "token_of"]

_PREFIX = "agents-before:"


def matches(agent: JSONObject, query: Mapping[str, Any]) -> bool:
    """Check whether an agent passes all filters that a query gives."""
    return all(
        passes(agent, query[name])
        for name, passes in _FILTERS.items()
        if query.get(name) is not None
    )


def token_of(position: int) -> str:
    """Return the token of the page of agents created before a position."""
    return urlsafe_b64encode(f"{_PREFIX}{position}".encode()).decode()


def read_token(given: str) -> int | str:
    """Read a token; return any other text unchanged, for the check to reject."""
    try:
        prefix, found, rest = urlsafe_b64decode(given).decode().partition(_PREFIX)
        return given if prefix or not found else int(rest)
    except ValueError:
        return given


def page_token(value: Any, loc: Location) -> Iterator[JSONObject]:
    """Accept the position that a token was read as."""
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
