"""The commands `batch`: create, list, follow, cancel and delete jobs; print results."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from mistral_conversations import BatchJob, BatchResult, Mistral
from mistral_conversations.cli.items import delete_each, readable_paths, write_json
from mistral_conversations.cli.progress import sending
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import row
from mistral_conversations.cli.terminal import one_line, report, write
from mistral_conversations.cli.wording import time

__all__ = ["cancel", "create", "delete", "get", "list_jobs", "results", "wait"]


def create(arguments: argparse.Namespace) -> int:
    """Upload files of requests, and create a job with them."""
    paths = readable_paths(arguments.files)
    with mistral_client() as client:
        job = client.batch_jobs.create(
            endpoint=arguments.endpoint,
            input_files=[_uploaded(client, path) for path in paths],
            model=arguments.model,
            metadata=dict(arguments.metadata) or None,
            timeout_hours=arguments.hours,
        )
        write(_row(job))
    return 0


def list_jobs(arguments: argparse.Namespace) -> int:
    """List all jobs, or those with some statuses, the newest first."""
    with mistral_client() as client:
        for job in client.batch_jobs.list_all(status=arguments.status or None):
            write(_row(job))
    return 0


def get(arguments: argparse.Namespace) -> int:
    """Show a job as JSON, without its results."""
    with mistral_client() as client:
        job = client.batch_jobs.get(arguments.job_id)
    write_json(job)
    return 0


def wait(arguments: argparse.Namespace) -> int:
    """Wait until a job has ended; return 1 unless it succeeded."""
    with mistral_client() as client:
        job = client.batch_jobs.wait(
            arguments.job_id, timeout=arguments.timeout, progress=_changes_reported()
        )
        write(_row(job))
    return 0 if job.has_ended and job.status.upper() == "SUCCESS" else 1


def results(arguments: argparse.Namespace) -> int:
    """Print the results of a job; return 1 if any is a failure."""
    shown = _as_json if arguments.json else _as_row
    code = 0
    with mistral_client() as client:
        for result in client.batch_jobs.results(arguments.job_id):
            write(shown(result))
            if result.error is not None:
                code = 1
    return code


def cancel(arguments: argparse.Namespace) -> int:
    """Request the cancellation of a job."""
    with mistral_client() as client:
        write(_row(client.batch_jobs.cancel(arguments.job_id)))
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Delete jobs; if one cannot be deleted, continue with the others."""
    with mistral_client() as client:
        return delete_each(arguments.job_ids, client.batch_jobs.delete)


def _uploaded(client: Mistral, path: Path) -> str:
    with sending(path) as progress:
        file = client.files.upload(path, purpose="batch", progress=progress)
    report(f"{one_line(path.name)}: uploaded as {one_line(file.id)}")
    return file.id


def _row(job: BatchJob) -> str:
    done = f"{job.completed_requests}/{job.total_requests}"
    columns = (job.id, 36), (time(job.created_at), 23), (job.status, 16), (done, 11)
    return row(*columns, (job.model, 0))


def _changes_reported() -> Callable[[BatchJob], None]:
    """Return a `progress` that reports each change of a job."""
    last = ""

    def progress(job: BatchJob) -> None:
        nonlocal last
        done = f"{job.completed_requests} of {job.total_requests} requests done"
        failed = f", {job.failed_requests} failed" if job.failed_requests else ""
        line = f"{one_line(job.status)}: {done}{failed}"
        if line != last:
            report(line)
        last = line

    return progress


def _as_row(result: BatchResult) -> str:
    if result.error is not None:
        text = f"error: {result.error}"
    elif result.response is not None:
        text = result.response.text
    else:
        text = json.dumps(result.body)
    return row((result.custom_id, 24), (text, 0))


def _as_json(result: BatchResult) -> str:
    return f"{json.dumps(result.raw)}\n"
