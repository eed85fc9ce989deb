"""Concurrent streams, and the lag of the loop while all of them run."""

import asyncio

from .orders import Figures, Order

__all__ = ["Crowd"]

_SECONDS = 0.01


class Crowd:
    """Measures the loop's lag from the last stream's start to the first one's end."""

    def __init__(self, order: Order) -> None:
        self._events = order.amounts["events"]
        self.all = order.amount * self._events
        """The events of all streams."""

        self.complete = 0
        """The events of the streams that were complete."""

        self._to_begin = order.amount
        self._watch: asyncio.Task[None] | None = None
        self._late: list[float] = []

    def began(self) -> None:
        """Record that a stream has received its first event."""
        self._to_begin -= 1
        if not self._to_begin:
            self._watch = asyncio.create_task(self._keep_watch())

    def ended(self, events: int) -> None:
        """Record how many events an ended stream has received."""
        if events == self._events:
            self.complete += events
        if self._watch is not None:
            self._watch.cancel()

    def lateness(self) -> Figures:
        """Return the mean and p99 lag of a timer, in milliseconds."""
        if not self._late:
            raise RuntimeError("the streams did not run at once")
        late = sorted(1000 * each for each in self._late)
        return {
            "mean lag ms": sum(late) / len(late),
            "p99 lag ms": late[int(0.99 * len(late))],
        }

    async def _keep_watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _SECONDS
            await asyncio.sleep(_SECONDS)
            self._late.append(loop.time() - due)
