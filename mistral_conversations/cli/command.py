"""Commands of the argument parser, and groups of commands."""

import argparse
from typing import TYPE_CHECKING, TypeAlias

__all__ = ["add_command", "add_group"]

if TYPE_CHECKING:
    # argparse has no public name for this class.
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001


def add_command(
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


def add_group(commands: "Commands", name: str, summary: str, text: str) -> "Commands":
    """Add a command that has commands of its own."""
    group = commands.add_parser(name, help=summary, description=text)
    return group.add_subparsers(required=True, metavar="COMMAND")
