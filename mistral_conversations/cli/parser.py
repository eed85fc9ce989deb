"""The argument parser of the command line."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mistral_conversations.cli import values

__all__ = ["command_parser", "program"]

if TYPE_CHECKING:
    # argparse has no public name for this class.
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

_SCRIPT = "mistral-conversations"


def program() -> str:
    """Return the name by which the command line was called."""
    path = Path(sys.argv[0])
    return _SCRIPT if path.name == _SCRIPT else "python -m mistral_conversations"


def command_parser() -> argparse.ArgumentParser:
    """Make the parser; it sets the `module` and the `function` of the command."""
    parser = argparse.ArgumentParser(
        prog=program(),
        description="Mistral's Conversations API at the command line.",
        epilog="MISTRAL_API_KEY is the API key. MISTRAL_BASE_URL selects another "
        "server than Mistral's.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_chat(commands)
    _add_conversations(commands)
    _add_agents(commands)
    _add_libraries(commands)
    _add_files(commands)
    _add_models(commands)
    _add_connectors(commands)
    _add_batch(commands)
    _add_serve(commands)
    return parser


def _add(
    commands: "Commands", name: str, function: str, text: str
) -> argparse.ArgumentParser:
    """Add a command that runs `function`, written as `module.function`."""
    summary = f"{text.partition('. ')[0].rstrip('.')}."
    command = commands.add_parser(
        name, help=summary, description=text, allow_abbrev=False
    )
    module, _, function = function.partition(".")
    command.set_defaults(module=module, function=function)
    return command


def _add_chat(commands: "Commands") -> None:
    text = (
        "Chat with a model or an agent. Ctrl-C stops an answer, Ctrl-D or /exit "
        "leaves. If stdin is not a terminal, each of its lines is a message."
    )
    chat = _add(commands, "chat", "chat.chat", text)
    _add_partner(chat)
    chat.add_argument(
        "--instructions",
        type=values.text,
        metavar="TEXT",
        help="the system instructions for the model; an agent has its own",
    )
    chat.add_argument(
        "--local",
        action="store_true",
        help="chat with an echoing server in this process, which has no agents and no "
        "earlier conversations; the default without MISTRAL_API_KEY",
    )


def _add_partner(chat: argparse.ArgumentParser) -> None:
    partner = chat.add_mutually_exclusive_group()
    partner.add_argument(
        "--model", type=values.text, help="the model; default: mistral-small-latest"
    )
    partner.add_argument(
        "--agent",
        type=values.text,
        metavar="ID",
        help="chat with an agent, not a model",
    )
    partner.add_argument(
        "--continue",
        dest="conversation_id",
        type=values.text,
        metavar="ID",
        help="continue a conversation, with its own model or agent",
    )


def _add_conversations(commands: "Commands") -> None:
    text = "List the newest conversations: id, time, model or agent, name."
    newest = _add(commands, "list", "conversations.list_newest", text)
    newest.add_argument(
        "--limit",
        type=values.count,
        default=20,
        metavar="N",
        help="the maximum number to list; default: %(default)s",
    )
    show = _add(
        commands,
        "show",
        "conversations.show",
        "Show a conversation as text, JSON or HTML.",
    )
    show.add_argument("conversation_id", type=values.text, metavar="ID")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the history as JSON")
    form.add_argument(
        "--html", metavar="FILE", help="write a web page to FILE; - is stdout"
    )
    delete = _add(commands, "delete", "conversations.delete", "Delete conversations.")
    delete.add_argument("conversation_ids", type=values.text, nargs="+", metavar="ID")


def _add_agents(commands: "Commands") -> None:
    agents = commands.add_parser("agents", help="List agents.", description="Agents.")
    subcommands = agents.add_subparsers(required=True, metavar="COMMAND")
    text = "List the agents: id, time of the last change, model, version, name."
    _add(subcommands, "list", "agents.list_agents", text)


def _add_libraries(commands: "Commands") -> None:
    text = "Document libraries."
    summary = "List document libraries; upload files."
    libraries = commands.add_parser("libraries", help=summary, description=text)
    subcommands = libraries.add_subparsers(required=True, metavar="COMMAND")
    text = "List the libraries: id, time of the last change, documents, bytes, name."
    _add(subcommands, "list", "libraries.list_libraries", text)
    text = "Upload files to a library and wait until they are processed."
    upload = _add(subcommands, "upload", "libraries.upload", text)
    upload.add_argument("library_id", type=values.text, metavar="LIBRARY_ID")
    upload.add_argument("files", type=values.text, nargs="+", metavar="FILE")
    upload.add_argument(
        "--no-wait",
        dest="waits",
        action="store_false",
        help="do not wait until the documents are processed",
    )


def _add_models(commands: "Commands") -> None:
    models = commands.add_parser("models", help="List models.", description="Models.")
    subcommands = models.add_subparsers(required=True, metavar="COMMAND")
    text = "List the models: id, context length in tokens, capabilities."
    _add(subcommands, "list", "models.list_models", text)


def _add_connectors(commands: "Commands") -> None:
    summary = "List connectors and their tools; authorize them, call their tools."
    connectors = commands.add_parser(
        "connectors", help=summary, description="Connectors."
    )
    subcommands = connectors.add_subparsers(required=True, metavar="COMMAND")
    text = "List the connectors: id, active, authorized, name."
    _add(subcommands, "list", "connectors.list_connectors", text)
    text = "List the tools of a connector: name, description."
    _add_connector(_add(subcommands, "tools", "connectors.list_tools", text))
    text = "Print the URL at which to give a connector access."
    _add_connector(_add(subcommands, "auth-url", "connectors.auth_url", text))
    text = "Call a tool of a connector, and print its result."
    call = _add(subcommands, "call", "connectors.call", text)
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


def _add_connector(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "connector", type=values.text, metavar="CONNECTOR", help="its id or its name"
    )
    command.add_argument(
        "--credentials",
        type=values.credentials,
        metavar="NAME",
        help="the name of stored credentials; default: the default ones",
    )


def _add_files(commands: "Commands") -> None:
    summary = "List, upload, download, share and delete files."
    files = commands.add_parser("files", help=summary, description="Files.")
    subcommands = files.add_subparsers(required=True, metavar="COMMAND")
    text = "List the files: id, time of creation, bytes, purpose, name."
    listed = _add(subcommands, "list", "files.list_files", text)
    listed.add_argument(
        "--purpose", type=values.text, help="only files with this purpose"
    )
    listed.add_argument(
        "--search", type=values.text, metavar="TEXT", help="only files that match TEXT"
    )
    _add_upload(subcommands)
    text = "Download a file. A download that fails leaves nothing behind."
    download = _add(subcommands, "download", "files.download", text)
    download.add_argument("file_id", type=values.text, metavar="ID")
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
    upload = _add(commands, "upload", "files.upload", "Upload files.")
    upload.add_argument("files", type=values.text, nargs="+", metavar="FILE")
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
        help="delete the files after so many hours; default: never",
    )


def _add_file_commands(commands: "Commands") -> None:
    text = "Show what the service knows about a file, as JSON."
    retrieve = _add(commands, "retrieve", "files.retrieve", text)
    retrieve.add_argument("file_id", type=values.text, metavar="ID")
    text = "Print a URL from which anyone can download a file, without a key."
    url = _add(commands, "url", "files.url", text)
    url.add_argument("file_id", type=values.text, metavar="ID")
    url.add_argument(
        "--expiry",
        type=values.hours,
        metavar="HOURS",
        help="the hours after which the URL becomes invalid, 1 to 168; default: 24",
    )
    delete = _add(commands, "delete", "files.delete", "Delete files.")
    delete.add_argument("file_ids", type=values.text, nargs="+", metavar="ID")


def _add_batch(commands: "Commands") -> None:
    summary = "Create, list, follow, cancel and delete batch jobs; print their results."
    batch = commands.add_parser("batch", help=summary, description="Batch jobs.")
    subcommands = batch.add_subparsers(required=True, metavar="COMMAND")
    _add_batch_create(subcommands)
    text = "List the jobs: id, time of creation, status, requests done, model."
    listed = _add(subcommands, "list", "batch.list_jobs", text)
    listed.add_argument(
        "--status",
        type=values.text,
        action="append",
        help="only jobs with this status, such as RUNNING; may be repeated",
    )
    text = "Show a job as JSON."
    _add_job(_add(subcommands, "get", "batch.get", text))
    text = "Wait until a job has ended. The exit code is 1 unless it succeeded."
    wait = _add(subcommands, "wait", "batch.wait", text)
    _add_job(wait)
    wait.add_argument(
        "--timeout", type=values.seconds, metavar="SECONDS", help="default: no limit"
    )
    _add_batch_results(subcommands)
    _add_job(_add(subcommands, "cancel", "batch.cancel", "Cancel a job."))
    delete = _add(subcommands, "delete", "batch.delete", "Delete jobs.")
    delete.add_argument("job_ids", type=values.text, nargs="+", metavar="ID")


def _add_batch_create(commands: "Commands") -> None:
    text = (
        "Upload files of requests, and create a job with them. Each line of a file is "
        'a JSON object: {"custom_id": "1", "body": {"inputs": "Hello"}}.'
    )
    create = _add(commands, "create", "batch.create", text)
    create.add_argument("files", type=values.text, nargs="+", metavar="FILE")
    create.add_argument(
        "--model", type=values.text, help="the model; default: that of each request"
    )
    create.add_argument(
        "--endpoint",
        type=values.text,
        default="/v1/conversations",
        metavar="PATH",
        help="default: %(default)s",
    )
    create.add_argument(
        "--metadata",
        type=values.pair,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a key and a value of the job; may be repeated",
    )
    create.add_argument(
        "--hours",
        type=values.count,
        metavar="N",
        help="end the job after N hours, 168 at most; default: the service's",
    )


def _add_batch_results(commands: "Commands") -> None:
    text = (
        "Print the results of a job: custom_id, text or error. The exit code is 1 if "
        "a request failed."
    )
    results = _add(commands, "results", "batch.results", text)
    _add_job(results)
    results.add_argument(
        "--json", action="store_true", help="print each result as the service sent it"
    )


def _add_job(command: argparse.ArgumentParser) -> None:
    command.add_argument("job_id", type=values.text, metavar="ID")


def _add_serve(commands: "Commands") -> None:
    text = "Run a local server of the API; its model echoes."
    serve = _add(commands, "serve", "serve.serve", text)
    serve.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    serve.add_argument(
        "--port",
        type=values.port,
        default=8900,
        help="default: %(default)s; 0: any free port",
    )
    serve.add_argument(
        "--key",
        help="the only API key to accept; without it, any key is accepted, and HOST "
        "must be one that other machines cannot reach",
    )
    serve.add_argument(
        "--allow-host",
        dest="allowed_hosts",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name in Host and Origin to accept; may be repeated. On a "
        "loopback HOST, requests that name another host are refused",
    )
    serve.add_argument(
        "--keep",
        type=values.count,
        metavar="N",
        help="keep the newest N conversations; default: all",
    )
    serve.add_argument(
        "--latency",
        type=values.seconds,
        default=0.0,
        help="seconds before each event of a stream, and before a plain answer; "
        "default: %(default)s",
    )
