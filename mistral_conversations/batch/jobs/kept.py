"""`KeptJobs`: the rows of a batch of jobs in a results file."""

from mistral_conversations.batch.jobs.part import JobPart
from mistral_conversations.batch.jobs.wanted import Place
from mistral_conversations.batch.requests import RowRequest
from mistral_conversations.batch.results.kept_rows import KeptRows, uncertain_row
from mistral_conversations.batch.results.lines import marker_line, row_line
from mistral_conversations.models.batch import BatchRow

__all__ = ["KeptJobs"]


class KeptJobs(KeptRows):
    """Keeps rows in a results file, with the input files in which they were sent.

    A later batch finds the job of an input file, and takes it up again.
    """

    async def find(self, request: RowRequest) -> BatchRow | str | None:
        """Return what the file has of a row, as `JobKeeping`."""
        found = self._file.find(request.custom_id, request.digest)
        if found is None:
            return None
        if found.status == "sent":
            line = await self._file.read(found)
            if line["custom_id"] == request.custom_id and "input_file" in line:
                return str(line["input_file"])
        return await self._known(request, found)

    def place(self, request: RowRequest) -> Place:
        """Return the position of a row, and the digest of its request."""
        return Place(request.index, request.digest)

    def lost(self, request: RowRequest) -> BatchRow | None:
        """Return an uncertain row, or None if it is to be asked again."""
        return None if self._resend else uncertain_row(request)

    async def sent(self, part: JobPart, file_id: str) -> None:
        """Append that the rows of a file are sent, in a few writes."""
        names = part.names()
        at = 0
        while (portion := await names.next()) is not None:
            lines = [
                marker_line(name, part.wanted.digest(at + number), "sent", file_id)
                for number, name in enumerate(portion)
            ]
            at += len(portion)
            await self._file.append(b"".join(lines))

    async def finish(self, row: BatchRow, place: Place) -> None:
        """Append the outcome of a row."""
        await self._file.append(row_line(row, place.digest))
