"""Clients for the commands: of the service, or of a server in this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mistral_conversations import ConfigurationError, Conversations, Mistral
from mistral_conversations._transport.credentials import API_KEY_VARIABLE

__all__ = ["conversations_client", "has_key", "local_conversations", "mistral_client"]

_NO_PROXY = ("NO_PROXY", "no_proxy")


def has_key() -> bool:
    """Return whether the environment has an API key."""
    return bool(os.environ.get(API_KEY_VARIABLE))


def conversations_client() -> Conversations:
    """Make a client of the service, or of the server that MISTRAL_BASE_URL names.

    Raises:
        ConfigurationError: the environment has no API key.
    """
    _need_key()
    return Conversations()


def mistral_client() -> Mistral:
    """Make a client of all parts of the API.

    Raises:
        ConfigurationError: the environment has no API key.
    """
    _need_key()
    return Mistral()


@contextmanager
def local_conversations(*, calls: bool = False) -> Iterator[Conversations]:
    """Run an echoing server in this process, and yield a client of it.

    Args:
        calls: whether a message that names a function calls it.
    """
    # aiohttp.web takes 0.1 s to import.
    from mistral_conversations.cli.local_calls import call_or_echo  # noqa: PLC0415
    from mistral_conversations.server import LocalServer  # noqa: PLC0415

    with (
        LocalServer(call_or_echo if calls else None) as server,
        _unproxied(),
        Conversations("local", base_url=server.base_url) as client,
    ):
        yield client


def _need_key() -> None:
    if not has_key():
        raise ConfigurationError(f"no API key: set {API_KEY_VARIABLE}")


@contextmanager
def _unproxied() -> Iterator[None]:
    """Bypass all proxies for requests to this process."""
    before = {name: os.environ.get(name) for name in _NO_PROXY}
    os.environ.update(dict.fromkeys(_NO_PROXY, "*"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
