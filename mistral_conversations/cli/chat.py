"""The command `chat`: a conversation in a terminal, or messages through a pipe."""

import argparse
from typing import Any

from mistral_conversations import ConfigurationError, Conversations
from mistral_conversations._addresses.choice import checked_base_url
from mistral_conversations.cli.dialogue import Dialogue
from mistral_conversations.cli.farewell import name_conversation
from mistral_conversations.cli.keyboard import Keyboard
from mistral_conversations.cli.keyboards import new_keyboard
from mistral_conversations.cli.messages import Messages, joined
from mistral_conversations.cli.service import (
    conversations_client,
    has_key,
    local_conversations,
)
from mistral_conversations.cli.talk import PlainTalk, Talk
from mistral_conversations.cli.terminal import report

__all__ = ["chat"]

_MODEL = "mistral-small-latest"
_ECHOES = "this is a local server that echoes and saves nothing"
_CALLS = "; the message NAME {JSON} calls a function"


def chat(arguments: argparse.Namespace) -> int:
    """Chat until the user leaves, or send the messages of the arguments and of stdin.

    Returns:
        The exit code: 3 if function calls are left unanswered, because nobody can be
        asked about them.
    """
    keyboard = new_keyboard(
        prompts=arguments.message is None, keeps_history=arguments.keeps_history
    )
    _refuse_contradictions(arguments, keyboard)
    is_local = arguments.local or not (has_key() or _needs_service(arguments))
    if is_local:
        why = "" if arguments.local else "MISTRAL_API_KEY is not set: "
        report(f"{why}{_ECHOES}{_CALLS if arguments.tools else ''}")
    with (
        local_conversations(calls=bool(arguments.tools))
        if is_local
        else conversations_client()
    ) as client:
        talk = _talk(client, arguments)
        entries = talk.refresh()
        if keyboard.is_terminal and arguments.message is None:
            address = "this process" if is_local else checked_base_url(None)
            dialogue = Dialogue(talk, keyboard, address, is_local=is_local)
            return dialogue.run(entries)
        code = _send(arguments, Messages(talk, keyboard))
        name_conversation(talk.conversation_id, is_local=is_local)
        return code


def _send(arguments: argparse.Namespace, messages: Messages) -> int:
    """Send the message of the arguments, those of stdin, or one of both."""
    if arguments.lines:
        return messages.send_lines()
    keyboard = messages.keyboard
    piped = "" if keyboard.is_terminal else keyboard.rest()
    return messages.send(joined(arguments.message, piped))


def _refuse_contradictions(arguments: argparse.Namespace, keyboard: Keyboard) -> None:
    if arguments.local and _needs_service(arguments):
        raise ConfigurationError(
            "--local starts an empty server, without agents or conversations: "
            "leave out --agent and --continue"
        )
    if arguments.lines and arguments.message is not None:
        raise ConfigurationError(
            "--lines sends the lines of stdin: leave out the message, or --lines"
        )
    if arguments.instructions and arguments.conversation_id is not None:
        raise ConfigurationError(
            "--instructions applies to a new conversation: leave it out with --continue"
        )
    if arguments.instructions and arguments.agent:
        raise ConfigurationError(
            "--instructions applies to a model: an agent (--agent) has its own"
        )
    if arguments.yes and not arguments.tools:
        raise ConfigurationError("--yes applies to the functions of --tools: add those")
    if arguments.tools and not (arguments.yes or keyboard.is_terminal):
        raise ConfigurationError(
            "stdin is not a terminal, so nobody can be asked before a function runs: "
            "add --yes to run the functions of --tools without asking"
        )


def _needs_service(arguments: argparse.Namespace) -> bool:
    """Return whether the arguments name something that only the service can have."""
    return bool(arguments.agent) or arguments.conversation_id is not None


def _talk(client: Conversations, arguments: argparse.Namespace) -> Talk:
    settings: dict[str, Any] = {
        "model": None if arguments.agent else arguments.model or _MODEL,
        "agent_id": arguments.agent,
        "instructions": arguments.instructions,
    }
    id_ = arguments.conversation_id
    if id_ is True:
        id_ = _newest(client)
    if not arguments.tools:
        return PlainTalk(client, id_, settings=settings)
    from mistral_conversations.cli.run_talk import RunTalk
    from mistral_conversations.cli.tools import load_tools

    tools = load_tools(arguments.tools)
    talk = RunTalk(
        client, id_, settings=settings, toolset=tools, asks=not arguments.yes
    )
    talk.check()
    return talk


def _newest(client: Conversations) -> str:
    """Return the id of the newest conversation."""
    for conversation in client.list(page_size=1):
        return conversation.id
    raise ConfigurationError(
        "there is no conversation to continue: leave out --continue"
    )
