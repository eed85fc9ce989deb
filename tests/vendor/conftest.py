from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from tests.support.vendor_client import Vendor, client, open_async, open_blocking

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
