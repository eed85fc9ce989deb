import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from operator import attrgetter
from typing import Any

import attrs
import pytest

from mistral_conversations.server import LocalServer
from tests.support.vendor_client import (
    AsyncVendor,
    BlockingVendor,
    Vendor,
    client,
    open_async,
    open_blocking,
)

Serve = Callable[..., Vendor]


@pytest.fixture(params=[open_blocking, open_async], ids=["blocking", "async"])
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Run a server for the length of a test, with the vendor's client to call it."""
    with ExitStack() as stack:

        def run(*arguments: Any, key: str = "key-of-a-test", **settings: Any) -> Vendor:
            server = stack.enter_context(LocalServer(*arguments, **settings))
            vendor: Vendor = request.param(stack, client(server, key))
            return vendor

        yield run


@pytest.fixture
def vendor(serve: Serve) -> Vendor:
    """Call a server that echoes."""
    return serve()


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


OpenParts = Callable[..., Parts]


@pytest.fixture(params=["blocking", "async"])
def open_parts(request: pytest.FixtureRequest) -> Iterator[OpenParts]:
    """Run a server for the length of a test, with all of the vendor's client."""
    with ExitStack() as stack:

        def run(**settings: Any) -> Parts:
            server = stack.enter_context(LocalServer(**settings))
            made = client(server)
            if request.param == "blocking":
                return Parts(stack.enter_context(made))
            runner = stack.enter_context(asyncio.Runner(debug=True))
            runner.run(made.__aenter__())
            stack.callback(lambda: runner.run(made.__aexit__(None, None, None)))
            return Parts(made, runner)

        yield run
