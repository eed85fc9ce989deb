"""The view of an answer: a notebook's cell if there is one, else text on stdout."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from mistral_conversations.display.cell import Cell, Shown
from mistral_conversations.display.output import write
from mistral_conversations.display.run_screen import RunScreen
from mistral_conversations.models.entries import FunctionCallEntry
from mistral_conversations.models.runs import RunEvents, RunResult

__all__ = ["View"]


class View:
    """Show the events of one stream or run.

    Attributes:
        cell: the cell; None for text on stdout.
    """

    def __init__(self) -> None:
        self.cell: Cell | None = _cell()
        self._is_over = False
        self._screen = RunScreen(write=write if self.cell is None else self.cell.write)

    def add(self, event: RunEvents) -> None:
        """Show an event: on stdout at once, in a cell with the next update."""
        self._screen.show(event)
        if self.cell is not None:
            self.cell.add(event)

    @property
    def patience(self) -> float | None:
        """The seconds to wait for an event at most, because of the next update."""
        return None if self.cell is None else self.cell.patience

    @property
    def due(self) -> Cell | None:
        """The cell if its next update is due."""
        return self.cell if self.patience == 0 else None

    @contextmanager
    def until_end(self, snapshot: Callable[[], Shown]) -> Iterator[None]:
        """Show the last state at the end, even at that by an error or by Ctrl-C.

        Args:
            snapshot: returns the answer so far.
        """
        try:
            yield
        except BaseException:
            self._end(snapshot(), is_whole=False)
            raise
        self._end(snapshot(), is_whole=True)

    def end_text(self, answer: Shown, *, is_whole: bool) -> None:
        """End the text, once.

        Args:
            answer: the answer so far.
            is_whole: whether nothing of it is missing.
        """
        if not self._is_over:
            self._is_over = True
            self._screen.show_open(_open_calls(answer, is_whole=is_whole))
            self._screen.close()

    def _end(self, answer: Shown, *, is_whole: bool) -> None:
        self.end_text(answer, is_whole=is_whole)
        if self.cell is not None:
            self.cell.end(answer)


def _open_calls(answer: Shown, *, is_whole: bool) -> Sequence[FunctionCallEntry]:
    if isinstance(answer, RunResult):
        return answer.open_calls
    return answer.function_calls if answer is not None and is_whole else ()


def _cell() -> Cell | None:
    if sys.modules.get("IPython") is None:
        return None
    from mistral_conversations.display.notebook import (  # noqa: PLC0415 - notebooks only
        CellOutput,
        is_notebook,
    )

    return Cell(CellOutput()) if is_notebook() else None
