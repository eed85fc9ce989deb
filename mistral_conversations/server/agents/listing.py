"""The filters of the list of agents, and its page tokens."""

from collections.abc import Callable, Mapping
from typing import Any

from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.listing import has_metadata, passes
from mistral_conversations.server.web.tokens import PageTokens

__all__ = ["TOKENS", "matches"]

TOKENS = PageTokens("agents-before:")


def matches(agent: JSONObject, query: Mapping[str, Any]) -> bool:
    """Check whether an agent passes all filters that a query gives."""
    return passes(agent, query, _FILTERS)


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
