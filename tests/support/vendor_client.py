"""The vendor's blocking and async clients behind one interface."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from operator import attrgetter
from typing import Any, Protocol

import attrs
import pytest

REASON = "the vendor's client is not installed (the extra `vendor`)"
ALL: dict[str, Any] = {"metadata": None}
"""For `list`: without `metadata` the vendor's client sends an odd string in it."""


class Vendor(Protocol):
    def call(self, operation: str, /, **parameters: Any) -> Any:
        """Call an operation by its blocking name."""
        ...

    def streaming(
        self, operation: str, /, **parameters: Any
    ) -> AbstractContextManager[Iterator[Any]]:
        """Open a stream that yields the data of its events."""
        ...


def _data(event: Any) -> Any:
    assert event.event == event.data.type
    return event.data


@attrs.frozen
class BlockingVendor:
    _conversations: Any

    def call(self, operation: str, /, **parameters: Any) -> Any:
        return getattr(self._conversations, operation)(**parameters)

    @contextmanager
    def streaming(
        self, operation: str, /, **parameters: Any
    ) -> Iterator[Iterator[Any]]:
        with self.call(operation, **parameters) as stream:
            yield map(_data, stream)


@attrs.frozen
class AsyncVendor:
    _conversations: Any
    _runner: asyncio.Runner

    def call(self, operation: str, /, **parameters: Any) -> Any:
        method = getattr(self._conversations, f"{operation}_async")
        return self._runner.run(method(**parameters))

    @contextmanager
    def streaming(
        self, operation: str, /, **parameters: Any
    ) -> Iterator[Iterator[Any]]:
        stream = self.call(operation, **parameters)
        self._runner.run(stream.__aenter__())
        try:
            yield map(_data, iter(lambda: self._next(stream), None))
        finally:
            self._runner.run(stream.__aexit__(None, None, None))

    def _next(self, stream: Any) -> Any:
        async def one() -> Any:
            return await anext(stream, None)

        return self._runner.run(one())


class Served(Protocol):
    @property
    def base_url(self) -> str: ...


def client(server: Served, api_key: str = "key-of-a-test") -> Any:
    """Return the vendor's client for a server."""
    vendor = pytest.importorskip("mistralai.client", reason=REASON)
    return vendor.Mistral(
        api_key=api_key, server_url=server.base_url, timeout_ms=10_000
    )


@attrs.frozen
class Parts:
    """The parts of the vendor's client, each behind one interface."""

    _made: Any
    _runner: asyncio.Runner | None = None

    def __getitem__(self, path: str) -> Vendor:
        """Return the part of a path with dots."""
        part = attrgetter(path)(self._made)
        return AsyncVendor(part, self._runner) if self._runner else BlockingVendor(part)

    def download(self, file_id: str) -> bytes:
        """Return the content of a file, whose response the client leaves unread."""
        response = self["files"].call("download", file_id=file_id)
        read = self._runner.run(response.aread()) if self._runner else response.read()
        content: bytes = read
        return content


def open_blocking(stack: ExitStack, made: Any) -> Parts:
    """Open the client for blocking calls, until the stack is left."""
    return Parts(stack.enter_context(made))


def open_async(stack: ExitStack, made: Any) -> Parts:
    """Open the client for async calls, until the stack is left."""
    runner = stack.enter_context(asyncio.Runner(debug=True))
    runner.run(made.__aenter__())
    stack.callback(lambda: runner.run(made.__aexit__(None, None, None)))
    return Parts(made, runner)


def events_of(vendor: Vendor, operation: str, /, **parameters: Any) -> list[Any]:
    """Return all events of a stream."""
    with vendor.streaming(operation, **parameters) as events:
        return list(events)


def text_of(events: list[Any]) -> str:
    """Join the texts of a stream."""
    deltas = [e.content for e in events if e.type == "message.output.delta"]
    return "".join(text for text in deltas if isinstance(text, str))


def history_of(vendor: Vendor, conversation_id: str) -> list[Any]:
    """Return the entries of a conversation."""
    history = vendor.call("get_history", conversation_id=conversation_id)
    assert history.conversation_id == conversation_id
    entries: list[Any] = history.entries
    return entries
