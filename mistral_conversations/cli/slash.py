'''What a user may type in a chat: messages, texts between `"""`, and commands.'''

from difflib import get_close_matches

import attrs

from mistral_conversations.cli.terminal import one_line
from mistral_conversations.errors import ConfigurationError

__all__ = [
    "COMMANDS",
    "EXIT",
    "HELP",
    "NAMES",
    "Command",
    "command_of",
    "is_open",
    "matches",
]

EXIT = "/exit"
_QUOTES = '"""'
_LONGEST_NAME = 40


@attrs.frozen
class Command:
    """A command, or, without a name, a message."""

    name: str
    text: str
    """The argument of the command, or the message."""


COMMANDS = {
    "/help": ("", "list the commands"),
    EXIT: ("", "leave; Ctrl-D does the same"),
    "/model": ("[NAME]", "show the model; with NAME, start a new conversation with it"),
    "/retry": ("", "ask the last question again, in a copy of the conversation"),
    "/save": ("FILE", "write the conversation to a .md, .html, .json or .txt file"),
}
"""The commands, each with its argument and its effect."""

NAMES = tuple(COMMANDS)


def _help() -> str:
    usages = [
        (f"{name} {argument}".strip(), effect)
        for name, (argument, effect) in COMMANDS.items()
    ]
    usages += [
        ('"""', 'begin a message of several lines, which the next """ ends'),
        ("//TEXT", "send a message that begins with a slash, /TEXT"),
    ]
    return "\n".join(f"  {usage:<14}{effect}" for usage, effect in usages)


HELP = _help()


def matches(text: str) -> list[str]:
    """Return the commands that begin with a text, ready for an argument."""
    found = [name for name in NAMES if text and name.startswith(text)]
    return [f"{name} " if COMMANDS[name][0] else name for name in found]


def is_open(text: str) -> bool:
    '''Return whether a text begins with `"""`, and lacks the `"""` at its end.'''
    bare = text.strip()
    return bare.startswith(_QUOTES) and not bare[len(_QUOTES) :].endswith(_QUOTES)


def command_of(typed: str) -> Command:
    """Return the command or the message that was typed.

    Raises:
        ConfigurationError: the text begins with `/` and names no command, or the
            command takes no argument.
    """
    bare = typed.strip()
    if bare.startswith(_QUOTES):
        return Command("", bare[len(_QUOTES) :].removesuffix(_QUOTES).strip("\n"))
    if bare.startswith("//"):
        return Command("", bare[1:])
    if not bare.startswith("/"):
        return Command("", typed)
    name, *rest = bare.split(maxsplit=1)
    text = rest[0] if rest else ""
    _check(name, text)
    return Command(name, text)


def _check(name: str, text: str) -> None:
    if name not in COMMANDS:
        close = get_close_matches(name, NAMES, 1)
        advice = f"did you mean {close[0]}? " if close else ""
        raise ConfigurationError(
            f"there is no command {one_line(name)[:_LONGEST_NAME]}: {advice}/help "
            "lists them; to send the text as a message, begin it with //"
        )
    argument = COMMANDS[name][0]
    if text and not argument:
        raise ConfigurationError(f"{name} takes no argument")
    if argument and not text and not argument.startswith("["):
        raise ConfigurationError(f"name the file: {name} {argument}")
