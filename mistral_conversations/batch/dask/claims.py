"""Claims: a row is asked by the worker that takes its claim, and by no other.

The scheduler keeps the claims, each in a `distributed.Queue` from which it can be taken
once. They survive the worker that took one.
"""

from typing import Any

from distributed import Client, Queue, Worker

__all__ = ["Claims", "take_claim"]


class Claims:
    """The claims of a batch: as many queues as rows are under way at once.

    Args:
        dask: the Dask client.
        name: the name of the batch.
    """

    def __init__(self, dask: Client, name: str) -> None:
        self._dask = dask
        self._name = name
        self._free: list[Queue] = []
        self._all: list[Queue] = []

    async def offer(self, index: int) -> Queue:
        """Put the claim of a row into a queue, and return the queue."""
        queue = self._free.pop() if self._free else await self._opened()
        await queue.put(index)
        return queue

    async def is_taken(self, queue: Queue, index: int) -> bool:
        """Return whether a worker has taken the claim of a row; take it otherwise."""
        return index not in await queue.get(batch=True)

    def release(self, queue: Queue) -> None:
        """Reuse the queue of a row that has ended."""
        self._free.append(queue)

    def close(self) -> None:
        """Remove the queues from the scheduler."""
        for queue in self._all:
            for _ in range(2):  # it was opened when it was made, and when awaited
                queue.close()
        self._all, self._free = [], []

    async def _opened(self) -> Queue:
        name = f"{self._name}-claim-{len(self._all)}"
        queue: Queue = Queue(name, client=self._dask)
        self._all.append(queue)
        await queue
        return queue


async def take_claim(worker: Worker, queue: str, index: int) -> bool:
    """Take the claim of a row on a worker; return False if it was taken before.

    A `Queue` would open the queue again, even after the batch has closed it.
    """
    scheduler: Any = worker.scheduler
    try:
        found = await scheduler.queue_get(name=queue, timeout=None, batch=True)
    except KeyError:  # the batch has ended
        return False
    return any(record["value"] == index for record in found)
