"""`AsyncConnectors`: the asyncio client of connectors and their tools."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from mistral_conversations._api_client import APIClient
from mistral_conversations._operations import operations
from mistral_conversations._paging import numbered_pages, pages_by_token
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._transport.options import Options
from mistral_conversations._wire import connector_calls as calls
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.converter import to_dict
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.errors import DecodeError
from mistral_conversations.models.connector_access import (
    AuthenticationMethods,
    AuthUrlResponse,
    OutboundAuthenticationType,
    PublicAuthenticationMethod,
)
from mistral_conversations.models.connector_tools import (
    ConnectorToolCallResponse,
    MCPToolPage,
)
from mistral_conversations.models.connectors import Connector, PaginatedConnectors
from mistral_conversations.models.mcp import MCPTool, UnknownMCPTool

__all__ = ["AsyncConnectors"]

_PAGE = 1
_PAGE_SIZE = 100


@readable_signatures
@operations
class AsyncConnectors(APIClient):
    """Asyncio client of connectors, such as MCP servers, and of their tools.

    A conversation uses a connector as a tool: `CustomConnector(connector_id=...)`. The
    administration of connectors (creation, updates, credentials) is not covered.

    `AsyncMistral.connectors` is such a client; it uses the connections of its
    `AsyncMistral`. The constructor takes the parameters of `AsyncConversations`, and
    raises the same errors.

    Every method also takes `timeout` (a `Timeout`, or the seconds of its `total`),
    `retries` (a `RetryPolicy`, or its `max_retries`) and `headers` (added to the
    client's) for that call alone; None uses the client's own settings. Besides the
    errors that its docstring lists, every method raises those of `AsyncConversations`.
    """

    async def list(
        self,
        page_size: int = _PAGE_SIZE,
        cursor: str | None = None,
        *,
        active: bool | None = None,
        fetch_user_data: bool | None = None,
        fetch_customer_data: bool | None = None,
        check_credentials_status: bool | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> PaginatedConnectors:
        """List one page of the connectors that the caller can use.

        The API description has the filters as one object, and how the service reads
        them is unverified: check the `active` of a connector if it matters.

        Args:
            page_size: connectors per page, from 1 to 1000; 100 by default.
            cursor: the `next_cursor` of the previous page; None is the first page.
            active: return only connectors that are active for the caller, or only those
                that are not; None returns both.
            fetch_user_data: whether to include the caller's own data, such as
                `connection_credentials`; None is the service's default, False.
            fetch_customer_data: whether to include the data of the caller's
                organization; None is the service's default, False.
            check_credentials_status: whether to check the credentials, and include
                their `status`; None is the service's default, False.
        """
        call = calls.list_connectors(
            {
                "page_size": page_size,
                "cursor": cursor,
                "active": active,
                "fetch_user_data": fetch_user_data,
                "fetch_customer_data": fetch_customer_data,
                "check_credentials_status": check_credentials_status,
            }
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, PaginatedConnectors, options)

    def list_all(
        self,
        page_size: int = _PAGE_SIZE,
        *,
        active: bool | None = None,
        fetch_user_data: bool | None = None,
        fetch_customer_data: bool | None = None,
        check_credentials_status: bool | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Connector]:
        """Iterate over all connectors of the caller, page by page, without duplicates.

        Tasks, or threads in blocking code, may share the iterator: each connector
        reaches one of them. If the service repeats its pages, the iteration ends with a
        WARNING in the log.

        Args:
            page_size: connectors per request, from 1 to 1000; 100 by default.
            active: as for `list`, like all parameters below.
            fetch_user_data: see `list`.
            fetch_customer_data: see `list`.
            check_credentials_status: see `list`.

        Raises:
            DecodeError: the cursor of the next page cannot be read; `list` returns such
                a page without one.

        Example:
            async for connector in connectors.list_all(active=True):
                print(connector.id, connector.name)
        """
        options = self._options.with_call(timeout, retries, headers)
        query = {
            "page_size": page_size,
            "active": active,
            "fetch_user_data": fetch_user_data,
            "fetch_customer_data": fetch_customer_data,
            "check_credentials_status": check_credentials_status,
        }
        calls.list_connectors(query)  # reject wrong parameters now

        async def fetch(cursor: str | None) -> PaginatedConnectors:
            call = calls.list_connectors({**query, "cursor": cursor})
            return await self._fetch(call, PaginatedConnectors, options)

        return pages_by_token("connectors", fetch, token_of=_next_cursor)

    async def get(
        self,
        connector_id_or_name: str,
        *,
        fetch_user_data: bool | None = None,
        fetch_customer_data: bool | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Connector:
        """Return a connector.

        Args:
            connector_id_or_name: the connector: its id, a UUID, or its name.
            fetch_user_data: whether to include the caller's own data, such as
                `connection_credentials`; None is the service's default, False.
            fetch_customer_data: whether to include the data of the caller's
                organization; None is the service's default, False.

        Raises:
            NotFoundError: no such connector.
        """
        call = calls.get(
            connector_id_or_name,
            {
                "fetch_user_data": fetch_user_data,
                "fetch_customer_data": fetch_customer_data,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, Connector, options)

    async def list_tools(
        self,
        connector_id_or_name: str,
        page: int = _PAGE,
        page_size: int = _PAGE_SIZE,
        *,
        refresh: bool | None = None,
        pretty: bool | None = None,
        credentials_name: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> MCPToolPage:
        """List one page of the tools of a connector.

        Args:
            connector_id_or_name: the connector: its id, a UUID, or its name.
            page: the number of the page, from 1 (the default).
            page_size: tools per page, 100 by default.
            refresh: whether to fetch the tools from the connector instead of the
                service's cache; None is the service's default, False.
            pretty: whether to return only names, descriptions, annotations and compact
                input schemas; None is the service's default, False.
            credentials_name: the stored credentials to use; None uses the default ones.

        Raises:
            NotFoundError: no such connector.
        """
        call = calls.list_tools(
            connector_id_or_name,
            {
                "page": page,
                "page_size": page_size,
                "refresh": refresh,
                "pretty": pretty,
                "credentials_name": credentials_name,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._tool_page(call, page, page_size, options)

    def list_all_tools(
        self,
        connector_id_or_name: str,
        page_size: int = _PAGE_SIZE,
        *,
        refresh: bool | None = None,
        pretty: bool | None = None,
        credentials_name: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[MCPTool | UnknownMCPTool]:
        """Iterate over all tools of a connector, page by page, without duplicates.

        Tasks, or threads in blocking code, may share the iterator: each tool reaches
        one of them. If the service repeats its pages, the iteration ends with a WARNING
        in the log.

        Args:
            connector_id_or_name: the connector: its id, a UUID, or its name.
            page_size: tools per request, 100 by default.
            refresh: as for `list_tools`, like all parameters below; sent with the first
                request alone.
            pretty: see `list_tools`.
            credentials_name: see `list_tools`.

        Raises:
            NotFoundError: no such connector; raised by the iteration.

        Example:
            async for tool in connectors.list_all_tools("mail"):
                print(tool)
        """
        options = self._options.with_call(timeout, retries, headers)
        query = {
            "page_size": page_size,
            "refresh": refresh,
            "pretty": pretty,
            "credentials_name": credentials_name,
        }
        calls.list_tools(connector_id_or_name, query)  # reject wrong parameters now

        async def fetch(page: int) -> MCPToolPage:
            again = page > _PAGE  # the first request has refreshed all pages
            asked = {**query, "page": page, "refresh": None if again else refresh}
            call = calls.list_tools(connector_id_or_name, asked)
            return await self._tool_page(call, page, page_size, options)

        return numbered_pages("tools", fetch, first=_PAGE, identity=_name)

    async def get_auth_url(
        self,
        connector_id_or_name: str,
        *,
        app_return_url: str | None = None,
        method_type: OutboundAuthenticationType | None = None,
        credentials_name: str | None = None,
        credentials_title: str | None = None,
        github_installation_link: bool | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AuthUrlResponse:
        """Return the URL at which the user gives a connector access (OAuth 2).

        Once the user has opened it in a browser, the service stores the credentials,
        and conversations can use the connector.

        Args:
            connector_id_or_name: the connector: its id, a UUID, or its name.
            app_return_url: where the browser goes afterwards; None is a page of the
                service.
            method_type: the method of authentication, `"oauth2"` or `"github_app"`;
                None is the service's default, `"oauth2"`, or the connector's only one.
            credentials_name: the name under which to store the credentials: 1 to 64
                letters, digits, `_` and `-`. None uses the default ones.
            credentials_title: a display name of the credentials, of at most 255
                characters.
            github_installation_link: whether to return the URL that installs the
                connector's GitHub App; only with the method `"oauth2"`.

        Raises:
            NotFoundError: no such connector.
            ValueError: `credentials_name`, `credentials_title` or
                `github_installation_link` breaks these rules. Nothing was sent.
        """
        call = calls.get_auth_url(
            connector_id_or_name,
            {
                "app_return_url": app_return_url,
                "method_type": method_type,
                "credentials_name": credentials_name,
                "credentials_title": credentials_title,
                "github_installation_link": github_installation_link,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, AuthUrlResponse, options)

    async def get_authentication_methods(
        self,
        connector_id_or_name: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AuthenticationMethods:
        """Return the ways to authenticate with a connector, and the headers they need.

        Args:
            connector_id_or_name: the connector: its id, a UUID, or its name.

        Raises:
            NotFoundError: no such connector.
        """
        call = calls.get_authentication_methods(connector_id_or_name)
        options = self._options.with_call(timeout, retries, headers)
        kind = tuple[PublicAuthenticationMethod, ...]
        found, meta = await self._fetch_value(call, kind, options)
        return AuthenticationMethods(methods=found, meta=meta)

    async def call_tool(
        self,
        connector_id_or_name: str,
        tool_name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        credentials_name: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConnectorToolCallResponse:
        """Call a tool of a connector, without a model.

        The call is sent again only if the service provably did not process it; with
        `RetryPolicy(resend=True)`, a tool may run twice.

        Args:
            connector_id_or_name: the connector: its id, a UUID, or its name.
            tool_name: the `name` of the tool.
            arguments: the arguments, by the tool's `input_schema`; None for none.
            credentials_name: the stored credentials to use; None uses the default ones.

        Returns:
            The result, also of a tool that failed: check `is_error`.

        Raises:
            NotFoundError: no such connector or tool.
            TypeError: `arguments` is no mapping, or JSON cannot represent it. Nothing
                was sent.
        """
        call = calls.call_tool(
            connector_id_or_name, tool_name, arguments, credentials_name
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ConnectorToolCallResponse, options)

    async def _tool_page(
        self, call: Call, page: int, page_size: int, options: Options
    ) -> MCPToolPage:
        kind = tuple[MCPTool | UnknownMCPTool, ...]
        found, meta = await self._fetch_value(call, kind, options)
        return MCPToolPage(tools=found, page=page, page_size=page_size, meta=meta)


def _next_cursor(page: PaginatedConnectors) -> str | None:
    """Return the cursor of the next page.

    Raises:
        DecodeError: there may be one, but it cannot be read.
    """
    if "pagination" in page.extra:
        odd = page.extra["pagination"]
        raise DecodeError(
            f"the pagination of a page of connectors cannot be read: {odd!r:.200}",
            body=to_dict(page),
            meta=page.meta,
        )
    return page.next_cursor


def _name(tool: MCPTool | UnknownMCPTool) -> str:
    return tool.name if isinstance(tool, MCPTool) else repr(tool.raw)


publish(globals(), *__all__)
