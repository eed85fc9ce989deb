"""What runs on a worker of Dask: one client for all rows of a batch."""

import asyncio
from time import time
from typing import Any

import cloudpickle
from distributed import Worker, WorkerPlugin, get_worker
from distributed.worker_state_machine import SecedeEvent

from mistral_conversations.batch.dask.claims import take_claim
from mistral_conversations.batch.dask.parcels import Answer, Setup, packed_answer
from mistral_conversations.batch.dask.pauses import (
    WorkerPacer,
    publish_refusal,
    read_refusal,
)
from mistral_conversations.batch.local import LocalEngine
from mistral_conversations.errors import BatchUncertainError, SDKError

__all__ = ["BatchPlugin", "ask_row", "key_of", "pause", "pauses_of"]

_REFUSED = (
    "a worker of Dask sent the row and was lost, so that its outcome is unknown: pass "
    "resend=True to ask such rows again"
)
_ENDED = "the worker of Dask ended while the row was under way"


class BatchPlugin(WorkerPlugin):
    """The rows of one batch on one worker.

    Dask sets it up on each worker, on those that join later too, and tears it down at
    the end of the batch or of the worker.

    Args:
        name: the name of the batch.
        setup: a packed `Setup`.
    """

    def __init__(self, name: str, setup: bytes) -> None:
        self.name = name
        self._setup = setup
        self._asked: set[asyncio.Task[Answer]] = set()
        self._publishing: set[asyncio.Task[None]] = set()

    def setup(self, worker: Worker) -> None:
        """Create the client."""
        setup: Setup = cloudpickle.loads(self._setup)
        self._worker = worker
        self._client, self._defaults = setup.client, setup.defaults
        self._pacer = WorkerPacer(setup.max_concurrency, self._publish)
        self._engine = LocalEngine(setup.client._gated(self._pacer), self._pacer)  # noqa: SLF001 - a client of this package

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - Dask passes it by name
        """End the rows under way and close the client."""
        asked = list(self._asked)
        for task in asked:
            task.cancel()
        if asked:
            await asyncio.wait(asked)
        await self._client.aclose()

    def pause(self, parcel: bytes) -> None:
        """Slow down after a refusal that another worker may have met."""
        self._pacer.hear(read_refusal(parcel))

    async def ask(self, parcel: bytes) -> bytes:
        """Ask a row; return the parcel of its answer."""
        task = asyncio.ensure_future(self._answer(parcel))
        self._asked.add(task)
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            self._asked.discard(task)
        if task.cancelled():
            return packed_answer(BatchUncertainError(_ENDED))
        return packed_answer(task.result())

    def _publish(self, error: SDKError) -> None:
        name = pauses_of(self.name)
        task = asyncio.create_task(publish_refusal(self._worker, name, error))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)

    async def _answer(self, parcel: bytes) -> Answer:
        try:
            request = cloudpickle.loads(parcel).request(self._defaults)
            return await self._engine.ask(request)
        except Exception as error:  # noqa: BLE001 - the row has it
            return error


async def ask_row(name: str, index: int, parcel: bytes, claim: str | None) -> bytes:
    """Ask a row: the task that Dask schedules.

    It leaves its place at once, so that the worker's threads do not limit how many rows
    wait for their answers.

    Args:
        name: the name of the batch.
        index: the position of the row.
        parcel: the packed row.
        claim: the queue with the row's claim; None to ask without one.
    """
    worker = get_worker()
    worker.handle_stimulus(
        SecedeEvent(
            key=key_of(name, index),
            compute_duration=0.0,
            stimulus_id=f"secede-{time()}",
        )
    )
    plugin: Any = worker.plugins[name]
    if claim is not None and not await take_claim(worker, claim, index):
        return packed_answer(BatchUncertainError(_REFUSED))
    return await plugin.ask(parcel)  # type: ignore[no-any-return]


def pause(name: str, parcel: bytes, dask_worker: Worker) -> None:
    """Slow a worker down after a refusal."""
    plugin: Any = dask_worker.plugins.get(name)
    if plugin is not None:
        plugin.pause(parcel)


def pauses_of(name: str) -> str:
    """Return the name of the queue with the refusals of a batch."""
    return f"{name}-pauses"


def key_of(name: str, index: int) -> str:
    """Return the key of a row's task."""
    return f"{name}-{index}"
