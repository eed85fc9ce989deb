"""Asking one row: from its request to its `BatchRow`."""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack

from mistral_conversations._traceback import short_traceback
from mistral_conversations.batch.engine import Engine
from mistral_conversations.batch.keeping import Keeping
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.batch.stray_cancels import no_stray_cancels
from mistral_conversations.errors import AuthenticationError, ConfigurationError
from mistral_conversations.models.batch import BatchRow
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult

__all__ = ["Asking"]

_OF_ALL_ROWS = (ConfigurationError, AuthenticationError)
"""The errors that each row would have, such as that of a wrong key."""


class Asking:
    """Asks rows, unless an earlier batch has, and keeps what comes of them.

    Args:
        engine: asks a row.
        keeping: keeps the rows.
    """

    def __init__(self, engine: Engine, keeping: Keeping) -> None:
        self._engine = engine
        self._keeping = keeping

    async def open(self, stack: AsyncExitStack) -> None:
        """Prepare for the first row; the stack closes what was opened."""
        stack.push_async_callback(self._keeping.aclose)
        await self._keeping.open()
        stack.push_async_callback(self._engine.aclose)

    async def row(
        self, request: RowRequest, not_kept: Callable[[BatchRow], None]
    ) -> BatchRow:
        """Ask a row and return its outcome.

        Args:
            request: the row.
            not_kept: called with a row that has ended and cannot be kept.

        Raises:
            ConfigurationError, AuthenticationError: no row can be asked.
            OSError: no row can be kept.
        """
        begun_at = time.monotonic()
        try:
            known = await self._keeping.begin(request)
        except (TypeError, ValueError) as error:
            return _row(request, error, begun_at)
        if known is not None:
            return known
        answer = await self._answer(request)
        row = _row(request, answer, begun_at)
        try:
            await self._keeping.end(request, row)
        except OSError:  # the reader gets the row, and then the reason
            not_kept(row)
            raise
        return row

    async def _answer(
        self, request: RowRequest
    ) -> ConversationResponse | RunResult | Exception:
        try:
            with short_traceback, no_stray_cancels("the run of the row"):
                return await self._engine.ask(request)
        except _OF_ALL_ROWS:
            await self._keeping.take_back(request)
            raise
        except Exception as error:  # noqa: BLE001 - the row has it
            return error


def _row(
    request: RowRequest,
    answer: ConversationResponse | RunResult | Exception,
    begun_at: float,
) -> BatchRow:
    seconds = time.monotonic() - begun_at
    custom_id, index = request.custom_id, request.index
    if isinstance(answer, Exception):
        attempts = getattr(answer, "attempts", 0)
        return BatchRow(
            custom_id=custom_id,
            index=index,
            error=answer,
            attempts=attempts,
            seconds=seconds,
        )
    result = answer if isinstance(answer, RunResult) else None
    response = answer.response if isinstance(answer, RunResult) else answer
    meta = None if response is None else response.meta
    return BatchRow(
        custom_id=custom_id,
        index=index,
        response=response,
        result=result,
        attempts=0 if meta is None else meta.attempts,
        seconds=seconds,
    )
