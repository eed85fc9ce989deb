"""The event loop that this package needs: asyncio's."""

import asyncio
import threading

from mistral_conversations.errors import ConfigurationError

__all__ = ["is_exiting", "running_loop"]


def is_exiting() -> bool:
    """Return whether the interpreter is exiting: asyncio then starts no threads."""
    return not threading.main_thread().is_alive()


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the running loop.

    Raises:
        ConfigurationError: asyncio is not running here.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "no asyncio event loop is running here: await this client under asyncio, "
            'such as by asyncio.run() or anyio.run(..., backend="asyncio"); trio is '
            "not supported. Without a loop, use the blocking client"
        ) from None
