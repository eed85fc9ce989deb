"""The connector of the client's own sessions, which reports what waits for it."""

from contextvars import ContextVar
from typing import Any, Protocol

import aiohttp

from mistral_conversations._transport.aiohttp_internals import accept_one_answer

__all__ = ["Connecting", "Connector", "connecting"]


class Connecting(Protocol):
    """A request that needs a connection."""

    is_connecting: bool
    """Whether it waits for its connection: none of its bytes have left then."""

    def connected(self) -> None:
        """Note that it has its connection."""


connecting: ContextVar[Connecting | None] = ContextVar("connecting", default=None)
"""The request of the running task; None outside one."""


class Connector(aiohttp.TCPConnector):
    """Mark each request while it waits for its connection.

    aiohttp's tracing could do so too, but makes each request 10 % slower.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        accept_one_answer(self)

    async def connect(self, *args: Any, **options: Any) -> Any:
        """Return a connection, new or from the pool."""
        request = connecting.get()
        if request is None:
            return await super().connect(*args, **options)
        request.is_connecting = True
        connection = await super().connect(*args, **options)
        request.connected()
        return connection
