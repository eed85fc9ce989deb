"""The command `batch` of the parser."""

from typing import TYPE_CHECKING

from mistral_conversations.cli import values
from mistral_conversations.cli.command import CommandParser, add_command

if TYPE_CHECKING:
    from mistral_conversations.cli.command import Commands

__all__ = ["add_batch"]

_TEXT = (
    "Ask a file of prompts, many at once, and append each answer to another file as a "
    "line of JSON when it arrives. The same command continues a file that is not "
    "complete. The exit code is 1 if rows have failed."
)
_EXAMPLE = "prompts.jsonl -o answers.jsonl --model mistral-small-latest"


def add_batch(commands: "Commands") -> None:
    """Add the command."""
    batch = add_command(commands, "batch", "batch.batch", _TEXT, _EXAMPLE)
    _add_files(batch)
    _add_request(batch)
    batch.add_argument(
        "--concurrency",
        type=values.count,
        default=32,
        metavar="N",
        help="the maximum number of rows under way; default: %(default)s",
    )
    batch.add_argument(
        "--rpm",
        type=values.count,
        metavar="N",
        help="the maximum number of requests per minute; default: the service's limit",
    )
    batch.add_argument(
        "--tpm",
        type=values.large_count,
        metavar="N",
        help="the maximum number of tokens per minute; default: the service's limit",
    )
    _add_continuing(batch)
    batch.add_argument(
        "--via",
        choices=("batch_jobs",),
        help="ask through batch jobs of the service, which cost less and take longer",
    )


def _add_files(batch: CommandParser) -> None:
    batch.add_argument(
        "file",
        type=values.text,
        metavar="FILE",
        help="the prompts: JSON Lines (texts, or objects with inputs and custom_id) or "
        "CSV with a header; - is stdin",
    )
    batch.add_argument(
        "-o",
        "--output",
        type=values.text,
        required=True,
        metavar="FILE",
        help="the file of answers, which is created or continued",
    )
    batch.add_argument(
        "--format",
        choices=("jsonl", "csv"),
        help="the format of the prompts; default: csv for a FILE with that suffix",
    )
    batch.add_argument(
        "--field",
        type=values.text,
        metavar="NAME",
        help="the key or the column of the prompt; others are ignored. Default: inputs",
    )
    batch.add_argument(
        "--id-field",
        type=values.text,
        metavar="NAME",
        help="the key or the column of the row's id; default: custom_id, or the number "
        "of the row",
    )


def _add_request(batch: CommandParser) -> None:
    partner = batch.add_mutually_exclusive_group()
    partner.add_argument(
        "--model", type=values.text, help="the model; default: that of each row"
    )
    partner.add_argument(
        "--agent", type=values.text, metavar="ID", help="ask an agent, not a model"
    )
    batch.add_argument(
        "--instructions",
        type=values.text_or_file,
        metavar="TEXT",
        help="the system instructions; @FILE reads them from a file",
    )
    batch.add_argument(
        "--schema",
        type=values.object_in_file,
        metavar="FILE",
        help="a JSON Schema for the answers, which are then also written as objects",
    )


def _add_continuing(batch: CommandParser) -> None:
    batch.add_argument(
        "--resend",
        action="store_true",
        help="ask rows again that were sent and whose answers are not known",
    )
    batch.add_argument(
        "--retry-failed", action="store_true", help="ask rows again that have failed"
    )
