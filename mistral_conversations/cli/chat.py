"""The command `chat`: a conversation in a terminal, or line by line through a pipe."""

import argparse
import shlex
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import attrs

from mistral_conversations import (
    BadRequestError,
    ConfigurationError,
    Conversations,
    ConversationStream,
    FunctionCallEntry,
    FunctionResultEntry,
    MistralConversationsError,
    ToolCallConfirmation,
)
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.interrupts import Interrupts
from mistral_conversations.cli.keyboard import Keyboard
from mistral_conversations.cli.parser import program
from mistral_conversations.cli.service import (
    conversations_client,
    has_key,
    local_conversations,
)
from mistral_conversations.cli.talk import Talk, is_pending
from mistral_conversations.cli.terminal import one_line, report, write
from mistral_conversations.cli.wording import call_line

__all__ = ["Chat", "chat"]

_MODEL = "mistral-small-latest"
_LEAVE = "/exit"
_HINT = "[Ctrl-D or /exit leaves]"
_WELCOME = "[Ctrl-C stops an answer, Ctrl-D or /exit leaves]"
_STOPPED_EARLY = "[stopped early: the next message starts a new conversation]"
_CONFIRMATIONS = {"y": "allow", "yes": "allow", "n": "deny", "no": "deny"}


def chat(arguments: argparse.Namespace) -> int:
    """Chat until the user leaves or stdin ends."""
    _refuse_contradictions(arguments)
    is_local = arguments.local or not (has_key() or _needs_service(arguments))
    if is_local:
        why = "" if arguments.local else "MISTRAL_API_KEY is not set: "
        report(f"{why}this is a local server that echoes and saves nothing")
    with local_conversations() if is_local else conversations_client() as client:
        talk = Talk(client, _begin(client, arguments), arguments.conversation_id)
        talk.refresh()
        keyboard = Keyboard()
        return Chat(talk, keyboard, is_local=is_local).run()


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
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


def _needs_service(arguments: argparse.Namespace) -> bool:
    """Return whether the arguments name something that only the service can have."""
    return bool(arguments.agent or arguments.conversation_id)


def _begin(
    client: Conversations, arguments: argparse.Namespace
) -> Callable[[str], ConversationStream]:
    """Return a function that starts the conversation with its first message."""
    return partial(
        client.start_stream,
        model=None if arguments.agent else arguments.model or _MODEL,
        agent_id=arguments.agent,
        instructions=arguments.instructions,
    )


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
        if calls := self.talk.open_calls:
            return partial(self.talk.reply, [self._answer(call) for call in calls])
        while not (text := self._line("> ")).strip():
            pass
        return partial(self.talk.say, text)

    def _answer(
        self, call: FunctionCallEntry
    ) -> FunctionResultEntry | ToolCallConfirmation:
        """Ask for the result of a call, or whether the call may run."""
        write(f"{call_line(call)}\n")
        id_ = call.tool_call_id
        if not is_pending(call):
            return FunctionResultEntry(tool_call_id=id_, result=self._line("result> "))
        while True:
            answer = self._line("allow it? [y/n] ").strip().lower()
            if answer in _CONFIRMATIONS:
                confirmation = _CONFIRMATIONS[answer]
                return ToolCallConfirmation(tool_call_id=id_, confirmation=confirmation)
            report("[y allows the call, n denies it]")

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
