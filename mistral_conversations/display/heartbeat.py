"""A heartbeat of the event loop, for a cell that awaits."""

import asyncio
from types import TracebackType

__all__ = ["Heartbeat"]

_SECONDS = 0.2


class Heartbeat:
    """Wake the event loop regularly, so that a kernel notices an interrupt.

    ipykernel's handler of the signal runs when the main thread wakes. A loop that waits
    for a silent server sleeps on if another thread received the signal
    (https://github.com/ipython/ipykernel/issues/881).
    """

    def __enter__(self) -> None:
        """Begin."""
        self._loop = asyncio.get_running_loop()
        self._beat()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End."""
        self._timer.cancel()

    def _beat(self) -> None:
        self._timer = self._loop.call_later(_SECONDS, self._beat)
