"""The command line: `python -m mistral_conversations`, or `mistral-conversations`.

Here and in `parser`, `ending` and `terminal` nothing of the client or the server is
imported: `--help` and wrong words are answered at once. Each command is a module,
imported when it is run.
"""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from mistral_conversations.cli.ending import drop_unwritten, ended
from mistral_conversations.cli.parser import command_parser
from mistral_conversations.cli.terminal import forgive_characters

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the words after the program's name; None takes those it was started with.

    Returns:
        The exit code: 0 is well, 1 went wrong, 2 was asked in a wrong way, 130 was
        ended by Ctrl-C; argparse itself exits with 2.
    """
    forgive_characters()
    try:
        return ended(partial(_run, argv))
    except SystemExit:
        drop_unwritten()
        raise


def _run(argv: Sequence[str] | None) -> int:
    arguments = command_parser().parse_args(argv)
    module = import_module(f"{__name__}.{arguments.module}")
    run: Callable[..., int] = getattr(module, arguments.function)
    return run(arguments)
