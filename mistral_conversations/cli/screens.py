"""The display of an answer: as Markdown in a terminal, or as plain text."""

import sys

from mistral_conversations.cli.colours import console
from mistral_conversations.display.run_screen import RunScreen

__all__ = ["answer_screen"]


def answer_screen(call: str | None = None) -> RunScreen:
    """Return the display of the next answer, which the caller opens and closes.

    Args:
        call: the id of a call that has just been shown.
    """
    terminal = console(sys.stdout)
    if terminal is None:
        return RunScreen(call)
    # They need rich.
    from mistral_conversations.cli.markdown_screen import (  # noqa: PLC0415
        MarkdownScreen,
    )
    from mistral_conversations.cli.page import Page  # noqa: PLC0415

    return MarkdownScreen(Page(terminal), call)
