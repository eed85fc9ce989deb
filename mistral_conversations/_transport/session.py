"""aiohttp sessions: one for each event loop that uses the client."""

import asyncio
import os
import weakref
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any, TypeAlias

import aiohttp
import attrs

from mistral_conversations._event_loop import running_loop
from mistral_conversations._transport.aiohttp_internals import (
    open_transports,
    session_loop,
)
from mistral_conversations._transport.connector import Connector
from mistral_conversations._transport.exchange import Exchange
from mistral_conversations._transport.lifetime import tie_lifetime
from mistral_conversations._transport.tls import SSL, checked_ssl, environment_ssl
from mistral_conversations.errors import ConfigurationError

__all__ = ["OpenSession", "Session", "SessionPool"]

Session: TypeAlias = aiohttp.ClientSession

_LONGEST_CLOSE = 5.0

# Sessions of the process that this one was forked from, kept forever: closing or
# finalizing them would take their sockets from the loop over there.
_inherited: list[object] = []
_CLOSED = "this client is closed: create a new one"
_OF_THE_CONNECTOR = (
    "ssl does not apply to a session of your own: pass it to the session's connector, "
    "aiohttp.TCPConnector(ssl=...)"
)


@attrs.frozen(eq=False)
class OpenSession:
    """A session on its loop, and its open exchanges."""

    session: Session
    owner: AsyncGenerator[Session, None] | None = None
    """What closes the session; None for the caller's own."""

    untie: Callable[[], object] | None = None
    """Unties the owner from the pool, and releases the loop with it."""

    exchanges: weakref.WeakSet[Exchange] = attrs.field(factory=weakref.WeakSet)

    async def aclose(self) -> None:
        """Close the session, then its exchanges: aiohttp wakes none of their readers.

        In this order: a connection that becomes free would serve a waiting call.
        """
        self.forget()
        for exchange in list(self.exchanges):
            exchange.interrupt("this client was closed")
        try:
            if self.owner is not None:
                await self.owner.aclose()
        finally:
            for exchange in list(self.exchanges):
                exchange.close()

    def forget(self) -> None:
        """Release the owner."""
        if self.untie is not None:
            self.untie()


class SessionPool:
    """Open sessions on demand and close them all.

    An async generator owns each session, so that the loop closes it when the loop
    ends or the pool is dropped; a session left to `__del__` prints a traceback.

    Args:
        session: the caller's own, for one loop only; the pool never closes it.
        limit: connections at once; 0 for no limit.
        ssl: a context, or False to check no certificate; None or True for
            SSL_CERT_FILE and SSL_CERT_DIR, or else aiohttp's default.

    Raises:
        ConfigurationError: the session or `ssl` cannot be used.
    """

    def __init__(self, session: Session | None, *, limit: int, ssl: SSL) -> None:
        self._given = _checked_session(session)
        self._limit = limit
        self._ssl = checked_ssl(ssl)
        if self._given is not None and self._ssl is not None:
            raise ConfigurationError(_OF_THE_CONNECTOR)
        self._open: dict[asyncio.AbstractEventLoop, OpenSession] = {}
        self._pid = os.getpid()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the pool was closed."""
        return self._closed

    async def session(self, *, https: bool) -> OpenSession:
        """Return the session of the running loop.

        Args:
            https: whether it needs certificates.

        Raises:
            ConfigurationError: the client is closed, or the caller's session is
                closed or belongs to another loop.
        """
        if https and self._ssl is None and self._given is None:
            self._ssl = await environment_ssl()
        if self._closed:
            raise ConfigurationError(_CLOSED)
        if self._given is not None:
            _check(self._given)
        self._set_inherited_aside()
        found = self._open.get(asyncio.get_running_loop())
        return found or await self._start()

    async def _start(self) -> OpenSession:
        self._forget_ended_loops()
        if self._given is not None:
            opened = OpenSession(self._given)
        else:
            owner = _owned(self._limit, self._ssl)
            session = await anext(owner)
            opened = OpenSession(session, owner, tie_lifetime(owner, to=self))
        self._open[asyncio.get_running_loop()] = opened
        if self._closed:  # by another thread, which may have missed this session
            await self.aclose()
            raise ConfigurationError(_CLOSED)
        return opened

    def _set_inherited_aside(self) -> None:
        if self._pid != os.getpid():
            _inherited.append(self._open)
            self._open, self._pid = {}, os.getpid()

    def _forget_ended_loops(self) -> None:
        for loop in list(self._open):
            if loop.is_closed() and (ended := self._open.pop(loop, None)):
                ended.forget()

    async def aclose(self) -> None:
        """Close every session that this pool opened, on any running loop.

        A paused loop closes its session when it continues or ends.
        """
        self._closed = True
        self._set_inherited_aside()
        self._forget_ended_loops()
        here = running_loop() if self._open else None
        while self._open:
            loop, opened = self._open.popitem()
            if loop is here:
                await opened.aclose()
            elif loop.is_running():
                await _close_on(loop, opened)


async def _owned(limit: int, ssl: SSL) -> AsyncGenerator[Session, None]:
    session = aiohttp.ClientSession(
        connector=Connector(limit=limit, ssl=ssl is None or ssl),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[_queue_trace()] if limit else None,
    )
    try:
        yield session
    finally:
        _abort_unsent(session)
        await session.close()


def _abort_unsent(session: Session) -> None:
    """Abort connections that are still sending a request.

    aiohttp would wait until all of it was sent: forever, if the server does not read.
    """
    for transport in open_transports(session.connector):
        if transport.get_write_buffer_size():
            transport.abort()


async def _close_on(loop: asyncio.AbstractEventLoop, opened: OpenSession) -> None:
    """Close a session on the loop of another thread.

    A loop that is about to end closes it with its async generators, and may run no
    more tasks.
    """
    closed: Future[None] = Future()
    closing: list[asyncio.Task[None]] = []

    def resolve(task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            task.exception()
        closed.set_result(None)

    def begin() -> None:
        if opened.session.closed:
            closed.set_result(None)
        else:
            closing.append(loop.create_task(opened.aclose()))
            closing[0].add_done_callback(resolve)

    try:
        loop.call_soon_threadsafe(begin)
    except RuntimeError:
        return
    await asyncio.wait({asyncio.wrap_future(closed)}, timeout=_LONGEST_CLOSE)


def _checked_session(value: Any) -> Session | None:
    if value is not None and not isinstance(value, aiohttp.ClientSession):
        kind = type(value).__name__
        raise ConfigurationError(f"session must be ClientSession or None, not {kind}")
    return value


def _check(session: Session) -> None:
    """Reject a session of the caller that cannot be used here."""
    if session.trust_env or getattr(session, "auth", None) is not None:
        raise ConfigurationError(
            "the session given to this client must have neither auth nor trust_env: "
            "they would replace the API key, from ~/.netrc too"
        )
    if session.closed:
        raise ConfigurationError("the session given to this client is closed")
    loop = session_loop(session)
    if loop is not None and loop is not asyncio.get_running_loop():
        raise ConfigurationError(
            "the session given to this client belongs to another event loop: "
            "make a client on this loop, or leave session out"
        )


def _queue_trace() -> aiohttp.TraceConfig:
    """Return a trace that sets `queued` while a request waits for a connection."""
    trace = aiohttp.TraceConfig()

    async def enter(_: Any, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.queued = True

    async def leave(_: Any, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.queued = False

    trace.on_connection_queued_start.append(enter)
    trace.on_connection_queued_end.append(leave)
    return trace
