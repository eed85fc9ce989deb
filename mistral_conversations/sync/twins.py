"""Blocking methods made of those of an async class."""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from types import GenericAlias
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

from mistral_conversations.stream import AsyncConversationStream, reader_of
from mistral_conversations.sync.paging import Pages
from mistral_conversations.sync.portal import Portal
from mistral_conversations.sync.stream import ConversationStream

if TYPE_CHECKING:
    from mistral_conversations._paging import AllPages

__all__ = ["Twin", "blocking", "iterating", "streaming"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
A = TypeVar("A")


class Twin(Generic[A]):
    """What blocks where its async twin awaits.

    Args:
        client: the async twin.
        portal: the way to its event loop.
    """

    def __init__(self, client: A, portal: Portal) -> None:
        self._client = client
        self._portal = portal


def blocking(
    method: Callable[Concatenate[A, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[Twin[A], P], R]:
    """Make the twin of a coroutine method."""

    @wraps(method)
    def call(self: Twin[A], /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._portal.call(method, self._client, *args, **kwargs)

    return _documented(call, method)


def streaming(
    method: Callable[Concatenate[A, P], AsyncConversationStream],
) -> Callable[Concatenate[Twin[A], P], ConversationStream]:
    """Make the twin of a method that gives a stream."""

    @wraps(method)
    def call(self: Twin[A], /, *args: P.args, **kwargs: P.kwargs) -> ConversationStream:
        stream = method(self._client, *args, **kwargs)
        return ConversationStream(reader_of(stream), self._portal)

    return _documented(call, method, ConversationStream)


def iterating(
    method: Callable[Concatenate[A, P], AsyncIterator[T]],
) -> Callable[Concatenate[Twin[A], P], Iterator[T]]:
    """Make the twin of a method that gives all pages of a list."""

    @wraps(method)
    def call(self: Twin[A], /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        pages = method(self._client, *args, **kwargs)
        return Pages(cast("AllPages[Any]", pages), self._portal)

    items = get_args(inspect.signature(method).return_annotation)
    return _documented(call, method, GenericAlias(Iterator, items))


def _documented(
    call: Callable[P, R], method: Callable[..., Any], answer: Any = None
) -> Callable[P, R]:
    """Let `help()` and notebooks tell the parameters, and what they mean."""
    signature = inspect.signature(method)
    if answer is not None:
        signature = signature.replace(return_annotation=answer)
        call.__annotations__ = {**method.__annotations__, "return": answer}
    vars(call)["__signature__"] = signature
    call.__qualname__ = method.__qualname__.removeprefix("Async")
    call.__doc__ = f"Blocking twin of `{method.__qualname__}`.\n\n{method.__doc__}"
    return call
