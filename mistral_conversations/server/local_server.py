"""`LocalServer`: from a `with` to a listening socket and back."""

import asyncio
import math
from contextlib import AsyncExitStack, ExitStack
from types import TracebackType
from typing import Any, Self

import attrs
from aiohttp import web
from anyio.from_thread import start_blocking_portal

from mistral_conversations.server.application import Service
from mistral_conversations.server.script import Answerer, answerer
from mistral_conversations.server.store import Store

__all__ = ["LocalServer"]

# Seconds that an open stream has to end by itself; after them it is cancelled.
_GRACE = 0.05


def _host(_: object, __: object, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"host must be a str, not {type(value).__name__}")


def _port(_: object, __: object, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"port must be an int, not {type(value).__name__}")
    if not 0 <= value < 2**16:
        raise ValueError(f"port must be from 0 to 65535, not {value}")


def _api_key(_: object, __: object, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"api_key must be a str or None, not {type(value).__name__}")


def _latency(_: object, __: object, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"latency must be seconds, not {type(value).__name__}")
    if not 0 <= value < math.inf:
        raise ValueError(f"latency must be 0 seconds or more, not {value}")


@attrs.define(eq=False, repr=False)
class LocalServer:
    """The Conversations API on this machine, with a scripted model or an echo.

    `async with LocalServer() as server:` runs it on the running loop, `with` on a
    thread of its own, where it serves blocking and async callers alike. Leaving ends
    what is still open. The conversations live as long as the object does, and so does
    the place in the script: entering again goes on with both.

    Args:
        model: the turns that answer one request each, such as `say("Hello")` or
            `[think("Hm"), call("f", x=1)]`; None echoes the user's last text. A
            request beyond the last turn is answered with 500, which says so.
        host: where to listen.
        port: 0 takes a free one, another one each time the server is entered.
        api_key: the only key that is accepted; None accepts any.
        latency: seconds before each event of a stream, and before a plain answer.

    Raises:
        TypeError: the script is none (the message names the place), or another
            parameter is of a wrong type.
        ValueError: a turn goes on after its failure; a port or a latency that is none.
    """

    _model: Answerer = attrs.field(default=None, converter=answerer, alias="model")
    _host: str = attrs.field(
        default="127.0.0.1", alias="host", kw_only=True, validator=_host
    )
    _port: int = attrs.field(default=0, alias="port", kw_only=True, validator=_port)
    _api_key: str | None = attrs.field(
        default=None, alias="api_key", kw_only=True, validator=_api_key
    )
    _latency: float = attrs.field(
        default=0.0, alias="latency", kw_only=True, validator=_latency
    )
    _store: Store = attrs.field(factory=Store, init=False)
    _entered: bool = attrs.field(default=False, init=False)
    _base_url: str | None = attrs.field(default=None, init=False)
    _open: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)
    _thread: ExitStack = attrs.field(factory=ExitStack, init=False)

    @property
    def base_url(self) -> str:
        """Where it listens, without `/v1`: `http://127.0.0.1:PORT`.

        Raises:
            RuntimeError: the server is not entered.
        """
        if self._base_url is None:
            raise RuntimeError("LocalServer is not running: enter it by `with` first")
        return self._base_url

    async def __aenter__(self) -> Self:
        """Listen, on the running loop.

        Raises:
            RuntimeError: the server is entered already.
            OSError: it cannot listen there; the port may be taken.
        """
        self._refuse_entered()
        self._entered = True
        async with AsyncExitStack() as stack:
            stack.callback(self._forget)
            self._base_url = await self._listen(stack)
            self._open = stack.pop_all()
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop listening, and end what is open."""
        await self._open.aclose()

    def __enter__(self) -> Self:
        """Listen, on a thread.

        Raises:
            RuntimeError: the server is entered already.
            OSError: it cannot listen there; the port may be taken.
        """
        self._refuse_entered()
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
        """Stop listening, end what is open, and wait for the thread."""
        self._thread.__exit__(type_, error, traceback)

    def _refuse_entered(self) -> None:
        if self._entered:
            raise RuntimeError("LocalServer is running already: leave it first")

    async def _listen(self, stack: AsyncExitStack) -> str:
        service = Service(self._model, self._store, self._api_key, self._latency)
        runner = web.AppRunner(
            service.application(),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_GRACE,
        )
        # The loop closes sockets one round after it was told to.
        stack.push_async_callback(asyncio.sleep, 0)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, self._host, self._port).start()
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{runner.addresses[0][1]}"

    def _forget(self) -> None:
        self._base_url = None
        self._entered = False
