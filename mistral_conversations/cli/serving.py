"""A server in its own process: until a signal, with a line for each request."""

import argparse
import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TypeAlias

import anyio

from mistral_conversations import ConfigurationError
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.terminal import report
from mistral_conversations.server import (
    LocalServer,
    RecordingServer,
    ReplayingServer,
)

__all__ = ["key_to_export", "run_until_signal"]

Server: TypeAlias = LocalServer | RecordingServer | ReplayingServer


def run_until_signal(
    server: Server, arguments: argparse.Namespace, key: str | None = None
) -> None:
    """Run a server until Ctrl-C or SIGTERM; stdout gets its address.

    Args:
        server: the server.
        arguments: those of the command, with `host` and `port`.
        key: the value of MISTRAL_API_KEY that stderr shows for programs of a shell;
            None if they need their own.
    """
    with _requests_logged():
        asyncio.run(_until_signal(server, f"{arguments.host}:{arguments.port}", key))


def key_to_export(arguments: argparse.Namespace) -> str:
    """Return the value of MISTRAL_API_KEY with which programs use a server."""
    return "local" if arguments.key is None else "... # the key of --key"


@contextmanager
def _requests_logged() -> Iterator[None]:
    """Write one line per request to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("mistral_conversations.server")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


async def _until_signal(server: Server, place: str, key: str | None) -> None:
    async with AsyncExitStack() as stack:
        receiver = anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM)
        signals = stack.enter_context(receiver)
        await _listen(stack, server, place)
        print(server.base_url, flush=True)
        report(f"export MISTRAL_BASE_URL={server.base_url}")
        if key is not None:
            report(f"export MISTRAL_API_KEY={key}")
        async for _ in signals:
            return


async def _listen(stack: AsyncExitStack, server: Server, place: str) -> None:
    try:
        await stack.enter_async_context(server)
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise  # of the cassette
        raise OSError(f"Cannot listen on {place}: {reason(error)}") from error
    except ValueError as error:  # of what a cassette contains
        raise ConfigurationError(str(error)) from None
