"""`AsyncMistral`: one asyncio client of all parts of the API."""

from typing import TYPE_CHECKING

from mistral_conversations._api_client import APIClient
from mistral_conversations._public import publish

if TYPE_CHECKING:
    from mistral_conversations.agents import AsyncAgents
    from mistral_conversations.batch_jobs import AsyncBatchJobs
    from mistral_conversations.connectors import AsyncConnectors
    from mistral_conversations.conversations import AsyncConversations
    from mistral_conversations.files import AsyncFiles
    from mistral_conversations.libraries import AsyncLibraries
    from mistral_conversations.model_list import AsyncModels

__all__ = ["AsyncMistral"]


class AsyncMistral(APIClient):
    """Asyncio client of all parts of the API: conversations, agents, and the others.

    Its parts share its key, its settings and its connections; closing it closes them.
    One client serves any number of tasks and event loops. Close it with `async with` or
    `aclose()`.

    The module of a part loads on first use, which blocks the event loop once, for a few
    milliseconds. To avoid that, import the part's class at startup (`from
    mistral_conversations import AsyncLibraries`).

    Every method of the parts also takes `timeout` (a `Timeout`, or the seconds of its
    `total`), `retries` (a `RetryPolicy`, or its `max_retries`) and `headers` (added to
    the client's) for that call alone; None uses the client's own settings.

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
        session: an aiohttp session to use instead of the client's own; see
            `AsyncConversations`.
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
        async with AsyncMistral() as mistral:
            agent = await mistral.agents.create(model="mistral-medium-latest", name="A")
            response = await mistral.conversations.start("Hello", agent_id=agent.id)
    """

    @property
    def conversations(self) -> "AsyncConversations":
        """The client of conversations."""
        from mistral_conversations.conversations import AsyncConversations

        return self._view(AsyncConversations)

    @property
    def agents(self) -> "AsyncAgents":
        """The client of agents."""
        from mistral_conversations.agents import AsyncAgents

        return self._view(AsyncAgents)

    @property
    def libraries(self) -> "AsyncLibraries":
        """The client of document libraries."""
        from mistral_conversations.libraries import AsyncLibraries

        return self._view(AsyncLibraries)

    @property
    def files(self) -> "AsyncFiles":
        """The client of files."""
        from mistral_conversations.files import AsyncFiles

        return self._view(AsyncFiles)

    @property
    def models(self) -> "AsyncModels":
        """The client of the list of models."""
        from mistral_conversations.model_list import AsyncModels

        return self._view(AsyncModels)

    @property
    def batch_jobs(self) -> "AsyncBatchJobs":
        """The client of batch jobs."""
        from mistral_conversations.batch_jobs import AsyncBatchJobs

        return self._view(AsyncBatchJobs)

    @property
    def connectors(self) -> "AsyncConnectors":
        """The client of connectors."""
        from mistral_conversations.connectors import AsyncConnectors

        return self._view(AsyncConnectors)


publish(globals(), *__all__)
