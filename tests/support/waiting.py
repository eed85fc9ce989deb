"""A function of a model that never returns, for chats that are stopped."""

import sys
import time

__all__ = ["weather"]


def weather(city: str) -> str:
    """Wait for the weather of a city."""
    sys.stdout.write("waiting\n")
    sys.stdout.flush()
    time.sleep(60)
    return city
