"""The rows of a batch with `via="batch_jobs"`, from its parameters."""

from collections.abc import Mapping
from typing import Any

from mistral_conversations._wire.structured_output import Output
from mistral_conversations.batch.client import BatchClient
from mistral_conversations.batch.handle import BatchJobsHandle
from mistral_conversations.batch.inputs import (
    OF_START,
    BatchRequests,
    Rows,
    checked_requests,
)
from mistral_conversations.batch.jobs.keeping import JobKeeping, NoJobsKept
from mistral_conversations.batch.jobs.kept import KeptJobs
from mistral_conversations.batch.jobs.lines import refuse_functions
from mistral_conversations.batch.jobs.rows import JobRows
from mistral_conversations.batch.jobs.service import JobService
from mistral_conversations.batch.jobs.submission import Submission
from mistral_conversations.batch.settings import BatchSettings
from mistral_conversations.batch.tally import Tally

__all__ = ["job_rows"]

_OF_RUNS = ("limits", "options", "context", "approve")
_OF_PACE = ("requests_per_minute", "tokens_per_minute")
_CALL = ("timeout", "retries", "headers")


def job_rows(
    client: BatchClient,
    requests: BatchRequests | BatchJobsHandle,
    settings: BatchSettings,
    parameters: Mapping[str, Any],
) -> JobRows:
    """Return the rows of a batch that batch jobs answer.

    Raises:
        TypeError, ValueError: a parameter, named in the message, is no use with jobs.
    """
    _refuse(parameters)
    call = {name: parameters[name] for name in _CALL}
    service = JobService(client.view, client.retries, call)
    output_type = parameters["output_type"]
    keeping = _keeping(settings)
    jobs: BatchJobsHandle | Submission
    total = None
    if isinstance(requests, BatchJobsHandle):
        _refuse_beside_handle(parameters)
        jobs = requests
    else:
        rows = Rows(
            checked_requests(requests), settings.mode, settings.defaults, client.read
        )
        jobs = Submission(rows, service, keeping)
        total = rows.total
    return JobRows(
        jobs,
        service,
        keeping,
        Tally(total),
        output=None if output_type is None else Output.of(output_type),
        on_error=settings.on_error,
        progress=settings.progress,
    )


def _keeping(settings: BatchSettings) -> JobKeeping:
    if settings.results is None:
        return NoJobsKept()
    return KeptJobs(settings.results, settings)


def _refuse(parameters: Mapping[str, Any]) -> None:
    """Refuse what a batch job cannot do."""
    if parameters["run"]:
        raise ValueError(
            "run=True calls functions, which no batch job can do: leave out run or via"
        )
    for name in (*_OF_RUNS, *_OF_PACE, "recover"):
        if parameters[name]:
            raise ValueError(
                f"{name} has no effect on batch jobs: leave out {name} or via"
            )
    refuse_functions(parameters["tools"])


def _refuse_beside_handle(parameters: Mapping[str, Any]) -> None:
    """Refuse what belongs to new requests: those of a handle have been sent."""
    given = [name for name in (*OF_START, "results") if parameters[name] is not None]
    if given:
        raise ValueError(
            f"{given[0]} is given beside a handle, whose rows are submitted: leave it "
            "out"
        )
