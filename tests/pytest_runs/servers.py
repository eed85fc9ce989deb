"""A new server for each test, and nothing left of it."""

import asyncio
import os
import threading

import pytest

from mistral_conversations import (
    AsyncConversations,
    ConfigurationError,
    Conversations,
)
from mistral_conversations.server import LocalServer, say
from tests.pytest_runs.asking import application, ask, is_closed, refuses

servers: list[LocalServer] = []
blocking: list[Conversations] = []
failed: list[tuple[str, AsyncConversations]] = []


def environment() -> dict[str, str]:
    own = "PYTEST_CURRENT_TEST"
    return {name: value for name, value in os.environ.items() if name != own}


before = environment()


@pytest.fixture
def scripted(mistral_server: LocalServer) -> None:
    mistral_server.model = [say("Hi")]


def test_the_environment_points_to_the_server(mistral_server: LocalServer) -> None:
    now = environment()
    changed = {name for name, value in now.items() if value != before.get(name)}
    assert changed == {"MISTRAL_API_KEY", "MISTRAL_BASE_URL", "NO_PROXY", "no_proxy"}
    assert now["MISTRAL_BASE_URL"] == mistral_server.base_url


def test_an_application_with_its_own_client(mistral_server: LocalServer) -> None:
    assert asyncio.run(application()) == "Hello there"
    mistral_server.model = [say("Scripted")]
    assert asyncio.run(application()) == "Scripted"
    servers.append(mistral_server)


def test_the_next_test_has_a_new_server(
    mistral_server: LocalServer, async_conversations: AsyncConversations
) -> None:
    assert mistral_server is not servers.pop()
    assert len(asyncio.run(async_conversations.list())) == 0
    assert asyncio.run(application()) == "Hello there"


@pytest.mark.usefixtures("scripted")
def test_a_blocking_client(conversations: Conversations) -> None:
    assert conversations.start("Hello", model="m").text == "Hi"
    blocking.append(conversations)


def test_the_blocking_client_was_closed() -> None:
    with pytest.raises(ConfigurationError, match="closed"):
        blocking.pop().list()


@pytest.mark.usefixtures("scripted")
def test_a_fixture_sets_the_script(async_conversations: AsyncConversations) -> None:
    assert asyncio.run(ask(async_conversations)) == "Hi"


def test_that_fails(
    mistral_server: LocalServer, async_conversations: AsyncConversations
) -> None:
    asyncio.run(ask(async_conversations))
    failed.append((mistral_server.base_url, async_conversations))
    pytest.fail("on purpose")


def test_nothing_is_left_of_a_test_that_failed() -> None:
    base_url, client = failed.pop()
    assert refuses(base_url)
    assert is_closed(client)
    assert threading.active_count() == 1


def test_the_environment_is_as_before() -> None:
    assert environment() == before
