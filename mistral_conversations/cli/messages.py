"""Messages of the command's arguments and of stdin, without prompts for them."""

import attrs

from mistral_conversations import ConfigurationError
from mistral_conversations.cli.calls import decide_calls
from mistral_conversations.cli.farewell import report_unanswered
from mistral_conversations.cli.keyboard import Keyboard
from mistral_conversations.cli.talk import Talk

__all__ = ["UNANSWERED", "Messages", "joined"]

UNANSWERED = 3
"""The exit code if function calls are left unanswered."""


def joined(message: str | None, piped: str) -> str:
    """Append what was piped to a message.

    Raises:
        ConfigurationError: there is neither.
    """
    parts = [part for part in (message, piped) if part and part.strip()]
    if not parts:
        raise ConfigurationError(
            "there is no message: stdin is empty; write one after the command"
        )
    return "\n\n".join(parts)


@attrs.define
class Messages:
    """Sends messages, and shows the answers."""

    talk: Talk
    keyboard: Keyboard

    def send(self, text: str) -> int:
        """Send one message, and return the exit code."""
        if self._answer_calls():
            self.talk.say(text)
            self._answer_calls()
        return self._code()

    def send_lines(self) -> int:
        """Send each line of stdin, and return the exit code.

        After function calls, the next lines are their results.
        """
        try:
            while True:
                if self.talk.is_waiting:
                    decide_calls(self.talk.open_calls, self.keyboard)
                    self.talk.reply()
                elif (line := self.keyboard.ask("")).strip():
                    self.talk.say(line)
        except EOFError:
            return self._code()

    def _answer_calls(self) -> bool:
        """Ask the user about calls; return whether none is left."""
        while self.talk.is_waiting:
            if self.talk.open_calls and not self.keyboard.is_terminal:
                return False
            decide_calls(self.talk.open_calls, self.keyboard)
            self.talk.reply()
        return True

    def _code(self) -> int:
        if not self.talk.is_waiting:
            return 0
        report_unanswered(self.talk.open_calls)
        return UNANSWERED
