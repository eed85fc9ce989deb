"""The commands `batch-jobs`: create, list, follow, cancel and delete batch jobs."""

import argparse
import json
from pathlib import Path

from mistral_conversations import BatchJob, BatchResult, Mistral
from mistral_conversations.cli.items import (
    delete_each,
    readable_paths,
    write_items,
    write_json,
)
from mistral_conversations.cli.progress import following, sending
from mistral_conversations.cli.service import mistral_client
from mistral_conversations.cli.table import Table, row
from mistral_conversations.cli.terminal import one_line, report, write

__all__ = ["cancel", "create", "delete", "get", "list_jobs", "results", "wait"]

_TABLE = Table[BatchJob](
    [
        ("ID", 36),
        ("CREATED (UTC)", 23),
        ("STATUS", 16),
        ("DONE", 11),
        ("MODEL", 0),
    ],
    lambda job: (
        job.id,
        job.created_at,
        job.status,
        f"{job.completed_requests}/{job.total_requests}",
        job.model,
    ),
)


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
        write_items(_TABLE, [job])
    return 0


def list_jobs(arguments: argparse.Namespace) -> int:
    """List all jobs, or those with some statuses, the newest first."""
    with mistral_client() as client:
        found = client.batch_jobs.list_all(status=arguments.status or None)
        write_items(_TABLE, found, as_json=arguments.json)
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
        with following() as progress:
            job = client.batch_jobs.wait(
                arguments.job_id, timeout=arguments.timeout, progress=progress
            )
        write_items(_TABLE, [job])
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
        write_items(_TABLE, [client.batch_jobs.cancel(arguments.job_id)])
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
