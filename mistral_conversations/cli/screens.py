"""The display of an answer: as plain text, or as Markdown in a terminal."""

from mistral_conversations.display.run_screen import RunScreen

__all__ = ["answer_screen"]


def answer_screen(call: str | None = None) -> RunScreen:
    """Return the display of the next answer, which the caller closes.

    Args:
        call: the id of a call that has just been shown.
    """
    return RunScreen(call)
