"""Fixtures for pytest: a `LocalServer` or a cassette for each test, and clients of it.

pytest loads this module in every run if the package is installed, so it imports the
package only when a fixture is used.
"""

import os
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from mistral_conversations import AsyncConversations, Conversations, RetryPolicy
    from mistral_conversations.server import (
        LocalServer,
        RecordingServer,
        ReplayingServer,
    )

    Server: TypeAlias = LocalServer | RecordingServer | ReplayingServer

__all__ = ["async_conversations", "conversations", "mistral_server"]

_API_KEY = "key-of-a-test"
_FIRST_DELAY = 0.01
_SERVER = "mistral_server"
_CASSETTE = "mistral_cassette"
_STRICT = "mistral_server_strict"
_RECORD = "mistral_record"
_MODES = ("none", "once", "new", "all")
_HAS_PASSED = pytest.StashKey[bool]()


class _FailedTestError(Exception):
    """Leaves a server whose test has failed, which is enough: nothing is unused."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for strict servers and for cassettes to pytest's."""
    text = "whether a test fails if part of its server's script or a trouble is unused"
    parser.addini(
        _STRICT, f"{text}, or part of its cassette", type="bool", default=False
    )
    text = (
        "which requests of tests with a cassette reach the service and are recorded: "
        "none, those of tests without a cassette (once), those not recorded (new), all"
    )
    parser.addini(_RECORD, f"default of --mistral-record: {text}", default="none")
    group = parser.getgroup("mistral_conversations")
    group.addoption("--mistral-record", choices=_MODES, dest=_RECORD, help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers that configure the server of a test."""
    mode = config.getini(_RECORD)
    if mode not in _MODES:
        raise pytest.UsageError(
            f"{_RECORD} must be one of {', '.join(_MODES)}, not {mode!r}"
        )
    text = "the arguments of LocalServer for the fixture mistral_server"
    config.addinivalue_line("markers", f"{_SERVER}(model=None, **settings): {text}")
    arguments = (
        "path=None, *, match=None, ignore=(), redact=None, speed=0, strict=False, "
        "upstream=None"
    )
    text = "record the service, and replay it, with a file for each test"
    config.addinivalue_line("markers", f"{_CASSETTE}({arguments}): {text}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> None:
    """Remember whether a test has passed."""
    if call.when == "call":
        item.stash[_HAS_PASSED] = call.excinfo is None


@pytest.fixture(autouse=True)
def _mistral_cassette(request: pytest.FixtureRequest) -> None:
    """Run the server of a test with a cassette, even if the test names no fixture."""
    if request.node.get_closest_marker(_CASSETTE) is None:
        return
    from mistral_conversations.pytest_plugin.cassettes import (  # noqa: PLC0415
        check_server,
    )

    check_server(request.getfixturevalue("mistral_server"))


@pytest.fixture
def mistral_server(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Server]":
    """Run a `LocalServer` for one test, and point the environment to it.

    It echoes unless the test scripts it: `mistral_server.model = [say("Hi")]`.
    MISTRAL_BASE_URL and MISTRAL_API_KEY are set and NO_PROXY is extended, so that
    clients made during the test talk to this server, never to the service.

    The marker `@pytest.mark.mistral_server(...)` takes the arguments of `LocalServer`.
    With `strict=True`, or `mistral_server_strict = true` in pytest's configuration, a
    test that passes but leaves part of the script or a trouble unused is an error.

    With the marker `@pytest.mark.mistral_cassette`, the server is a `ReplayingServer`
    that answers from the cassette of the test, or, with `--mistral-record`, a
    `RecordingServer` in front of the service, which gets the MISTRAL_API_KEY of the
    environment. The marker needs no fixture.
    """
    with suppress(_FailedTestError), _server_of(request) as server:
        _point_to(server, monkeypatch)
        yield server
        if not request.node.stash.get(_HAS_PASSED, False):
            raise _FailedTestError


@pytest.fixture
def async_conversations(
    mistral_server: "Server", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[AsyncConversations]":
    """Yield an `AsyncConversations` that talks to `mistral_server`.

    Its retries wait for hundredths of a second, not for seconds, except while a
    cassette is recorded.

    It works on every event loop of the test: anyio's, pytest-asyncio's, or that of an
    `asyncio.run()`. After the test, it is closed on a separate loop. By then the test's
    own loop may have stopped, which has closed its connections, or be paused, in which
    case it closes them when it resumes or stops; this fixture must not run either. A
    loop that still runs in another thread is asked to close its own.
    """
    from anyio.from_thread import start_blocking_portal  # noqa: PLC0415

    from mistral_conversations import AsyncConversations  # noqa: PLC0415

    _point_to(mistral_server, monkeypatch)  # a user may override `mistral_server`
    key = os.environ["MISTRAL_API_KEY"]
    client = AsyncConversations(
        key,
        base_url=mistral_server.base_url,
        retries=_retries(mistral_server),
    )
    yield client
    with start_blocking_portal() as portal:
        portal.call(client.aclose)


@pytest.fixture
def conversations(
    mistral_server: "Server", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Conversations]":
    """Yield a `Conversations` that talks to `mistral_server`.

    Its retries wait for hundredths of a second, not for seconds, except while a
    cassette is recorded.
    """
    from mistral_conversations import Conversations  # noqa: PLC0415

    _point_to(mistral_server, monkeypatch)
    key = os.environ["MISTRAL_API_KEY"]
    with Conversations(
        key,
        base_url=mistral_server.base_url,
        retries=_retries(mistral_server),
    ) as client:
        yield client


def _server_of(request: pytest.FixtureRequest) -> "AbstractContextManager[Server]":
    """Return the server that the markers of a test describe, not yet running."""
    marker = request.node.get_closest_marker(_SERVER)
    strict = request.config.getini(_STRICT)
    if request.node.get_closest_marker(_CASSETTE) is not None:
        if marker is not None:
            pytest.fail(
                f"use one of the markers {_SERVER} and {_CASSETTE}", pytrace=False
            )
        return _cassette_of(request, strict)
    from mistral_conversations.server import LocalServer  # noqa: PLC0415

    args, settings = ((), {}) if marker is None else (marker.args, marker.kwargs)
    return LocalServer(*args, **{"strict": strict, **settings})


def _cassette_of(
    request: pytest.FixtureRequest, strict: bool
) -> "AbstractContextManager[Server]":
    from mistral_conversations.pytest_plugin.cassettes import (  # noqa: PLC0415
        server_with_cassette,
    )

    mode = request.config.getoption(_RECORD) or request.config.getini(_RECORD)
    return server_with_cassette(request.node, _CASSETTE, mode, strict=strict)


def _records(server: "Server") -> bool:
    """Check whether requests reach the service: with the user's key, at its pace."""
    from mistral_conversations.server import RecordingServer  # noqa: PLC0415

    return isinstance(server, RecordingServer)


def _retries(server: "Server") -> "RetryPolicy":
    from mistral_conversations import RetryPolicy  # noqa: PLC0415

    return RetryPolicy() if _records(server) else RetryPolicy(first_delay=_FIRST_DELAY)


def _point_to(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment so that new clients talk to this server."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    monkeypatch.setenv("MISTRAL_BASE_URL", server.base_url)
    if not _records(server):
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
