"""The rows of a job, from its results."""

from mistral_conversations._wire.batch_lines import BatchResult
from mistral_conversations._wire.structured_output import Output
from mistral_conversations.batch.jobs.wanted import Place
from mistral_conversations.errors import (
    BatchResultsError,
    OutputValidationError,
    attach_result,
)
from mistral_conversations.models.batch import BatchRow
from mistral_conversations.models.batch_jobs import BatchJob
from mistral_conversations.models.conversations import ConversationResponse
from mistral_conversations.models.runs import RunResult, handoff_of
from mistral_conversations.runs.progress import Progress

__all__ = ["failed_row", "missing", "row_of"]


def row_of(
    result: BatchResult,
    place: Place,
    job: BatchJob,
    output: Output | None,
) -> BatchRow:
    """Return the row of a result.

    Args:
        result: the result.
        place: the place of the row in the batch.
        job: the job.
        output: the type that the answer is read as.
    """
    made, error = None, result.error
    if output is not None and result.response is not None:
        try:
            made = _run_result(result.response, output)
        except OutputValidationError as invalid:
            error = invalid
    custom_id = result.custom_id
    return BatchRow(
        custom_id=str(place.index) if custom_id is None else custom_id,
        index=place.index,
        response=None if error is not None else result.response,
        result=made,
        error=error,
        attempts=1,
        seconds=_seconds(job),
    )


def failed_row(custom_id: str, place: Place, error: Exception) -> BatchRow:
    """Return a row that has no result."""
    return BatchRow(custom_id=custom_id, index=place.index, error=error)


def missing(job: BatchJob) -> BatchResultsError:
    """Return the error of a row without a result in its job."""
    return BatchResultsError(
        f"batch job {job.id} is {job.status} and has no result of this row",
        job_id=job.id,
        status=job.status,
    )


def _run_result(response: ConversationResponse, output: Output) -> RunResult:
    """Return what a run would return that had this answer.

    Raises:
        OutputValidationError: the reply does not fit.
    """
    progress = Progress()
    progress.add_answer(response, [])
    if handoff_of(response) is not None:
        return progress.result()
    try:
        return progress.result(output=output.parse_answer(response))
    except OutputValidationError as error:
        attach_result(error, progress.result())
        raise


def _seconds(job: BatchJob) -> float:
    if job.completed_at is None:
        return 0.0
    return (job.completed_at - job.created_at).total_seconds()
