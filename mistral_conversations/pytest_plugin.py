"""Fixtures for pytest: a `LocalServer` for each test, and clients of it.

pytest loads this module in every run if the package is installed, so it imports the
package only when a fixture is used.
"""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_conversations import AsyncConversations, Conversations
    from mistral_conversations.server import LocalServer

__all__ = ["async_conversations", "conversations", "mistral_server"]

_API_KEY = "key-of-a-test"
_FIRST_DELAY = 0.01
_MARKER = "mistral_server"
_STRICT = "mistral_server_strict"
_HAS_PASSED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for strict servers to pytest's configuration."""
    text = "whether a test fails if part of its server's script or a trouble is unused"
    parser.addini(_STRICT, text, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that configures the server of a test."""
    text = "the arguments of LocalServer for the fixture mistral_server"
    config.addinivalue_line("markers", f"{_MARKER}(model=None, **settings): {text}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> None:
    """Remember whether a test has passed."""
    if call.when == "call":
        item.stash[_HAS_PASSED] = call.excinfo is None


@pytest.fixture
def mistral_server(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[LocalServer]":
    """Run a `LocalServer` for one test, and point the environment to it.

    It echoes unless the test scripts it: `mistral_server.model = [say("Hi")]`.
    MISTRAL_BASE_URL and MISTRAL_API_KEY are set and NO_PROXY is extended, so that
    clients made during the test talk to this server, never to the service.

    The marker `@pytest.mark.mistral_server(...)` takes the arguments of `LocalServer`.
    With `strict=True`, or `mistral_server_strict = true` in pytest's configuration, a
    test that passes but leaves part of the script or a trouble unused is an error.
    """
    from mistral_conversations.server import LocalServer  # noqa: PLC0415

    marker = request.node.get_closest_marker(_MARKER)
    args, settings = ((), {}) if marker is None else (marker.args, marker.kwargs)
    strict = request.config.getini(_STRICT)
    with LocalServer(*args, **{"strict": strict, **settings}) as server:
        _point_to(server, monkeypatch)
        yield server
        if not request.node.stash.get(_HAS_PASSED, False):  # its own failure is enough
            server.model = None
            server.forgive()


@pytest.fixture
def async_conversations(
    mistral_server: "LocalServer", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[AsyncConversations]":
    """Yield an `AsyncConversations` that talks to `mistral_server`.

    Its retries wait for hundredths of a second, not for seconds.

    It works on every event loop of the test: anyio's, pytest-asyncio's, or that of an
    `asyncio.run()`. After the test, it is closed on a separate loop. By then the test's
    own loop may have stopped, which has closed its connections, or be paused, in which
    case it closes them when it resumes or stops; this fixture must not run either. A
    loop that still runs in another thread is asked to close its own.
    """
    from anyio.from_thread import start_blocking_portal  # noqa: PLC0415

    from mistral_conversations import (  # noqa: PLC0415
        AsyncConversations,
        RetryPolicy,
    )

    _point_to(mistral_server, monkeypatch)  # a user may override `mistral_server`
    key = os.environ["MISTRAL_API_KEY"]
    client = AsyncConversations(
        key,
        base_url=mistral_server.base_url,
        retries=RetryPolicy(first_delay=_FIRST_DELAY),
    )
    yield client
    with start_blocking_portal() as portal:
        portal.call(client.aclose)


@pytest.fixture
def conversations(
    mistral_server: "LocalServer", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Conversations]":
    """Yield a `Conversations` that talks to `mistral_server`.

    Its retries wait for hundredths of a second, not for seconds.
    """
    from mistral_conversations import Conversations, RetryPolicy  # noqa: PLC0415

    _point_to(mistral_server, monkeypatch)
    key = os.environ["MISTRAL_API_KEY"]
    with Conversations(
        key,
        base_url=mistral_server.base_url,
        retries=RetryPolicy(first_delay=_FIRST_DELAY),
    ) as client:
        yield client


def _point_to(server: "LocalServer", monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment so that new clients talk to this server."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
    monkeypatch.setenv("MISTRAL_API_KEY", server.api_key or _API_KEY)
    kept = {
        "NO_PROXY": os.environ.get("NO_PROXY", os.environ.get("no_proxy", "")),
        "no_proxy": os.environ.get("no_proxy", os.environ.get("NO_PROXY", "")),
    }
    for name, hosts in kept.items():
        monkeypatch.setenv(name, _with_host(hosts, urlsplit(server.base_url).hostname))


def _with_host(no_proxy: str, host: str | None) -> str:
    """Add the server's host to the hosts that bypass the proxy; `*` covers all."""
    hosts = [name.strip() for name in no_proxy.split(",") if name.strip()]
    if "*" in hosts or host is None or host in hosts:
        return no_proxy
    return ",".join([*hosts, host])
