"""The keyboard of a chat: with prompt_toolkit, with readline, or a pipe."""

import sys

from mistral_conversations.cli.colours import takes_escapes
from mistral_conversations.cli.keyboard import Keyboard, edit_lines

__all__ = ["new_keyboard"]


def new_keyboard(*, prompts: bool, keeps_history: bool) -> Keyboard:
    """Return the keyboard of a chat.

    Args:
        prompts: whether the user is asked for messages.
        keeps_history: whether the messages are kept in a file.
    """
    keyboard = Keyboard()
    if not keyboard.is_terminal:
        return keyboard
    if prompts and takes_escapes(sys.stdout):
        try:
            return _editor(keeps_history=keeps_history)
        except ImportError:  # the extra `cli`
            pass
    edit_lines()
    return keyboard


def _editor(*, keeps_history: bool) -> Keyboard:
    from mistral_conversations.cli.editor import Editor  # noqa: PLC0415 - optional
    from mistral_conversations.cli.history_file import HistoryFile  # noqa: PLC0415

    return Editor(HistoryFile.opened() if keeps_history else None)
