"""Commands of the argument parser, and groups of commands."""

import argparse
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from mistral_conversations.cli.terminal import report, report_error

__all__ = ["CommandParser", "add_command", "add_group", "add_json"]

if TYPE_CHECKING:
    # argparse has no public name for this class.
    Commands: TypeAlias = "argparse._SubParsersAction[CommandParser]"  # noqa: SLF001


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors show the usage of the command that they are about."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Formatter, allow_abbrev=False, **options)

    def arguments(self) -> Iterator[argparse.Action]:
        """Yield the arguments of this parser and of its commands."""
        for action in self._actions:
            yield action
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
                for command in action.choices.values():
                    yield from command.arguments()

    def parse_known_args(self, *args: Any, **options: Any) -> tuple[Any, list[str]]:
        """Parse arguments, and report unknown ones here.

        argparse leaves those of a command to the parser of the whole program.
        """
        found, unknown = super().parse_known_args(*args, **options)
        if unknown:
            self.error(self._unrecognized(unknown))
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Show the usage, or the commands of a group, and the error."""
        text = self.format_usage() if self._commands() is None else self.format_help()
        report(text.rstrip())
        report_error(message)
        raise SystemExit(2)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        commands = self._commands()
        if commands and action is commands and value not in commands.choices:
            similar = _similar(value, list(commands.choices))
            raise argparse.ArgumentError(None, f"no such command: {value}{similar}")
        super()._check_value(action, value)

    def _commands(self) -> "Commands | None":
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
                return action
        return None

    def _unrecognized(self, words: Sequence[str]) -> str:
        """Describe unknown words, without the values of options: they may be secret."""
        options = [word.partition("=")[0] for word in words if word.startswith("-")]
        if not options:
            return f"unrecognized arguments: {' '.join(words)}"
        similar = _similar(options[0], list(self._option_string_actions))
        return f"unrecognized option: {options[0]}{similar}"


class _Formatter(argparse.HelpFormatter):
    """Formats help texts; a line that begins with two spaces stays as it is."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(
            line
            if line.startswith("  ")
            else super(_Formatter, self)._fill_text(line, width, indent)
            for line in text.splitlines()
        )


def add_command(
    commands: "Commands", name: str, function: str, text: str, example: str = ""
) -> CommandParser:
    """Add a command that runs `function`, written as `module.function`.

    Args:
        example: the arguments of an example.
    """
    summary = f"{text.partition('. ')[0].rstrip('.')}."
    command = commands.add_parser(
        name,
        help=summary,
        description=text,
        epilog=f"example:\n  %(prog)s {example.replace('%', '%%')}".rstrip(),
    )
    module, _, function = function.partition(".")
    command.set_defaults(module=module, function=function)
    return command


def add_group(commands: "Commands", name: str, summary: str, text: str) -> "Commands":
    """Add a command that has commands of its own."""
    group = commands.add_parser(name, help=summary, description=text)
    return group.add_subparsers(required=True, metavar="COMMAND")


def add_json(command: CommandParser) -> None:
    """Add an option for machines to a command that lists items."""
    command.add_argument(
        "--json", action="store_true", help="print each as a line of JSON"
    )


def _similar(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, 1)
    return f"; did you mean {close[0]}?" if close else ""
