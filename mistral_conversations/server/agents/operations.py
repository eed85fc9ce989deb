"""The operations on agents, as handlers of aiohttp."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.agents import schemas
from mistral_conversations.server.agents.listing import TOKENS, matches
from mistral_conversations.server.agents.store import Agent, AgentStore
from mistral_conversations.server.agents.tool_rules import refuse_tools
from mistral_conversations.server.web.failures import JSONObject
from mistral_conversations.server.web.listing import newest_page, page_from
from mistral_conversations.server.web.reading import Read, read_body, read_query
from mistral_conversations.server.web.responses import json_response
from mistral_conversations.server.web.routing import Operation
from mistral_conversations.server.web.values import (
    read_flag,
    read_integer,
    read_json_value,
    read_text,
)

__all__ = ["AgentOperations"]

_PAGE_SIZE = 20
_FILTERS: Mapping[str, Read | list[Read]] = {
    "deployment_chat": read_flag,
    "sources": [read_text],
    "name": read_text,
    "search": read_text,
    "id": read_text,
    "metadata": read_json_value,
}
_FILTERED = _FILTERS.keys()
_PAGED = {"page_size": read_integer, **_FILTERS}


@attrs.define(eq=False)
class AgentOperations:
    """The operations on agents."""

    store: AgentStore = attrs.field(factory=AgentStore)

    def operations(self) -> Sequence[Operation]:
        """Return the operations with their methods and routes."""
        return (
            ("POST", routes.AGENTS, self._create),
            ("GET", routes.AGENTS, self._list),
            ("GET", routes.AGENT_PAGES, self._list_pages),
            ("GET", routes.AGENT, self._get),
            ("PATCH", routes.AGENT, self._update),
            ("DELETE", routes.AGENT, self._delete),
            ("PATCH", routes.AGENT_VERSION, self._switch),
            ("GET", routes.AGENT_VERSIONS, self._list_versions),
            ("GET", routes.AGENT_AT_VERSION, self._get_version),
            ("PUT", routes.AGENT_ALIASES, self._set_alias),
            ("GET", routes.AGENT_ALIASES, self._list_aliases),
            ("DELETE", routes.AGENT_ALIASES, self._delete_alias),
        )

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request, schemas.CREATE)
        refuse_tools(body.get("tools") or ())
        return json_response(self.store.create(body).body())

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, schemas.PAGE, page=read_integer, **_PAGED)
        found = self._matching(self.store.newest_first(), query)
        agents = page_from(found, query.get("page", 0), _size(query))
        return json_response([agent.body() for agent in agents])

    async def _list_pages(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request, schemas.PAGE_AT_TOKEN, page_token=TOKENS.read, **_PAGED
        )
        agents = self.store.newest_first(query.get("page_token"))
        found = self._matching(agents, query)
        page = [*islice(found, _size(query))]
        token = TOKENS.of(page[-1].position) if next(found, None) else None
        data = [agent.body() for agent in page]
        body = {"object": "list", "data": data, "next_page_token": token}
        return json_response(body)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        version = request.query.get("agent_version")
        return json_response(self._find(request).body(version))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        changes = await read_body(request, schemas.UPDATE)
        refuse_tools(changes.get("tools") or ())
        agent = self._find(request)
        agent.update(changes)
        return json_response(agent.body())

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self.store.remove(request.match_info["agent_id"])
        return web.Response(status=204)

    async def _switch(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, schemas.VERSION, version=read_integer)
        agent = self._find(request)
        agent.switch(query["version"])
        return json_response(agent.body())

    async def _list_versions(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request, schemas.PAGE_OF_VERSIONS, page=read_integer, page_size=read_integer
        )
        numbers = self._find(request).versions()
        page = newest_page(numbers, query.get("page", 0), _size(query))
        return json_response([self._find(request).body(number) for number in page])

    async def _get_version(self, request: web.Request) -> web.StreamResponse:
        version = request.match_info["version"]
        return json_response(self._find(request).body(version))

    async def _set_alias(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request, schemas.ALIASED_VERSION, alias=read_text, version=read_integer
        )
        return json_response(self._find(request).set_alias(**query))

    async def _list_aliases(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._find(request).aliases())

    async def _delete_alias(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, schemas.ALIAS, alias=read_text)
        self._find(request).delete_alias(**query)
        return web.Response(status=204)

    def _find(self, request: web.Request) -> Agent:
        return self.store.find(request.match_info["agent_id"])

    def _matching(self, agents: Iterator[Agent], query: JSONObject) -> Iterator[Agent]:
        """Yield the agents that pass the filters; without filters, all."""
        if not query.keys() & _FILTERED:
            return agents
        return (agent for agent in agents if matches(agent.body(), query))


def _size(query: JSONObject) -> int:
    size: int = query.get("page_size", _PAGE_SIZE)
    return size
