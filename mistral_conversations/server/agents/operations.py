"""The operations on agents as handlers of aiohttp."""

from collections.abc import Mapping, Sequence

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.agents import schemas
from mistral_conversations.server.agents.listing import (
    cut,
    is_asked_for,
    read_token,
    token_of,
)
from mistral_conversations.server.agents.store import Agent, Agents
from mistral_conversations.server.failures import JSONObject
from mistral_conversations.server.guard import Operation
from mistral_conversations.server.reading import (
    Read,
    flag,
    json_value,
    number,
    read_body,
    read_query,
    text,
)
from mistral_conversations.server.responses import json_response

__all__ = ["AgentOperations"]

_LISTED: Mapping[str, Read | list[Read]] = {
    "page_size": number,
    "deployment_chat": flag,
    "sources": [text],
    "name": text,
    "search": text,
    "id": text,
    "metadata": json_value,
}


@attrs.define(eq=False)
class AgentOperations:
    """What can be done with agents."""

    agents: Agents

    def operations(self) -> Sequence[Operation]:
        """Give the operations, each with its method and route."""
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
            ("PUT", routes.AGENT_ALIASES, self._name_version),
            ("GET", routes.AGENT_ALIASES, self._list_aliases),
            ("DELETE", routes.AGENT_ALIASES, self._delete_alias),
        )

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request, schemas.CREATE)
        return json_response(self.agents.create(body).body())

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, schemas.PAGE, page=number, **_LISTED)
        found = [told for _, told in self._asked_for(query)]
        return json_response(cut(found, query))

    async def _list_pages(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request, schemas.PAGE_AT_TOKEN, page_token=read_token, **_LISTED
        )
        before = query.get("page_token")
        found = [
            (place, told)
            for place, told in self._asked_for(query)
            if before is None or place < before
        ]
        page = cut(found, query)
        token = token_of(page[-1][0]) if len(page) < len(found) else None
        data = [told for _, told in page]
        body = {"object": "list", "data": data, "next_page_token": token}
        return json_response(body)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        version = request.query.get("agent_version")
        return json_response(self._find(request).body(version))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        changes = await read_body(request, schemas.UPDATE)
        agent = self._find(request)
        agent.update(changes)
        return json_response(agent.body())

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self.agents.remove(request.match_info["agent_id"])
        return web.Response(status=204)

    async def _switch(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, schemas.VERSION, version=number)
        agent = self._find(request)
        agent.switch(query["version"])
        return json_response(agent.body())

    async def _list_versions(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request, schemas.PAGE_OF_VERSIONS, page=number, page_size=number
        )
        return json_response(cut(self._find(request).bodies(), query))

    async def _get_version(self, request: web.Request) -> web.StreamResponse:
        version = request.match_info["version"]
        return json_response(self._find(request).body(version))

    async def _name_version(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, schemas.ALIASED_VERSION, alias=text, version=number)
        return json_response(self._find(request).name_version(**query))

    async def _list_aliases(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._find(request).aliases())

    async def _delete_alias(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, schemas.ALIAS, alias=text)
        self._find(request).forget_alias(**query)
        return web.Response(status=204)

    def _find(self, request: web.Request) -> Agent:
        return self.agents.find(request.match_info["agent_id"])

    def _asked_for(self, query: JSONObject) -> list[tuple[int, JSONObject]]:
        """Give the agents that pass the filters, with their places, newest first."""
        told = [(agent.place, agent.body()) for agent in self.agents.newest_first()]
        return [(place, body) for place, body in told if is_asked_for(body, query)]
