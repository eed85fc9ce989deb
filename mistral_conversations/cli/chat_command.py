"""The command `chat` of the parser."""

import argparse
from typing import TYPE_CHECKING

from mistral_conversations.cli import values
from mistral_conversations.cli.command import add_command

if TYPE_CHECKING:
    from mistral_conversations.cli.command import Commands

__all__ = ["add_chat"]

_TEXT = (
    "Chat with a model or an agent. With a MESSAGE, or if stdin is not a terminal, "
    "send one message, print the answer and exit. In a terminal, Ctrl-C stops an "
    "answer, /help lists the commands, and Ctrl-D or /exit leaves."
)


def add_chat(commands: "Commands") -> None:
    """Add the command."""
    chat = add_command(commands, "chat", "chat.chat", _TEXT, '"Why is the sky blue?"')
    chat.add_argument(
        "message",
        type=values.text,
        nargs="?",
        metavar="MESSAGE",
        help="the message to send; what is piped to stdin is appended to it",
    )
    _add_partner(chat)
    _add_functions(chat)
    chat.add_argument(
        "--lines",
        action="store_true",
        help="send each line of stdin as a message of its own",
    )
    chat.add_argument(
        "--no-history",
        dest="keeps_history",
        action="store_false",
        help="keep what you type out of the file of earlier messages",
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
        type=values.conversation_id,
        nargs="?",
        const=True,  # no text, which `type` would check
        metavar="ID",
        help="continue a conversation, with its own model or agent; default: the "
        "newest",
    )
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


def _add_functions(chat: argparse.ArgumentParser) -> None:
    chat.add_argument(
        "--tools",
        type=values.tool,
        nargs="+",
        action="extend",
        default=[],
        metavar="MODULE:NAME",
        help="Python functions that the model may call, or lists of them; with --agent "
        "and --continue, they implement the functions of the agent or conversation",
    )
    chat.add_argument(
        "--yes",
        action="store_true",
        help="run the functions without asking",
    )
