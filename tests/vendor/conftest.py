from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from tests.support.vendor_client import (
    Parts,
    Vendor,
    client,
    open_async,
    open_blocking,
)

OpenParts = Callable[..., Parts]
Serve = Callable[..., Vendor]


@pytest.fixture(params=[open_blocking, open_async], ids=["blocking", "async"])
def open_parts(request: pytest.FixtureRequest) -> Iterator[OpenParts]:
    """Run a server for the length of a test, with all of the vendor's client."""
    with ExitStack() as stack:

        def run(*arguments: Any, key: str = "key-of-a-test", **settings: Any) -> Parts:
            server = stack.enter_context(LocalServer(*arguments, **settings))
            parts: Parts = request.param(stack, client(server, key))
            return parts

        yield run


@pytest.fixture
def serve(open_parts: OpenParts) -> Serve:
    """Run a server, with the vendor's client of conversations to call it."""

    def run(*arguments: Any, **settings: Any) -> Vendor:
        return open_parts(*arguments, **settings)["beta.conversations"]

    return run


@pytest.fixture
def vendor(serve: Serve) -> Vendor:
    """Call a server that echoes."""
    return serve()
