"""`AsyncAgents`: the asyncio client of agents, their versions and their aliases."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeAlias

from mistral_conversations._api_client import APIClient
from mistral_conversations._operations import operations
from mistral_conversations._paging import pages_by_token
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._transport.options import Options
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


@readable_signatures
@operations
class AsyncAgents(APIClient):
    """Asyncio client of agents, their versions and their aliases.

    An agent is a model with instructions and tools. Each update creates a new version;
    an alias is a name for a version. To talk to an agent, pass its id to
    `AsyncConversations.start`, and a version or an alias unless you want the current
    version.

    `AsyncMistral.agents` is such a client; it uses the connections of its
    `AsyncMistral`. The constructor takes the parameters of `AsyncConversations`, and
    raises the same errors.

    Every method also takes `timeout` (a `Timeout`, or the seconds of its `total`),
    `retries` (a `RetryPolicy`, or its `max_retries`) and `headers` (added to the
    client's) for that call alone; None uses the client's own settings. Besides the
    errors that its docstring lists, every method raises those of `AsyncConversations`.
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
        """Create an agent, at version 0.

        Parameters that are None are not sent; the service decides. You can pass a
        mapping instead of any model; it is sent unchanged.

        Args:
            model: the model, such as `mistral-medium-latest`.
            name: a display name.
            instructions: the system instructions for the model.
            tools: the tools that the agent may use.
            completion_args: temperature and other settings of the answer.
            guardrails: moderation of inputs and answers.
            description: what the agent is for; other agents use it to decide on a
                handoff.
            handoffs: ids of the agents to which this agent may hand a conversation
                over.
            metadata: keys and values by which `list` can filter.
            version_message: a note on this version, at most 500 characters.

        Raises:
            HTTPValidationError: the service rejects a parameter. No agent was created.

        Example:
            agent = await agents.create(
                model="mistral-medium-latest",
                name="Translator",
                instructions="Translate what you read into French.",
            )
            print(agent.id, agent.version)
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
        return await self._fetch(call, Agent, options)

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
        """List one numbered page of agents, sorted by creation time.

        The service keeps this operation for backward compatibility; it leaves out
        shared agents. Use `list_pages` or `list_all` to include them.

        Args:
            page: the number of the page, from 0 (the default).
            page_size: agents per page; 20 by default, at most 1000.
            deployment_chat: True for agents that the vendor's chat can use, False for
                the others; None returns both.
            sources: return only agents that one of these created.
            name: return only agents with this name.
            search: return only agents whose name or id contains this text.
            id: return only the agent with this id.
            metadata: return only agents with these keys and values.
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
        """List one page of agents, including shared ones.

        Args:
            page_size: agents per page; 20 by default, at most 1000.
            page_token: the `next_page_token` of the previous page; None is the first
                page.
            deployment_chat: True for agents that the vendor's chat can use, False for
                the others; None returns both.
            sources: return only agents that one of these created.
            name: return only agents with this name.
            search: return only agents whose name or id contains this text.
            id: return only the agent with this id.
            metadata: return only agents with these keys and values.
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
        return await self._fetch(call, AgentListPage, options)

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
        """Iterate over all agents, including shared ones, without duplicates.

        Tasks, or threads in blocking code, may share the iterator: each agent reaches
        one of them. If the service repeats its pages, the iteration ends with a WARNING
        in the log.

        Args:
            page_size: agents per request; 20 by default, at most 1000.
            deployment_chat: True for agents that the vendor's chat can use, False for
                the others; None returns both.
            sources: return only agents that one of these created.
            name: return only agents with this name.
            search: return only agents whose name or id contains this text.
            id: return only the agent with this id.
            metadata: return only agents with these keys and values.

        Example:
            async for agent in agents.list_all():
                print(agent.id, agent.name)
        """
        options = self._options.with_call(timeout, retries, headers)
        query = {
            "page_size": page_size,
            "deployment_chat": deployment_chat,
            "sources": sources,
            "name": name,
            "search": search,
            "id": id,
            "metadata": metadata,
        }
        calls.list_page(routes.AGENT_PAGES, query)  # reject wrong parameters now

        async def fetch(token: str | None) -> AgentListPage:
            call = calls.list_page(routes.AGENT_PAGES, {**query, "page_token": token})
            return await self._fetch(call, AgentListPage, options)

        return pages_by_token("agents", fetch)

    async def get(
        self,
        agent_id: str,
        *,
        agent_version: int | str | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Agent:
        """Return an agent, at its current version or another one.

        Args:
            agent_id: the agent.
            agent_version: a version number or an alias; None is the current version.

        Raises:
            NotFoundError: no such agent, version or alias.
        """
        call = calls.get(agent_id, agent_version)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, Agent, options)

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
        """Change an agent: create a new version and make it the current one.

        A field that you leave out (`UNSET`) keeps its value; None is sent as null,
        which clears the field.

        Args:
            agent_id: the agent.
            model: the model.
            name: a display name.
            instructions: the system instructions for the model.
            tools: the tools that the agent may use; `[]` removes all.
            completion_args: temperature and other settings of the answer; `{}` removes
                all.
            guardrails: moderation of inputs and answers.
            description: what the agent is for.
            handoffs: ids of the agents to which this agent may hand over, at least one;
                None removes all.
            deployment_chat: whether the vendor's chat can use the agent.
            metadata: keys and values by which `list` can filter.
            version_message: what this version changes, at most 500 characters.

        Raises:
            NotFoundError: no such agent.
            HTTPValidationError: the service rejects a parameter. Nothing was changed.

        Example:
            agent = await agents.update(agent_id, instructions="Translate into German.")
            print(agent.version)
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
        return await self._fetch(call, Agent, options)

    async def delete(
        self,
        agent_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete an agent, with all its versions and aliases.

        A 404 counts as success if the request was retried after a lost answer.

        Args:
            agent_id: the agent.

        Raises:
            NotFoundError: no such agent.
        """
        options = self._options.with_call(timeout, retries, headers)
        await self._fetch_nothing(calls.delete(agent_id), options)

    async def update_version(
        self,
        agent_id: str,
        version: int,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Agent:
        """Switch an agent to another version, which becomes the current one.

        Args:
            agent_id: the agent.
            version: the version number.

        Raises:
            NotFoundError: no such agent or version.
        """
        call = calls.update_version(agent_id, version)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, Agent, options)

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
        """List one page of an agent's versions, each as a complete agent.

        Args:
            agent_id: the agent.
            page: the number of the page, from 0 (the default).
            page_size: versions per page; 20 by default, at most 100.

        Raises:
            NotFoundError: no such agent.
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
        """Return one version of an agent.

        Args:
            agent_id: the agent.
            version: the version number.

        Raises:
            NotFoundError: no such agent or version.
        """
        call = calls.get_version(agent_id, version)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, Agent, options)

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
        """Point an alias, new or existing, to a version of an agent.

        Args:
            agent_id: the agent.
            alias: 1 to 64 lower-case letters, digits, `_` and `-`; a letter first, a
                letter or digit last.
            version: the version number.

        Raises:
            NotFoundError: no such agent or version.
            HTTPValidationError: the service rejects the alias.
        """
        call = calls.put_alias(agent_id, alias, version)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, AgentAliasResponse, options)

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

        Raises:
            NotFoundError: no such agent.
        """
        options = self._options.with_call(timeout, retries, headers)
        call = calls.list_aliases(agent_id)
        kind = tuple[AgentAliasResponse, ...]
        found, meta = await self._fetch_value(call, kind, options)
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
        """Delete an alias; its version stays.

        A 404 counts as success if the request was retried after a lost answer.

        Args:
            agent_id: the agent.
            alias: the alias.

        Raises:
            NotFoundError: no such agent or alias.
        """
        options = self._options.with_call(timeout, retries, headers)
        await self._fetch_nothing(calls.delete_alias(agent_id, alias), options)

    async def _page(
        self, call: Call, page: int, page_size: int, options: Options
    ) -> AgentPage:
        found, meta = await self._fetch_value(call, tuple[Agent, ...], options)
        return AgentPage(agents=found, page=page, page_size=page_size, meta=meta)


publish(globals(), *__all__)
