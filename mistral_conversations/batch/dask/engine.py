"""`DaskEngine`: asks the rows of a batch on a Dask cluster."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar
from uuid import uuid4

from distributed import Client

from mistral_conversations._event_loop import running_loop
from mistral_conversations.batch.dask.cluster import Cluster
from mistral_conversations.batch.dask.parcels import Setup, packed_row, read_answer
from mistral_conversations.batch.dask.pauses import read_refusal
from mistral_conversations.batch.pacing.pacer import Pacer
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.errors import ConfigurationError
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult

__all__ = ["DaskEngine"]

T = TypeVar("T")

_BYTES_A_TOKEN = 4

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
        pacer: holds the rows before a worker asks them.
        max_concurrency: the most rows under way at once.
        resend: whether to ask a row again that a lost worker had sent.

    Raises:
        TypeError: `dask` is no Dask client.
        ConfigurationError: the client or a parameter does not pickle.
    """

    def __init__(
        self,
        dask: Any,
        client: object,
        defaults: Mapping[str, Any],
        pacer: Pacer,
        *,
        max_concurrency: int,
        resend: bool,
    ) -> None:
        if not isinstance(dask, Client):
            raise TypeError(
                f"engine must be a distributed.Client, not {type(dask).__name__}"
            )
        self._dask: Any = dask
        self._defaults = defaults
        self._pacer = pacer
        self._loop: asyncio.AbstractEventLoop | None = None
        setup = Setup(client, defaults, max_concurrency).packed()
        name = f"mistral-conversations-batch-{uuid4().hex}"
        self._cluster = Cluster(dask, name, setup, resend=resend, refused=self._refused)
        self._is_asynchronous = vars(dask)["_asynchronous"]
        self._opening = asyncio.Lock()
        self._is_open = False

    async def ask(self, request: RowRequest) -> ConversationResponse | RunResult:
        """Ask a row on a worker; return its answer, or the result of its run."""
        parcel = packed_row(request, self._defaults)
        await self._open()
        passage = await self._pacer.enter(len(parcel) // _BYTES_A_TOKEN)
        answered = False
        try:
            asking = self._cluster.ask(request.index, parcel)
            answer = read_answer(await self._on_dask(asking))
            answered = not isinstance(answer, Exception)
        finally:
            passage.left(answered=answered)
        if isinstance(answer, Exception):
            raise answer
        self._learn(answer)
        return answer

    async def aclose(self) -> None:
        """End the rows under way on the workers, and close their clients."""
        await self._on_dask(self._cluster.close())

    async def _open(self) -> None:
        async with self._opening:
            if not self._is_open:
                self._loop = running_loop()
                await self._on_dask(self._cluster.open())
                self._is_open = True

    def _learn(self, answer: ConversationResponse | RunResult) -> None:
        """Learn the limits of the service, and the tokens of the row."""
        response = answer.response if isinstance(answer, RunResult) else answer
        meta = None if response is None else response.meta
        if meta is not None:
            self._pacer.answered(meta.status, meta.headers)
        if answer.usage.total_tokens:
            self._pacer.spent(answer.usage.total_tokens)

    def _refused(self, refusal: bytes) -> None:
        """Hold the next rows, on the event loop of the batch."""
        if self._loop is not None and not self._loop.is_closed():
            error = read_refusal(refusal)
            self._loop.call_soon_threadsafe(self._pacer.refused, error)

    async def _on_dask(self, step: Coroutine[Any, Any, T]) -> T:
        """Run a step on the event loop of the Dask client."""
        loop = self._dask.loop.asyncio_loop
        if loop is running_loop():
            return await step
        if self._is_asynchronous:
            step.close()
            raise ConfigurationError(_OTHER_LOOP)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(step, loop))
