"""`LocalServer`: from a `with` to a listening socket and back."""

import asyncio
import logging
import math
import re
from contextlib import AsyncExitStack, ExitStack
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self

import attrs
from aiohttp import web
from anyio.from_thread import start_blocking_portal

from mistral_conversations.server.agents.operations import AgentOperations
from mistral_conversations.server.agents.store import Agents
from mistral_conversations.server.answering import Model, ModelFunction, model_function
from mistral_conversations.server.application import Service
from mistral_conversations.server.conversing import Conversing
from mistral_conversations.server.guard import Guard
from mistral_conversations.server.libraries.operations import LibraryOperations
from mistral_conversations.server.libraries.records import RecordedLibrary
from mistral_conversations.server.libraries.shelf import Shelf
from mistral_conversations.server.records import (
    RecordedAgent,
    RecordedConversation,
    RecordedRequest,
)
from mistral_conversations.server.trouble import Condition, Trouble
from mistral_conversations.server.writing import Pace

__all__ = ["LocalServer"]

# What is no HTTP is the client's fault, and answered with 400.
_http_logger = logging.getLogger("mistral_conversations.server.http")
_http_logger.setLevel(logging.CRITICAL)

# Seconds that an open stream has to end by itself; after them it is cancelled.
_GRACE = 0.05

_KEY = re.compile(r"[!-~]+")

# What the wildcards, which listen everywhere, are reached by.
_REACHED_BY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a key is needed

# Connections that wait to be accepted: a thousand streams may begin at once.
_BACKLOG = 1024


def _host(_: object, __: object, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"host must be a str, not {type(value).__name__}")
    if not value.strip():
        raise ValueError("host is blank: give 127.0.0.1, or 0.0.0.0 for all")


def _port(_: object, __: object, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"port must be an int, not {type(value).__name__}")
    if not 0 <= value < 2**16:
        raise ValueError(f"port must be from 0 to 65535, not {value}")


def _api_key(_: object, __: object, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"api_key must be a str or None, not {type(value).__name__}")
    if value is not None and not _KEY.fullmatch(value):
        raise ValueError("api_key must be of visible ASCII characters, one at least")


def _seconds(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    name = field.alias
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be seconds, not {type(value).__name__}")
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} must be 0 seconds or more, not {value}")


@attrs.define(eq=False, repr=False)
class LocalServer:
    """The Conversations API on this machine, with an echo or a model of your own.

    `async with LocalServer() as server:` runs it on the running loop, `with` on a
    thread of its own, where it serves blocking and async callers alike. Leaving ends
    what is still open. Conversations, agents and libraries live as long as the object
    does, and so does the place in the script: entering again goes on with them.

    A conversation that is started with an agent made here has its model, instructions
    and tools, and keeps to the version it began with. The id of an agent that was never
    made here is taken for that of one which lives elsewhere.

    Args:
        model: who answers. A list of turns, each of which answers one request, such
            as `say("Hello")`, `[think("Hm"), call("f", x=1)]`, or
            `[execute("document_library"), cite()]`, which answers out of the documents;
            a request beyond the last is answered with 500, which says so. Or a
            function, plain or async, of a `RecordedConversation` and a
            `RecordedRequest`, that gives a turn, or an async generator of pieces. It
            runs on the server's loop, goes on when its caller has gone, and must heed
            its cancellation when the server is left. If a function raises, the answer
            is 500; what an async generator raises ends the answer as `fail()` does.
            None echoes the user's last text.
        host: where to listen.
        port: 0 takes a free one, another one each time the server is entered.
        api_key: the only key that is accepted; None accepts any, and is refused for a
            host that other machines can reach.
        latency: seconds before each event of a stream, and before a plain answer.
        busy_after_drop: seconds for which a conversation stays busy (409) after its
            caller has gone in the middle of an answer; the answer is stored then. The
            service was seen to take up to 90. At 0 it is busy until the model is done.
        processing: seconds for which a document is processed after its upload. At 0 the
            upload still answers `Running`, and the next request finds it `Completed`.

    Raises:
        TypeError: the script is none (the message names the place), or another
            parameter is of a wrong type.
        ValueError: a turn goes on after its failure; a port or a number of seconds
            that is none; a host that is not this machine alone, without an api_key.
    """

    _model: Model | None = attrs.field(default=None, alias="model")
    _host: str = attrs.field(
        default="127.0.0.1", alias="host", kw_only=True, validator=_host
    )
    _port: int = attrs.field(default=0, alias="port", kw_only=True, validator=_port)
    _api_key: str | None = attrs.field(
        default=None, alias="api_key", kw_only=True, validator=_api_key
    )
    _latency: float = attrs.field(
        default=0.0, alias="latency", kw_only=True, validator=_seconds
    )
    _busy_after_drop: float = attrs.field(
        default=0.0, alias="busy_after_drop", kw_only=True, validator=_seconds
    )
    _processing: float = attrs.field(
        default=0.0, alias="processing", kw_only=True, validator=_seconds
    )
    _service: Service = attrs.field(init=False)
    _entered: bool = attrs.field(default=False, init=False)
    _base_url: str | None = attrs.field(default=None, init=False)
    _open: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False)
    _thread: ExitStack = attrs.field(factory=ExitStack, init=False)

    def __attrs_post_init__(self) -> None:
        """Refuse to let other machines in without a key; make the service."""
        if self._api_key is None and not _is_loopback(self._host):
            raise ValueError(
                f"host {self._host!r} lets other machines in: give an api_key"
            )
        pace = Pace(self._latency, self._busy_after_drop)
        model = model_function(self._model)
        shelf = Shelf(self._processing)
        agents = Agents()
        self._service = Service(
            Guard(self._api_key),
            Conversing(model, pace, agents, shelf),
            AgentOperations(agents),
            LibraryOperations(shelf),
        )

    @property
    def api_key(self) -> str | None:
        """The only key that is accepted; None where any is."""
        return self._api_key

    @property
    def model(self) -> ModelFunction:
        """Who answers; it may be set, to what `LocalServer(model=...)` takes.

        The next request is answered by it, and a script is played from its start.
        """
        return self._service.conversing.model

    @model.setter
    def model(self, model: Model | None) -> None:
        self._service.conversing.model = model_function(model)

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """What was asked, in the order of arrival.

        The newest 10,000 requests are kept, or fewer: those with 64 MiB of bodies.
        """
        return self._service.guard.journal.requests()

    @property
    def conversations(self) -> tuple[RecordedConversation, ...]:
        """The conversations as they stand now, in the order in which they began."""
        return self._service.conversing.store.records()

    @property
    def agents(self) -> tuple[RecordedAgent, ...]:
        """The agents as they are now, with their versions, the oldest first."""
        return self._service.agents.agents.records()

    @property
    def libraries(self) -> tuple[RecordedLibrary, ...]:
        """The libraries with their documents as they stand now, the oldest first."""
        return self._service.libraries.shelf.records()

    def inflict(
        self,
        trouble: Trouble,
        *,
        times: int | None = 1,
        when: Condition | None = None,
    ) -> None:
        """Get requests into trouble. A request has the trouble of one rule alone.

        Args:
            trouble: what goes wrong.
            times: with how many requests; None is with all that come.
            when: a function that tells by a `RecordedRequest` whether it is one of
                them; None is any.

        Raises:
            TypeError, ValueError: a parameter is none of these.
        """
        self._service.guard.troubles.add(trouble, times, when)

    def forgive(self) -> None:
        """Let no more requests get into trouble."""
        self._service.guard.troubles.clear()

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
        runner = web.AppRunner(
            self._service.application(),
            access_log=None,
            logger=_http_logger,
            auto_decompress=False,
            handler_cancellation=True,
            shutdown_timeout=_GRACE,
        )
        # The loop closes sockets one round after it was told to.
        stack.push_async_callback(asyncio.sleep, 0)
        stack.push_async_callback(self._service.aclose)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, self._host, self._port, backlog=_BACKLOG).start()
        name = _REACHED_BY.get(self._host, self._host)
        host = f"[{name}]" if ":" in name else name
        return f"http://{host}:{runner.addresses[0][1]}"

    def _forget(self) -> None:
        self._base_url = None
        self._entered = False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
