"""The commands of the parts: models, connectors, files and batch jobs."""

from typing import TYPE_CHECKING

from mistral_conversations.cli import values
from mistral_conversations.cli.command import (
    CommandParser,
    add_command,
    add_group,
    add_json,
)

if TYPE_CHECKING:
    from mistral_conversations.cli.command import Commands

__all__ = ["add_batch_jobs", "add_connectors", "add_files", "add_models"]


def add_models(commands: "Commands") -> None:
    """Add the commands on models."""
    subcommands = add_group(commands, "models", "List models.", "Models.")
    text = "List the models: id, context length in tokens, capabilities."
    add_json(add_command(subcommands, "list", "models.list_models", text))


def add_connectors(commands: "Commands") -> None:
    """Add the commands on connectors."""
    summary = "List connectors and their tools; authorize them, call their tools."
    subcommands = add_group(commands, "connectors", summary, "Connectors.")
    text = "List the connectors: id, active, authorized, name."
    add_json(add_command(subcommands, "list", "connectors.list_connectors", text))
    text = "List the tools of a connector: name, description."
    tools = add_command(subcommands, "tools", "connectors.list_tools", text, "mail")
    _add_connector(tools)
    add_json(tools)
    text = "Print the URL at which to give a connector access."
    url = add_command(subcommands, "auth-url", "connectors.auth_url", text, "mail")
    _add_connector(url)
    text = "Call a tool of a connector, and print its result."
    example = """mail send '{"to": "ada@example.org"}'"""
    call = add_command(subcommands, "call", "connectors.call", text, example)
    _add_connector(call)
    call.add_argument(
        "tool", type=values.text, metavar="TOOL", help="the name of the tool"
    )
    call.add_argument(
        "arguments",
        type=values.json_object,
        nargs="?",
        metavar="JSON",
        help="the arguments of the tool, a JSON object",
    )


def _add_connector(command: CommandParser) -> None:
    command.add_argument(
        "connector", type=values.text, metavar="CONNECTOR", help="its id or its name"
    )
    command.add_argument(
        "--credentials",
        type=values.credentials,
        metavar="NAME",
        help="the name of stored credentials; default: the default ones",
    )


def add_files(commands: "Commands") -> None:
    """Add the commands on files."""
    summary = "List, upload, download, share and delete files."
    subcommands = add_group(commands, "files", summary, "Files.")
    text = "List the files: id, time of creation, bytes, purpose, name."
    example = "--purpose batch"
    listed = add_command(subcommands, "list", "files.list_files", text, example)
    add_json(listed)
    listed.add_argument(
        "--purpose", type=values.text, help="only files with this purpose"
    )
    listed.add_argument(
        "--search", type=values.text, metavar="TEXT", help="only files that match TEXT"
    )
    _add_upload(subcommands)
    text = "Download a file. A download that fails leaves nothing behind."
    example = "ID picture.png"
    download = add_command(subcommands, "download", "files.download", text, example)
    _add_file(download)
    download.add_argument(
        "output",
        type=values.text,
        nargs="?",
        metavar="FILE",
        help="the file to write, or to replace; - is stdout; default: a new file with "
        "the name that the service has",
    )
    _add_file_commands(subcommands)


def _add_upload(commands: "Commands") -> None:
    example = "asks.jsonl --purpose batch"
    upload = add_command(commands, "upload", "files.upload", "Upload files.", example)
    upload.add_argument(
        "files", type=values.text, nargs="+", metavar="FILE", help="a file to upload"
    )
    upload.add_argument(
        "--purpose",
        type=values.text,
        help="batch, ocr or fine-tune; default: the service's",
    )
    upload.add_argument(
        "--visibility",
        type=values.text,
        help="workspace (the service's default) or user",
    )
    upload.add_argument(
        "--expiry",
        type=values.count,
        metavar="HOURS",
        help="delete the files after HOURS hours; default: never",
    )


def _add_file_commands(commands: "Commands") -> None:
    text = "Show what the service knows about a file, as JSON."
    retrieve = add_command(commands, "retrieve", "files.retrieve", text, "ID")
    _add_file(retrieve)
    text = "Print a URL from which anyone can download a file, without a key."
    url = add_command(commands, "url", "files.url", text, "ID --expiry 2")
    _add_file(url)
    url.add_argument(
        "--expiry",
        type=values.hours,
        metavar="HOURS",
        help="the hours after which the URL becomes invalid, 1 to 168; default: 24",
    )
    delete = add_command(commands, "delete", "files.delete", "Delete files.", "ID")
    delete.add_argument(
        "file_ids",
        type=values.text,
        nargs="+",
        metavar="ID",
        help="the ids of the files",
    )


def _add_file(command: CommandParser) -> None:
    command.add_argument(
        "file_id", type=values.text, metavar="ID", help="the id of the file"
    )


def add_batch_jobs(commands: "Commands") -> None:
    """Add the commands on batch jobs."""
    summary = "Create, list, follow, cancel and delete batch jobs; print their results."
    subcommands = add_group(commands, "batch-jobs", summary, "Batch jobs.")
    _add_job_create(subcommands)
    text = "List the jobs: id, time of creation, status, requests done, model."
    example = "--status RUNNING"
    listed = add_command(subcommands, "list", "batch_jobs.list_jobs", text, example)
    add_json(listed)
    listed.add_argument(
        "--status",
        type=values.text,
        action="append",
        help="only jobs with this status, such as RUNNING; may be repeated",
    )
    text = "Show a job as JSON."
    _add_job(add_command(subcommands, "get", "batch_jobs.get", text, "ID"))
    text = "Wait until a job has ended. The exit code is 1 unless it succeeded."
    example = "ID --timeout 3600"
    wait = add_command(subcommands, "wait", "batch_jobs.wait", text, example)
    _add_job(wait)
    wait.add_argument(
        "--timeout",
        type=values.timeout,
        metavar="SECONDS",
        help="the maximum seconds to wait; default: no limit",
    )
    _add_job_results(subcommands)
    text = "Cancel a job."
    _add_job(add_command(subcommands, "cancel", "batch_jobs.cancel", text, "ID"))
    text = "Delete jobs."
    delete = add_command(subcommands, "delete", "batch_jobs.delete", text, "ID")
    delete.add_argument(
        "job_ids", type=values.text, nargs="+", metavar="ID", help="the ids of the jobs"
    )


def _add_job_create(commands: "Commands") -> None:
    text = (
        "Upload files of requests, and create a job with them. Each line of a file is "
        'a JSON object: {"custom_id": "1", "body": {"inputs": "Hello"}}.'
    )
    example = "asks.jsonl --model mistral-small-latest"
    create = add_command(commands, "create", "batch_jobs.create", text, example)
    create.add_argument(
        "files", type=values.text, nargs="+", metavar="FILE", help="a file of requests"
    )
    create.add_argument(
        "--model", type=values.text, help="the model; default: that of each request"
    )
    create.add_argument(
        "--endpoint",
        type=values.endpoint,
        default="/v1/conversations",
        metavar="PATH",
        help="the endpoint for each request; default: %(default)s",
    )
    create.add_argument(
        "--metadata",
        type=values.metadata,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a key and a value of the job; may be repeated",
    )
    create.add_argument(
        "--hours",
        type=values.hours,
        metavar="N",
        help="end the job after N hours, 1 to 168; default: the service's",
    )


def _add_job_results(commands: "Commands") -> None:
    text = (
        "Print the results of a job: custom_id, text or error. The exit code is 1 if "
        "a request failed."
    )
    example = "ID --json"
    results = add_command(commands, "results", "batch_jobs.results", text, example)
    _add_job(results)
    results.add_argument(
        "--json", action="store_true", help="print each result as the service sent it"
    )


def _add_job(command: CommandParser) -> None:
    command.add_argument(
        "job_id", type=values.text, metavar="ID", help="the id of the job"
    )
