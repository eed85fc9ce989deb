"""Completion of commands and options in a shell, by shtab."""

from mistral_conversations.cli.command import CommandParser
from mistral_conversations.errors import ConfigurationError

__all__ = ["completion"]

_FILES = ("CASSETTE", "FILE")


def completion(parser: CommandParser, shell: str) -> str:
    """Return a script that completes the commands of a parser in a shell.

    Raises:
        ConfigurationError: shtab is not installed.
    """
    try:
        import shtab  # noqa: PLC0415 - optional dependency
    except ImportError:
        raise ConfigurationError(
            "completion in a shell needs the extra `cli`: "
            "pip install 'mistral-conversations[cli]'"
        ) from None
    for argument in parser.arguments():
        if argument.metavar in _FILES:
            argument.complete = shtab.FILE  # type: ignore[attr-defined]
    return f"{shtab.complete(parser, shell)}\n"
