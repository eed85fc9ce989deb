import gc
from collections.abc import Iterator

import pytest

from mistral_conversations import Conversations
from mistral_conversations.server import LocalServer
from mistral_conversations.sync.loop_thread import shared_loop
from tests.support.obedient_server import blocking_client, eventually, loop_threads


@pytest.fixture(autouse=True)
def no_thread_before() -> None:
    """End what a test that failed has left, so that no other fails for it."""
    if not loop_threads():
        return
    gc.collect()
    if not eventually(lambda: not loop_threads(), 0.2):
        shared_loop.end()
        shared_loop.forget()


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
def client(server: LocalServer) -> Iterator[Conversations]:
    with blocking_client(server) as client:
        yield client
