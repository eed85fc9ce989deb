"""The operations on connectors, as handlers of aiohttp."""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import attrs
from aiohttp import web

from mistral_conversations._wire import routes
from mistral_conversations.server.connectors import schemas
from mistral_conversations.server.connectors.connector import (
    AUTH_METHOD,
    LocalConnector,
)
from mistral_conversations.server.connectors.results import run
from mistral_conversations.server.connectors.store import ConnectorStore
from mistral_conversations.server.connectors.tool_schemas import pretty_tool
from mistral_conversations.server.web.failures import JSONObject, refusal
from mistral_conversations.server.web.links import Links
from mistral_conversations.server.web.listing import page_of
from mistral_conversations.server.web.reading import read_body, read_query
from mistral_conversations.server.web.responses import json_response
from mistral_conversations.server.web.routing import Operation
from mistral_conversations.server.web.tokens import PageTokens
from mistral_conversations.server.web.values import (
    read_flag,
    read_integer,
    read_text,
)

__all__ = ["ConnectorOperations"]

_CURSORS = PageTokens("connectors-after:")
_PAGE_SIZE = 100
_LIFETIME = timedelta(minutes=10)
_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)


@attrs.define(eq=False)
class ConnectorOperations:
    """The operations on connectors and their tools."""

    store: ConnectorStore
    _links: Links

    def operations(self) -> Sequence[Operation]:
        """Return the operations with their methods and routes."""
        return (
            ("GET", routes.CONNECTORS, self._list),
            ("GET", routes.CONNECTOR, self._get),
            ("GET", routes.CONNECTOR_TOOLS, self._tools),
            ("GET", routes.CONNECTOR_AUTH_URL, self._auth_url),
            ("GET", routes.CONNECTOR_AUTHENTICATION_METHODS, self._auth_methods),
            ("POST", routes.CONNECTOR_TOOL_CALL, self._call),
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request,
            schemas.LISTING,
            page_size=read_integer,
            cursor=_CURSORS.read,
            active=read_flag,
            fetch_user_data=read_flag,
            fetch_customer_data=read_flag,
            check_credentials_status=read_flag,
        )
        start, size = query.get("cursor", 0), int(query.get("page_size", _PAGE_SIZE))
        left = [
            (position, connector)
            for position, connector in enumerate(self.store.connectors, 1)
            if position > start and query.get("active") in {None, connector.active}
        ]
        shown = left[:size]
        bodies = [
            connector.body(
                fetch_user_data=query.get("fetch_user_data", False),
                with_status=query.get("check_credentials_status", False),
            )
            for _, connector in shown
        ]
        cursor = _CURSORS.of(shown[-1][0]) if left[size:] else None
        pagination = {"next_cursor": cursor, "page_size": size}
        return json_response({"items": bodies, "pagination": pagination})

    async def _get(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request,
            schemas.CONNECTOR,
            fetch_user_data=read_flag,
            fetch_customer_data=read_flag,
        )
        user_data = query.get("fetch_user_data", False)
        return json_response(self._find(request).body(fetch_user_data=user_data))

    async def _tools(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request,
            schemas.TOOLS,
            page=read_integer,
            page_size=read_integer,
            refresh=read_flag,
            pretty=read_flag,
            credentials_name=read_text,
        )
        connector = self._find(request)
        connector.check_access(query.get("credentials_name"))
        page, size = query.get("page", 1), query.get("page_size", _PAGE_SIZE)
        tools = page_of(connector.tool_bodies(), page - 1, size)
        shown = map(pretty_tool, tools) if query.get("pretty") else tools
        return json_response(list(shown))

    async def _auth_url(self, request: web.Request) -> web.StreamResponse:
        query = read_query(
            request,
            schemas.AUTH_URL,
            app_return_url=read_text,
            method_type=read_text,
            credentials_name=read_text,
            credentials_title=read_text,
            github_installation_link=read_flag,
        )
        connector = self._find(request)
        method = query.get("method_type", AUTH_METHOD)
        if method != AUTH_METHOD or query.get("github_installation_link"):
            message = f"Connector {connector.name} supports {AUTH_METHOD} only"
            raise refusal(400, message, 3001)
        respond = partial(_authorize, connector, query)
        url = self._links.create(request, respond, _LIFETIME)
        ttl = int(_LIFETIME.total_seconds())
        return json_response({"auth_url": url, "ttl": ttl})

    async def _auth_methods(self, request: web.Request) -> web.StreamResponse:
        return json_response(self._find(request).auth_methods())

    async def _call(self, request: web.Request) -> web.StreamResponse:
        query = read_query(request, schemas.CALL_QUERY, credentials_name=read_text)
        body = await read_body(request, schemas.CALL)
        connector = self._find(request)
        connector.check_access(query.get("credentials_name"))
        function = connector.tool(request.match_info["tool_name"])
        return json_response(await run(function, body.get("arguments", {})))

    def _find(self, request: web.Request) -> LocalConnector:
        return self.store.find(request.match_info["connector_id_or_name"])


def _authorize(connector: LocalConnector, query: JSONObject) -> web.Response:
    """Authorize a connector, and send the browser back to the application."""
    connector.authorize(query.get("credentials_name"), query.get("credentials_title"))
    address = query.get("app_return_url", "")
    if _ADDRESS.fullmatch(address):
        return web.Response(status=302, headers={"Location": address})
    text = f"The connector {connector.name} is authorized: return to your program."
    return web.Response(text=text)
