"""`AsyncConversations`: the asyncio client of the Conversations API."""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar, cast

import attrs

from mistral_conversations._api_client import APIClient
from mistral_conversations._call_trace import CallTrace
from mistral_conversations._event_loop import import_aside
from mistral_conversations._observation import observed
from mistral_conversations._operations import operations
from mistral_conversations._paging import numbered_pages
from mistral_conversations._public import publish
from mistral_conversations._signature import readable_signatures
from mistral_conversations._stream.reader import StreamReader
from mistral_conversations._transport.options import Options
from mistral_conversations._wire import conversation_calls as calls
from mistral_conversations._wire import routes
from mistral_conversations._wire.call import Call
from mistral_conversations._wire.service_clock import Moment
from mistral_conversations.config import RetryPolicy, Timeout
from mistral_conversations.errors import DecodeError, MistralConversationsError
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

if TYPE_CHECKING:
    from mistral_conversations._observing.runs import RunWatch
    from mistral_conversations._transport.event_source import EventSource
    from mistral_conversations.batch.async_batch import AsyncBatch
    from mistral_conversations.batch.client import BatchClient
    from mistral_conversations.batch.handle import BatchJobsHandle
    from mistral_conversations.batch.inputs import BatchRequests
    from mistral_conversations.chat.async_chat import AsyncChat
    from mistral_conversations.chat.client import ChatClient
    from mistral_conversations.models.batch import BatchProgress
    from mistral_conversations.models.runs import RunResult
    from mistral_conversations.recovery.search import Search
    from mistral_conversations.recovery.settings import Recovery
    from mistral_conversations.runs.calls.toolset import RunTools
    from mistral_conversations.runs.machine import Run
    from mistral_conversations.runs.pausing.paused import RunPaused
    from mistral_conversations.runs.plan import Approve
    from mistral_conversations.runs.settings import RunLimits, RunOptions
    from mistral_conversations.runs.streaming.stream import AsyncRunStream

__all__ = ["AsyncConversations"]

P = ParamSpec("P")
R = TypeVar("R")

JSON: TypeAlias = Mapping[str, Any]

_PAGE = 0
_PAGE_SIZE = 100


@readable_signatures
@operations
class AsyncConversations(APIClient):
    """Asyncio client of the Conversations API.

    The constructor opens no connection; the first call does. One client serves any
    number of tasks and event loops, with separate connections for each loop. Close it
    with `async with` or `aclose()`.

    Every method also takes `timeout`, `retries` and `headers` for that call alone
    (`list_all` applies them to each of its requests). `timeout` is a `Timeout`, or the
    seconds of its `total`; `retries` is a `RetryPolicy`, or its `max_retries`;
    `headers` are added to the client's. None uses the client's own settings. By
    default, a call has 10 seconds to connect and 300 seconds until the status and
    headers of the answer, may pause for 120 seconds within the body, and is retried up
    to 2 times (see `Timeout` and `RetryPolicy`).

    Every method raises the errors that its docstring lists, and these:
    `ConfigurationError`, `TypeError` and `ValueError` before sending;
    `APIConnectionError` and `APITimeoutError`; a subclass of `SDKError` for a status
    other than 2xx; `DecodeError` for an answer that cannot be decoded. The library's
    own errors report in `may_have_been_processed` whether the service may have acted on
    the request.

    Args:
        api_key: the key, or a function (plain or async) that returns it and is called
            for each request. None reads MISTRAL_API_KEY for each request; if there is
            no key, the call raises `ConfigurationError`.
        base_url: the service's URL without `/v1`; it may include a path. None reads
            MISTRAL_BASE_URL, and defaults to Mistral's service.
        timeout: limits in seconds, see `Timeout`; a number is its `total`.
        retries: when to send a call again, see `RetryPolicy`; an int is its
            `max_retries`.
        headers: headers for every request.
        session: an aiohttp session to use instead of the client's own. The client never
            closes it. It works only on its own event loop and keeps its own limit, TLS
            and trace settings: pass `ssl` to its connector. It must have neither `auth`
            nor `trust_env`. Waiting for one of its connections counts as the phase
            `connect`. Its connections lose an answer that arrives together with invalid
            bytes behind it, and do not notice half an answer that arrives while they
            are idle. The client closes its own connections in both cases, without
            losing an answer.
        limit: the maximum number of simultaneous connections; 0 means no limit.
            `Timeout.connect` includes the wait for a free connection.
        ssl: an `ssl.SSLContext`. None uses the system's certificates, or those of
            SSL_CERT_FILE and SSL_CERT_DIR. False turns certificate checks off: whoever
            controls the network can then read the key and change the answers.
        proxy: the URL of an HTTP proxy. None reads HTTPS_PROXY, HTTP_PROXY, ALL_PROXY
            and NO_PROXY when the client is created; with `session`, it uses the proxy
            of the session.
        max_event_bytes: the maximum size of a stream's event in bytes; a larger one
            raises `EventTooLargeError`.
        max_response_bytes: the maximum size of an answer other than a stream in bytes,
            counted after decompression; a larger one raises `DecodeError`.
        max_header_bytes: the maximum size of each header of an answer in bytes; a
            larger one, or more headers than a 64th of this, raises `DecodeError`.
        on_request: a hook, called with a `RequestInfo` before each attempt. A hook is
            a function, plain or async; the call waits for it. It runs in the task of
            the caller. Its exceptions are logged, and the call continues.
        on_response: a hook, called with a `ResponseInfo` after each attempt.
        on_retry: a hook, called with a `RetryInfo` before the delay of a retry.
        on_event_stream_end: a hook, called with a `StreamInfo` at the end of each
            stream. If the stream is garbage-collected instead, a plain hook is called
            in any thread, an async one is not.
        on_function_start: a hook, called with a `FunctionStartInfo` before each
            function of a run.
        on_function_end: a hook, called with a `FunctionEndInfo` after it.
        on_run_end: a hook, called with a `RunInfo` at the end of each run, as
            `on_event_stream_end` is.
        hook_bodies: whether the hooks receive bodies, arguments and results; False by
            default.
        telemetry: True, or a `Telemetry` with settings: spans and metrics for
            OpenTelemetry. None, the default, turns them on if the environment
            configures OpenTelemetry; False turns them off.

    Raises:
        ConfigurationError: a parameter, named in the message, is unusable.
        TypeError: `timeout` or `retries` has a wrong type.
        ValueError: a number of seconds or a count is out of range.

    Example:
        async with AsyncConversations() as conversations:
            response = await conversations.start(
                "Hello", model="mistral-medium-latest"
            )
            print(response.text)
    """

    _caller: Any = None
    """The thread that waits for a blocking run, in the client of that run."""

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
        """Start a conversation with a model or an agent and return the answer.

        An answer that is lost with its connection cannot be recovered, because the
        service has not named the conversation yet; that of `start_stream` can.

        Parameters that are None are not sent; the service decides. You can pass a
        mapping instead of any model; it is sent unchanged.

        Args:
            inputs: text, one entry, or a sequence of entries and texts.
            model: the model, such as `mistral-medium-latest`.
            agent_id: the agent; give only one of `model` and `agent_id`.
            agent_version: a version number or an alias of the agent; None is the
                current version.
            instructions: the system instructions for the model; not with an agent.
            tools: the tools that the model may use; not with an agent.
            completion_args: temperature and other settings of the answer; not with an
                agent.
            guardrails: moderation of inputs and answers.
            name: a name for the conversation.
            description: what the conversation is about.
            metadata: keys and values by which `list` can filter.
            store: False returns the answer without storing the conversation, so you
                cannot append to it. None is the service's default, true.
            handoff_execution: where handoffs between agents run: `server` (the
                service's default) or `client`.

        Raises:
            TypeError: a parameter has a wrong type, or an input is neither text nor an
                entry; the message names its position.
            ValueError: `agent_id` is given beside `model` or `completion_args`, or a
                mapping lacks the keys of an entry.

        Example:
            response = await conversations.start(
                "Name a prime number.",
                model="mistral-medium-latest",
                completion_args={"temperature": 0.2},
            )
            print(response.conversation_id, response.text)
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
        return await self._post(call, None, store, options)

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
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncConversationStream:
        """Start a conversation and stream the answer.

        Takes the parameters of `start`, and `recover` of `append`. Returns the stream
        immediately; the request is sent when you enter the stream or iterate over it.
        Sending raises the errors of `start`; an invalid parameter raises at once.
        `response()` of the stream returns the answer of `start`, without `completed_at`
        and `guardrails`.

        With `recover`, a stream that breaks after the service has named the
        conversation waits for the rest of the answer, and continues with it; see
        `AsyncConversationStream`.

        Example:
            stream = conversations.start_stream("Hi", model="mistral-medium-latest")
            async with stream:
                async for event in stream:
                    print(event.type)
            response = await stream.response()
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
        options = self._options.with_call(timeout, retries, headers)
        return self._stream(call, options, recover, store)

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
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationResponse:
        """Append to a conversation, which keeps its id, and return the answer.

        Args:
            conversation_id: the conversation.
            inputs: text, one entry, or a sequence of entries and texts. Send the
                results of all pending function calls together. None sends no inputs.
            completion_args: temperature and other settings of the answer.
            tool_confirmations: a decision, `allow` or `deny`, for pending function
                calls.
            store: False returns the answer without appending anything. None is the
                service's default, true.
            handoff_execution: as in `start`.
            wait_if_busy: the maximum seconds to wait while the service is still writing
                to the conversation; None raises `ConversationBusyError` immediately.
            recover: True, or a `Recovery` with other durations: if the answer is lost,
                wait for it and read it from the history, as the method `recover` does,
                and raise the errors of that. The message is not sent again, and
                `timeout` does not limit the wait. None raises the error of the call.

        Raises:
            ConversationBusyError: the service is still writing to the conversation.
                This attempt appended nothing.
            BadRequestError: the results of some function calls are missing (`code` is
                3001). This attempt appended nothing.

        Example:
            response = await conversations.append(conversation_id, "And in French?")
            print(response.text)
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
        return await self._post(call, recover, store, options)

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
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncConversationStream:
        """Append to a conversation and stream the answer.

        Takes the parameters of `append`. Returns the stream immediately; the request is
        sent when you enter the stream or iterate over it. Sending raises the errors of
        `append`; an invalid parameter raises at once. `response()` of the stream
        returns the answer of `append`, without `completed_at` and `guardrails`.

        Example:
            async with conversations.append_stream(conversation_id, "Go on.") as stream:
                async for text in stream.text():
                    print(text, end="")
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
        return self._stream(call, options, recover, store)

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
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationResponse:
        """Copy a conversation up to an entry, append to the copy, return the answer.

        The answer's `conversation_id` is that of the new conversation; the old one does
        not change.

        Args:
            conversation_id: the conversation to copy.
            from_entry_id: the last entry to copy.
            inputs: text, one entry, or a sequence of entries and texts. None sends no
                inputs.
            completion_args: temperature and other settings of the answer.
            guardrails: moderation of inputs and answers.
            metadata: keys and values by which `list` can filter.
            agent_version: a version number or an alias of the agent; None is the
                current version.
            store: False returns the answer without storing the new conversation. None
                is the service's default, true.
            handoff_execution: as in `start`.
            wait_if_busy: the maximum seconds to wait while the service is still writing
                to the conversation; None raises `ConversationBusyError` immediately.
            recover: as in `append`.

        Raises:
            ConversationBusyError: the service is still writing to the conversation. No
                new conversation was created.

        Example:
            history = await conversations.get_history(conversation_id)
            response = await conversations.restart(
                conversation_id, history.entries[0].id, "Put it another way."
            )
            print(response.conversation_id)
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
        return await self._post(call, recover, store, options)

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
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncConversationStream:
        """Copy a conversation up to an entry, append to the copy, stream the answer.

        Takes the parameters of `restart`. Returns the stream immediately; the request
        is sent when you enter the stream or iterate over it. Sending raises the errors
        of `restart`; an invalid parameter raises at once. `response()` of the stream
        returns the answer of `restart`, without `completed_at` and `guardrails`.
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
        return self._stream(call, options, recover, store)

    async def run(
        self,
        inputs: "ConversationInputs | RunPaused | None" = None,
        *,
        tools: "Sequence[RunTools] | None" = None,
        model: str | None = None,
        agent_id: str | None = None,
        conversation_id: str | None = None,
        from_entry_id: str | None = None,
        agent_version: str | int | None = None,
        instructions: str | None = None,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        name: str | None = None,
        description: str | None = None,
        metadata: JSON | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        output_type: Any = None,
        limits: "RunLimits | None" = None,
        options: "RunOptions | None" = None,
        context: Any = None,
        approve: "Approve | None" = None,
        wait_if_busy: float | None = None,
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "RunResult":
        """Continue until the model is done, calling the Python functions it asks for.

        The run starts a conversation, continues the one of `conversation_id`, or
        restarts it from `from_entry_id`. It calls the functions that the model asks
        for, sends all results of a turn in one append, and repeats this until an
        answer calls none. The functions of one turn run at the same time.

        With `agent_id` or `conversation_id`, `tools` has only functions, which
        implement by name those that the agent or the conversation declares; nothing of
        them is sent.

        Takes the parameters of `start`, and these:

        Args:
            inputs: as in `start`; or a `RunPaused`, from which the run continues with
                the parameters that it had. None, with `conversation_id`, answers the
                calls that the history shows as open.
            tools: functions (plain or async, or made by `function_tool`), and tools of
                the service. A plain function runs in a worker thread.
            conversation_id: a conversation to continue. Its open calls, if any, are
                answered first, and the inputs follow their results.
            from_entry_id: an entry of `conversation_id`, from which a new conversation
                begins.
            output_type: the type of the answer: an attrs class, dataclass, TypedDict,
                msgspec Struct, pydantic model, or another type that JSON can hold.
                `result.output` has the object.
            limits: what bounds the run, see `RunLimits`.
            options: how functions are called, see `RunOptions`.
            context: an object for functions with a parameter annotated `RunContext`.
            approve: a function (plain or async) that decides about the calls that need
                an approval, one at a time: it receives an `OpenCall` and returns True
                or False, or calls one of its methods. A plain one runs in a worker
                thread; that of a blocking run, in the calling thread. With None, or if
                it returns None without a decision, the run raises `RunPaused`.
            wait_if_busy: as in `append`, for each append of the run.
            recover: as in `append`, for each request of the run. The run then streams
                the request that starts a conversation, whose answer could not be
                recovered otherwise.

        Raises:
            RunLimitError: a limit was reached; `result` has what the run has so far,
                and the calls of the last turn are open.
            RunPaused: calls wait for a decision.
            RunError: the service sent a function call that cannot be read.
            OutputValidationError: the last reply does not fit `output_type`.

        Example:
            def add(a: int, b: int) -> int:
                return a + b

            result = await conversations.run(
                "What is 2 + 3?", model="mistral-medium-latest", tools=[add]
            )
            print(result.text, result.calls)
        """
        await import_aside("mistral_conversations.runs.loop")
        from mistral_conversations.runs.loop import run_to_end

        run = self._run(
            inputs,
            {
                "tools": tools,
                "model": model,
                "agent_id": agent_id,
                "conversation_id": conversation_id,
                "from_entry_id": from_entry_id,
                "agent_version": agent_version,
                "instructions": instructions,
                "completion_args": completion_args,
                "guardrails": guardrails,
                "name": name,
                "description": description,
                "metadata": metadata,
                "store": store,
                "handoff_execution": handoff_execution,
                "output_type": output_type,
                "limits": limits,
                "options": options,
                "context": context,
                "approve": approve,
                "wait_if_busy": wait_if_busy,
                "recover": recover,
                "timeout": timeout,
                "retries": retries,
                "headers": headers,
            },
        )
        run.watch = self._run_watch(run, streams=False)
        return await run_to_end(run)

    def run_stream(
        self,
        inputs: "ConversationInputs | RunPaused | None" = None,
        *,
        tools: "Sequence[RunTools] | None" = None,
        model: str | None = None,
        agent_id: str | None = None,
        conversation_id: str | None = None,
        from_entry_id: str | None = None,
        agent_version: str | int | None = None,
        instructions: str | None = None,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        name: str | None = None,
        description: str | None = None,
        metadata: JSON | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        output_type: Any = None,
        limits: "RunLimits | None" = None,
        options: "RunOptions | None" = None,
        context: Any = None,
        approve: "Approve | None" = None,
        wait_if_busy: float | None = None,
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "AsyncRunStream":
        """Stream a run: the events of every turn, and those of its functions.

        Takes the parameters of `run` and checks them now; sends nothing before the
        returned run is entered or iterated. The first call imports what runs need,
        which may take 0.1 seconds; importing `AsyncRunStream` does so beforehand.

        The events are those of the service, live, and `TurnStarted`, `FunctionStarted`,
        `FunctionFinished` and `TurnFinished`; `AsyncRunStream` documents their order.
        `turns()` iterates over the turns instead, before their calls are executed, and
        `result()` returns what `run` returns.

        Example:
            def add(a: int, b: int) -> int:
                return a + b

            run = conversations.run_stream(
                "What is 2 + 3?", model="mistral-medium-latest", tools=[add]
            )
            async with run:
                async for piece in run.text():
                    print(piece, end="", flush=True)
            result = await run.result()
            print(result.calls)
        """
        from mistral_conversations.runs.streaming.course import RunCourse
        from mistral_conversations.runs.streaming.reader import RunReader
        from mistral_conversations.runs.streaming.stream import AsyncRunStream

        run = self._run(
            inputs,
            {
                "tools": tools,
                "model": model,
                "agent_id": agent_id,
                "conversation_id": conversation_id,
                "from_entry_id": from_entry_id,
                "agent_version": agent_version,
                "instructions": instructions,
                "completion_args": completion_args,
                "guardrails": guardrails,
                "name": name,
                "description": description,
                "metadata": metadata,
                "store": store,
                "handoff_execution": handoff_execution,
                "output_type": output_type,
                "limits": limits,
                "options": options,
                "context": context,
                "approve": approve,
                "wait_if_busy": wait_if_busy,
                "recover": recover,
                "timeout": timeout,
                "retries": retries,
                "headers": headers,
            },
        )
        run.watch = self._run_watch(run, streams=True)
        return AsyncRunStream(RunReader(RunCourse(run)))

    def chat(
        self,
        *,
        model: str | None = None,
        agent_id: str | None = None,
        conversation_id: str | None = None,
        agent_version: str | int | None = None,
        instructions: str | None = None,
        tools: "Sequence[RunTools] | None" = None,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        name: str | None = None,
        description: str | None = None,
        metadata: JSON | None = None,
        handoff_execution: HandoffExecution | None = None,
        output_type: Any = None,
        limits: "RunLimits | None" = None,
        options: "RunOptions | None" = None,
        context: Any = None,
        approve: "Approve | None" = None,
        wait_if_busy: float | None = None,
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "AsyncChat":
        """Return a chat: one conversation, turn after turn.

        Takes the parameters of `run`, for all turns, and checks them now; sends
        nothing. `chat.send(inputs)` starts the conversation with `model` or `agent_id`,
        or continues that of `conversation_id`, and later appends to it.

        The conversation is always stored, so there is no `store`. The first call
        imports what runs need, which may take 0.1 seconds.

        Args:
            limits: bounds each turn, see `RunLimits`.
            wait_if_busy: as in `append`; None waits for up to 90 seconds, the longest
                lock that was observed.
            recover: as in `append`; None recovers lost answers, False does not.
            timeout: the limits of each request, not of a turn.

        Raises:
            TypeError, ValueError: a parameter, named in the message, is unusable, or
                contradicts another.

        Example:
            def add(a: int, b: int) -> int:
                return a + b

            chat = conversations.chat(model="mistral-medium-latest", tools=[add])
            result = await chat.send("What is 2 + 3?")
            print(result.text)
            print((await chat.send("And twice that?")).text, chat.usage)
        """
        from mistral_conversations.chat.making import new_chat

        parameters = {
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
            "handoff_execution": handoff_execution,
            "output_type": output_type,
            "limits": limits,
            "options": options,
            "context": context,
            "approve": approve,
            "wait_if_busy": wait_if_busy,
            "recover": recover,
            "timeout": timeout,
            "retries": retries,
            "headers": headers,
        }
        return new_chat(self._chat_client(), parameters, conversation_id)

    def chat_from_json(
        self,
        text: str | bytes,
        *,
        tools: "Sequence[RunTools] | None" = None,
        output_type: Any = None,
        context: Any = None,
        approve: "Approve | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "AsyncChat":
        """Return the chat that `AsyncChat.to_json` has saved; send nothing.

        Load only text that you trust: a changed one can approve calls.

        Args:
            text: the text of `to_json`.
            tools: the tools of the chat again; once the conversation has begun, its
                functions suffice.
            output_type: that of the chat, if it had one.

        Raises:
            TypeError: `text` is neither text nor bytes, or a parameter is unusable.
            ValueError: it is not a saved chat, or of a later version of this library;
                or `tools` or `output_type` is missing.

        Example:
            chat = conversations.chat(model="mistral-medium-latest")
            await chat.send("Name a river.")
            saved = chat.to_json()

            chat = conversations.chat_from_json(saved)
            print((await chat.send("Where does it rise?")).text)
        """
        from mistral_conversations.chat.making import restored_chat

        given = {
            "tools": tools,
            "output_type": output_type,
            "context": context,
            "approve": approve,
            "timeout": timeout,
            "retries": retries,
            "headers": headers,
        }
        return restored_chat(self._chat_client(), text, given)

    def batch(
        self,
        requests: "BatchRequests | BatchJobsHandle",
        *,
        model: str | None = None,
        agent_id: str | None = None,
        agent_version: str | int | None = None,
        instructions: str | None = None,
        tools: "Sequence[RunTools] | None" = None,
        completion_args: CompletionArgs | JSON | None = None,
        guardrails: Sequence[GuardrailConfig | JSON] | None = None,
        name: str | None = None,
        description: str | None = None,
        metadata: JSON | None = None,
        store: bool | None = None,
        handoff_execution: HandoffExecution | None = None,
        run: bool = False,
        output_type: Any = None,
        limits: "RunLimits | None" = None,
        options: "RunOptions | None" = None,
        context: Any = None,
        approve: "Approve | None" = None,
        max_concurrency: int = 32,
        on_error: Literal["return", "raise"] = "return",
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        results: str | PathLike[str] | None = None,
        resend: bool = False,
        retry_failed: bool = False,
        progress: "Callable[[BatchProgress], object] | bool | None" = None,
        via: Literal["batch_jobs"] | None = None,
        engine: Any = None,
        recover: "bool | Recovery | None" = None,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "AsyncBatch":
        """Start many conversations, a number of them at a time, and iterate over rows.

        Takes the parameters of `start`, for all rows, and checks them now; reads and
        sends nothing before the returned batch is iterated. Rows come as they end. A
        row that fails has its error, and the others continue.

        Args:
            requests: the rows, an iterable or an async iterable of `BatchInput`, of
                mappings with its fields, or of texts. They are read as they are needed,
                a plain iterable on the event loop. A field that is not None replaces
                the parameter of the batch.
            tools: tools of the service; with `run`, functions too.
            run: whether each row is a run, whose functions are called. `BatchRow`
                then has a `result`.
            output_type: as in `run`, which it turns on: `BatchRow.output` has the
                object.
            limits: bounds the run of each row, see `RunLimits`.
            options: how functions are called, see `RunOptions`.
            context: as in `run`, for all rows.
            approve: as in `run`. A row whose calls need a decision without it fails
                with `RunPaused`.
            max_concurrency: the maximum number of rows under way, 32 by default.
            on_error: `"return"`, the default, returns rows that failed; `"raise"` ends
                the batch with the first error, which the iteration raises.
            requests_per_minute: the maximum number of requests; None is what the
                service allows.
            tokens_per_minute: the maximum number of tokens; None is what the service
                allows.
            results: a file to which each row is appended when it ends, as a line of
                JSON. A batch with the same file continues: it returns the rows that
                the file has, and asks the others.
            resend: whether to ask rows again that an earlier batch, or a worker that
                was lost, had sent and whose answers are not known. Without it, they
                have a `BatchUncertainError`.
            retry_failed: whether to ask rows again that failed in an earlier batch.
            progress: a plain function that is called with a `BatchProgress` after each
                row, on the event loop; True shows a bar in a terminal or a notebook, if
                rich is installed.
            via: `"batch_jobs"` asks through batch jobs of the service, which cost less
                and end within a day. Rows with the same model share jobs, whose rows
                come when the job has ended. Closing the batch leaves the jobs running:
                `AsyncBatch.submit` returns their handle, which `requests` may be.
            engine: a `distributed.Client`: the workers of its Dask cluster ask the
                rows, each with one client that has the settings of this one, including
                the key. None asks them in this process.
            recover: as in `run`: the rows are streamed, and lost answers are read from
                the history.
            timeout: the limits of each request, not of a row.

        Raises:
            TypeError, ValueError: a parameter, named in the message, is unusable, or
                contradicts another.

        Example:
            questions = ["Why is the sky blue?", "Why is the sea salty?"]
            batch = conversations.batch(questions, model="mistral-small-latest")
            async for row in batch:
                print(row.custom_id, row.text if row.ok else row.error)
        """
        from mistral_conversations.batch.async_batch import new_batch

        parameters = {
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
            "run": run,
            "output_type": output_type,
            "limits": limits,
            "options": options,
            "context": context,
            "approve": approve,
            "max_concurrency": max_concurrency,
            "on_error": on_error,
            "requests_per_minute": requests_per_minute,
            "tokens_per_minute": tokens_per_minute,
            "results": results,
            "resend": resend,
            "retry_failed": retry_failed,
            "progress": progress,
            "via": via,
            "engine": engine,
            "recover": recover,
            "timeout": timeout,
            "retries": retries,
            "headers": headers,
        }
        self._options.with_call(timeout, retries, headers)
        _recovery(recover, store)
        return new_batch(self._batch_client(), requests, parameters)

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
        """List one page of conversations.

        Args:
            page: the number of the page, from 0 (the default).
            page_size: conversations per page; 100 by default.
            metadata: return only conversations with these keys and values.
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
        """Iterate over all conversations, page by page, without duplicates.

        Conversations that are created or deleted during the iteration shift the others
        between pages: after a deletion, another conversation may be skipped.

        Tasks, or threads in blocking code, may share the iterator: each conversation
        reaches one of them. If the service repeats its pages, the iteration ends with a
        WARNING in the log.

        Args:
            page_size: conversations per request; 100 by default.
            metadata: return only conversations with these keys and values.

        Example:
            async for conversation in conversations.list_all():
                print(conversation.id, conversation.name)
        """
        options = self._options.with_call(timeout, retries, headers)
        listed = partial(calls.list_page, page_size=page_size, metadata=metadata)
        listed(page=0)  # reject wrong parameters now

        async def fetch(page: int) -> ConversationPage:
            return await self._page(listed(page=page), page, page_size, options)

        return numbered_pages("conversations", fetch)

    async def get(
        self,
        conversation_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Conversation:
        """Return the settings of a conversation, without its entries.

        Args:
            conversation_id: the conversation.

        Raises:
            NotFoundError: no such conversation, or it was started with `store=False`.
        """
        call = calls.get(routes.CONVERSATION, conversation_id)
        options = self._options.with_call(timeout, retries, headers)
        answer = cast("type[Conversation]", Conversation)
        return await self._fetch(call, answer, options)

    async def delete(
        self,
        conversation_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Delete a conversation.

        A 404 counts as success if the request was retried after a lost answer.

        Args:
            conversation_id: the conversation.

        Raises:
            NotFoundError: no such conversation.
        """
        options = self._options.with_call(timeout, retries, headers)
        await self._fetch_nothing(calls.delete(conversation_id), options)

    async def get_history(
        self,
        conversation_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationHistory:
        """Return all entries of a conversation, in the order they were appended.

        Args:
            conversation_id: the conversation.

        Raises:
            NotFoundError: no such conversation.
        """
        call = calls.get(routes.HISTORY, conversation_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ConversationHistory, options)

    async def get_messages(
        self,
        conversation_id: str,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationMessages:
        """Return the messages of a conversation, without its other entries.

        Args:
            conversation_id: the conversation.

        Raises:
            NotFoundError: no such conversation.
        """
        call = calls.get(routes.MESSAGES, conversation_id)
        options = self._options.with_call(timeout, retries, headers)
        return await self._fetch(call, ConversationMessages, options)

    async def recover(
        self,
        error: MistralConversationsError,
        recovery: "Recovery | None" = None,
        *,
        timeout: Timeout | float | None = None,
        retries: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ConversationResponse:
        """Return the answer that a failed call has lost, from the history.

        The service continues to generate when a connection breaks, and stores the
        answer. This waits until the history shows the whole answer; it sends no message
        again. The answer's `usage` is unknown and reads as zeros, and its `meta` is
        that of the history.

        Entries are matched by the ids that were streamed, else by the inputs that were
        sent, as far as they were created after the request by the service's clock. A
        restart that failed before the service named the new conversation is searched
        for among the conversations.

        Args:
            error: the error of `append`, `restart`, a stream or a run; one from a
                pickle works too.
            recovery: how long to search, see `Recovery`.
            timeout: the limits of each reading; by default those of the client, with a
                total of 30 seconds.

        Raises:
            NeverArrivedError: the service never received the request; sending it again
                is safe.
            RecoveryUncertainError: the history cannot tell what became of the request;
                it was a start that failed before the service named its conversation;
                or its `store` was False.
            MistralConversationsError: `error` itself, if it says already what became of
                the request: the service rejected it, has certainly not processed it, or
                reported that its answer failed.

        Example:
            try:
                response = await conversations.append(conversation_id, "Go on.")
            except APIConnectionError as error:
                response = await conversations.recover(error)
        """
        from mistral_conversations.recovery.search import check_recoverable
        from mistral_conversations.recovery.settings import Recovery

        check_recoverable(error)
        options = self._options.with_call(timeout, retries, headers)
        search = self._search(error, Recovery.given(recovery), options)
        if search is None:
            raise error
        return await search.run()

    def _run(self, inputs: Any, parameters: Mapping[str, Any]) -> "Run":
        from mistral_conversations.runs.machine import Run
        from mistral_conversations.runs.plan import RunPlan

        names = ("timeout", "retries", "headers", "wait_if_busy")
        self._options.with_call(**{name: parameters[name] for name in names})
        _recovery(parameters["recover"], parameters["store"])
        return Run(RunPlan.of(inputs, parameters), self, self._mask, self._caller)

    def _chat_client(self) -> "ChatClient":
        from mistral_conversations.chat.client import ChatClient

        return ChatClient(self, self._run, partial(self._run_watch, streams=True))

    def _batch_client(self) -> "BatchClient":
        from mistral_conversations.batch.client import BatchClient

        caller = self._caller
        return BatchClient(
            operations=self,
            gated=self._gated,
            view=self._view,
            retries=self._options.retries,
            read=None if caller is None else caller.call,
        )

    def _run_watch(self, run: "Run", *, streams: bool) -> "RunWatch | None":
        observers, plan = self._connection.observers, run.plan
        if observers is None:
            return None
        settings, id = plan.settings, plan.conversation_id
        return observers.run(settings, plan.inputs, id, streams=streams)

    async def _mask(self, text: str) -> str:
        """Remove the API key from a text."""
        masks = await self._transport.masks(self._options)
        return masks.text(text)

    async def _page(
        self, call: Call, page: int, page_size: int, options: Options
    ) -> ConversationPage:
        found, meta = await self._fetch_value(call, tuple[Conversation, ...], options)
        return ConversationPage(
            conversations=found, page=page, page_size=page_size, meta=meta
        )

    @observed
    async def _post(
        self,
        call: Call,
        recover: "bool | Recovery | None",
        store: bool | None,
        options: Options,
    ) -> ConversationResponse:
        """Send a start, an append or a restart, and return or recover its answer."""
        trace = self._trace(call, options, recover, store)
        begun_at = Moment.now()
        try:
            response = await self._fetch(call, ConversationResponse, options)
        except MistralConversationsError as error:
            # That of an answer which is not decoded does not say when it was sent.
            trace.record(error, begun_at if isinstance(error, DecodeError) else None)
            search = trace.search(error)
            if search is None:
                raise
            return await search.run()
        trace.learn_from(response)
        return response

    def _stream(
        self,
        call: Call,
        options: Options,
        recover: "bool | Recovery | None",
        store: bool | None,
    ) -> AsyncConversationStream:
        opener: Callable[[], Awaitable[EventSource]] = partial(
            self._open, call, options
        )
        trace = self._trace(call, options, recover, store)
        observers = self._connection.observers
        watch = None if observers is None else observers.stream(call)
        if watch is not None:
            opener = partial(watch.open, options, partial(self._open, call))
        return AsyncConversationStream(
            StreamReader(opener, call.conversation_id, trace, watch)
        )

    def _open(self, call: Call, options: Options) -> "Awaitable[EventSource]":
        most = self._connection.max_event_bytes
        return self._transport.open(call, options, max_event_bytes=most)

    def _trace(
        self,
        call: Call,
        options: Options,
        recover: "bool | Recovery | None",
        store: bool | None,
    ) -> CallTrace:
        recovery = _recovery(recover, store)
        searcher = None
        if recovery is not None:
            # The call's own timeout may be too short for a history.
            options = attrs.evolve(options, timeout=self._options.timeout, watch=None)
            searcher = partial(self._search, recovery=recovery, options=options)
        return CallTrace(call, self._transport.clock, searcher)

    def _search(
        self,
        error: MistralConversationsError,
        recovery: "Recovery",
        options: Options,
    ) -> "Search | None":
        from mistral_conversations.recovery.search import search_for

        return search_for(error, recovery, self, self._transport.clock, options)


def _recovery(
    recover: "bool | Recovery | None", store: bool | None
) -> "Recovery | None":
    """Read `recover`, beside the `store` of a call."""
    if recover is None or recover is False:
        return None
    from mistral_conversations.recovery.settings import Recovery

    recovery = Recovery.of(recover)
    if store is False:
        raise ValueError(
            "recover and store=False are both given: an answer that is not stored "
            "cannot be recovered"
        )
    return recovery


def _unless(default: int, value: int) -> int | None:
    """Return None, which is not sent, for a value that the service assumes anyway."""
    return None if type(value) is int and value == default else value


publish(globals(), *__all__)
