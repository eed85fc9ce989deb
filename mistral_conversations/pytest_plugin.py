"""Fixtures for pytest: a `LocalServer` for each test, and a client of it.

pytest loads this module in every run of whoever has the package installed, so it
imports ours only where a fixture is used.
"""

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_conversations import AsyncConversations, Conversations
    from mistral_conversations.server import LocalServer

__all__ = ["async_conversations", "conversations", "mistral_server"]

_API_KEY = "key-of-a-test"


@pytest.fixture
def mistral_server(monkeypatch: pytest.MonkeyPatch) -> "Iterator[LocalServer]":
    """Give a `LocalServer`, one for each test, which the environment points to.

    It echoes, unless the test says otherwise: `mistral_server.model = [say("Hi")]`.
    MISTRAL_BASE_URL and MISTRAL_API_KEY are set and NO_PROXY is extended, so that
    clients which are made during the test talk to it, and never to the service.
    """
    from mistral_conversations.server import LocalServer  # noqa: PLC0415

    with LocalServer() as server:
        _point_to(server, monkeypatch)
        yield server


@pytest.fixture
def async_conversations(
    mistral_server: "LocalServer", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[AsyncConversations]":
    """Give an `AsyncConversations` that talks to `mistral_server`.

    It serves every event loop of the test: anyio's, pytest-asyncio's, or that of an
    `asyncio.run()`. It is closed after the test, on a loop of its own: by then the
    loop of the test may be gone, and has closed its connections, or be paused, and
    closes them when it goes on or ends; neither may be run from here. One that still
    runs, in another thread, is asked to.
    """
    from anyio.from_thread import start_blocking_portal  # noqa: PLC0415

    from mistral_conversations import AsyncConversations  # noqa: PLC0415

    _point_to(mistral_server, monkeypatch)  # it may be the user's own
    key = os.environ["MISTRAL_API_KEY"]
    client = AsyncConversations(key, base_url=mistral_server.base_url)
    yield client
    with start_blocking_portal() as portal:
        portal.call(client.aclose)


@pytest.fixture
def conversations(
    mistral_server: "LocalServer", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Conversations]":
    """Give a `Conversations` that talks to `mistral_server`."""
    from mistral_conversations import Conversations  # noqa: PLC0415

    _point_to(mistral_server, monkeypatch)
    key = os.environ["MISTRAL_API_KEY"]
    with Conversations(key, base_url=mistral_server.base_url) as client:
        yield client


def _point_to(server: "LocalServer", monkeypatch: pytest.MonkeyPatch) -> None:
    """Make clients that go by the environment talk to this server."""
    monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
    monkeypatch.setenv("MISTRAL_API_KEY", server.api_key or _API_KEY)
    kept = {
        "NO_PROXY": os.environ.get("NO_PROXY", os.environ.get("no_proxy", "")),
        "no_proxy": os.environ.get("no_proxy", os.environ.get("NO_PROXY", "")),
    }
    for name, hosts in kept.items():
        monkeypatch.setenv(name, _with_host(hosts, urlsplit(server.base_url).hostname))


def _with_host(no_proxy: str, host: str | None) -> str:
    """Add the server's host to the hosts that need no proxy; `*` is all of them."""
    hosts = [name.strip() for name in no_proxy.split(",") if name.strip()]
    if "*" in hosts or host is None or host in hosts:
        return no_proxy
    return ",".join([*hosts, host])
