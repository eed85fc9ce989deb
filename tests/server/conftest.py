from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mistral_conversations.server import LocalServer
from tests.support.local.http_caller import Caller, Serve


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """Run a server that echoes."""
    with LocalServer() as server:
        yield server


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Run servers for the length of a test."""
    with ExitStack() as stack:

        def run(*arguments: Any, **settings: Any) -> Caller:
            server = stack.enter_context(LocalServer(*arguments, **settings))
            return Caller(server.base_url)

        yield run


@pytest.fixture
def caller(serve: Serve) -> Caller:
    """Call a server that echoes."""
    return serve()
