"""The event loop that this package needs: asyncio's."""

import asyncio

from mistral_conversations.errors import ConfigurationError

__all__ = ["running_loop"]


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
