"""`AsyncAgents`: agents, their versions and their aliases."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeAlias

from mistral_conversations._api_client import APIClient
from mistral_conversations._paging import pages_by_token
from mistral_conversations._transport.transport import Options
from mistral_conversations._wire import agent_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.models.agents import (
    Agent,
    AgentAliasList,
    AgentAliasResponse,
    AgentListPage,
    AgentPage,
    RequestSource,
)
from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.guardrails import GuardrailConfig
from mistral_conversations.models.tools import Tools
from mistral_conversations.models.unset import UNSET, Unset

__all__ = ["AsyncAgents"]

JSON: TypeAlias = Mapping[str, Any]

_PAGE = 0
_PAGE_SIZE = 20


class AsyncAgents(APIClient):
    """A client of the agents, for asyncio.

    An agent is a model with instructions and tools. Each update makes a new version,
    and an alias is a name for a version. Conversations are started with the id of an
    agent, and with a version or an alias if it is not to be the current one.

    What the operations raise beside what their docstrings say is what those of
    `AsyncConversations` do. As `AsyncMistral.agents` it shares its connections.

    Args:
        api_key: the key, or a function that gives it. None reads MISTRAL_API_KEY.
        base_url: without `/v1`. None reads MISTRAL_BASE_URL.
        timeout: limits in seconds, see `Timeout`; a number is the `total`.
        retries: how often a call is sent again, see `RetryPolicy`.
        headers: sent with every request.
        session: an aiohttp session to use in the place of the client's own.
        limit: connections at once, 0 for no limit.
        ssl: an `ssl.SSLContext`; False checks no certificate.
        proxy: the URL of an HTTP proxy. None reads the environment.

    Raises:
        ConfigurationError: a parameter that cannot work, by its name.
        TypeError: `timeout` or `retries` of another type.
        ValueError: seconds or a count below 0.
    """

    async def create(
        self,
        *,
        model: str,
        name: str,
        instructions: str | None = None,
        tools: Sequence[Tools | JSON] | None = None,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        description: str | None = None,
        handoffs: Sequence[str] | None = None,
        metadata: JSON | None = None,
        version_message: str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Agent:
        """Make an agent, at version 0.

        Args:
            model: the model that answers.
            name: a name for people.
            instructions: what the model is told before the conversation.
            tools: what it may use; a mapping is sent as it is.
            completion_args: temperature and the like.
            guardrails: moderation of inputs and answers.
            description: what the agent is for; other agents hand over by it.
            handoffs: ids of the agents it may hand a conversation over to.
            metadata: keys and values to find the agent by.
            version_message: what to know of this version, 500 characters at most.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            HTTPValidationError: the service takes a parameter for wrong. Nothing was
                made.
        """
        call = calls.create(
            {
                "model": model,
                "name": name,
                "instructions": instructions,
                "tools": tools,
                "completion_args": completion_args,
                "guardrails": guardrails,
                "description": description,
                "handoffs": handoffs,
                "metadata": metadata,
                "version_message": version_message,
            }
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, Agent, options)

    async def list(
        self,
        page: int = _PAGE,
        page_size: int = _PAGE_SIZE,
        *,
        deployment_chat: bool | None = None,
        sources: Sequence[RequestSource] | None = None,
        name: str | None = None,
        search: str | None = None,
        id: str | None = None,
        metadata: JSON | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AgentPage:
        """List agents by the number of a page, sorted by the time they were made.

        The service has this operation for old programs: it knows nothing of agents
        that are shared. `list_pages` and `list_all` do.

        Args:
            page: the page, from 0.
            page_size: agents per page, 1000 at most.
            deployment_chat: only agents that can be used in the vendor's chat, or
                only others.
            sources: only agents that were made with one of these.
            name: only agents of this name.
            search: only agents whose name or id has this in it.
            id: only the agent of this id.
            metadata: only agents that have these keys and values.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.
        """
        call = calls.list_page(
            routes.AGENTS,
            {
                "page": page,
                "page_size": page_size,
                "deployment_chat": deployment_chat,
                "sources": sources,
                "name": name,
                "search": search,
                "id": id,
                "metadata": metadata,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._page(call, page, page_size, options)

    async def list_pages(
        self,
        page_size: int = _PAGE_SIZE,
        *,
        page_token: str | None = None,
        deployment_chat: bool | None = None,
        sources: Sequence[RequestSource] | None = None,
        name: str | None = None,
        search: str | None = None,
        id: str | None = None,
        metadata: JSON | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AgentListPage:
        """List agents, those that are shared included, one page of them.

        Args:
            page_size: agents per page, 1000 at most.
            page_token: the `next_page_token` of the page before; None is the first.
            deployment_chat: as `list` has it, and so are the other filters.
            sources: only agents that were made with one of these.
            name: only agents of this name.
            search: only agents whose name or id has this in it.
            id: only the agent of this id.
            metadata: only agents that have these keys and values.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.
        """
        call = calls.list_page(
            routes.AGENT_PAGES,
            {
                "page_size": page_size,
                "page_token": page_token,
                "deployment_chat": deployment_chat,
                "sources": sources,
                "name": name,
                "search": search,
                "id": id,
                "metadata": metadata,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, AgentListPage, options)

    def list_all(
        self,
        page_size: int = _PAGE_SIZE,
        *,
        deployment_chat: bool | None = None,
        sources: Sequence[RequestSource] | None = None,
        name: str | None = None,
        search: str | None = None,
        id: str | None = None,
        metadata: JSON | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Agent]:
        """Iterate over all agents, page after page by their tokens, none twice.

        Args:
            page_size: agents per request, 1000 at most.
            deployment_chat: as `list` has it, and so are the other filters.
            sources: only agents that were made with one of these.
            name: only agents of this name.
            search: only agents whose name or id has this in it.
            id: only the agent of this id.
            metadata: only agents that have these keys and values.
            timeout: limits for each request.
            retries: the policy for each request.
            headers: headers to add to each request.
        """
        options = self._options.with_call(timeout, retries, headers)
        asked = {
            "page_size": page_size,
            "deployment_chat": deployment_chat,
            "sources": sources,
            "name": name,
            "search": search,
            "id": id,
            "metadata": metadata,
        }
        calls.list_page(routes.AGENT_PAGES, asked)  # tells what is wrong at once

        async def fetch(token: str | None) -> AgentListPage:
            query = {**asked, "page_token": token}
            call = calls.list_page(routes.AGENT_PAGES, query)
            return await self._ask(call, AgentListPage, options)

        return pages_by_token(fetch)

    async def get(
        self,
        agent_id: str,
        *,
        agent_version: int | str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Agent:
        """Get an agent as it is now, or as a version of it is.

        Args:
            agent_id: the agent.
            agent_version: the number of a version, or an alias; None is the current
                version.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such agent, version or alias.
        """
        call = calls.get(agent_id, agent_version)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, Agent, options)

    async def update(
        self,
        agent_id: str,
        *,
        model: str | Unset | None = UNSET,
        name: str | Unset | None = UNSET,
        instructions: str | Unset | None = UNSET,
        tools: Sequence[Tools | JSON] | Unset = UNSET,
        completion_args: CompletionArgs | JSON | Unset = UNSET,
        guardrails: Sequence[GuardrailConfig | JSON] | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        handoffs: Sequence[str] | Unset | None = UNSET,
        deployment_chat: bool | Unset | None = UNSET,
        metadata: JSON | Unset | None = UNSET,
        version_message: str | Unset | None = UNSET,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Agent:
        """Change an agent: make a new version of it, and let that be the current one.

        A field that is not given (`UNSET`) stays as it is; None is sent as null, which
        takes away what the field had.

        Args:
            agent_id: the agent.
            model: the model that answers.
            name: a name for people.
            instructions: what the model is told before the conversation.
            tools: what it may use; `[]` takes all away.
            completion_args: temperature and the like; `{}` takes all away.
            guardrails: moderation of inputs and answers.
            description: what the agent is for.
            handoffs: ids of the agents it may hand over to, one at least; None takes
                all away.
            deployment_chat: whether it can be used in the vendor's chat.
            metadata: keys and values to find the agent by.
            version_message: what this version changes, 500 characters at most.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such agent.
            HTTPValidationError: the service takes a parameter for wrong. Nothing was
                changed.
        """
        call = calls.update(
            agent_id,
            {
                "model": model,
                "name": name,
                "instructions": instructions,
                "tools": tools,
                "completion_args": completion_args,
                "guardrails": guardrails,
                "description": description,
                "handoffs": handoffs,
                "deployment_chat": deployment_chat,
                "metadata": metadata,
                "version_message": version_message,
            },
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, Agent, options)

    async def delete(
        self,
        agent_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete an agent, with all its versions and aliases.

        Sent again after an answer that was lost, it takes 404 for success.

        Args:
            agent_id: the agent.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is none.
        """
        options = self._options.with_call(timeout, retries, headers)
        await self._transport.fetch(calls.delete(agent_id), options)

    async def update_version(
        self,
        agent_id: str,
        version: int,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Agent:
        """Let another version of an agent be the current one.

        Args:
            agent_id: the agent.
            version: the number of the version.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such agent or version.
        """
        call = calls.update_version(agent_id, version)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, Agent, options)

    async def list_versions(
        self,
        agent_id: str,
        page: int = _PAGE,
        page_size: int = _PAGE_SIZE,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AgentPage:
        """List the versions of an agent, each as a whole, one page of them.

        Args:
            agent_id: the agent.
            page: the page, from 0.
            page_size: versions per page, 100 at most.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such agent.
        """
        call = calls.list_versions(agent_id, page=page, page_size=page_size)
        options = self._options.with_call(timeout, retries, headers)
        return await self._page(call, page, page_size, options)

    async def get_version(
        self,
        agent_id: str,
        version: int | str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Agent:
        """Get an agent as it is at a version.

        Args:
            agent_id: the agent.
            version: the number of the version.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such agent or version.
        """
        call = calls.get_version(agent_id, version)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, Agent, options)

    async def create_or_update_alias(
        self,
        agent_id: str,
        alias: str,
        version: int,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AgentAliasResponse:
        """Let an alias stand for a version of an agent, whether it is new or not.

        Args:
            agent_id: the agent.
            alias: 1 to 64 lower-case letters, digits, `_` and `-`; a letter first, a
                letter or digit last.
            version: the number of the version.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such agent or version.
            HTTPValidationError: the service takes no such alias.
        """
        call = calls.put_alias(agent_id, alias, version)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, AgentAliasResponse, options)

    async def list_aliases(
        self,
        agent_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AgentAliasList:
        """List all aliases of an agent.

        Args:
            agent_id: the agent.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such agent.
        """
        options = self._options.with_call(timeout, retries, headers)
        call = calls.list_aliases(agent_id)
        kind = tuple[AgentAliasResponse, ...]
        found, meta = await self._ask_for(kind, call, options)
        return AgentAliasList(aliases=found, meta=meta)

    async def delete_alias(
        self,
        agent_id: str,
        alias: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete an alias; the version it stands for stays.

        Sent again after an answer that was lost, it takes 404 for success.

        Args:
            agent_id: the agent.
            alias: the alias.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such agent or alias.
        """
        options = self._options.with_call(timeout, retries, headers)
        await self._transport.fetch(calls.delete_alias(agent_id, alias), options)

    async def _page(
        self, call: Call, page: int, page_size: int, options: Options
    ) -> AgentPage:
        found, meta = await self._ask_for(tuple[Agent, ...], call, options)
        return AgentPage(agents=found, page=page, page_size=page_size, meta=meta)
