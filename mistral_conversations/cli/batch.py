"""The command `batch`: ask a file of prompts, and keep the answers in another."""

import argparse
from typing import Any

from mistral_conversations import Batch, BatchProgress, BatchRow, ConfigurationError
from mistral_conversations._wire.given_schema import type_of_schema
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.progress import asking
from mistral_conversations.cli.prompts import Prompts, opened_prompts
from mistral_conversations.cli.service import conversations_client
from mistral_conversations.cli.terminal import one_line, report, report_error

__all__ = ["batch"]

_MOST_SHOWN = 5


def batch(arguments: argparse.Namespace) -> int:
    """Ask the rows of a file; return 1 if any has failed."""
    prompts = Prompts(
        arguments.file, arguments.format, arguments.field, arguments.id_field
    )
    with (
        opened_prompts(arguments.file) as file,
        conversations_client() as client,
        asking() as progress,
    ):
        try:
            rows = client.batch(
                prompts.read(file), progress=progress, **_parameters(arguments)
            )
        except (TypeError, ValueError) as error:
            raise ConfigurationError(str(error)) from None
        try:
            _read(rows)
        except BaseException as error:
            if rows.progress.done or isinstance(error, KeyboardInterrupt):
                report(f"stopped: {_counts(rows.progress)}")
                report(f"the same command continues {one_line(arguments.output)}")
            raise
    _conclude(rows.progress)
    return 1 if rows.progress.failed else 0


def _parameters(arguments: argparse.Namespace) -> dict[str, Any]:
    schema = arguments.schema
    return {
        "model": arguments.model,
        "agent_id": arguments.agent,
        "instructions": arguments.instructions,
        "output_type": None if schema is None else type_of_schema(schema),
        "max_concurrency": arguments.concurrency,
        "requests_per_minute": arguments.rpm,
        "tokens_per_minute": arguments.tpm,
        "results": arguments.output,
        "resend": arguments.resend,
        "retry_failed": arguments.retry_failed,
        "via": arguments.via,
    }


def _read(rows: Batch) -> None:
    """Wait for all rows; report the first ones that failed."""
    shown = 0
    with rows:
        for row in rows:
            if row.error is not None and shown < _MOST_SHOWN:
                shown += 1
                report_error(_described(row, row.error))


def _described(row: BatchRow, error: Exception) -> str:
    return f"row {one_line(row.custom_id)}: {reason(error)}"


def _conclude(progress: BatchProgress) -> None:
    usage = progress.usage
    tokens = (
        f"{usage.total_tokens:,} tokens ({usage.prompt_tokens:,} prompt, "
        f"{usage.completion_tokens:,} completion)"
    )
    report(f"{_counts(progress)}; {tokens} in {progress.seconds:.1f} s")
    if progress.uncertain:
        report("to ask the uncertain rows again, add --resend --retry-failed")
    elif progress.failed:
        report("to ask the failed rows again, add --retry-failed")


def _counts(progress: BatchProgress) -> str:
    counts = {
        "resumed": progress.resumed,
        "failed": progress.failed,
        "uncertain": progress.uncertain,
    }
    total = "" if progress.total is None else f" of {progress.total:,}"
    parts = [f"{number:,} {name}" for name, number in counts.items() if number]
    return ", ".join([f"{progress.done:,}{total} rows", *parts])
