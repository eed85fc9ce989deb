"""`KeptRows`: the rows of a batch in a results file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mistral_conversations._wire.structured_output import Output
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.batch.results.index import Found, Status
from mistral_conversations.batch.results.lines import (
    marker_line,
    row_line,
    row_of_line,
)
from mistral_conversations.batch.results.results_file import ResultsFile
from mistral_conversations.batch.settings import BatchSettings
from mistral_conversations.errors import (
    BatchUncertainError,
    MistralConversationsError,
)
from mistral_conversations.models.batch import BatchRow

__all__ = ["KeptRows", "uncertain_row"]


class KeptRows:
    """Keeps rows in a results file, and finds those of earlier batches there.

    Args:
        path: the file.
        settings: those of the batch: the type of the outputs, and which rows are asked
            again.
    """

    def __init__(self, path: Path, settings: BatchSettings) -> None:
        output_type = settings.defaults.get("output_type")
        self._file = ResultsFile(path)
        self._output = None if output_type is None else Output.of(output_type)
        self._resend = settings.resend
        self._retry_failed = settings.retry_failed

    async def open(self) -> None:
        """Open the file."""
        await self._file.open()

    async def begin(self, request: RowRequest) -> BatchRow | None:
        """Return what the file has of a row; else note that it is sent."""
        found = self._file.find(request.custom_id, request.digest)
        known = None if found is None else await self._known(request, found)
        if known is None:
            await self._mark(request, "sent")
        return known

    async def end(self, request: RowRequest, row: BatchRow) -> None:
        """Append the outcome of a row."""
        await self._file.append(row_line(row, request.digest))

    async def take_back(self, request: RowRequest) -> None:
        """Note that a row was not processed."""
        await self._mark(request, "unsent")

    async def aclose(self) -> None:
        """Close the file."""
        await self._file.aclose()

    async def _mark(self, request: RowRequest, status: Status) -> None:
        line = marker_line(request.custom_id, request.digest, status)
        await self._file.append(line)

    async def _known(self, request: RowRequest, found: Found) -> BatchRow | None:
        """Return the row of a line; None if it is to be asked."""
        line = await self._file.read(found)
        if (line["custom_id"], line["request"]) != (request.custom_id, request.digest):
            return None  # its hash is that of another row
        if found.status == "unsent":
            return None
        if found.status == "sent":
            return None if self._resend else uncertain_row(request)
        row = self._row(request, line)
        if row.error is None or not self._retry_failed:
            return row
        return None if self._resend or not row.uncertain else row

    def _row(self, request: RowRequest, line: Mapping[str, Any]) -> BatchRow:
        try:
            return row_of_line(request, line, self._output)
        except MistralConversationsError as error:  # another version wrote the line
            return _resumed(request, error)


def uncertain_row(request: RowRequest) -> BatchRow:
    """Return a row that was sent, and of which nothing else is known."""
    error = BatchUncertainError(
        f"the row {request.custom_id!r} was sent in an earlier batch, and its outcome "
        "is unknown: resend=True asks again"
    )
    return _resumed(request, error)


def _resumed(request: RowRequest, error: Exception) -> BatchRow:
    return BatchRow(
        custom_id=request.custom_id, index=request.index, error=error, resumed=True
    )
