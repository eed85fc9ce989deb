"""`Listening`, a server on this machine: where it listens, and from when to when."""

import asyncio
import logging
from collections.abc import Collection
from contextlib import AsyncExitStack, ExitStack
from types import TracebackType
from typing import Self

import attrs
from aiohttp import web
from anyio.from_thread import start_blocking_portal

from mistral_conversations._checks import check_int, on_field
from mistral_conversations._serving import serving
from mistral_conversations.server.web.address import (
    addresses_of,
    check_host,
    is_loopback,
    url_of,
)
from mistral_conversations.server.web.host_names import HostNames, check_allowed_hosts

__all__ = ["Listening"]

# Malformed HTTP is the client's fault, which the answer (400) explains. aiohttp would
# log it with the bytes of the request, and so with the key.
_http_logger = logging.getLogger("mistral_conversations.server.http")
_http_logger.addFilter(lambda _: False)

# How long an open stream may take to finish before it is cancelled, in seconds.
_GRACE = 0.05

# How long the rest of a refused body may come, so that its sender reads the answer.
_LINGER = 0.5

# Connections waiting to be accepted: a thousand streams may start at once.
_BACKLOG = 1024

_port = on_field(check_int, least=0, most=2**16 - 1)


@attrs.define(eq=False, repr=False)
class Listening:
    """A server that listens while it is entered, on a loop or on a thread of its own.

    Each subclass provides the application, and may check, when the server is left, that
    everything was used.
    """

    _host: str = attrs.field(
        default="127.0.0.1", alias="host", kw_only=True, validator=check_host
    )
    _port: int = attrs.field(default=0, alias="port", kw_only=True, validator=_port)
    _allowed_hosts: Collection[str] = attrs.field(
        default=(),
        alias="allowed_hosts",
        kw_only=True,
        validator=check_allowed_hosts,
    )
    _entered: bool = attrs.field(default=False, init=False)
    _base_url: str | None = attrs.field(default=None, init=False)
    _open: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)
    _thread: ExitStack = attrs.field(factory=ExitStack, init=False)

    @property
    def base_url(self) -> str:
        """The URL of the server, without `/v1`: `http://127.0.0.1:PORT`.

        Raises:
            RuntimeError: the server is not running.
        """
        if self._base_url is None:
            name = type(self).__name__
            raise RuntimeError(f"{name} is not running: enter it with `with` first")
        return self._base_url

    async def __aenter__(self) -> Self:
        """Start listening on the running loop.

        Raises:
            RuntimeError: the server is running already.
            OSError: the address is not available; the port may be in use.
        """
        self._refuse_running()
        self._entered = True
        async with AsyncExitStack() as stack:
            stack.callback(self._forget)
            # The loop closes sockets one iteration after the call.
            stack.push_async_callback(asyncio.sleep, 0)
            await self._listen(stack, await self._application(stack))
            self._open = stack.pop_all()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop listening, close connections, and cancel unfinished answers.

        Raises:
            AssertionError: the server is strict, and something was not used.
        """
        await self._open.aclose()
        if error is None:
            self._refuse_unused()

    def __enter__(self) -> Self:
        """Start listening on a thread.

        Raises:
            RuntimeError: the server is running already.
            OSError: the address is not available; the port may be in use.
        """
        self._refuse_running()
        with ExitStack() as stack:
            portal = stack.enter_context(start_blocking_portal())
            stack.enter_context(portal.wrap_async_context_manager(self))
            self._thread = stack.pop_all()
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Do what `__aexit__` does, and wait for the thread.

        Raises:
            AssertionError: as in `__aexit__`.
        """
        self._thread.__exit__(type_, error, traceback)

    async def _application(self, stack: AsyncExitStack) -> web.Application:
        """Return the application for one event loop.

        Args:
            stack: closes what the application needs.
        """
        raise NotImplementedError

    def _refuse_unused(self) -> None:
        """Raise an AssertionError if a strict server has something left."""

    def _host_names(self) -> HostNames:
        return HostNames.of(self._host, self._allowed_hosts)

    def _refuse_public(self, api_key: str | None) -> None:
        """Reject a host that other machines can reach, without a key."""
        if api_key is None and not is_loopback(self._host):
            raise ValueError(
                f"other machines can reach host {self._host!r}: set an api_key"
            )

    async def _listen(self, stack: AsyncExitStack, app: web.Application) -> None:
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=_http_logger,
            auto_decompress=False,
            handler_cancellation=True,
            shutdown_timeout=_GRACE,
            lingering_time=_LINGER,
        )
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, self._host, self._port, backlog=_BACKLOG).start()
        bound = runner.addresses[0][1]
        stack.enter_context(serving(addresses_of(self._host, bound)))
        self._base_url = url_of(self._host, bound)

    def _refuse_running(self) -> None:
        if self._entered:
            name = type(self).__name__
            raise RuntimeError(f"{name} is running already: leave it first")

    def _forget(self) -> None:
        self._base_url = None
        self._entered = False
