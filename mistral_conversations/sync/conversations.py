"""`Conversations`: the blocking client of the Conversations API."""

from typing import Final

from mistral_conversations._public import publish
from mistral_conversations.conversations import AsyncConversations
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import (
    batching,
    blocking,
    chatting,
    iterating,
    running,
    streaming,
    streaming_run,
)

__all__ = ["Conversations"]


class Conversations(BlockingAPIClient[AsyncConversations]):
    """Blocking twin of `AsyncConversations`, for notebooks, scripts and threads.

    One client serves any number of threads. All blocking clients of a process share an
    event loop on a separate thread, which starts with the first call and stops when the
    last client is closed or garbage-collected. In a coroutine, use
    `AsyncConversations`: this client would block the event loop, and warns once.

    Every method also takes `timeout` (a `Timeout`, or the seconds of its `total`),
    `retries` (a `RetryPolicy`, or its `max_retries`) and `headers` (added to the
    client's) for that call alone; None uses the client's own settings.

    The methods raise the errors of `AsyncConversations`.

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
        limit: the maximum number of simultaneous connections; 0 means no limit.
            `Timeout.connect` includes the wait for a free connection.
        ssl: an `ssl.SSLContext`. None uses the system's certificates, or those of
            SSL_CERT_FILE and SSL_CERT_DIR. False turns certificate checks off: whoever
            controls the network can then read the key and change the answers.
        proxy: the URL of an HTTP proxy. None reads HTTPS_PROXY, HTTP_PROXY, ALL_PROXY
            and NO_PROXY when the client is created.
        max_event_bytes: the maximum size of a stream's event in bytes; a larger one
            raises `EventTooLargeError`.
        max_response_bytes: the maximum size of an answer other than a stream in bytes,
            counted after decompression; a larger one raises `DecodeError`.
        max_header_bytes: the maximum size of each header of an answer in bytes; a
            larger one, or more headers than a 64th of this, raises `DecodeError`.
        on_request: a hook, called with a `RequestInfo` before each attempt. A hook is
            a function, plain or async; the call waits for it. It runs on the thread of
            the client's event loop. Its exceptions are logged, and the call continues.
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
        with Conversations() as conversations:
            response = conversations.start("Hello", model="mistral-medium-latest")
            print(response.text)
    """

    _async_class = AsyncConversations

    start: Final = blocking(AsyncConversations.start)
    start_stream: Final = streaming(AsyncConversations.start_stream)
    append: Final = blocking(AsyncConversations.append)
    append_stream: Final = streaming(AsyncConversations.append_stream)
    restart: Final = blocking(AsyncConversations.restart)
    restart_stream: Final = streaming(AsyncConversations.restart_stream)
    run: Final = running(AsyncConversations.run)
    run_stream: Final = streaming_run(AsyncConversations.run_stream)
    chat: Final = chatting(AsyncConversations.chat)
    chat_from_json: Final = chatting(AsyncConversations.chat_from_json)
    batch: Final = batching(AsyncConversations.batch)
    list: Final = blocking(AsyncConversations.list)
    list_all: Final = iterating(AsyncConversations.list_all)
    get: Final = blocking(AsyncConversations.get)
    get_history: Final = blocking(AsyncConversations.get_history)
    get_messages: Final = blocking(AsyncConversations.get_messages)
    delete: Final = blocking(AsyncConversations.delete)
    recover: Final = blocking(AsyncConversations.recover)


publish(globals(), *__all__)
