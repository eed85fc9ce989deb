"""The command line: `python -m mistral_conversations`, or `mistral-conversations`.

This module, `parser` and what it imports load nothing of the client or the server, so
`--help` and usage errors appear at once. Each command is a module that is imported when
it runs.
"""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from mistral_conversations.cli.ending import drop_unwritten, run_command
from mistral_conversations.cli.parser import command_parser
from mistral_conversations.cli.terminal import accept_all_characters

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the arguments after the program's name; None reads `sys.argv`.

    Returns:
        The exit code: 0 for success, 1 for an error, 2 for usage errors and a missing
        key, 3 if a chat leaves function calls unanswered, 130 for Ctrl-C. argparse
        exits with 2 itself.
    """
    accept_all_characters()
    try:
        return run_command(partial(_run, argv))
    except SystemExit:
        drop_unwritten()
        raise


def _run(argv: Sequence[str] | None) -> int:
    arguments = command_parser().parse_args(argv)
    module = import_module(f"{__name__}.{arguments.module}")
    run: Callable[..., int] = getattr(module, arguments.function)
    return run(arguments)
