"""`DaskEngine`: asks the rows of a batch on a Dask cluster."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar
from uuid import uuid4

from distributed import Client

from mistral_conversations._event_loop import running_loop
from mistral_conversations.batch.dask.cluster import Cluster
from mistral_conversations.batch.dask.parcels import Setup, packed_row, read_answer
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult

__all__ = ["DaskEngine"]

T = TypeVar("T")

_OTHER_LOOP = (
    "the Dask client belongs to another event loop: iterate over the batch where the "
    "Dask client is, or pass one without asynchronous=True"
)


class DaskEngine:
    """Asks rows on the workers of a Dask cluster.

    Args:
        dask: the Dask client.
        client: the client whose settings the workers use.
        defaults: the parameters of all rows.
        resend: whether to ask a row again that a lost worker had sent.

    Raises:
        TypeError: `dask` is no Dask client.
        ConfigurationError: the client or a parameter does not pickle.
    """

    def __init__(
        self, dask: Any, client: object, defaults: Mapping[str, Any], *, resend: bool
    ) -> None:
        if not isinstance(dask, Client):
            raise TypeError(
                f"engine must be a distributed.Client, not {type(dask).__name__}"
            )
        self._dask: Any = dask
        self._defaults = defaults
        setup = Setup(client, defaults).packed()
        name = f"mistral-conversations-batch-{uuid4().hex}"
        self._cluster = Cluster(dask, name, setup, resend=resend)
        self._is_asynchronous = vars(dask)["_asynchronous"]
        self._opening = asyncio.Lock()
        self._is_open = False

    async def ask(self, request: RowRequest) -> ConversationResponse | RunResult:
        """Ask a row on a worker; return its answer, or the result of its run."""
        parcel = packed_row(request, self._defaults)
        async with self._opening:
            if not self._is_open:
                await self._on_dask(self._cluster.open())
                self._is_open = True
        answer = read_answer(
            await self._on_dask(self._cluster.ask(request.index, parcel))
        )
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def aclose(self) -> None:
        """End the rows under way on the workers, and close their clients."""
        await self._on_dask(self._cluster.close())

    async def _on_dask(self, step: Coroutine[Any, Any, T]) -> T:
        """Run a step on the event loop of the Dask client."""
        loop = self._dask.loop.asyncio_loop
        if loop is running_loop():
            return await step
        if self._is_asynchronous:
            step.close()
            raise ConfigurationError(_OTHER_LOOP)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(step, loop))
