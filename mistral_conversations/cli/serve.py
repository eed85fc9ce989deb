"""`serve`: the API on this machine, as a process of its own."""

import argparse
import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from mistral_conversations.cli.terminal import tell
from mistral_conversations.server import LocalServer

__all__ = ["serve"]


def serve(arguments: argparse.Namespace) -> int:
    """Run the server until a signal ends it."""
    try:
        server = LocalServer(
            host=arguments.host,
            port=arguments.port,
            api_key=arguments.key,
            latency=arguments.latency,
        )
    except ValueError as error:
        hint = " (--key)" if "api_key" in str(error) else ""
        tell(f"{error}{hint}")
        return 2
    try:
        with _requests_logged():
            asyncio.run(_until_signal(server))
    except BrokenPipeError:
        raise
    except (OSError, UnicodeError) as error:
        place = f"{arguments.host}:{arguments.port}"
        reason = getattr(error, "strerror", None) or error
        tell(f"Cannot listen on {place}: {reason}")
        return 1
    return 0


@contextmanager
def _requests_logged() -> Iterator[None]:
    """Write one line of each request to stderr."""
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


async def _until_signal(server: LocalServer) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with server:
            print(server.base_url, flush=True)
            async for _ in signals:
                return
