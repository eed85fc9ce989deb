"""The command `serve`: a local server of the API in its own process."""

import argparse
import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from mistral_conversations import ConfigurationError
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.terminal import report
from mistral_conversations.server import LocalServer

__all__ = ["serve"]


def serve(arguments: argparse.Namespace) -> int:
    """Run the server until a signal ends it."""
    server = _server(arguments)
    try:
        with _requests_logged():
            asyncio.run(_until_signal(server))
    except BrokenPipeError:
        raise
    except (OSError, UnicodeError) as error:
        place = f"{arguments.host}:{arguments.port}"
        raise OSError(f"Cannot listen on {place}: {reason(error)}") from error
    return 0


def _server(arguments: argparse.Namespace) -> LocalServer:
    try:
        return LocalServer(
            host=arguments.host,
            port=arguments.port,
            api_key=arguments.key,
            latency=arguments.latency,
            keep=arguments.keep,
            allowed_hosts=arguments.allowed_hosts,
        )
    except ValueError as error:
        hint = " (--key)" if "api_key" in str(error) else ""
        raise ConfigurationError(f"{error}{hint}") from None


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


def _report_exports(base_url: str, *, has_key: bool) -> None:
    """Report the lines that make the programs of a shell use the server."""
    report(f"export MISTRAL_BASE_URL={base_url}")
    report(f"export MISTRAL_API_KEY={'... # the key of --key' if has_key else 'local'}")


async def _until_signal(server: LocalServer) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with server:
            print(server.base_url, flush=True)
            _report_exports(server.base_url, has_key=server.api_key is not None)
            async for _ in signals:
                return
