"""The command `chat`: a conversation in a terminal, or line by line through a pipe."""

import argparse
import shlex
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import attrs

from mistral_conversations import (
    BadRequestError,
    ConfigurationError,
    Conversations,
    MistralConversationsError,
)
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.interrupts import Interrupts
from mistral_conversations.cli.keyboard import Keyboard
from mistral_conversations.cli.parser import program
from mistral_conversations.cli.recovery_notice import RECOVERY
from mistral_conversations.cli.service import (
    conversations_client,
    has_key,
    local_conversations,
)
from mistral_conversations.cli.talk import PlainTalk, Talk
from mistral_conversations.cli.terminal import one_line, report

__all__ = ["Chat", "chat"]

_MODEL = "mistral-small-latest"
_LEAVE = "/exit"
_HINT = "[Ctrl-D or /exit leaves]"
_WELCOME = "[Ctrl-C stops an answer, Ctrl-D or /exit leaves]"
_STOPPED_EARLY = "[stopped early: the next message starts a new conversation]"
_ECHOES = "this is a local server that echoes and saves nothing"
_CALLS = "; the message NAME {JSON} calls a function"


def chat(arguments: argparse.Namespace) -> int:
    """Chat until the user leaves or stdin ends."""
    keyboard = Keyboard()
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
        talk.refresh()
        return Chat(talk, keyboard, is_local=is_local).run()


def _refuse_contradictions(arguments: argparse.Namespace, keyboard: Keyboard) -> None:
    if arguments.local and _needs_service(arguments):
        raise ConfigurationError(
            "--local starts an empty server, without agents or conversations: "
            "leave out --agent and --continue"
        )
    if arguments.instructions and arguments.conversation_id:
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
    return bool(arguments.agent or arguments.conversation_id)


def _talk(client: Conversations, arguments: argparse.Namespace) -> Talk:
    settings: dict[str, Any] = {
        "model": None if arguments.agent else arguments.model or _MODEL,
        "agent_id": arguments.agent,
        "instructions": arguments.instructions,
    }
    id_ = arguments.conversation_id
    if not arguments.tools:
        start = partial(client.start_stream, recover=RECOVERY, **settings)
        return PlainTalk(client, id_, start=start)
    from mistral_conversations.cli.run_talk import RunTalk
    from mistral_conversations.cli.tools import load_tools

    tools = load_tools(arguments.tools)
    talk = RunTalk(
        client, id_, settings=settings, toolset=tools, asks=not arguments.yes
    )
    talk.check()
    return talk


@attrs.define
class Chat:
    """A chat: prompt the user, send the message, show the answer, repeat."""

    talk: Talk
    keyboard: Keyboard
    is_local: bool
    """Whether the conversation ends with this process."""

    _interrupts: Interrupts = attrs.field(factory=Interrupts, init=False)

    def run(self) -> int:
        """Chat, and return the exit code.

        In a terminal, Ctrl-C and errors end only the current turn. Elsewhere they are
        raised.
        """
        try:
            if self.keyboard.is_terminal:
                report(_WELCOME)
                with self._interrupts:
                    while True:
                        self._run_turn()
            while True:
                self._ask()()
        except EOFError:
            self._say_farewell()
            return 0

    def _run_turn(self) -> None:
        try:
            with self._interrupts.enabled():
                send = self._ask()
        except KeyboardInterrupt:
            report(f"\n{_HINT}")
            return
        try:
            with self._interrupts.enabled():
                send()
        except KeyboardInterrupt:
            report("[stopped]" if self.talk.conversation_id else _STOPPED_EARLY)
        except MistralConversationsError as error:
            report(reason(error))
            if isinstance(error, BadRequestError):
                self._look_for_open_calls()

    def _ask(self) -> Callable[[], None]:
        """Ask the user for the next input, and return a function that sends it."""
        if self.talk.is_waiting:
            from mistral_conversations.cli.decision import decide

            for call in self.talk.open_calls:
                decide(call, self._line)
            return self.talk.reply
        while not (text := self._line("> ")).strip():
            pass
        return partial(self.talk.say, text)

    def _line(self, prompt: str) -> str:
        try:
            line = self.keyboard.ask(prompt)
        except EOFError:
            if self.keyboard.is_terminal:
                report("")
            raise
        if line.strip() == _LEAVE:
            raise EOFError
        return line

    def _look_for_open_calls(self) -> None:
        """Look for open calls that a stopped answer made, unseen by the user."""
        with (
            suppress(KeyboardInterrupt, MistralConversationsError),
            self._interrupts.enabled(),
        ):
            self.talk.refresh()
        if self.talk.open_calls:
            report("[nothing was sent: answer these calls first]")

    def _say_farewell(self) -> None:
        if conversation_id := one_line(self.talk.conversation_id or ""):
            quoted = shlex.quote(conversation_id)
            how = f"; continue with: {program()} chat --continue {quoted}"
            report(f"conversation {conversation_id}{'' if self.is_local else how}")
