"""Display of an answer as Markdown in a terminal, while it is written."""

from mistral_conversations.cli.page import Page
from mistral_conversations.display.answer import Kind
from mistral_conversations.display.output import visible
from mistral_conversations.display.run_screen import RunScreen
from mistral_conversations.models.runs import FunctionStarted, RunEvents

__all__ = ["MarkdownScreen"]


class MarkdownScreen(RunScreen):
    """Write the answers of a run as Markdown, and its function calls as lines.

    Args:
        page: where the terminal shows them.
        call: the id of a call that has just been shown.
    """

    def __init__(self, page: Page, call: str | None = None) -> None:
        super().__init__(call)
        self._page = page
        self._kind: Kind = "note"

    def open(self) -> None:
        """Show that the answer is awaited."""
        self._page.start()

    def show(self, event: RunEvents) -> None:
        """Show an event; leave the terminal to a function while it runs."""
        super().show(event)
        if isinstance(event, FunctionStarted):
            self._page.stop()
        else:
            self._page.start()

    def end_line(self) -> None:
        """Finish the current part, so that the next output starts a new line."""
        self._write_piece(self._halves.rest(), self._kind)
        self._page.finish()
        self._part = None

    def close(self) -> None:
        """Finish the answer, and leave the terminal as it was."""
        try:
            self.end_line()
        finally:
            self._page.stop()

    def _write(self, text: str) -> None:
        self._write_piece(text, "note")

    def _write_piece(self, text: str, kind: Kind) -> None:
        if text:
            self._kind = kind
            self._page.add(visible(text), kind)
