"""User input with prompt_toolkit: several lines, completion, a history that stays.

The only module that imports prompt_toolkit, which the extra `cli` installs.
"""

from collections.abc import Iterable
from typing import ClassVar

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.shortcuts import CompleteStyle

from mistral_conversations._characters import whole
from mistral_conversations.cli.history_file import HistoryFile
from mistral_conversations.cli.keyboard import MORE, PROMPT, Keyboard
from mistral_conversations.cli.slash import is_open, matches

__all__ = ["Editor"]


class Editor(Keyboard):
    """The lines of a terminal; Alt-Enter begins another line of a message.

    Args:
        file: the file of the history; None keeps it in memory.
    """

    help: ClassVar[str] = "\n  Alt-Enter     begin another line of the message"

    def __init__(self, file: HistoryFile | None) -> None:
        super().__init__()
        self._messages: PromptSession[str] = PromptSession(
            multiline=True,
            key_bindings=_bindings(),
            history=_Lines(file) if file is not None else InMemoryHistory(),
            completer=_Commands(),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            prompt_continuation=_continuation,
            enable_suspend=True,
        )
        self._answers: PromptSession[str] = PromptSession()

    def message(self) -> str:
        """Return the next message or command.

        Raises:
            EOFError: the user leaves.
        """
        print()  # an answer above the prompt ends here
        return whole(self._messages.prompt([("bold", PROMPT)]))

    def _line(self, prompt: str) -> str:
        return whole(self._answers.prompt([("bold", prompt)]))


class _Lines(FileHistory):
    """A history in a file; one that cannot be written is kept in memory."""

    def __init__(self, file: HistoryFile) -> None:
        super().__init__(str(file.path))
        self._file = file

    def load_history_strings(self) -> Iterable[str]:
        """Return the lines, the newest first."""
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Add a line, unless it holds the API key."""
        if self._file.accepts(string):
            try:
                super().store_string(whole(string))
            except OSError:
                return


class _Commands(Completer):
    """The commands of a chat."""

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 - the name of the interface
    ) -> Iterable[Completion]:
        """Yield the commands that begin with the text."""
        text = document.text
        for name in matches(text):
            yield Completion(name, start_position=-len(text))


def _bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_open(buffer.text):
            buffer.newline()
        else:
            buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.newline()

    return bindings


def _continuation(_width: int, _line: int, wraps: int) -> str:
    return "" if wraps else MORE
