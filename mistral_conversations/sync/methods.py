"""Blocking methods made from those of an async class."""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from copy import copy
from functools import partial, wraps
from types import FunctionType, GenericAlias
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    TypeVar,
    cast,
    get_args,
)

import attrs

from mistral_conversations._operations import check_keywords, undecorated
from mistral_conversations._traceback import short_traceback
from mistral_conversations.errors import MistralConversationsError
from mistral_conversations.stream import AsyncConversationStream, reader_of
from mistral_conversations.sync.caller_thread import CallerThread
from mistral_conversations.sync.help import describe
from mistral_conversations.sync.paging import Pages
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.run_errors import make_blocking
from mistral_conversations.sync.stream import ConversationStream

if TYPE_CHECKING:
    from mistral_conversations._paging import Portions
    from mistral_conversations.batch.async_batch import AsyncBatch
    from mistral_conversations.chat.async_chat import AsyncChat
    from mistral_conversations.chat.client import ChatClient
    from mistral_conversations.conversations import AsyncConversations
    from mistral_conversations.runs.streaming.stream import AsyncRunStream
    from mistral_conversations.sync.batch import Batch
    from mistral_conversations.sync.chat import Chat
    from mistral_conversations.sync.runs import RunStream

__all__ = [
    "Bridge",
    "Facade",
    "batching",
    "blocking",
    "called_by",
    "chatting",
    "iterating",
    "running",
    "streaming",
    "streaming_run",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
A = TypeVar("A")


@attrs.frozen(kw_only=True)
class Bridge(Generic[A]):
    """An async client, and the portal through which threads reach it."""

    client: A
    portal: Portal
    is_view: bool = False
    """Whether another client owns the portal, and closes it."""


class Facade(Generic[A]):
    """An object whose methods block where those of its async twin are awaited."""

    _bridge: Bridge[A]


def blocking(
    method: Callable[Concatenate[A, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[Facade[A], P], R]:
    """Return the blocking twin of a coroutine method."""
    inner = _twin(method)

    @wraps(method)
    def call(self: Facade[A], /, *args: P.args, **kwargs: P.kwargs) -> R:
        __tracebackhide__ = True
        bridge = self._bridge
        with short_traceback:
            check_keywords(call, kwargs)
            return bridge.portal.call(inner, bridge.client, *args, **kwargs)

    return describe(call, method)


def running(
    method: Callable[Concatenate["AsyncConversations", P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[Facade["AsyncConversations"], P], R]:
    """Return the blocking twin of a run, which can call functions in this thread."""
    inner = _twin(method)

    @wraps(method)
    def call(
        self: Facade["AsyncConversations"], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        __tracebackhide__ = True
        portal, caller = self._bridge.portal, CallerThread()
        client = called_by(caller, self._bridge.client)
        with short_traceback:
            check_keywords(call, kwargs)
            try:
                return portal.call_for(caller, partial(inner, client, *args, **kwargs))
            except MistralConversationsError as error:
                make_blocking(error, portal)
                raise

    return describe(call, method)


def streaming_run(
    method: Callable[Concatenate["AsyncConversations", P], "AsyncRunStream"],
) -> Callable[Concatenate[Facade["AsyncConversations"], P], "RunStream"]:
    """Return the blocking twin of a streamed run."""
    inner = _twin(method)

    @wraps(method)
    def call(
        self: Facade["AsyncConversations"], /, *args: P.args, **kwargs: P.kwargs
    ) -> "RunStream":
        from mistral_conversations.runs.streaming.stream import run_reader_of  # noqa: PLC0415
        from mistral_conversations.sync.runs import RunStream  # noqa: PLC0415

        __tracebackhide__ = True
        portal, caller = self._bridge.portal, CallerThread()
        client = called_by(caller, self._bridge.client)
        with short_traceback:
            check_keywords(call, kwargs)
            run = inner(client, *args, **kwargs)
        return RunStream(run_reader_of(run), portal, caller)

    return describe(call, method, "RunStream")


def chatting(
    method: Callable[Concatenate["AsyncConversations", P], "AsyncChat"],
) -> Callable[Concatenate[Facade["AsyncConversations"], P], "Chat"]:
    """Return the blocking twin of a method that returns a chat."""
    inner = _twin(method)

    @wraps(method)
    def call(
        self: Facade["AsyncConversations"], /, *args: P.args, **kwargs: P.kwargs
    ) -> "Chat":
        from mistral_conversations.sync.chat import Chat  # noqa: PLC0415

        __tracebackhide__ = True
        portal, client = self._bridge.portal, self._bridge.client

        def client_of(caller: CallerThread) -> "ChatClient":
            return called_by(caller, client)._chat_client()  # noqa: SLF001 - of this package

        with short_traceback:
            check_keywords(call, kwargs)
            return Chat(inner(client, *args, **kwargs), portal, client_of)

    return describe(call, method, "Chat")


def batching(
    method: Callable[Concatenate["AsyncConversations", P], "AsyncBatch"],
) -> Callable[Concatenate[Facade["AsyncConversations"], P], "Batch"]:
    """Return the blocking twin of a method that returns a batch."""
    inner = _twin(method)

    @wraps(method)
    def call(
        self: Facade["AsyncConversations"], /, *args: P.args, **kwargs: P.kwargs
    ) -> "Batch":
        from mistral_conversations.batch.async_batch import source_of_batch  # noqa: PLC0415
        from mistral_conversations.sync.batch import Batch  # noqa: PLC0415

        __tracebackhide__ = True
        portal, caller = self._bridge.portal, CallerThread()
        client = called_by(caller, self._bridge.client)
        with short_traceback:
            check_keywords(call, kwargs)
            batch = inner(client, *args, **kwargs)
        return Batch(source_of_batch(batch), portal, caller)

    return describe(call, method, "Batch")


def called_by(
    caller: CallerThread, client: "AsyncConversations"
) -> "AsyncConversations":
    """Return a client whose runs call functions in a thread that waits for them."""
    made = copy(client)
    made._caller = caller  # noqa: SLF001 - a client of this package
    return made


def streaming(
    method: Callable[Concatenate[A, P], AsyncConversationStream],
) -> Callable[Concatenate[Facade[A], P], ConversationStream]:
    """Return the blocking twin of a method that returns a stream."""
    inner = _twin(method)

    @wraps(method)
    def call(
        self: Facade[A], /, *args: P.args, **kwargs: P.kwargs
    ) -> ConversationStream:
        __tracebackhide__ = True
        with short_traceback:
            check_keywords(call, kwargs)
            stream = inner(self._bridge.client, *args, **kwargs)
        return ConversationStream(reader_of(stream), self._bridge.portal)

    return describe(call, method, ConversationStream)


def iterating(
    method: Callable[Concatenate[A, P], AsyncIterator[T]],
) -> Callable[Concatenate[Facade[A], P], Iterator[T]]:
    """Return the blocking twin of a method that returns an iterator in portions."""
    inner = _twin(method)

    @wraps(method)
    def call(self: Facade[A], /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        __tracebackhide__ = True
        with short_traceback:
            check_keywords(call, kwargs)
            pages = inner(self._bridge.client, *args, **kwargs)
        return Pages(cast("Portions[Any]", pages), self._bridge.portal)

    items = get_args(inspect.signature(method).return_annotation)
    return describe(call, method, GenericAlias(Iterator, items))


def _twin(method: Callable[P, T]) -> Callable[P, T]:
    """Return an async method that errors call by the name of its blocking twin."""
    inner: Any = undecorated(method)
    made: Any = FunctionType(
        inner.__code__, inner.__globals__, inner.__name__, inner.__defaults__
    )
    made.__kwdefaults__ = inner.__kwdefaults__
    made.__qualname__ = inner.__qualname__.removeprefix("Async")
    return cast("Callable[P, T]", made)
