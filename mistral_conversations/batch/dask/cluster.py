"""One batch on a cluster: its workers, its claims and its tasks.

Every method runs on the event loop of the Dask client.
"""

from collections.abc import Callable
from contextlib import suppress

from distributed import Client, Queue

from mistral_conversations.batch.dask.claims import Claims
from mistral_conversations.batch.dask.pauses import Pauses
from mistral_conversations.batch.dask.worker import (
    BatchPlugin,
    ask_row,
    key_of,
    pause,
    pauses_of,
)
from mistral_conversations.errors import (
    APIConnectionError,
    BatchUncertainError,
    ConfigurationError,
    MistralConversationsError,
)

__all__ = ["Cluster"]

_UNCERTAIN = (
    "Dask lost the row after a worker had claimed it, so that its outcome is unknown "
    "({}): pass resend=True to ask such rows again"
)
_NOT_ASKED = "Dask lost the row before a worker had claimed it ({})"
_CLOSED = "the Dask client is not connected: await it, or create a new one"
_SETUP = (
    "a worker of Dask cannot ask the rows ({}): workers need the same versions of "
    "mistral_conversations and Python as this process, and the modules of its functions"
)


class Cluster:
    """The workers of a Dask cluster, as far as one batch uses them.

    Args:
        dask: the Dask client.
        name: the name of the batch, which no other batch has.
        setup: a packed `Setup`.
        resend: whether to ask a row again that a lost worker had sent.
        refused: called with what the service refuses on a worker, packed.
    """

    def __init__(
        self,
        dask: Client,
        name: str,
        setup: bytes,
        *,
        resend: bool,
        refused: Callable[[bytes], None],
    ) -> None:
        self._dask = dask
        self._name = name
        self._setup = setup
        self._claims = None if resend else Claims(dask, name)
        self._refused = refused
        self._pauses = Pauses(dask, pauses_of(name), self._spread)
        self._is_open = False

    async def open(self) -> None:
        """Set up every worker.

        Raises:
            ConfigurationError: the cluster is not connected, or a worker lacks a
                module.
        """
        self._check()
        self._is_open = True
        plugin = BatchPlugin(self._name, self._setup)
        try:
            await self._pauses.open()
            await self._dask.register_plugin(plugin, name=self._name)
        except Exception as error:  # noqa: BLE001 - of the import of any module
            raise ConfigurationError(_SETUP.format(_text(error))) from None

    async def ask(self, index: int, parcel: bytes) -> bytes:
        """Ask a row, once, and return the parcel of its answer.

        Raises:
            ConfigurationError: the cluster is not connected.
            BatchUncertainError: Dask lost the row, which may have been sent.
            APIConnectionError: Dask lost the row, which was not sent.
        """
        self._check()
        claim: Queue | None = None
        try:
            if self._claims is not None:
                claim = await self._claims.offer(index)
            return await self._task(index, parcel, claim)
        except Exception as error:  # noqa: BLE001 - of Dask, such as KilledWorker
            raise await self._lost(claim, index, error) from None
        finally:
            if self._claims is not None and claim is not None:
                self._claims.release(claim)

    async def close(self) -> None:
        """End the rows under way, and close the clients of the workers."""
        if self._is_open and self._dask.status == "running":
            with suppress(Exception):  # a worker that ends meanwhile tears down, too
                await self._dask.unregister_worker_plugin(self._name)
            await self._pauses.close()
            if self._claims is not None:
                self._claims.close()
        self._is_open = False

    async def _task(self, index: int, parcel: bytes, claim: Queue | None) -> bytes:
        future = self._dask.submit(
            ask_row,
            self._name,
            index,
            parcel,
            None if claim is None else claim.name,
            key=key_of(self._name, index),
            pure=False,
        )
        try:
            answer: bytes = await future.result()
        finally:
            future.release()
        return answer

    async def _spread(self, refusal: bytes) -> None:
        """Slow the batch and all its workers down."""
        self._refused(refusal)
        with suppress(Exception):  # of a worker that ends meanwhile
            await self._dask.run(pause, self._name, refusal)

    async def _lost(
        self, claim: Queue | None, index: int, error: Exception
    ) -> MistralConversationsError:
        """Return the error of a row whose task Dask has ended."""
        is_taken = True
        if self._claims is not None and claim is not None:
            with suppress(Exception):  # the scheduler may be lost, too
                is_taken = await self._claims.is_taken(claim, index)
        if is_taken:
            return BatchUncertainError(_UNCERTAIN.format(_text(error)))
        return APIConnectionError(_NOT_ASKED.format(_text(error)))

    def _check(self) -> None:
        if self._dask.status != "running":
            raise ConfigurationError(_CLOSED)


def _text(error: Exception) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
