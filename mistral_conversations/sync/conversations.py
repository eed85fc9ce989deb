"""`Conversations`: the client for those who block, each method a call of its twin."""

from typing import Final

from mistral_conversations.conversations import AsyncConversations
from mistral_conversations.sync.api_client import BlockingAPIClient
from mistral_conversations.sync.methods import blocking, iterating, streaming

__all__ = ["Conversations"]


class Conversations(BlockingAPIClient[AsyncConversations]):
    """Blocking twin of `AsyncConversations`: for notebooks, scripts and threads.

    One client serves any number of threads. The work is done on an event loop that all
    blocking clients of a process share; it starts with the first call, and ends when
    the last of them is closed or gone. In a coroutine use `AsyncConversations`: this
    one would block the event loop, and warns of it once.

    Args:
        api_key: as `AsyncConversations` has it, and so are the others.
        base_url: without `/v1`.
        timeout: limits in seconds.
        retries: how often a call is sent again.
        headers: sent with every request.
        limit: connections at once, 0 for no limit.
        ssl: an `ssl.SSLContext`, or False.
        proxy: the URL of an HTTP proxy.
        max_event_bytes: the size in bytes above which an event of a stream raises.

    Raises:
        ConfigurationError: a parameter that cannot work, by its name.
        TypeError: `timeout` or `retries` of another type.
        ValueError: seconds or a count below 0.
    """

    _async_class = AsyncConversations

    start: Final = blocking(AsyncConversations.start)
    start_stream: Final = streaming(AsyncConversations.start_stream)
    append: Final = blocking(AsyncConversations.append)
    append_stream: Final = streaming(AsyncConversations.append_stream)
    restart: Final = blocking(AsyncConversations.restart)
    restart_stream: Final = streaming(AsyncConversations.restart_stream)
    list: Final = blocking(AsyncConversations.list)
    list_all: Final = iterating(AsyncConversations.list_all)
    get: Final = blocking(AsyncConversations.get)
    get_history: Final = blocking(AsyncConversations.get_history)
    get_messages: Final = blocking(AsyncConversations.get_messages)
    delete: Final = blocking(AsyncConversations.delete)
