"""`AsyncConversations`: the client, one short method per operation."""

from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Mapping,
    Sequence,
)
from functools import partial, wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

from mistral_conversations._api_client import StreamingAPIClient
from mistral_conversations._paging import numbered_pages
from mistral_conversations._transport.transport import Options
from mistral_conversations._wire import conversation_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.models.completion import CompletionArgs
from mistral_conversations.models.conversations import (
    Conversation,
    ConversationHistory,
    ConversationMessages,
    ConversationPage,
    ConversationResponse,
    HandoffExecution,
    ToolCallConfirmation,
)
from mistral_conversations.models.guardrails import GuardrailConfig
from mistral_conversations.models.inputs import ConversationInputs
from mistral_conversations.models.tools import Tools
from mistral_conversations.stream import AsyncConversationStream

__all__ = ["AsyncConversations"]

P = ParamSpec("P")
R = TypeVar("R")

JSON: TypeAlias = Mapping[str, Any]

_PAGE = 0
_PAGE_SIZE = 100


def _superseded(
    **remedies: str,
) -> Callable[
    [Callable[P, Coroutine[Any, Any, R]]], Callable[P, Coroutine[Any, Any, R]]
]:
    """Tell callers of parameters that an operation has no more what to use instead."""

    def decorate(
        method: Callable[P, Coroutine[Any, Any, R]],
    ) -> Callable[P, Coroutine[Any, Any, R]]:
        @wraps(method)
        async def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            for name, remedy in remedies.items():
                if name in kwargs:
                    raise TypeError(f"{method.__name__}() takes no `{name}`: {remedy}")
            return await method(*args, **kwargs)

        return checked

    return decorate


class AsyncConversations(StreamingAPIClient):
    """A client of the Conversations API, for asyncio.

    Nothing is opened before the first call. One client serves any number of tasks,
    and any number of event loops, each with connections of its own. Close it with
    `async with` or `aclose()`.

    Every operation also takes `timeout` (a `Timeout`, or the seconds of its `total`),
    `retries` (a `RetryPolicy`, or its `max_retries`) and `headers` (added to the
    client's) for that call alone; `append` and `restart` take `wait_if_busy`, the
    seconds to wait while the conversation is being written.

    Every operation raises what its docstring says and these: `ConfigurationError`,
    `TypeError` and `ValueError` before anything is sent; `APIConnectionError` and
    `APITimeoutError`; a subclass of `SDKError` for a status that is not 2xx;
    `DecodeError` for an answer that cannot be read. Their `may_have_been_processed`
    tells whether the service may have acted.

    Args:
        api_key: the key, or a function (plain or async) that is asked for it at each
            request. None reads MISTRAL_API_KEY at each request.
        base_url: without `/v1`; it may have a path. None reads MISTRAL_BASE_URL, and
            without that is Mistral's service.
        timeout: limits in seconds, see `Timeout`; a number is the `total`.
        retries: how often a call is sent again, see `RetryPolicy`; an int is
            `max_retries`.
        headers: sent with every request.
        session: an aiohttp session to use in the place of the client's own. It is
            never closed, serves only the event loop it was made on, and brings its
            own limit, TLS and trace settings. It must have neither `auth` nor
            `trust_env`; waiting for one of its connections has the phase `connect`.
        limit: connections at once, 0 for no limit; waiting for one counts as
            connecting.
        ssl: an `ssl.SSLContext`; False checks no certificate. None takes the
            system's certificates, or those of SSL_CERT_FILE and SSL_CERT_DIR.
        proxy: the URL of an HTTP proxy. None reads HTTPS_PROXY, HTTP_PROXY,
            ALL_PROXY and NO_PROXY now.
        max_event_bytes: the size in bytes above which an event of a stream raises
            `EventTooLargeError`.

    Raises:
        ConfigurationError: a parameter that cannot work, by its name.
        TypeError: `timeout` or `retries` of another type.
        ValueError: seconds or a count below 0.
    """

    @_superseded(stream="use start_stream()")
    async def start(
        self,
        inputs: ConversationInputs,
        *,
        model: str | None = None,
        agent_id: str | None = None,
        agent_version: str | int | None = None,
        instructions: str | None = None,
        tools: Sequence[Tools | JSON] | None = None,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        name: str | None = None,
        description: str | None = None,
        metadata: JSON | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationResponse:
        """Start a conversation with a model or an agent, wait for the answer.

        What is None is not sent, and is for the service to decide. A mapping may stand
        for any model, and goes as it is.

        Args:
            inputs: text, one entry, or a sequence of entries and texts.
            model: the model, such as `mistral-medium-latest`.
            agent_id: the agent, in the place of `model`.
            agent_version: the agent's version or alias; None is the newest.
            instructions: what the model is told before the inputs; not with an agent.
            tools: what the model may use; not with an agent.
            completion_args: temperature and the like; not with an agent.
            guardrails: moderation of inputs and answers.
            name: a name for the conversation.
            description: what the conversation is about.
            metadata: keys and values to find the conversation by.
            store: False answers but keeps nothing: the conversation cannot be
                appended to. None is the service's true.
            handoff_execution: who hands over between agents: `server` (the service's
                default) or `client`.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            ValueError: both `model` and `agent_id`; an entry that is none, by place.
        """
        call = calls.start(
            inputs,
            {
                "model": model,
                "agent_id": agent_id,
                "agent_version": agent_version,
                "instructions": instructions,
                "tools": tools,
                "completion_args": completion_args,
                "guardrails": guardrails,
                "name": name,
                "description": description,
                "metadata": metadata,
                "store": store,
                "handoff_execution": handoff_execution,
            },
            stream=False,
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, ConversationResponse, options)

    def start_stream(
        self,
        inputs: ConversationInputs,
        *,
        model: str | None = None,
        agent_id: str | None = None,
        agent_version: str | int | None = None,
        instructions: str | None = None,
        tools: Sequence[Tools | JSON] | None = None,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        name: str | None = None,
        description: str | None = None,
        metadata: JSON | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncConversationStream:
        """Start a conversation, get the answer as it is made.

        Takes what `start` takes. Gives a stream at once, without `await`; the request
        is sent when the stream is entered or iterated over.
        """
        call = calls.start(
            inputs,
            {
                "model": model,
                "agent_id": agent_id,
                "agent_version": agent_version,
                "instructions": instructions,
                "tools": tools,
                "completion_args": completion_args,
                "guardrails": guardrails,
                "name": name,
                "description": description,
                "metadata": metadata,
                "store": store,
                "handoff_execution": handoff_execution,
            },
            stream=True,
        )
        return self._stream(call, self._options.with_call(timeout, retries, headers))

    @_superseded(stream="use append_stream()")
    async def append(
        self,
        conversation_id: str,
        inputs: ConversationInputs | None = None,
        *,
        completion_args: CompletionArgs | JSON | None = None,
        tool_confirmations: Sequence[ToolCallConfirmation | JSON] | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        wait_if_busy: float | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationResponse:
        """Append to a conversation, wait for the answer; the id stays the same.

        Args:
            conversation_id: the conversation.
            inputs: text, one entry, or a sequence of entries and texts. All missing
                function results must come in one call.
            completion_args: temperature and the like, for this answer.
            tool_confirmations: which of the pending function calls may run.
            store: False answers but appends nothing.
            handoff_execution: as in `start`.
            wait_if_busy: seconds to wait while the conversation is being written;
                None raises at once.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            ConversationBusyError: the conversation is being written. Nothing was
                appended.
            BadRequestError: code 3001, function results are missing. Nothing was
                appended.
        """
        call = calls.append(
            conversation_id,
            inputs,
            {
                "completion_args": completion_args,
                "tool_confirmations": tool_confirmations,
                "store": store,
                "handoff_execution": handoff_execution,
            },
            stream=False,
        )
        options = self._options.with_call(timeout, retries, headers, wait_if_busy)
        return await self._ask(call, ConversationResponse, options)

    def append_stream(
        self,
        conversation_id: str,
        inputs: ConversationInputs | None = None,
        *,
        completion_args: CompletionArgs | JSON | None = None,
        tool_confirmations: Sequence[ToolCallConfirmation | JSON] | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        wait_if_busy: float | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncConversationStream:
        """Append to a conversation, get the answer as it is made.

        Takes what `append` takes. Gives a stream at once, without `await`; the request
        is sent when the stream is entered or iterated over.
        """
        call = calls.append(
            conversation_id,
            inputs,
            {
                "completion_args": completion_args,
                "tool_confirmations": tool_confirmations,
                "store": store,
                "handoff_execution": handoff_execution,
            },
            stream=True,
        )
        options = self._options.with_call(timeout, retries, headers, wait_if_busy)
        return self._stream(call, options)

    @_superseded(stream="use restart_stream()")
    async def restart(
        self,
        conversation_id: str,
        from_entry_id: str,
        inputs: ConversationInputs | None = None,
        *,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        metadata: JSON | None = None,
        agent_version: str | int | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        wait_if_busy: float | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationResponse:
        """Begin a new conversation with the entries up to one, wait for the answer.

        The answer's `conversation_id` is the new conversation's; the old one stays as
        it is.

        Args:
            conversation_id: the conversation to copy from.
            from_entry_id: the last entry to copy.
            inputs: text, one entry, or a sequence of entries and texts.
            completion_args: temperature and the like, for this answer.
            guardrails: moderation of inputs and answers.
            metadata: keys and values to find the new conversation by.
            agent_version: the agent's version or alias; None is the newest.
            store: False answers but keeps nothing.
            handoff_execution: as in `start`.
            wait_if_busy: seconds to wait while the conversation is being written;
                None raises at once.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            ConversationBusyError: the conversation is being written. Nothing was made.
        """
        call = calls.restart(
            conversation_id,
            inputs,
            {
                "from_entry_id": from_entry_id,
                "completion_args": completion_args,
                "guardrails": guardrails,
                "metadata": metadata,
                "agent_version": agent_version,
                "store": store,
                "handoff_execution": handoff_execution,
            },
            stream=False,
        )
        options = self._options.with_call(timeout, retries, headers, wait_if_busy)
        return await self._ask(call, ConversationResponse, options)

    def restart_stream(
        self,
        conversation_id: str,
        from_entry_id: str,
        inputs: ConversationInputs | None = None,
        *,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        metadata: JSON | None = None,
        agent_version: str | int | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        wait_if_busy: float | None = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncConversationStream:
        """Begin a new conversation with the entries up to one, get the answer live.

        Takes what `restart` takes. Gives a stream at once, without `await`; the
        request is sent when the stream is entered or iterated over.
        """
        call = calls.restart(
            conversation_id,
            inputs,
            {
                "from_entry_id": from_entry_id,
                "completion_args": completion_args,
                "guardrails": guardrails,
                "metadata": metadata,
                "agent_version": agent_version,
                "store": store,
                "handoff_execution": handoff_execution,
            },
            stream=True,
        )
        options = self._options.with_call(timeout, retries, headers, wait_if_busy)
        return self._stream(call, options)

    @_superseded(
        limit="use page_size", after="use page, or list_all() for every conversation"
    )
    async def list(
        self,
        page: int = _PAGE,
        page_size: int = _PAGE_SIZE,
        metadata: JSON | None = None,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationPage:
        """List conversations, one page of them.

        Args:
            page: the page, from 0.
            page_size: conversations per page.
            metadata: only conversations that have these keys and values.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.
        """
        call = calls.list_page(
            page=_unless(_PAGE, page),
            page_size=_unless(_PAGE_SIZE, page_size),
            metadata=metadata,
        )
        options = self._options.with_call(timeout, retries, headers)
        return await self._page(call, page, page_size, options)

    def list_all(
        self,
        page_size: int = _PAGE_SIZE,
        metadata: JSON | None = None,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Conversation]:
        """Iterate over all conversations, page after page, none of them twice.

        Conversations that are made or deleted meanwhile move the others between pages:
        one that is deleted may hide another.

        Args:
            page_size: conversations per request.
            metadata: only conversations that have these keys and values.
            timeout: limits for each request.
            retries: the policy for each request.
            headers: headers to add to each request.
        """
        options = self._options.with_call(timeout, retries, headers)
        listed = partial(calls.list_page, page_size=page_size, metadata=metadata)
        listed(page=0)

        async def fetch(page: int) -> ConversationPage:
            return await self._page(listed(page=page), page, page_size, options)

        return numbered_pages(fetch)

    async def get(
        self,
        conversation_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Conversation:
        """Get what a conversation was started with; not its entries.

        Args:
            conversation_id: the conversation.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is none, or it was started with `store=False`.
        """
        call = calls.get(routes.CONVERSATION, conversation_id)
        options = self._options.with_call(timeout, retries, headers)
        answer = cast("type[Conversation]", Conversation)
        return await self._ask(call, answer, options)

    async def delete(
        self,
        conversation_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete a conversation.

        Sent again after an answer that was lost, it takes 404 for success.

        Args:
            conversation_id: the conversation.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is none.
        """
        options = self._options.with_call(timeout, retries, headers)
        await self._transport.fetch(calls.delete(conversation_id), options)

    async def get_history(
        self,
        conversation_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationHistory:
        """Get all entries of a conversation, in the order they were appended.

        Args:
            conversation_id: the conversation.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such conversation.
        """
        call = calls.get(routes.HISTORY, conversation_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, ConversationHistory, options)

    async def get_messages(
        self,
        conversation_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationMessages:
        """Get the messages among the entries of a conversation.

        Args:
            conversation_id: the conversation.
            timeout: limits for this call.
            retries: the policy for this call.
            headers: headers to add for this call.

        Raises:
            NotFoundError: there is no such conversation.
        """
        call = calls.get(routes.MESSAGES, conversation_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._ask(call, ConversationMessages, options)

    async def _page(
        self, call: Call, page: int, page_size: int, options: Options
    ) -> ConversationPage:
        found, meta = await self._ask_for(tuple[Conversation, ...], call, options)
        return ConversationPage(
            conversations=found, page=page, page_size=page_size, meta=meta
        )

    def _stream(self, call: Call, options: Options) -> AsyncConversationStream:
        opener = partial(
            self._transport.open, call, options, max_event_bytes=self._max_event_bytes
        )
        return AsyncConversationStream(opener, call.conversation_id)


def _unless(default: int, value: int) -> int | None:
    """Give None, which is not sent, for what the service assumes anyway."""
    return None if type(value) is int and value == default else value
