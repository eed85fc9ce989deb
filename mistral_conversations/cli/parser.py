"""The argument parser of the command line."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_conversations._version import __version__
from mistral_conversations.cli import values
from mistral_conversations.cli.agent_commands import add_agents
from mistral_conversations.cli.batch_command import add_batch
from mistral_conversations.cli.chat_command import add_chat
from mistral_conversations.cli.command import CommandParser, add_command, add_json
from mistral_conversations.cli.library_commands import add_documents, add_libraries
from mistral_conversations.cli.part_commands import (
    add_batch_jobs,
    add_connectors,
    add_files,
    add_models,
)
from mistral_conversations.cli.server_commands import (
    add_record,
    add_replay,
    add_serve,
)
from mistral_conversations.cli.terminal import write

if TYPE_CHECKING:
    from mistral_conversations.cli.command import Commands

__all__ = ["command_parser", "program"]

_SCRIPT = "mistral-conversations"


def program() -> str:
    """Return the name by which the command line was called."""
    path = Path(sys.argv[0])
    return _SCRIPT if path.name == _SCRIPT else "python -m mistral_conversations"


def command_parser(name: str | None = None) -> CommandParser:
    """Make the parser; it sets the `module` and the `function` of the command.

    Args:
        name: the name of the program; None is the one by which it was called.
    """
    parser = CommandParser(
        prog=name or program(),
        description="Mistral's Conversations API at the command line.",
        epilog="MISTRAL_API_KEY is the API key. MISTRAL_BASE_URL selects another "
        "server than Mistral's.\n"
        'example:\n  %(prog)s chat "Why is the sky blue?"',
    )
    version = f"{_SCRIPT} {__version__}"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument(
        "--print-completion",
        action=_PrintCompletion,
        choices=("bash", "zsh", "tcsh"),
        help="print a script that completes commands and options in a shell, and exit",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_chat(commands)
    add_batch(commands)
    _add_conversations(commands)
    add_agents(commands)
    add_libraries(commands)
    add_documents(commands)
    add_files(commands)
    add_models(commands)
    add_connectors(commands)
    add_batch_jobs(commands)
    add_serve(commands)
    add_record(commands)
    add_replay(commands)
    return parser


class _PrintCompletion(argparse.Action):
    """Prints a script for a shell, and exits."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        shell: Any,
        _option: str | None = None,
    ) -> None:
        from mistral_conversations.cli.completion import (  # noqa: PLC0415 - imports errors
            completion,
        )

        write(completion(command_parser(_SCRIPT), shell))
        parser.exit()


def _add_conversations(commands: "Commands") -> None:
    text = "List the newest conversations: id, time, model or agent, name."
    newest = add_command(
        commands, "list", "conversations.list_newest", text, "--limit 5"
    )
    newest.add_argument(
        "--limit",
        type=values.count,
        default=20,
        metavar="N",
        help="the maximum number to list; default: %(default)s",
    )
    add_json(newest)
    show = add_command(
        commands,
        "show",
        "conversations.show",
        "Show a conversation as text, JSON or HTML.",
        "conv_0123 --html talk.html",
    )
    show.add_argument(
        "conversation_id",
        type=values.text,
        metavar="ID",
        help="the id of the conversation",
    )
    form = show.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the history as JSON")
    form.add_argument(
        "--html", metavar="FILE", help="write a web page to FILE; - is stdout"
    )
    delete = add_command(
        commands,
        "delete",
        "conversations.delete",
        "Delete conversations.",
        "conv_0123 conv_4567",
    )
    delete.add_argument(
        "conversation_ids",
        type=values.text,
        nargs="+",
        metavar="ID",
        help="the ids of the conversations",
    )
