"""aiohttp sessions: one for each event loop that the client is used on."""

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from ssl import SSLContext
from types import SimpleNamespace
from typing import Any, TypeAlias

import aiohttp
import attrs

from mistral_conversations.errors import ConfigurationError

__all__ = ["SSL", "Session", "SessionPool"]

Session: TypeAlias = aiohttp.ClientSession
SSL: TypeAlias = SSLContext | bool | None

_LONGEST_CLOSE = 5.0

_Owner: TypeAlias = AsyncGenerator[aiohttp.ClientSession, None]


@attrs.frozen
class _Open:
    session: aiohttp.ClientSession
    owner: _Owner


class SessionPool:
    """Open sessions on demand and close them all.

    Each session belongs to an async generator, so that the loop closes it when the
    loop ends or the pool is dropped; a session left to `__del__` prints a traceback.

    Args:
        session: the caller's own, for one loop only; it is never closed.
        limit: connections at once, 0 for no limit.
        ssl: what aiohttp takes, None for its default.
    """

    def __init__(
        self, session: aiohttp.ClientSession | None, *, limit: int, ssl: SSL
    ) -> None:
        self._given: Session | None = _instance_or_none(
            "session", session, aiohttp.ClientSession
        )
        self._limit = limit
        self._ssl: SSL = _instance_or_none("ssl", ssl, SSLContext, bool)
        self._open: dict[asyncio.AbstractEventLoop, _Open] = {}
        self._closed = False

    @property
    def queues(self) -> bool:
        """Whether a request may have to wait for a free connection."""
        return self._given is None and self._limit > 0

    async def session(self) -> aiohttp.ClientSession:
        """Give the session of the running loop.

        Raises:
            ConfigurationError: the client is closed, or the session given to it is
                closed or belongs to another loop.
        """
        if self._closed:
            raise ConfigurationError("this client is closed: make a new one")
        if self._given is not None:
            return _checked(self._given)
        found = self._open.get(asyncio.get_running_loop())
        return found.session if found else await self._start()

    async def _start(self) -> aiohttp.ClientSession:
        self._forget_ended_loops()
        owner = self._own()
        session = await anext(owner)
        self._open[asyncio.get_running_loop()] = _Open(session, owner)
        return session

    async def _own(self) -> _Owner:
        connector = aiohttp.TCPConnector(
            limit=self._limit, ssl=True if (s := self._context()) is None else s
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_queue_trace()] if self.queues else None,
        )
        try:
            yield session
        finally:
            await session.close()

    def _context(self) -> SSL:
        """Read SSL_CERT_FILE and SSL_CERT_DIR now; aiohttp reads them at import."""
        file = os.environ.get("SSL_CERT_FILE") or None
        folder = os.environ.get("SSL_CERT_DIR") or None
        if self._ssl is not None or not (file or folder):
            return self._ssl
        try:
            return ssl.create_default_context(cafile=file, capath=folder)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}"
            ) from None

    def _forget_ended_loops(self) -> None:
        for loop in [loop for loop in self._open if loop.is_closed()]:
            self._open.pop(loop, None)

    async def aclose(self) -> None:
        """Close every session of this pool's own, on whichever loop it is."""
        self._closed = True
        here = asyncio.get_running_loop()
        while self._open:
            loop, opened = self._open.popitem()
            if loop is here:
                await opened.owner.aclose()
            elif loop.is_running():
                await _on(loop, opened.owner.aclose)


async def _on(
    loop: asyncio.AbstractEventLoop, close: Callable[[], Awaitable[None]]
) -> None:
    """Run `close` on a loop of another thread, which may be about to end."""

    async def run() -> None:
        await close()

    closing = run()
    try:
        future = asyncio.run_coroutine_threadsafe(closing, loop)
    except RuntimeError:
        closing.close()
        return
    await asyncio.wait({asyncio.wrap_future(future)}, timeout=_LONGEST_CLOSE)


def _instance_or_none(name: str, value: Any, *kinds: type) -> Any:
    if value is not None and not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ConfigurationError(
            f"{name} must be {wanted} or None, not {type(value).__name__}"
        )
    return value


def _checked(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    if session.closed:
        raise ConfigurationError("the session given to this client is closed")
    if getattr(session, "_loop", None) is not asyncio.get_running_loop():
        raise ConfigurationError(
            "the session given to this client belongs to another event loop: "
            "make a client on this loop, or leave session out"
        )
    return session


def _queue_trace() -> aiohttp.TraceConfig:
    """Tell a request's `trace_request_ctx` while it waits for a connection."""
    trace = aiohttp.TraceConfig()

    async def enter(_: Any, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.queued = True

    async def leave(_: Any, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.queued = False

    trace.on_connection_queued_start.append(enter)
    trace.on_connection_queued_end.append(leave)
    return trace
