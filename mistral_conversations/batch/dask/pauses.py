"""Pauses: the service's refusals, which slow the rows of all workers down.

A worker puts a refusal into a `distributed.Queue` of the batch. The batch reads it,
holds its next rows and sends it to all workers, which hold the requests of runs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import cloudpickle
from distributed import Client, Queue, Worker

from mistral_conversations.batch.dask.parcels import packed
from mistral_conversations.batch.pacing.pacer import Pacer
from mistral_conversations.errors import SDKError

__all__ = ["Pauses", "WorkerPacer", "publish_refusal", "read_refusal"]

_END = b""


class WorkerPacer(Pacer):
    """The pacer of one worker, which publishes the refusals that it meets.

    Args:
        max_concurrency: the most requests under way at once.
        publish: publishes a refusal.
    """

    def __init__(
        self, max_concurrency: int, publish: Callable[[SDKError], None]
    ) -> None:
        super().__init__(max_concurrency)
        self._publish = publish

    def refused(self, error: SDKError) -> float | None:
        """Slow the requests of all workers down."""
        self._publish(error)
        return super().refused(error)

    def hear(self, error: SDKError) -> None:
        """Slow down after a refusal that another worker has met."""
        super().refused(error)


class Pauses:
    """Reads the refusals that the workers of a batch publish.

    Args:
        dask: the Dask client.
        name: the name of the queue.
        spread: awaited with a refusal, packed.
    """

    def __init__(
        self, dask: Client, name: str, spread: Callable[[bytes], Awaitable[None]]
    ) -> None:
        self._dask = dask
        self._name = name
        self._spread = spread
        self._queue: Queue | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to read."""
        self._queue = Queue(self._name, client=self._dask)
        await self._queue
        self._task = asyncio.create_task(self._read(self._queue))

    async def close(self) -> None:
        """Stop reading, and remove the queue from the scheduler."""
        if self._queue is None or self._task is None:
            return
        with suppress(Exception):  # the scheduler may be lost
            await self._queue.put(_END)
            await self._task
        self._task.cancel()
        for _ in range(2):  # it was opened when it was made, and when awaited
            self._queue.close()

    async def _read(self, queue: Queue) -> None:
        while True:
            found = [await queue.get(), *await queue.get(batch=True)]
            if _END in found:
                return
            await self._spread(found[-1])  # the others belong to the same pause


async def publish_refusal(worker: Worker, name: str, error: SDKError) -> None:
    """Put a refusal into the queue of a batch, unless the batch has ended."""
    scheduler: Any = worker.scheduler
    try:
        await scheduler.queue_put(name=name, data=packed("the error", error))
    except KeyError:
        return


def read_refusal(parcel: bytes) -> SDKError:
    """Return a refusal that was published."""
    error: SDKError = cloudpickle.loads(parcel)
    return error
