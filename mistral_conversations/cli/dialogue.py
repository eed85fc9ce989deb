"""A chat in a terminal: prompt the user, send the message, show the answer, repeat."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import attrs

from mistral_conversations import (
    BadRequestError,
    ConfigurationError,
    InputEntries,
    MistralConversationsError,
)
from mistral_conversations.cli import slash
from mistral_conversations.cli.calls import decide_calls
from mistral_conversations.cli.ending import reason
from mistral_conversations.cli.farewell import name_conversation
from mistral_conversations.cli.interrupts import Interrupts
from mistral_conversations.cli.keyboard import Keyboard
from mistral_conversations.cli.reminder import last_exchange
from mistral_conversations.cli.slash import HELP, Command, command_of
from mistral_conversations.cli.talk import Talk
from mistral_conversations.cli.terminal import notice, one_line, report_error

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Dialogue"]

_HINT = "[Ctrl-D or /exit leaves]"
_WELCOME = "[Ctrl-C stops an answer, /help lists commands, Ctrl-D or /exit leaves]"
_STOPPED_EARLY = "[stopped early: the next message starts a new conversation]"
_SENT_NOTHING = "[nothing was sent: answer these calls first]"


@attrs.define
class Dialogue:
    """A chat with a user at a keyboard."""

    talk: Talk
    keyboard: Keyboard
    address: str
    """Where the model is, for the user."""

    is_local: bool
    """Whether the conversation ends with this process."""

    _interrupts: Interrupts = attrs.field(factory=Interrupts, init=False)

    def run(self, before: Sequence[InputEntries] = ()) -> int:
        """Chat until the user leaves; Ctrl-C and errors end only the current turn.

        Args:
            before: the entries of a conversation that is continued.
        """
        self._show_partner()
        notice(_WELCOME)
        if shown := last_exchange(before):
            notice(shown)
        with suppress(EOFError), self._interrupts:
            while True:
                self._run_turn()
        name_conversation(self.talk.conversation_id, is_local=self.is_local)
        return 0

    def _run_turn(self) -> None:
        try:
            with self._interrupts.enabled():
                act = self._ask()
        except KeyboardInterrupt:
            notice(_HINT)
            return
        try:
            with self._interrupts.enabled():
                act()
        except KeyboardInterrupt:
            notice("[stopped]" if self.talk.conversation_id else _STOPPED_EARLY)
        except (MistralConversationsError, OSError) as error:
            report_error(reason(error))
            if isinstance(error, BadRequestError):
                self._look_for_open_calls()

    def _ask(self) -> Callable[[], None]:
        """Ask the user for the next input, and return what it causes."""
        if self.talk.is_waiting:
            decide_calls(self.talk.open_calls, self.keyboard)
            return self.talk.reply
        while not (text := self.keyboard.message()).strip():
            pass
        return partial(self._act, text)

    def _act(self, typed: str) -> None:
        match command_of(typed):
            case Command("", text):
                if text.strip():
                    self.talk.say(text)
            case Command(slash.EXIT):
                raise EOFError
            case Command("/help"):
                notice(HELP + self.keyboard.help)
            case Command("/model", name):
                self._switch(name)
            case Command("/retry"):
                self.talk.retry()
            case Command("/save", name):
                self._save(name)

    def _show_partner(self) -> None:
        notice(f"{one_line(self.talk.partner)} at {one_line(self.address)}")

    def _switch(self, model: str) -> None:
        if model:
            name_conversation(self.talk.conversation_id, is_local=self.is_local)
            self.talk.switch(model)
        self._show_partner()

    def _save(self, name: str) -> None:
        # Only this needs HTML.
        from mistral_conversations.cli.saving import path_of, save  # noqa: PLC0415

        path: Path = path_of(name)
        if self.talk.conversation_id is None:
            raise ConfigurationError("there is nothing to save yet: send a message")
        save(self.talk.client.get_history(self.talk.conversation_id), path)
        notice(f"[saved as {one_line(str(path))}]")

    def _look_for_open_calls(self) -> None:
        """Look for open calls that a stopped answer made, unseen by the user."""
        with (
            suppress(KeyboardInterrupt, MistralConversationsError),
            self._interrupts.enabled(),
        ):
            self.talk.refresh()
        if self.talk.open_calls:
            notice(_SENT_NOTHING)
