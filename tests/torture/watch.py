"""A look at the process every few seconds, while the callers make calls."""

import asyncio
from collections.abc import Callable

import attrs

from mistral_conversations import AsyncMistral
from tests.support.clients import in_use

from .resources import Holdings

__all__ = ["Sample", "Watch"]

_STEP = 0.05
_BETWEEN = 10.0


@attrs.frozen
class Sample:
    """What the process held at a moment."""

    at: float
    """The seconds since the beginning."""

    holds: Holdings
    calls: int
    """The calls that had begun."""

    connections: int
    """The connections in use."""

    def __str__(self) -> str:
        holds = self.holds
        return (
            f"{self.at:5.0f} s {self.calls:8} calls {holds.mebibytes:8.1f} MiB "
            f"{holds.blocks:9} blocks {holds.descriptors:5} descriptors "
            f"{self.connections:5} connections {holds.tasks:5} tasks"
        )


class Watch:
    """Take samples, and measure how late the loop is.

    Args:
        client: the client whose connections count.
        calls: returns how many calls have begun.
        show: receives a line for each sample.
    """

    def __init__(
        self,
        client: AsyncMistral,
        calls: Callable[[], int],
        show: Callable[[str], object],
    ) -> None:
        self._client = client
        self._calls = calls
        self._show = show
        self.samples: list[Sample] = []
        self.lag = 0.0
        """The seconds by which the loop was late, at most."""

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        begin = last = loop.time()
        while True:
            before = loop.time()
            await asyncio.sleep(_STEP)
            now = loop.time()
            self.lag = max(self.lag, now - before - _STEP)
            if now - last >= _BETWEEN:
                last = now
                self._take(now - begin)

    def _take(self, at: float) -> None:
        sample = Sample(at, Holdings.now(), self._calls(), in_use(self._client))
        self.samples.append(sample)
        self._show(str(sample))
